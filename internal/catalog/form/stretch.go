package form

import (
	"fmt"
	"strings"

	"github.com/fixline-dev/fixline/internal/catalog/claim"
	"github.com/fixline-dev/fixline/internal/core/version"
)

// FormatIntervals writes stretches of versions on one line, joined by "; ":
//
//	>=1.9.0 <1.9.10   begins at 1.9.0, as the source itself says
//	>=1.9.0           begins at 1.9.0, no end
//	<1.9.10           reaches down, with no word on the beginning
//	1.9+ <1.9.10      from 1.9.0, inferred: the source only speaks of 1.9
//	>=0               all versions, said so
//	any               no beginning and no end named
func FormatIntervals(in []claim.Interval) string {
	var out []string
	for _, i := range in {
		var parts []string
		switch {
		case i.From.Known() && i.FromStated:
			parts = append(parts, ">="+i.From.String())
		case i.From.Known():
			parts = append(parts, from(i.From)+"+")
		case i.FromStated:
			parts = append(parts, ">=0")
		}
		if i.Before.Known() {
			parts = append(parts, "<"+i.Before.String())
		}
		if len(parts) == 0 {
			parts = append(parts, "any")
		}
		out = append(out, strings.Join(parts, " "))
	}
	return strings.Join(out, "; ")
}

// from shortens the first release of a minor to the minor.
func from(v version.Version) string {
	if v.Kind() == version.Release && v.PatchNumber() == 0 {
		return v.Minor().String()
	}
	return v.String()
}

// ParseIntervals reads what FormatIntervals writes, and "=1.13.6" for one
// version.
func ParseIntervals(s string) ([]claim.Interval, error) {
	var out []claim.Interval
	for _, piece := range strings.Split(s, ";") {
		i, err := parseInterval(strings.TrimSpace(piece))
		if err != nil {
			return nil, err
		}
		out = append(out, i)
	}
	return out, nil
}

func parseInterval(s string) (claim.Interval, error) {
	var out claim.Interval
	if s == "any" {
		return out, nil
	}
	words := strings.Fields(s)
	if len(words) == 0 || len(words) > 2 {
		return out, fmt.Errorf("%q is no range such as \">=1.9.0 <1.9.10\"", s)
	}
	for n, w := range words {
		var v version.Version
		var err error
		switch {
		case w == ">=0" && n == 0:
			out.FromStated = true
			continue
		case strings.HasPrefix(w, ">=") && n == 0:
			v, err = version.Parse(w[2:])
			out.From, out.FromStated = v, true
		case strings.HasSuffix(w, "+") && n == 0:
			v, err = parseFrom(strings.TrimSuffix(w, "+"))
			out.From = v
		case strings.HasPrefix(w, "="):
			v, err = version.Parse(w[1:])
			out = claim.Interval{From: v, Before: v.Minor().Patch(v.PatchNumber() + 1), FromStated: true}
		case strings.HasPrefix(w, "<") && n == len(words)-1:
			v, err = version.Parse(w[1:])
			out.Before = v
		default:
			return out, fmt.Errorf("%q is no range such as \">=1.9.0 <1.9.10\"", s)
		}
		if err != nil {
			return out, fmt.Errorf("range %q: %w", s, err)
		}
	}
	if out.Before.Known() && !out.From.Less(out.Before) {
		return out, fmt.Errorf("range %q is empty", s)
	}
	return out, nil
}

func parseFrom(s string) (version.Version, error) {
	if m, err := version.ParseMinor(s); err == nil {
		return m.First(), nil
	}
	return version.Parse(s)
}
