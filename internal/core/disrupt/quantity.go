package disrupt

import (
	"fmt"
	"math/big"
	"strconv"
	"strings"
)

// scale is what a suffix multiplies by: base to the power of exponent.
type scale struct {
	base, exponent int64
}

func suffixes() map[string]scale {
	return map[string]scale{
		"": {10, 0}, "n": {10, -9}, "u": {10, -6}, "m": {10, -3}, "k": {10, 3}, "M": {10, 6}, "G": {10, 9}, "T": {10, 12}, "P": {10, 15}, "E": {10, 18},
		"Ki": {2, 10}, "Mi": {2, 20}, "Gi": {2, 30}, "Ti": {2, 40}, "Pi": {2, 50}, "Ei": {2, 60},
	}
}

// Quantity reads a Kubernetes quantity in units of 1/per, exactly: what is no
// whole unit is rounded up, or down (https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/).
// A text that is no quantity, is below nothing or too large for a count is an error.
func Quantity(text string, per int64, up bool) (int64, error) {
	end := strings.IndexFunc(text, func(r rune) bool { return (r < '0' || r > '9') && r != '.' && r != '+' && r != '-' })
	if end < 0 {
		end = len(text)
	}
	number, suffix := text[:end], text[end:]
	if n, err := strconv.ParseInt(number, 10, 32); err == nil && suffix == "" && n >= 0 && per <= 1000 { // most are
		return n * per, nil
	}
	if strings.Trim(number, "0123456789.") != "" && strings.Trim(number[1:], "0123456789.") != "" || strings.Trim(number, "+-.") == "" {
		return 0, fmt.Errorf("%q is no quantity", text)
	}
	value, ok := new(big.Rat).SetString(number)
	if !ok {
		return 0, fmt.Errorf("%q is no quantity", text)
	}
	by, err := factor(suffix)
	if err != nil {
		return 0, fmt.Errorf("%q is no quantity: %w", text, err)
	}
	value.Mul(value, by).Mul(value, new(big.Rat).SetInt64(per))
	if value.Sign() < 0 {
		return 0, fmt.Errorf("%q is less than nothing", text)
	}
	whole, rest := new(big.Int).QuoRem(value.Num(), value.Denom(), new(big.Int))
	if up && rest.Sign() > 0 {
		whole.Add(whole, big.NewInt(1))
	}
	if !whole.IsInt64() {
		return 0, fmt.Errorf("%q is too large", text)
	}
	return whole.Int64(), nil
}

// factor is what a suffix or an exponent (e3, E-3) multiplies by.
func factor(suffix string) (*big.Rat, error) {
	s, ok := suffixes()[suffix]
	if !ok && len(suffix) > 1 && (suffix[0] == 'e' || suffix[0] == 'E') {
		n, err := strconv.ParseInt(suffix[1:], 10, 8)
		if err != nil {
			return nil, fmt.Errorf("%q is no exponent", suffix)
		}
		s, ok = scale{10, n}, true
	}
	if !ok {
		return nil, fmt.Errorf("%q is no suffix", suffix)
	}
	exponent := s.exponent
	if exponent < 0 {
		exponent = -exponent
	}
	power := new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(s.base), big.NewInt(exponent), nil))
	if s.exponent < 0 {
		power.Inv(power)
	}
	return power, nil
}

func (a Amounts) plus(b Amounts) Amounts {
	return Amounts{a.MilliCPU + b.MilliCPU, a.Memory + b.Memory, a.Pods + b.Pods}
}

// Plus is the sum of both.
func (a Amounts) Plus(b Amounts) Amounts { return a.plus(b) }

// Max is the larger of each.
func (a Amounts) Max(b Amounts) Amounts {
	return Amounts{max(a.MilliCPU, b.MilliCPU), max(a.Memory, b.Memory), max(a.Pods, b.Pods)}
}

// minus is what is left, nothing where there is less than that.
func (a Amounts) minus(b Amounts) Amounts {
	return Amounts{max(a.MilliCPU-b.MilliCPU, 0), max(a.Memory-b.Memory, 0), max(a.Pods-b.Pods, 0)}
}
