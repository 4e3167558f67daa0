package report

import (
	"bufio"
	"cmp"
	"errors"
	"fmt"
	"io"

	"github.com/fixline-dev/fixline/internal/core/finding"
	"github.com/fixline-dev/fixline/internal/core/rehearsal"
	"github.com/fixline-dev/fixline/internal/report/layout"
)

// RehearsalFormats are the forms of a rehearsal.
func RehearsalFormats() []Format { return []Format{Text, JSON, YAML, Markdown} }

// WriteRehearsal writes a rehearsal in form f. After an error w may hold a part
// of the report.
func WriteRehearsal(w io.Writer, f Format, r rehearsal.Rehearsal, o Options) error {
	out := bufio.NewWriterSize(w, 64<<10)
	var err error
	switch f {
	case Text:
		(&printer{out: out, o: o.withDefaults()}).rehearsal(rebuild(r, Visible))
	case Markdown:
		(&marker{out: out}).rehearsal(rebuild(r, Visible))
	case JSON:
		var doc []byte
		if doc, err = encodeJSON(r, ""); err == nil {
			_, err = fmt.Fprintf(out, "%s\n", doc)
		}
	case YAML:
		err = toYAML(out, r)
	default:
		return fmt.Errorf("a rehearsal has no form %q", f)
	}
	if err = errors.Join(err, out.Flush()); err != nil {
		return fmt.Errorf("writing the %s rehearsal: %w", f, err)
	}
	return nil
}

// rehearsalStatus is the answer in a word, and how it is to be taken.
func rehearsalStatus(s rehearsal.State) (string, tone) {
	switch s {
	case rehearsal.Pass:
		return "PASSED", good
	case rehearsal.Fail:
		return "FAILED", bad
	case rehearsal.Skipped:
		return "SKIPPED", muted
	}
	return "UNKNOWN", warn
}

// rehearsalAnswer is what a reader looks for first.
func rehearsalAnswer(r rehearsal.Rehearsal) string {
	if why := r.Failed(); why != "" {
		return why
	}
	return "the API server of " + r.Target + " starts on the cluster's data and answers as it should"
}

// rehearsalBasis says what it rests on.
func rehearsalBasis(r rehearsal.Rehearsal) []string {
	from := "no version of today was asked, so what changes is told only where the answer is known otherwise (--baseline)"
	if r.From != nil {
		from = "held to " + *r.From + " on another copy"
	}
	where := "keys and data were in memory only"
	if !r.Private.InMemory {
		where = "keys and data were in a place that was named for them, which is no memory"
	}
	of := ""
	if b := r.Snapshot.Backup; b != nil {
		of = fmt.Sprintf(", out of the backup %s of %s, taken at %s, sha256 %s", oneLine(b.Name), oneLine(b.Cluster), oneLine(b.Taken), oneLine(b.SHA256))
	}
	return []string{
		fmt.Sprintf("snapshot of revision %d with %d keys, sha256 %s", r.Snapshot.Revision, r.Snapshot.Keys, r.Snapshot.SHA256) + of,
		fmt.Sprintf("etcd %s; catalogue of %s; %s", r.Etcd.Version, cmp.Or(r.Catalogue.Date, "no date"), where),
		from,
	}
}

// program names what ran, and where it was from.
func rehearsalProgram(p rehearsal.Program) string {
	if p.Image != nil && p.Digest != nil {
		return fmt.Sprintf("%s (%s, %s)", p.Version, *p.Image, *p.Digest)
	}
	return fmt.Sprintf("%s (sha256 %s)", p.Version, p.SHA256[:min(12, len(p.SHA256))])
}

func (p *printer) rehearsal(r rehearsal.Rehearsal) {
	word, how := rehearsalStatus(r.Result)
	p.wrap(0, fmt.Sprintf("Fixline rehearsal of %s for %s, %s", oneLine(r.Target), oneLine(deref(r.Cluster, "a cluster")), oneLine(r.At)))
	p.line(0, "")
	for i, l := range layout.Wrap(oneLine(rehearsalAnswer(r)), p.o.Width-len(word)-2) {
		if i == 0 {
			p.line(0, p.colour(how, word)+"  "+l)
			continue
		}
		p.line(len(word)+2, l)
	}
	for _, b := range rehearsalBasis(r) {
		p.hang(len(word)+2, "", oneLine(b))
	}
	for _, h := range r.Hops {
		p.section("HOP " + oneLine(rehearsalProgram(h.Program)))
		t := layout.Table{Heads: []string{"STATE", "CHECK", "TOOK", "WHY"}, Flexible: []int{3}}
		for _, c := range h.Checks {
			_, how := rehearsalStatus(c.State)
			t.Row(string(c.State), c.Check, fmt.Sprintf("%.2fs", c.Seconds), oneLine(c.Why))
			t.Rows[len(t.Rows)-1][0].Style = p.paint(how)
		}
		p.table(2, t)
		if len(h.Resources) > 0 {
			p.line(0, "")
			t := layout.Table{Heads: []string{"LARGEST", "OBJECTS", "LISTED IN"}, Flexible: []int{0}}
			for _, x := range h.Resources {
				t.Row(oneLine(x.Resource), fmt.Sprint(x.Objects), fmt.Sprintf("%.2fs", x.Seconds))
			}
			p.table(2, t)
		}
	}
	if len(r.Findings) > 0 {
		p.section("FINDINGS")
	}
	for _, f := range r.Findings {
		p.hang(2, fmt.Sprintf("%s  %s  ", f.Severity, f.Code), oneLine(f.Object+": "+f.Message))
		if f.Severity == string(finding.Blocker) {
			p.hang(4, "do: ", oneLine(f.Remedy))
		}
		for _, e := range f.Evidence {
			p.hang(4, "", oneLine(e))
		}
	}
	if len(r.Changes) > 0 {
		p.section("NOT AS IN THE CLUSTER")
	}
	for _, c := range r.Changes {
		p.hang(2, "", oneLine(c.What+": "+c.Why))
	}
}

// rehearsal in Markdown is to be pasted into a ticket.
func (m *marker) rehearsal(r rehearsal.Rehearsal) {
	word, _ := rehearsalStatus(r.Result)
	m.f("## Fixline rehearsal of %s for %s, %s\n\n**%s**: %s.\n\n", md(r.Target), md(deref(r.Cluster, "a cluster")), md(r.At), word, md(rehearsalAnswer(r)))
	for _, b := range rehearsalBasis(r) {
		m.f("- %s\n", md(b))
	}
	for _, h := range r.Hops {
		m.f("\n### Hop %s\n\n", md(rehearsalProgram(h.Program)))
		m.f("| State | Check | Took | Why |\n|---|---|---|---|\n")
		for _, c := range h.Checks {
			m.f("| %s | %s | %.2fs | %s |\n", c.State, md(c.Check), c.Seconds, md(c.Why))
		}
	}
	if len(r.Findings) > 0 {
		m.f("\n### Findings\n\n| Severity | Code | At | Object | What |\n|---|---|---|---|---|\n")
	}
	for _, f := range r.Findings {
		m.f("| %s | %s | %s | %s | %s |\n", f.Severity, f.Code, md(f.Version), md(f.Object), md(f.Message))
	}
	if len(r.Changes) > 0 {
		m.f("\n### Not as in the cluster\n\n")
	}
	for _, c := range r.Changes {
		m.f("- %s: %s\n", md(c.What), md(c.Why))
	}
}
