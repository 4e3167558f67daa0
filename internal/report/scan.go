package report

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strconv"
	"strings"

	"github.com/fixline-dev/fixline/internal/core/scan"
)

// ScanFormats are the forms of a scan. There is no HTML: it is read where files
// are edited and where pipelines run, and Markdown serves both.
func ScanFormats() []Format { return []Format{Text, JSON, YAML, Markdown, SARIF, JUnit, CSV} }

// WriteScan writes r to w in form f; r is not changed. After an error w may
// hold a part of the report.
func WriteScan(w io.Writer, f Format, r scan.Result, o Options) error {
	render := map[Format]func(*bufio.Writer, scan.Result, Options) error{
		Text: scanText, JSON: scanJSON, YAML: scanYAML, Markdown: scanMarkdown, SARIF: scanSARIF, JUnit: scanJUnit, CSV: scanCSV,
	}[f]
	if render == nil {
		return fmt.Errorf("a scan has no form %q", f)
	}
	if f != JSON && f != YAML && !unchangedBy(reflect.ValueOf(r), Visible) {
		r = rebuild(r, Visible) // JSON and YAML escape what acts, and stay exact
	}
	out := bufio.NewWriterSize(w, 64<<10)
	err := render(out, r, o.withDefaults())
	if err = errors.Join(err, out.Flush()); err != nil {
		return fmt.Errorf("writing the %s report: %w", f, err)
	}
	return nil
}

func scanJSON(out *bufio.Writer, r scan.Result, _ Options) error {
	findings := r.Findings
	r.Findings = []scan.Finding{}
	return eachJSON(out, r, "  ", "findings", len(findings), func(i int) any { return &findings[i] })
}

// eachJSON writes frame with n items in its empty list name, whose line begins
// with indent. They are encoded one by one: there may be tens of thousands.
func eachJSON(out *bufio.Writer, frame any, indent, name string, n int, item func(int) any) error {
	doc, err := encodeJSON(frame, "")
	if err != nil {
		return err
	}
	list := "\n" + indent + strconv.Quote(name) + ": ["
	before, after, found := bytes.Cut(doc, []byte(list+"]"))
	if !found {
		return fmt.Errorf("the result has no list of %s", name)
	}
	// bufio.Writer keeps the first error, for Flush to tell.
	fmt.Fprintf(out, "%s%s", before, list)
	for i := range n {
		doc, err := encodeJSON(item(i), indent+"  ")
		if err != nil {
			return fmt.Errorf("%s, %d: %w", name, i+1, err)
		}
		if i > 0 {
			fmt.Fprint(out, ",")
		}
		fmt.Fprintf(out, "\n%s  %s", indent, doc)
	}
	if n > 0 {
		fmt.Fprint(out, "\n"+indent)
	}
	fmt.Fprintf(out, "]%s\n", after)
	return nil
}

func scanYAML(out *bufio.Writer, r scan.Result, _ Options) error { return toYAML(out, r) }

// scanGroup are the findings that say the same of different objects.
type scanGroup struct {
	*scan.Finding
	All []*scan.Finding
}

// scanGroups keeps the order in which each first occurs, which is worst first.
func scanGroups(r scan.Result) []*scanGroup {
	var out []*scanGroup
	known := map[string]*scanGroup{}
	for i := range r.Findings {
		f := &r.Findings[i]
		key := f.Severity + "\x00" + f.Code + "\x00" + f.Reason
		if f.Source == scan.Cluster {
			key += "\x00" + f.Remedy
		}
		if f.Accepted != nil {
			key += "\x00" + acceptedBy(f)
		}
		g := known[key]
		if g == nil {
			g = &scanGroup{Finding: f}
			known[key] = g
			out = append(out, g)
		}
		g.All = append(g.All, f)
	}
	return out
}

func acceptedBy(f *scan.Finding) string {
	if f.Accepted == nil {
		return ""
	}
	return fmt.Sprintf("accepted by %s until %s: %s", f.Accepted.Owner, f.Accepted.Expires, f.Accepted.Reason)
}

// place is file:line:column, as editors and terminals understand it.
func place(file *string, line, column, document *int) string {
	text := deref(file, "")
	for _, n := range []*int{line, column} {
		if n != nil && *n > 0 {
			text += ":" + strconv.Itoa(*n)
		}
	}
	if document != nil && *document > 1 {
		text += fmt.Sprintf(" (document %d)", *document)
	}
	return text
}

// evidenceOf says who wrote or asked, of what is in no file; "" of a file.
func evidenceOf(f *scan.Finding) string {
	if f.File != nil {
		return ""
	}
	if seen, ok := strings.CutPrefix(f.Message, f.Reason+": "); ok {
		return seen
	}
	return f.Message
}

