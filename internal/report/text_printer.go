package report

import (
	"bufio"
	"fmt"
	"strings"

	"github.com/fixline-dev/fixline/internal/report/layout"
)

// printer writes indented, wrapped lines.
type printer struct {
	out *bufio.Writer
	o   Options
}

// line writes s as it is; the caller has made it fit.
func (p *printer) line(indent int, s string) {
	if s != "" {
		s = strings.Repeat(" ", indent) + s
	}
	fmt.Fprintln(p.out, s)
}

// wrap writes s in as many lines as it needs.
func (p *printer) wrap(indent int, s string) { p.hang(indent, "", s) }

// hang writes label and s beside it; further lines of s stand under its first.
func (p *printer) hang(indent int, label, s string) {
	at := indent + layout.Width(label)
	for i, l := range layout.Wrap(s, p.o.Width-at) {
		if i == 0 {
			p.line(indent, strings.TrimRight(label+l, " "))
			continue
		}
		p.line(at, l)
	}
}

// styled is wrap in a colour.
func (p *printer) styled(indent int, t tone, s string) {
	for _, l := range layout.Wrap(s, p.o.Width-indent) {
		p.line(indent, p.colour(t, l))
	}
}

// section starts a part of a cluster.
func (p *printer) section(title string) {
	p.line(0, "")
	p.line(0, p.paintWith(title, "1"))
}

func (p *printer) table(indent int, t layout.Table) {
	for _, l := range t.Lines(p.o.Width - indent) {
		p.line(indent, l)
	}
}

// bare is a table without its heading line.
func (p *printer) bare(indent int, t layout.Table) {
	for _, l := range t.Lines(p.o.Width - indent)[1:] {
		p.line(indent, l)
	}
}

// colour paints a whole line or word, where colours are wanted.
func (p *printer) colour(t tone, s string) string {
	codes := map[tone]string{bad: "1;31", warn: "1;33", good: "1;32", muted: "2"}
	return p.paintWith(s, codes[t])
}

func (p *printer) paint(t tone) func(string) string {
	return func(s string) string { return p.colour(t, s) }
}

// paintWith uses Select Graphic Rendition of ECMA-48.
func (p *printer) paintWith(s, code string) string {
	if !p.o.Colour || code == "" {
		return s
	}
	return "\x1b[" + code + "m" + s + "\x1b[0m"
}
