package export

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"github.com/fixline-dev/fixline/internal/record"
	"github.com/fixline-dev/fixline/internal/report"
	"github.com/fixline-dev/fixline/internal/report/layout"
)

// text is for the screen: the answer, what is wrong with it, then the rest.
func text(w io.Writer, r record.Report, o Options) error {
	width := o.Width
	if width < 40 {
		width = 100
	}
	out := bufio.NewWriter(w)
	paragraph(out, fmt.Sprintf("%s  %s", strings.ToUpper(string(r.State)), title(r)), "", width)
	out.WriteString("\n")
	if d := r.Decision(); d != nil && !o.Brief {
		paragraph(out, d.Sentence, "  ", width)
		out.WriteString("\n")
	}
	_, why, _ := strings.Cut(r.Summary, ": ")
	paragraph(out, why, "  ", width)
	sections := verdict(r)
	if !o.Brief {
		sections = append(sections, decided(r)...)
		sections = append(sections, log(r, 10))
	}
	for _, s := range sections {
		textSection(out, s, width)
	}
	return out.Flush()
}

func paragraph(out *bufio.Writer, s, indent string, width int) {
	for _, line := range layout.Wrap(report.Visible(s), width-len(indent)) {
		fmt.Fprintf(out, "%s%s\n", indent, line)
	}
}

func textSection(out *bufio.Writer, s section, width int) {
	if s.empty() {
		return
	}
	fmt.Fprintf(out, "\n%s\n", strings.ToUpper(s.Title))
	for _, line := range s.Lines {
		paragraph(out, line, "  ", width)
	}
	if len(s.Rows) == 0 {
		return
	}
	t := layout.Table{Flexible: []int{len(s.Heads) - 1}}
	for _, h := range s.Heads {
		t.Heads = append(t.Heads, strings.ToUpper(h))
	}
	for _, row := range s.Rows {
		cells := make([]string, len(row))
		for i, c := range row {
			if cells[i] = strings.Join(strings.Fields(report.Visible(c)), " "); cells[i] == "" {
				cells[i] = "-"
			}
			if s.Heads[i] == "key" && len(cells[i]) > 16 {
				cells[i] = cells[i][:16] // as in the name of its file
			}
		}
		t.Row(cells...)
	}
	for _, line := range t.Lines(width - 2) {
		fmt.Fprintf(out, "  %s\n", line)
	}
}
