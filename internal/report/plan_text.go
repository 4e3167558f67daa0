package report

import (
	"bufio"
	"fmt"
	"math"
	"strings"

	"github.com/fixline-dev/fixline/internal/core/finding"
	"github.com/fixline-dev/fixline/internal/core/plan"
	"github.com/fixline-dev/fixline/internal/report/layout"
)

// planText writes the answer, what stands in its way, the steps and the
// readiness, and ends with what to run next.
func planText(out *bufio.Writer, v planView, o Options) error {
	p := &printer{out: out, o: o}
	word, how := v.Status()
	p.wrap(0, fmt.Sprintf("%s as of %s, catalogue of %s, skew policy %s", oneLine(o.Title), v.AsOf, v.CatalogDate, v.SkewPolicy))
	p.line(0, "")
	p.worded(0, how, word, v.Answer())
	if v.Hash != "" {
		p.line(2, "hash "+v.Hash)
	}
	if v.Held != "" {
		p.worded(2, warn, "held", v.Held)
	}
	for i, c := range v.Carried {
		if i == 0 {
			p.section("LEFT OPEN BY THE EARLIER RECORD")
		}
		p.hang(2, "- ", oneLine(c))
	}
	if v.Brief {
		p.planBrief(v)
		p.planReadiness(v)
		p.planNext(v)
		return nil
	}
	p.planFindings(v)
	p.planExposure(v)
	p.planSteps(v, math.MaxInt)
	if len(v.Gaps) > 0 {
		p.section("NOT READ")
		for _, g := range v.Gaps {
			p.hang(2, "- ", oneLine(g))
		}
	}
	p.planReadiness(v)
	p.planNext(v)
	return nil
}

func (p *printer) planNext(v planView) {
	for i, n := range v.Next {
		if i == 0 {
			p.section("NEXT")
		}
		p.line(2, oneLine(n))
	}
}

// planBrief is what decides: blockers by code, the exposure, the first steps.
func (p *printer) planBrief(v planView) {
	const firstSteps = 10
	p.planBlockers(v)
	p.planExposure(v)
	p.planSteps(v, firstSteps)
}

// planBlockers has a line for each code.
func (p *printer) planBlockers(v planView) {
	objects := map[string][]string{}
	var codes []plan.Finding // the first of each
	others := 0
	for _, f := range v.Findings {
		if f.Severity != string(finding.Blocker) {
			others++
			continue
		}
		if objects[f.Code] == nil {
			codes = append(codes, f)
		}
		objects[f.Code] = append(objects[f.Code], f.Object)
	}
	if len(v.Findings) > 0 {
		p.section("FINDINGS")
	}
	for _, f := range codes {
		more := ""
		if n := len(objects[f.Code]) - 1; n > 0 {
			more = fmt.Sprintf(" (and %d more like it)", n)
		}
		p.worded(2, bad, "BLOCKER", f.Code+"  "+f.Object+": "+f.Message+more)
	}
	if others > 0 {
		p.wrap(2, fmt.Sprintf("and %d warnings and notes", others))
	}
}

// planFindings lists what an upgrade would break; information is counted.
func (p *printer) planFindings(v planView) {
	tones := map[string]tone{"blocker": bad, "warning": warn}
	infos := 0
	shown := false
	for _, f := range v.Findings {
		if f.Severity == "info" {
			infos++
			continue
		}
		if !shown {
			p.section("FINDINGS")
			shown = true
		}
		p.planFinding(f, tones[f.Severity])
	}
	if infos > 0 {
		if !shown {
			p.section("FINDINGS")
		}
		p.wrap(2, fmt.Sprintf("and %d for information: -o json lists them", infos))
	}
}

func (p *printer) planFinding(f plan.Finding, t tone) {
	const some = 3
	p.worded(2, t, strings.ToUpper(f.Severity), f.Code+"  "+f.Object+": "+f.Message)
	for i, e := range f.Evidence {
		if i == some {
			p.line(4, fmt.Sprintf("and %d more", len(f.Evidence)-some))
			break
		}
		p.hang(4, "", oneLine(e))
	}
	p.hang(4, "remedy: ", oneLine(f.Remedy))
}

// worded writes a word in its colour, and s beside it.
func (p *printer) worded(indent int, t tone, word, s string) {
	at := indent + len(word) + 2
	for i, l := range layout.Wrap(oneLine(s), p.o.Width-at) {
		if i == 0 {
			p.line(indent, p.colour(t, word)+"  "+l)
			continue
		}
		p.line(at, l)
	}
}

