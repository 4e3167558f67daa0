package report

import (
	"fmt"
	"strings"

	"github.com/fixline-dev/fixline/internal/core/assess"
)

func (m *marker) advisories(c assess.ClusterResult, o Options) {
	shown := sortedAdvisories(c, o.All)
	m.f("\n### Advisories\n")
	if len(shown) == 0 {
		m.f("\nNo known advisory is in range for what was read.\n")
		return
	}
	m.heads("Advisory", "Score", "Verdict", "Where", "Fixed in")
	for _, a := range shown {
		m.row(md(a.ID), scoreText(a), md(string(a.Verdict)), mdWhere(a), md(fixedText(a)))
	}
	for _, same := range sameReason(shown) {
		m.advisory(same)
	}
}

func mdWhere(a assess.AdvisoryResult) string {
	var out []string
	all := concerned(a)
	for i, g := range all {
		if i == groupsShown && len(all) > groupsShown+1 {
			out = append(out, fmt.Sprintf("and %d more groups", len(all)-i))
			break
		}
		s := md(g.Component) + " " + md(firstOf(g.Version, "(version not read)"))
		if len(g.Nodes) > 0 {
			s += " on " + codes(g.Nodes)
		}
		out = append(out, s)
	}
	return strings.Join(out, "; ")
}

func (m *marker) advisory(same []assess.AdvisoryResult) {
	a := same[0]
	if len(same) > 1 {
		ids := make([]string, len(same))
		for i, s := range same {
			ids[i] = s.ID
		}
		m.f("\n#### %s: %s\n\n", plural(len(same), "advisory", "advisories"), md(string(a.Verdict)))
		m.f("%s\n\n- %s\n", md(strings.Join(ids, ", ")), md(a.Reason))
		return
	}
	m.f("\n#### %s: %s\n\n%s\n\n- Why: %s\n", md(a.ID), md(string(a.Verdict)), md(a.Summary), md(a.Reason))
	if a.Published != nil {
		m.f("- Published: %s", md(*a.Published))
		if a.Vector != nil {
			m.f(", %s", code(*a.Vector))
		}
		m.f("\n")
	}
	if text := acceptedText(a); text != "" {
		m.f("- **Accepted** %s\n", md(text))
	}
	if a.WouldChange != nil {
		m.f("- Would change it: %s\n", md(*a.WouldChange))
	}
	for _, x := range a.Conditions {
		m.state("Condition", x.State, x.Text, x.Evidence)
	}
	for _, x := range a.Mitigations {
		m.state("Mitigation", x.State, x.Text, x.Evidence)
		if x.Apply != nil && x.State != "in-place" {
			m.fence(*x.Apply)
		}
	}
	if a.Disputed {
		m.f("- **Disputed**: %s\n", md(disputeText(a)))
	}
	for _, s := range a.Sources {
		m.f("- Source: %s\n", link(s.Name, s.URL))
	}
}

func (m *marker) state(label, state, text, seen string) {
	m.f("- %s **%s**: %s\n", label, md(stateWord(state)), md(text))
	if seen != "" {
		m.f("  - Seen: %s\n", md(seen))
	}
}

// fence writes a code block inside a list item, behind a fence longer than any
// row of backticks in it.
func (m *marker) fence(text string) {
	fence := strings.Repeat("`", max(3, longestRun(text, '`')+1))
	m.f("\n  %s\n", fence)
	for _, l := range strings.Split(strings.TrimRight(text, "\n"), "\n") {
		m.f("  %s\n", l)
	}
	m.f("  %s\n\n", fence)
}
