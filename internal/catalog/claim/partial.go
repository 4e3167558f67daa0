package claim

import (
	"strings"

	"github.com/fixline-dev/fixline/internal/core/advisory"
	"github.com/fixline-dev/fixline/internal/core/version"
)

// partial says which lines of affected versions nobody understood, "" where a
// source was understood whole: then that one tells what is outside. listed:
// the fixed versions are lists of their own, which were read.
func partial(claims []Claim) (why string, listed bool) {
	var lines []string
	listed = true
	for _, c := range claims {
		if len(c.Components) > 0 && !c.Partial {
			return "", false
		}
		if c.Partial {
			listed = listed && (c.Source == "feed" || c.Source == "changelog")
			for _, l := range c.Unparsed {
				lines = append(lines, strings.TrimSpace(l))
			}
		}
	}
	if len(lines) == 0 {
		return "", false
	}
	return "not every line of the affected versions was understood: " + strings.Join(unique(lines), "; "), listed
}

// fill makes unknown what lies between the ranges of a and is neither affected
// nor at or above the fix of its own minor: the line that was not understood
// may be about it. Above the last fix nothing is in doubt where the fixes are
// listed: a range that was not understood may have a later one.
func fill(a *advisory.Affected, why string, listed bool) {
	if len(a.Ranges) == 0 && len(a.Fixed) == 0 {
		return
	}
	var out []advisory.Range
	var from version.Version // the first version in doubt; zero: from the beginning
	gap := func(before version.Version) {
		if !from.Known() || from.Less(before) {
			out = append(out, advisory.Range{Introduced: from, Before: before, Unknown: true, Why: why})
		}
	}
	for _, r := range a.Ranges {
		if r.Introduced.Known() {
			gap(r.Introduced)
		}
		out = append(out, r)
		if !r.Before.Known() {
			a.Ranges = out
			return
		}
		from = r.Before.Minor().Next().First()
	}
	switch {
	case !listed && from.Known():
		out = append(out, advisory.Range{Introduced: from, Unknown: true, Why: why})
	case len(a.Fixed) > 0:
		gap(a.Fixed[len(a.Fixed)-1].Minor().First())
	}
	a.Ranges = out
}
