package claim

import (
	"strings"

	"github.com/fixline-dev/fixline/internal/core/advisory"
	"github.com/fixline-dev/fixline/internal/core/version"
)

// partial says which lines of affected versions nobody understood, "" where a
// source was understood whole: then that one tells what is outside.
func partial(claims []Claim) string {
	var lines []string
	for _, c := range claims {
		if len(c.Components) > 0 && !c.Partial {
			return ""
		}
		if c.Partial {
			for _, l := range c.Unparsed {
				lines = append(lines, strings.TrimSpace(l))
			}
		}
	}
	if len(lines) == 0 {
		return ""
	}
	return "not every line of the affected versions was understood: " + strings.Join(unique(lines), "; ")
}

// fill makes unknown what lies between the ranges of a and is neither affected
// nor at or above the fix of its own minor: the line that was not understood
// may be about it. Above the last fix nothing is in doubt.
func fill(a *advisory.Affected, why string) {
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
	if len(a.Fixed) > 0 {
		gap(a.Fixed[len(a.Fixed)-1].Minor().First())
	}
	a.Ranges = out
}
