package export

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/fixline-dev/fixline/internal/record"
	"github.com/fixline-dev/fixline/internal/report"
)

// all are the sections of a document, in order.
func all(r record.Report) []section {
	parts := slices.Concat(verdict(r), decided(r), []section{files(r), log(r, 0)})
	return slices.DeleteFunc(parts, section.empty)
}

// markdown is for a ticket. All text of the record is literal in it.
func markdown(w io.Writer, r record.Report) error {
	out := bufio.NewWriter(w)
	fmt.Fprintf(out, "# %s\n\n**%s**\n\n", capital(report.MarkdownText(title(r))), report.MarkdownText(r.Summary))
	if d := r.Decision(); d != nil {
		fmt.Fprintf(out, "> %s\n\n", report.MarkdownText(d.Sentence))
	}
	fmt.Fprintf(out, "As of %s.\n", r.AsOf)
	for _, s := range all(r) {
		fmt.Fprintf(out, "\n## %s\n\n", s.Title)
		for _, line := range s.Lines {
			fmt.Fprintf(out, "- %s\n", report.MarkdownText(line))
		}
		if len(s.Rows) == 0 {
			continue
		}
		if len(s.Lines) > 0 {
			out.WriteString("\n")
		}
		fmt.Fprintf(out, "| %s |\n|%s\n", strings.Join(s.Heads, " | "), strings.Repeat("---|", len(s.Heads)))
		for _, row := range s.Rows {
			out.WriteString("|")
			for i, cell := range row {
				fmt.Fprintf(out, " %s |", markdownCell(s.Heads[i], cell))
			}
			out.WriteString("\n")
		}
	}
	return out.Flush()
}

// markdownCell: what is code stands as code.
func markdownCell(head, cell string) string {
	switch head {
	case "data", "command", "file", "SHA-256", "key", "object":
		return report.MarkdownCode(cell)
	}
	return report.MarkdownText(cell)
}

func capital(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}
