package report

import (
	"bufio"
	"fmt"
	"strings"

	"github.com/fixline-dev/fixline/internal/core/scan"
	"github.com/fixline-dev/fixline/internal/report/layout"
)

// gapsShown bounds the gaps of one reason that text lists; JSON has all.
const gapsShown = 20

// evidenceShown bounds the evidence of one finding that text lists.
const evidenceShown = 6

// scanText writes each thing that is wrong once, with every place below it on
// a line of its own, so that a terminal can follow it and grep can count it.
func scanText(out *bufio.Writer, r scan.Result, o Options) error {
	p := &printer{out: out, o: o}
	p.wrap(0, fmt.Sprintf("%s for Kubernetes %s, as of %s", oneLine(o.Title), r.Target, r.AsOf))
	p.wrap(0, fmt.Sprintf("Table of API versions of %s, from releases through %s", r.Table.Date, r.Table.Through))
	tones := map[string]tone{"blocker": bad, "warning": warn}
	for _, g := range scanGroups(r) {
		p.line(0, "")
		word := strings.ToUpper(g.Severity)
		for i, l := range layout.Wrap(oneLine(g.Code+"  "+g.Reason), o.Width-len(word)-2) {
			if i == 0 {
				p.line(0, p.colour(tones[g.Severity], word)+"  "+l)
			} else {
				p.line(len(word)+2, l)
			}
		}
		for _, f := range g.All {
			at := oneLine(place(f.File, f.Line, f.Column, f.Document))
			if at != "" {
				at += "  "
			}
			p.line(2, at+oneLine(f.Object))
			if seen := evidenceOf(f); seen != "" {
				p.hang(4, "", oneLine(seen))
			}
			for i, e := range f.Evidence {
				if i == evidenceShown {
					p.line(6, fmt.Sprintf("and %d more: -o json lists all", len(f.Evidence)-i))
					break
				}
				p.hang(6, "", oneLine(e))
			}
			if why := byHand(f); why != "" {
				p.hang(4, "by hand: ", oneLine(why))
			}
		}
		for i, c := range changeLines(g.Finding) {
			p.hang(2, []string{"also changed: ", "              "}[min(i, 1)], c)
		}
		if by := acceptedBy(g.Finding); by != "" {
			p.wrap(2, by)
			continue
		}
		p.hang(2, "remedy: ", oneLine(g.Remedy))
		if how := g.patchable(); how != "" {
			p.hang(2, "patch: ", how)
		}
	}
	p.scanGaps(r, "COULD NOT BE READ", true)
	p.scanGaps(r, "LEFT OUT", false)
	text, how := scanSummary(r)
	p.line(0, "")
	p.styled(0, how, text)
	return nil
}

// scanGaps lists the gaps that are required, or those that are not; a reason
// that many files share is listed only so often.
func (p *printer) scanGaps(r scan.Result, title string, required bool) {
	shown := map[string]int{}
	hints := map[string]bool{}
	for _, g := range r.Coverage.Gaps {
		if g.Required != required {
			continue
		}
		if len(shown) == 0 {
			p.section(title)
		}
		kind := deref(g.Hint, g.Reason)
		if shown[kind]++; shown[kind] > gapsShown {
			continue
		}
		p.wrap(2, oneLine(gapPlace(g)+": "+g.Reason))
		if g.Hint != nil && !hints[*g.Hint] {
			hints[*g.Hint] = true
			p.hang(4, "hint: ", oneLine(*g.Hint))
		}
	}
	more := 0
	for _, n := range shown {
		more += max(0, n-gapsShown)
	}
	if more > 0 {
		p.wrap(2, fmt.Sprintf("and %d more of the same: -o json lists all", more))
	}
}

// scanMarkdown is the same for a comment on a change.
func scanMarkdown(out *bufio.Writer, r scan.Result, o Options) error {
	text, _ := scanSummary(r)
	fmt.Fprintf(out, "# %s for Kubernetes %s\n\n%s\n\nAs of %s, with the table of API versions of %s (releases through %s).\n",
		md(o.Title), md(r.Target), md(text), md(r.AsOf), md(r.Table.Date), md(r.Table.Through))
	for _, g := range scanGroups(r) {
		fmt.Fprintf(out, "\n## %s: %s\n\n%s\n\n| where | object |\n|---|---|\n", md(g.Code), md(g.Severity), md(g.Reason))
		for _, f := range g.All {
			at := code(place(f.File, f.Line, f.Column, f.Document))
			if seen := evidenceOf(f); seen != "" {
				at = md(seen)
			}
			if why := byHand(f); why != "" {
				at += " (by hand: " + md(why) + ")"
			}
			fmt.Fprintf(out, "| %s | %s |\n", at, code(f.Object))
		}
		fmt.Fprintln(out)
		for _, c := range changeLines(g.Finding) {
			fmt.Fprintf(out, "- Also changed: %s\n", md(c))
		}
		if by := acceptedBy(g.Finding); by != "" {
			fmt.Fprintf(out, "- %s\n", md(by))
		} else {
			fmt.Fprintf(out, "- Remedy: %s\n", md(g.Remedy))
			if how := g.patchable(); how != "" {
				fmt.Fprintf(out, "- Patch: %s\n", md(how))
			}
		}
	}
	if len(r.Coverage.Gaps) > 0 {
		fmt.Fprint(out, "\n## Not read\n\n| what | why | required |\n|---|---|---|\n")
	}
	for _, g := range r.Coverage.Gaps {
		required := "no"
		if g.Required {
			required = "**yes**"
		}
		fmt.Fprintf(out, "| %s | %s | %s |\n", code(gapPlace(g)), md(g.Reason), required)
	}
	return nil
}
