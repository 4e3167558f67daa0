package report

import (
	"bufio"
	"fmt"
	"strings"

	"github.com/fixline-dev/fixline/internal/core/assess"
)

// writeMarkdown writes GitHub-flavoured Markdown for a ticket or a pull
// request: no raw HTML, so that every tracker shows it.
func writeMarkdown(out *bufio.Writer, r assess.Result, o Options) error {
	m := &marker{out: out}
	m.f("# %s as of %s\n\n", md(o.Title), md(r.AsOf))
	m.f("%s.\n", md(catalogLine(r.Catalog)))
	if stale := staleLine(r.Catalog); stale != "" {
		m.f("\n> **Stale data.** %s\n", md(stale))
	}
	if len(r.Clusters) == 0 {
		m.f("\nNo cluster was assessed.\n")
	}
	m.since(r)
	if len(r.Clusters) > 1 {
		m.fleet(r)
	}
	for _, c := range r.Clusters {
		m.cluster(c, r, o)
	}
	return nil
}

type marker struct{ out *bufio.Writer }

// f formats; every %s from a result has gone through md or code before.
func (m *marker) f(format string, args ...any) { fmt.Fprintf(m.out, format, args...) }

func (m *marker) row(cells ...string) { m.f("| %s |\n", strings.Join(cells, " | ")) }

func (m *marker) heads(cells ...string) {
	m.f("\n")
	m.row(cells...)
	m.f("|%s\n", strings.Repeat(" --- |", len(cells)))
}

func (m *marker) since(r assess.Result) {
	if r.Since == nil {
		return
	}
	m.f("\n## Changes since %s\n\n", md(r.Since.AsOf))
	if len(r.Since.Changes) == 0 {
		m.f("Nothing changed; what is below still holds.\n")
	}
	for _, c := range r.Since.Changes {
		m.f("- %s: %s\n", code(c.Cluster), md(changeLine(c)))
	}
}

func (m *marker) fleet(r assess.Result) {
	m.heads("Status", "Cluster", "Environment", "From", "To", "By", "Affected", "Unknown")
	for _, c := range r.Clusters {
		n := countVerdicts(c)
		m.row("**"+statusOf(c, r.Catalog).Word+"**", code(c.Name), md(deref(c.Environment, "-")), md(orDash(currentVersion(c))),
			md(deref(c.Target.Version, "-")), md(orDash(strings.TrimPrefix(deadline(c), " by "))),
			fmt.Sprint(n[assess.Affected]), fmt.Sprint(n[assess.Unknown]))
	}
	if len(r.Rollout) > 1 {
		names := make([]string, len(r.Rollout))
		for i, name := range r.Rollout {
			names[i] = code(name)
		}
		m.f("\nRollout order: %s\n", strings.Join(names, " → "))
	}
}

func (m *marker) cluster(c assess.ClusterResult, r assess.Result, o Options) {
	m.f("\n## %s\n\n", code(c.Name))
	m.f("**%s**: %s\n\n", statusOf(c, r.Catalog).Word, md(headline(c, r.Catalog)))
	m.f("> %s\n", md(c.Sentence))
	m.heads("Question", "Answer")
	for _, q := range questions(c.Decision) {
		answer := md(q.Answer)
		if q.Note != "" {
			answer += " (" + md(q.Note) + ")"
		}
		m.row(md(q.Text), answer)
	}
	if c.Decision.Action != "" {
		m.f("\n%s\n", md(c.Decision.Action))
	}
	m.f("\n- Environment: %s\n- Owner: %s\n- Provider: %s", md(deref(c.Environment, "not named")), md(deref(c.Owner, "nobody is named")), md(c.Provider))
	if c.ProviderEvidence != "" {
		m.f(" (%s)", md(c.ProviderEvidence))
	}
	m.f("\n- Support: %s\n", md(supportLine(c.Support)))
	m.advisories(c, o)
	m.findings(c)
	m.target("Target", c.Target)
	if c.RehearsalTarget != nil {
		m.target("Rehearsal target", *c.RehearsalTarget)
	}
	m.otherTargets(c)
	m.ownership(c)
	m.coverage(c)
}

func (m *marker) findings(c assess.ClusterResult) {
	if len(c.Findings) == 0 {
		return
	}
	m.f("\n### Findings\n")
	m.heads("Severity", "Code", "Object", "What", "Remedy")
	for _, f := range sameFindings(c) {
		what := md(f.Message)
		if len(f.Evidence) > 0 {
			what += " (seen: " + md(strings.Join(f.Evidence, "; ")) + ")"
		}
		m.row(md(f.Severity), md(f.Code), codes(f.Objects), what, md(f.Remedy))
	}
}

func (m *marker) target(title string, t assess.Target) {
	m.f("\n### %s\n\n**%s**: %s\n\n", title, md(targetTitle(t)), md(t.Reason))
	if t.Wanted != nil {
		m.f("- Needed: %s\n", md(*t.Wanted))
	}
	if len(t.Fixes) > 0 {
		m.f("- Closes: %s\n", md(strings.Join(t.Fixes, ", ")))
	}
	if len(t.Remaining) > 0 {
		m.f("- Stays open: %s\n", md(strings.Join(t.Remaining, ", ")))
	}
	for i, h := range t.Path {
		m.f("- Hop %d: %s\n", i+1, link(h.Version, h.ReleaseNotes))
	}
	for _, x := range t.Rejected {
		m.f("- Not taken: %s: %s\n", md(x.Version), md(x.Reason))
	}
}

func (m *marker) otherTargets(c assess.ClusterResult) {
	if len(c.OtherTargets) == 0 {
		return
	}
	m.f("\n### Other targets\n")
	m.heads("Component", "Where", "From", "To", "Closes", "How")
	for _, t := range c.OtherTargets {
		m.row(code(t.Component), codes(t.Nodes), md(t.Current), md(deref(t.Version, "no fixed version is known")), md(strings.Join(t.Fixes, ", ")), md(t.How))
	}
}

func (m *marker) ownership(c assess.ClusterResult) {
	if !shared(c) {
		return
	}
	m.f("\n### Who owns what\n")
	m.heads("Part", "By", "Note")
	for _, o := range c.Ownership {
		m.row(md(o.Part), md(o.By), md(o.Note))
	}
}

func (m *marker) coverage(c assess.ClusterResult) {
	m.f("\n### Coverage\n\n%s\n", md(coverageLine(c)))
	required, other := splitGaps(c)
	lines := unreadGroups(c)
	if len(required)+len(other)+len(lines) > 0 {
		m.f("\n")
	}
	for _, g := range required {
		m.f("- **Missing**: %s: %s\n", md(g.Check), md(g.Reason))
	}
	for _, g := range other {
		m.f("- Not seen: %s: %s\n", md(g.Check), md(g.Reason))
	}
	for _, l := range lines {
		m.f("- **Unread**: %s\n", md(l))
	}
}
