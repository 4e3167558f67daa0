package export

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fixline-dev/fixline/internal/record"
	"github.com/fixline-dev/fixline/internal/record/decision"
	"github.com/fixline-dev/fixline/internal/record/journal"
	"github.com/fixline-dev/fixline/internal/report"
)

var update = flag.Bool("update", false, "write golden files anew")

var day = time.Date(2026, 4, 2, 0, 0, 0, 0, time.UTC)

func verified(t *testing.T, dir string) record.Report {
	t.Helper()
	r, err := record.Verify(dir, record.VerifyOptions{AsOf: day})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func written(t *testing.T, form report.Format, r record.Report, o Options) string {
	t.Helper()
	var out bytes.Buffer
	if err := Write(&out, form, r, o); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// TestGolden: every form of one record, by keys nobody knows, with a waiver
// that is over.
func TestGolden(t *testing.T) {
	r := verified(t, "../testdata/change")
	for name, tt := range map[string]struct {
		form report.Format
		o    Options
	}{
		"record.txt": {report.Text, Options{Width: 100}}, "verify.txt": {report.Text, Options{Width: 80, Brief: true}},
		"record.md": {report.Markdown, Options{}}, "record.html": {report.HTML, Options{}}, "record.json": {report.JSON, Options{}},
	} {
		file, got := filepath.Join("testdata", name), written(t, tt.form, r, tt.o)
		if *update {
			if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// TestJSON: no list is null.
func TestJSON(t *testing.T) {
	text := written(t, report.JSON, verified(t, "../testdata/change"), Options{})
	var doc map[string]any
	if err := json.Unmarshal([]byte(text), &doc); err != nil || doc["kind"] != "ChangeRecordExport" {
		t.Fatal(err)
	}
	if m := regexp.MustCompile(`"(\w+s|\w+ed)": null`).FindString(text); m != "" {
		t.Errorf("%s in %s", m, text)
	}
}

// TestHostile: no text of a record is markup, loads anything, or acts on a terminal.
func TestHostile(t *testing.T) {
	const evil = "<script>alert(1)</script><img src=http://x/y> | **b** [l](http://x) \x1b[2J\u202e `c`"
	dir := filepath.Join(t.TempDir(), "r")
	d := decision.Decision{ID: "x", Created: "2026-03-15T10:00:00Z", AsOf: "2026-03-15", Sentence: evil, Cluster: decision.Cluster{Name: evil},
		Reason: decision.Reason{Text: evil}, Change: decision.Change{From: evil, Target: evil}, Backup: decision.Backup{WhyNot: evil},
		Owners:   []decision.Owner{{Part: evil, Name: evil}},
		Findings: []decision.Finding{{Code: "API-001", Severity: "blocker", Object: evil, Message: evil, State: decision.Open}}}
	r, err := record.Create(dir, d, nil, record.Options{Now: func() time.Time { return day }, Program: evil})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Append(journal.Note, map[string]string{"text": evil}); err != nil {
		t.Fatal(err)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	v := verified(t, dir)
	for _, form := range []report.Format{report.Text, report.Markdown, report.HTML} {
		out := written(t, form, v, Options{})
		if strings.ContainsAny(out, "\x1b\u202e") {
			t.Errorf("%s: a control character got through", form)
		}
		literal := out
		if form == report.Markdown { // what stands in a code span is literal
			literal = regexp.MustCompile("``.*?``").ReplaceAllString(out, "")
		}
		if form != report.Text && regexp.MustCompile(`<(script|img)`).MatchString(literal) ||
			form == report.Markdown && regexp.MustCompile(`[^\\*]\*\*b|[^\\]\[l\]`).MatchString(literal) {
			t.Errorf("%s: markup got through: %s", form, literal)
		}
		if form == report.HTML && regexp.MustCompile(`<(script|img|link|iframe|a) |src="|href="|url\(`).MatchString(out) {
			t.Errorf("the page loads something: %s", out)
		}
	}
}

// TestAltered: also what is altered is written, and said first.
func TestAltered(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "r")
	if err := os.CopyFS(dir, os.DirFS("../testdata/change")); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "record.yaml"), []byte("x"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, form := range append(Formats(), report.Text) {
		out := written(t, form, verified(t, dir), Options{})
		if !strings.Contains(out, "record.yaml: is not what entry 2") && !strings.Contains(strings.Join(strings.Fields(out), " "), "record.yaml: is not what entry 2") {
			t.Errorf("%s does not say what is altered: %s", form, out)
		}
	}
}