// changeLines are what else changed, one sentence each.
func changeLines(f *scan.Finding) []string {
	var out []string
	for _, c := range f.Changes {
		text := c.Text
		if c.Field != nil {
			text = *c.Field + ": " + text
		}
		out = append(out, oneLine(text))
	}
	switch {
	case len(out) == 0 && f.Replacement != nil && f.ChangesKnown:
		out = append(out, "nothing but the apiVersion")
	case len(out) == 0 && f.Replacement != nil:
		out = append(out, "not known: compare the two in the API reference")
	}
	return out
}

// byHand says why a file is left to a person although nothing but its
// apiVersion changes; "" where the changes themselves say it, or a patch does.
func byHand(f *scan.Finding) string {
	if f.NoPatch == nil || f.Accepted != nil || f.Replacement == nil || !f.ChangesKnown || len(f.Changes) > 0 {
		return ""
	}
	return *f.NoPatch
}

// patchable says how many findings of a group --patch writes, "" for none.
func (g *scanGroup) patchable() string {
	n := 0
	for _, f := range g.All {
		if f.Patch != nil {
			n++
		}
	}
	switch {
	case n == 0:
		return ""
	case n == len(g.All):
		return "--patch FILE writes it"
	}
	return fmt.Sprintf("--patch FILE writes %d of these %d", n, len(g.All))
}

// scanSummary is the answer in one sentence, and how it is to be taken.
func scanSummary(r scan.Result) (string, tone) {
	count := map[string]int{}
	for _, f := range r.Findings {
		count[f.Severity]++
	}
	seen := scanned(r.Counts)
	text, how := fmt.Sprintf("%s, %s, %d info in %s.", counted(count["blocker"], "blocker"), counted(count["warning"], "warning"), count["info"], seen), warn
	switch {
	case count["blocker"] > 0:
		how = bad
	case len(r.Findings) == 0 && r.Coverage.Complete:
		text, how = fmt.Sprintf("Nothing found: Kubernetes %s serves every API version it knows of in %s.", r.Target, seen), good
	}
	if n := requiredGaps(r); n > 0 {
		text += fmt.Sprintf(" NOT A CLEAN BILL: %s could not be read.", counted(n, "thing"))
	}
	return text, how
}

// scanned is what was looked at: "3 files, 4 documents, 5 objects".
func scanned(c scan.Counts) string {
	var parts []string
	add := func(n int, what string, always bool) {
		if n > 0 || always {
			parts = append(parts, counted(n, what))
		}
	}
	manifests := c.Files > 0 || c.Objects+c.Releases+c.Requests == 0
	add(c.Files, "file", manifests)
	add(c.Documents, "document", manifests)
	add(c.Objects, "object", manifests)
	add(c.Releases, "Helm release", false)
	add(c.Requests, "request", false)
	return strings.Join(parts, ", ")
}

func requiredGaps(r scan.Result) int {
	n := 0
	for _, g := range r.Coverage.Gaps {
		if g.Required {
			n++
		}
	}
	return n
}

func counted(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

func gapPlace(g scan.Gap) string {
	if g.File == nil {
		return g.Check
	}
	return place(g.File, g.Line, nil, g.Document)
}

// scanCSV is one row per finding. Without any there is one row, so that
// whether the answer is complete is seen.
func scanCSV(out *bufio.Writer, r scan.Result, _ Options) error {
	w := csv.NewWriter(out)
	w.UseCRLF = true
	rows := [][]string{{"severity", "code", "file", "line", "column", "document", "object", "apiVersion", "kind", "deprecatedIn", "removedIn", "replacement",
		"source", "alsoSeenIn", "message", "remedy", "accepted", "target", "asOf", "coverageComplete"}}
	number := func(n *int) string {
		if n == nil {
			return ""
		}
		return strconv.Itoa(*n)
	}
	end := []string{r.Target, r.AsOf, strconv.FormatBool(r.Coverage.Complete)}
	for _, f := range r.Findings {
		row := []string{f.Severity, f.Code, deref(f.File, ""), number(f.Line), number(f.Column), number(f.Document), f.Object, string(f.ObjectAPI), string(f.ObjectKind),
			deref(f.DeprecatedIn, ""), deref(f.RemovedIn, ""), deref(f.Replacement, ""), f.Source, strings.Join(f.AlsoSeenIn, " "), f.Message, f.Remedy, acceptedBy(&f)}
		rows = append(rows, append(row, end...))
	}
	if len(rows) == 1 {
		rows = append(rows, append(make([]string, len(rows[0])-len(end)), end...))
	}
	for _, row := range rows {
		for i := range row {
			row[i] = csvCell(row[i])
		}
	}
	return w.WriteAll(rows)
}
