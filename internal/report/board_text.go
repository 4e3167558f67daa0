package report

import (
	"bufio"
	"fmt"
	"strings"

	"github.com/fixline-dev/fixline/internal/core/board"
	"github.com/fixline-dev/fixline/internal/report/layout"
)

// boardsText writes each board after the other, the answer first.
func boardsText(out *bufio.Writer, boards []board.Board, o Options) error {
	p := &printer{out: out, o: o}
	for i, b := range boards {
		if i > 0 {
			p.line(0, "")
		}
		p.board(b)
	}
	return nil
}

func (p *printer) board(b board.Board) {
	word, how := boardStatus(b)
	p.wrap(0, fmt.Sprintf("%s of %s, as of %s", oneLine(p.o.Title), oneLine(b.Cluster), b.AsOf))
	p.wrap(0, oneLine(boardBasis(b)))
	p.line(0, "")
	for i, l := range layout.Wrap(oneLine(boardAnswer(b)), p.o.Width-len(word)-2) {
		if i == 0 {
			p.line(0, p.colour(how, word)+"  "+l)
		} else {
			p.line(len(word)+2, l)
		}
	}
	if why := boardWhy(b); why != "" {
		p.wrap(len(word)+2, oneLine(why))
	}
	for _, g := range b.Gaps {
		p.hang(len(word)+2, "not read: ", oneLine(g.Check+": "+g.Reason))
	}
	if len(b.Rows) == 0 {
		return
	}
	p.line(0, "")
	t := layout.Table{Heads: []string{"STATE", "COMPONENT", "NODE", "CURRENT", "TARGET", "WHY"}, Flexible: []int{2, 5}}
	for _, l := range boardLines(b) {
		t.Row(string(l.State), oneLine(l.Component), l.Where(), l.Running(), oneLine(deref(l.Target, "-")), oneLine(l.Why))
		t.Rows[len(t.Rows)-1][0].Style = p.paint(stateTone(l.State))
	}
	p.table(0, t)
	for i, rule := range boardRules(b) {
		if i == 0 {
			p.section("RULES")
		}
		p.hang(2, oneLine(rule[0])+"  ", oneLine(rule[1]))
	}
}

// boardsMarkdown is to be pasted into a ticket: the answer, the next move, the
// table.
func boardsMarkdown(out *bufio.Writer, boards []board.Board, o Options) error {
	m := &marker{out: out}
	for i, b := range boards {
		if i > 0 {
			m.f("\n")
		}
		word, _ := boardStatus(b)
		m.f("## %s of %s as of %s\n\n**%s**: %s.\n", md(o.Title), code(b.Cluster), md(b.AsOf), word, md(boardAnswer(b)))
		if why := boardWhy(b); why != "" {
			m.f("\nWhy: %s.\n", md(strings.TrimSuffix(why, ".")))
		}
		m.f("\n%s.\n", md(boardBasis(b)))
		for _, g := range b.Gaps {
			m.f("\n- **Not read**: %s: %s\n", md(g.Check), md(g.Reason))
		}
		if len(b.Rows) > 0 {
			m.heads("State", "Component", "Node", "Current", "Target", "Why")
		}
		for _, l := range boardLines(b) {
			state := md(string(l.State))
			if t := stateTone(l.State); t == bad || t == warn {
				state = "**" + state + "**"
			}
			m.row(state, code(l.Component), md(l.Where()), md(l.Running()), md(deref(l.Target, "-")), md(l.Why))
		}
		for j, rule := range boardRules(b) {
			if j == 0 {
				m.f("\n")
			}
			m.f("- %s: %s\n", md(rule[0]), md(rule[1]))
		}
	}
	return nil
}

// OneLine is s on one line, with what acts on a terminal made visible: for the
// lines a command writes beside a report.
func OneLine(s string) string { return oneLine(Visible(s)) }

// Fold breaks s into lines of at most width columns, 100 where width is 0.
func Fold(s string, width int) string {
	return strings.Join(layout.Wrap(s, Options{Width: width}.withDefaults().Width), "\n")
}