// planExposure compares the strategies, in node-minutes.
func (p *printer) planExposure(v planView) {
	if len(v.Exposure) == 0 {
		return
	}
	p.section("EXPOSURE, ESTIMATED NODE-MINUTES UNTIL THE LAST NODE IS FIXED")
	names := v.StrategyNames()
	t := layout.Table{Heads: []string{"ADVISORY", "THIS PLAN"}}
	for _, n := range names {
		t.Heads = append(t.Heads, strings.ToUpper(n))
	}
	for _, e := range v.Exposure {
		row := []string{oneLine(e.Advisory), minutes(e.NodeMinutes)}
		for _, n := range names {
			row = append(row, minutes(e.Strategies[n]))
		}
		t.Row(row...)
	}
	p.table(2, t)
}

// planSteps shows so many lines of each hop.
func (p *printer) planSteps(v planView, most int) {
	for _, h := range v.HopList() {
		p.section(fmt.Sprintf("HOP TO %s, ABOUT %s", h.Version, strings.ToUpper(Duration(h.Minutes))))
		t := layout.Table{Heads: []string{"STEP", "NODE", "WHAT"}, Flexible: []int{1, 2}}
		for _, l := range h.Lines[:min(most, len(h.Lines))] {
			t.Row(oneLine(l.Span), oneLine(l.Where), oneLine(l.What))
		}
		p.table(2, t)
		if more := len(h.Lines) - most; more > 0 {
			p.line(2, fmt.Sprintf("and %d more lines of steps", more))
		}
	}
}

func (p *printer) planReadiness(v planView) {
	if len(v.Readiness) == 0 {
		return
	}
	p.section("READINESS")
	t := layout.Table{Heads: []string{"STATE", "WHAT", "AGE", "WHY"}, Flexible: []int{3}}
	for i, r := range v.Readiness {
		t.Row(r.State, oneLine(r.Row), oneLine(orDash(r.Age)), oneLine(v.Why(i)))
		t.Rows[len(t.Rows)-1][0].Style = p.paint(stateOf(r.State))
	}
	p.table(2, t)
}

// planMarkdown is to be pasted into a ticket.
func planMarkdown(out *bufio.Writer, v planView, o Options) error {
	m := &marker{out: out}
	word, _ := v.Status()
	m.f("# %s as of %s\n\n**%s**: %s.\n\nCatalogue of %s, skew policy %s, hash %s.\n", md(o.Title), md(v.AsOf), word, md(v.Answer()), md(v.CatalogDate), md(v.SkewPolicy), code(orDash(v.Hash)))
	if v.Held != "" {
		m.f("\n**Held** %s.\n", md(v.Held))
	}
	for i, c := range v.Carried {
		if i == 0 {
			m.f("\n## Left open by the earlier record\n\n")
		}
		m.f("- %s\n", md(c))
	}
	if len(v.Findings) > 0 {
		m.f("\n## Findings\n")
		m.heads("Severity", "Code", "Object", "Message", "Remedy")
	}
	for _, f := range v.Findings {
		m.row(md(f.Severity), md(f.Code), code(f.Object), md(f.Message), md(f.Remedy))
	}
	if len(v.Exposure) > 0 {
		m.f("\n## Exposure\n\nEstimated node-minutes until the last node is fixed.\n")
		m.heads(append([]string{"Advisory", "This plan"}, v.StrategyNames()...)...)
	}
	for _, e := range v.Exposure {
		row := []string{md(e.Advisory), minutes(e.NodeMinutes)}
		for _, n := range v.StrategyNames() {
			row = append(row, minutes(e.Strategies[n]))
		}
		m.row(row...)
	}
	for _, h := range v.HopList() {
		m.f("\n## Hop to %s, about %s\n", md(h.Version), Duration(h.Minutes))
		m.heads("Step", "Node", "What")
		for _, l := range h.Lines {
			m.row(code(l.Span), md(l.Where), md(l.What))
		}
	}
	if len(v.Readiness) > 0 {
		m.f("\n## Readiness\n")
		m.heads("State", "What", "Age", "Why")
	}
	for i, r := range v.Readiness {
		m.row(md(r.State), md(r.Row), md(orDash(r.Age)), md(v.Why(i)))
	}
	for i, g := range v.Gaps {
		if i == 0 {
			m.f("\n## Not read\n\n")
		}
		m.f("- %s\n", md(g))
	}
	return nil
}
