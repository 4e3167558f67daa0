package claim

import (
	"slices"
	"strings"

	"github.com/fixline-dev/fixline/internal/core/advisory"
	"github.com/fixline-dev/fixline/internal/core/support"
)

// Amend merges claims into an advisory the catalogue already holds, which
// counts as one more source, trusted like the project's own word: what was
// curated is not lost to a careless record, and a higher fixed patch or a
// lower beginning that somebody names is not lost either. A claim that says
// what the advisory already quotes of some source was weighed when the
// catalogue was made, and changes nothing. Summary, conditions, mitigations,
// gates and sources stay; new sources are added.
func Amend(a advisory.Advisory, claims []Claim, cal support.Calendar) (advisory.Advisory, error) {
	claims = slices.DeleteFunc(slices.Clone(claims), func(c Claim) bool {
		text := says(c)
		return c.Source != "user" && slices.ContainsFunc(a.Sources, func(s advisory.Source) bool { return s.Says == text })
	})
	if len(claims) == 0 {
		return a, nil
	}
	held := Claim{CVE: a.ID, Source: catalogue, Published: a.Published, Vector: a.Vector}
	for _, x := range a.Affected {
		comp := Component{Name: x.Component, Fixed: x.Fixed}
		for _, r := range x.Ranges {
			if !r.Unknown {
				comp.Intervals = append(comp.Intervals, Interval{From: r.Introduced, Before: r.Before, FromStated: r.Introduced.Known()})
			}
		}
		held.Components = append(held.Components, comp)
	}
	m, err := Merge(append([]Claim{held}, claims...), cal)
	if err != nil {
		return advisory.Advisory{}, err
	}
	out := a
	out.Aliases = unique(append(append([]string{}, a.Aliases...), m.Aliases...))
	if m.Published.IsZero() == a.Published.IsZero() && !a.Published.IsZero() {
		out.Published = a.Published
	} else {
		out.Published = m.Published
	}
	if out.Vector == "" {
		out.Vector, out.Score = m.Vector, m.Score
	}
	for _, s := range m.Sources {
		if s.Name != Title(catalogue) {
			out.Sources = append(out.Sources, s)
		}
	}
	if m.Disputed {
		out.Disputed = true
		out.Dispute = strings.Join(unique(append(nonEmpty(a.Dispute), m.Dispute)), "; ")
	}
	if a.Fix != advisory.Fixed {
		return out, nil // never fixed, or by a gate: a version list cannot know better
	}
	out.Affected = keepGates(a.Affected, m.Affected)
	out.Fix, out.Unparsed = m.Fix, m.Unparsed
	return out, nil
}

// catalogue is the source name of what is already held.
const catalogue = "catalogue"

func nonEmpty(s string) []string {
	if s == "" {
		return nil
	}
	return []string{s}
}

// keepGates carries over what Merge does not know of: gates, other names of a
// component, and unknown ranges that nobody new spoke of.
func keepGates(old, merged []advisory.Affected) []advisory.Affected {
	for i := range merged {
		m := &merged[i]
		at := slices.IndexFunc(old, func(o advisory.Affected) bool { return o.Component == m.Component })
		if at < 0 {
			continue
		}
		m.Aliases = old[at].Aliases
		for _, r := range old[at].Ranges {
			for j := range m.Ranges {
				if r.Gate != nil && r.Introduced.Compare(m.Ranges[j].Introduced) == 0 {
					m.Ranges[j].Gate = r.Gate
				}
			}
			if r.Unknown && !slices.ContainsFunc(m.Ranges, func(x advisory.Range) bool { return overlap(r, x) }) {
				m.Ranges = append(m.Ranges, r)
			}
		}
		slices.SortStableFunc(m.Ranges, func(x, y advisory.Range) int { return x.Introduced.Compare(y.Introduced) })
	}
	return merged
}

func overlap(a, b advisory.Range) bool {
	return (!b.Before.Known() || a.Introduced.Less(b.Before)) && (!a.Before.Known() || b.Introduced.Less(a.Before))
}
