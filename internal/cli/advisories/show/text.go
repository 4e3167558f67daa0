package show

import (
	"bytes"
	"fmt"
	"io"
	"strings"
)

// text prints a description for people.
func text(w io.Writer, d Description) error {
	var b bytes.Buffer
	b.WriteString(d.ID)
	if len(d.Aliases) > 0 {
		fmt.Fprintf(&b, " (also %s)", strings.Join(d.Aliases, ", "))
	}
	b.WriteString("\n")
	if d.Summary != nil {
		fmt.Fprintf(&b, "%s\n", *d.Summary)
	}
	score := "no CVSS vector"
	if d.Score != nil {
		score = fmt.Sprintf("%.1f (%s)", *d.Score, *d.Vector)
	}
	published := "unknown: counts as public"
	if d.Published != nil {
		published = *d.Published
	}
	fmt.Fprintf(&b, "\nscore      %s\npublished  %s\nfix        %s\n", score, published, fixText(d.FixState))
	if d.ClientOnly {
		b.WriteString("only       clients (kubectl and the like); no server is affected\n")
	}
	if d.Unparsed != nil {
		fmt.Fprintf(&b, "unparsed   %s\n", *d.Unparsed)
	}
	for _, of := range d.Affected {
		fmt.Fprintf(&b, "\n%s\n", of.Component)
		for _, r := range of.Ranges {
			fmt.Fprintf(&b, "  %s\n", rangeText(r))
		}
		if len(of.Fixed) > 0 {
			fmt.Fprintf(&b, "  fixed in %s\n", strings.Join(of.Fixed, ", "))
		}
	}
	section(&b, "Exploitation needs", d.Conditions)
	var mitigations []string
	for _, m := range d.Mitigations {
		line := m.Text
		if m.Apply != nil {
			line += "\n      " + strings.ReplaceAll(strings.TrimRight(*m.Apply, "\n"), "\n", "\n      ")
		}
		mitigations = append(mitigations, line)
	}
	section(&b, "Mitigations", mitigations)
	if d.Dispute != nil {
		fmt.Fprintf(&b, "\nDisputed\n  %s\n", *d.Dispute)
	}
	var sources []string
	for _, s := range d.Sources {
		line := s.Name
		if s.Says != "" {
			line += ": " + s.Says
		}
		if s.URL != "" {
			line += "\n    " + s.URL
		}
		sources = append(sources, line)
	}
	section(&b, "Sources", sources)
	_, err := w.Write(b.Bytes())
	return err
}

func section(b *bytes.Buffer, title string, lines []string) {
	if len(lines) == 0 {
		return
	}
	fmt.Fprintf(b, "\n%s\n", title)
	for _, l := range lines {
		fmt.Fprintf(b, "  - %s\n", l)
	}
}

func fixText(state string) string {
	switch state {
	case "fixed":
		return "by a version"
	case "gate":
		return "by a feature gate, or a version with it"
	case "never":
		return "by no version: mitigate"
	}
	return "unknown"
}

func rangeText(r Range) string {
	text := "all versions"
	switch {
	case r.Introduced != nil && r.Before != nil:
		text = "from " + *r.Introduced + " to before " + *r.Before
	case r.Introduced != nil:
		text = "from " + *r.Introduced + " on"
	case r.Before != nil:
		text = "before " + *r.Before
	}
	if r.Unknown {
		text = "unknown " + text
	} else {
		text = "affected " + text
	}
	if r.Gate != nil {
		text += "; closed by " + *r.Gate
	}
	if r.Why != nil {
		text += ": " + *r.Why
	}
	return text
}
