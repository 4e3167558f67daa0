package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/fixline-dev/fixline/internal/core/assess"
	"github.com/fixline-dev/fixline/internal/report/layout"
)

func (p *printer) findings(c assess.ClusterResult) {
	if len(c.Findings) == 0 {
		return
	}
	p.section("FINDINGS")
	for _, f := range sameFindings(c) {
		p.hang(2, p.severity(f.Severity), f.Code+" "+nodeList(f.Objects)+": "+f.Message)
		if f.Remedy != "" {
			p.hang(12, "remedy: ", f.Remedy)
		}
		if len(f.Evidence) > 0 {
			p.hang(12, "seen: ", strings.Join(f.Evidence, "; "))
		}
	}
}

func (p *printer) severity(s string) string { return layout.Pad(s, 10) }

// rejectedShown is how many rejected alternatives text shows.
const rejectedShown = 6

func (p *printer) target(title string, t assess.Target) {
	p.section(title)
	p.wrap(2, targetTitle(t))
	p.wrap(2, t.Reason)
	if t.Wanted != nil {
		p.hang(2, "needed: ", *t.Wanted)
	}
	p.list("closes", t.Fixes)
	p.list("stays open", t.Remaining)
	for i, h := range t.Path {
		label := layout.Pad("path", labelWidth-3)
		if i > 0 {
			label = layout.Pad("then", labelWidth-3)
		}
		p.hang(2, label, h.Version+"  "+h.ReleaseNotes)
	}
	for i, r := range t.Rejected {
		if i == rejectedShown && len(t.Rejected) > rejectedShown+1 {
			p.wrap(2+labelWidth-3, fmt.Sprintf("and %d more; `-o json` shows them all", len(t.Rejected)-i))
			break
		}
		p.hang(2, layout.Pad("not taken", labelWidth-3), r.Version+": "+r.Reason)
	}
}

func (p *printer) list(label string, values []string) {
	if len(values) > 0 {
		p.hang(2, layout.Pad(label, labelWidth-3), strings.Join(values, ", "))
	}
}

func (p *printer) otherTargets(c assess.ClusterResult) {
	if len(c.OtherTargets) == 0 {
		return
	}
	p.section("OTHER TARGETS")
	for _, t := range c.OtherTargets {
		where, to := "", ": no fixed version is known"
		if len(t.Nodes) > 0 {
			where = " on " + nodeList(t.Nodes)
		}
		if t.Version != nil {
			where, to = " -> "+*t.Version+where, ""
		}
		if t.Verdict == assess.Unknown {
			to += "  (verify first: this build may hold the fixes)"
		}
		p.wrap(2, oneLine(t.Component+" "+t.Current)+where+to)
		p.list("closes", t.Fixes)
		p.list("stays open", t.Remaining)
		if t.How != "" {
			p.hang(2, layout.Pad("how", labelWidth-3), t.How)
		}
	}
}

func (p *printer) questions(c assess.ClusterResult) {
	p.section("THE FOUR QUESTIONS")
	t := layout.Table{Heads: []string{"", "", ""}, Flexible: []int{2}}
	for _, q := range questions(c.Decision) {
		t.Rows = append(t.Rows, []layout.Cell{{Text: q.Text}, {Text: q.Answer, Style: p.paint(q.Tone)}, {Text: q.Note}})
	}
	p.bare(2, t)
	if c.Decision.Action != "" {
		p.wrap(2, c.Decision.Action)
	}
}

// ownership is printed where somebody else than the reader moves a part.
func (p *printer) ownership(c assess.ClusterResult) {
	if !shared(c) {
		return
	}
	p.section("WHO OWNS WHAT")
	t := layout.Table{Heads: []string{"", "", ""}, Flexible: []int{2}}
	for _, o := range c.Ownership {
		t.Row(o.Part, o.By, o.Note)
	}
	p.bare(2, t)
}

// coverage says aloud what the answer could not see.
func (p *printer) coverage(c assess.ClusterResult) {
	p.section("COVERAGE")
	if c.Coverage.Complete {
		p.wrap(2, coverageLine(c))
	} else {
		p.styled(2, warn, coverageLine(c))
	}
	required, other := splitGaps(c)
	for _, g := range required {
		p.hang(2, p.severity("missing"), g.Check+": "+g.Reason)
	}
	for _, g := range other {
		p.hang(2, p.severity("not seen"), g.Check+": "+g.Reason)
	}
	for _, g := range unreadGroups(c) {
		p.hang(2, p.severity("unread"), g)
	}
}

// unreadGroups names instances without a version, by component and reason.
func unreadGroups(c assess.ClusterResult) []string {
	nodes := map[string][]string{}
	var order []string
	for _, i := range unread(c) {
		k := oneLine(i.Component) + "\n" + deref(i.Unread, "no reason was given")
		if _, seen := nodes[k]; !seen {
			order = append(order, k)
		}
		nodes[k] = append(nodes[k], deref(i.Node, "an unnamed node"))
	}
	out := make([]string, 0, len(order))
	for _, k := range order {
		component, reason, _ := strings.Cut(k, "\n")
		out = append(out, fmt.Sprintf("version of %s on %s: %s", component, nodeList(nodes[k]), oneLine(reason)))
	}
	return out
}

// next names the commands that help most now; only verbs that exist.
func (p *printer) next(r assess.Result) {
	p.section("NEXT")
	for _, s := range nextSteps(r, p.o.Program) {
		p.hang(2, "- ", s)
	}
}

func nextSteps(r assess.Result, program string) []string {
	var steps []string
	if r.Catalog.Stale {
		steps = append(steps, program+" advisories update --from URL|FILE, then assess again: the catalogue is stale")
	}
	if slices.ContainsFunc(r.Clusters, func(c assess.ClusterResult) bool { return !c.Coverage.Complete }) {
		steps = append(steps, "give what COVERAGE calls missing (docs/rbac/ has the least-privilege role), then assess again")
	}
	if id := worst(r); id != "" {
		steps = append(steps, program+" advisories show "+id+" prints the ranges and what each source says")
	}
	return append(steps,
		program+" assess -o html --output-file report.html has all the evidence on one page",
		program+" assess --since FILE compares with a result kept by -o json: run it after the change")
}

// worst is the most urgent advisory of all clusters that somebody must act on.
func worst(r assess.Result) string {
	var all assess.ClusterResult
	for _, c := range r.Clusters {
		all.Advisories = append(all.Advisories, c.Advisories...)
	}
	if sorted := sortedAdvisories(all, false); len(sorted) > 0 {
		return sorted[0].ID
	}
	return ""
}
