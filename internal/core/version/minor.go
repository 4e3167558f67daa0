package version

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
)

// ParseMinor reads "1.34" or "v1.34".
func ParseMinor(s string) (Minor, error) {
	major, minor, ok := strings.Cut(strings.TrimPrefix(s, "v"), ".")
	if !ok {
		return Minor{}, fmt.Errorf("%q is not a minor release such as 1.34", s)
	}
	a, errA := number(major)
	b, errB := number(minor)
	if errA != nil || errB != nil {
		return Minor{}, fmt.Errorf("%q is not a minor release such as 1.34", s)
	}
	return Minor{a, b}, nil
}

func (m Minor) String() string { return strconv.Itoa(m.Major) + "." + strconv.Itoa(m.Minor) }

// Compare orders minors; the result is negative, 0 or positive.
func (m Minor) Compare(o Minor) int {
	return cmp.Or(cmp.Compare(m.Major, o.Major), cmp.Compare(m.Minor, o.Minor))
}

// Next is the minor line after m.
func (m Minor) Next() Minor { return Minor{m.Major, m.Minor + 1} }

// First is the .0 release of m.
func (m Minor) First() Version { return New(m.Major, m.Minor, 0) }

// Patch is release n of m.
func (m Minor) Patch(n int) Version { return New(m.Major, m.Minor, n) }
