package claim

import (
	"strings"

	"github.com/fixline-dev/fixline/internal/core/advisory"
	"github.com/fixline-dev/fixline/internal/core/support"
)

// Amend merges claims into an advisory the catalogue already holds, which
// counts as one more source, trusted like the project's own word: what was
// curated is not lost to a careless record, and a higher fixed patch or a
// lower beginning that somebody names is not lost either. Summary, conditions,
// mitigations, gates and sources stay; new sources are added.
func Amend(a advisory.Advisory, claims []Claim, cal support.Calendar) (advisory.Advisory, error) {
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
// component, and ranges that stay unknown because nobody new spoke of them.
func keepGates(old, merged []advisory.Affected) []advisory.Affected {
	for i := range merged {
		for _, o := range old {
			if o.Component != merged[i].Component {
				continue
			}
			merged[i].Aliases = o.Aliases
			for j := range merged[i].Ranges {
				for _, r := range o.Ranges {
					if r.Gate != nil && r.Introduced == merged[i].Ranges[j].Introduced {
						merged[i].Ranges[j].Gate = r.Gate
					}
				}
			}
		}
	}
	return merged
}
