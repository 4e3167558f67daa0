package report_test

import (
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/fixline-dev/fixline/internal/core/assess"
	"github.com/fixline-dev/fixline/internal/report"
	"github.com/fixline-dev/fixline/internal/report/layout"
)

func TestTextFitsTheWidth(t *testing.T) {
	all := examples()
	all["since"] = since()
	for name, r := range all {
		for _, width := range []int{40, 64, 80, 100, 200} {
			limit := min(width, 100)
			for _, line := range strings.Split(string(write(t, report.Text, r, report.Options{Width: width, All: true})), "\n") {
				// A URL is never broken; it may stand out.
				if layout.Width(line) > limit && !strings.Contains(line, "https://") {
					t.Errorf("%s at %d: %d columns: %s", name, width, layout.Width(line), line)
				}
				if strings.HasSuffix(line, " ") {
					t.Errorf("%s at %d: trailing space: %q", name, width, line)
				}
			}
		}
	}
}

func TestColourAddsOnlyColour(t *testing.T) {
	for name, r := range examples() {
		plain := string(write(t, report.Text, r, report.Options{}))
		coloured := string(write(t, report.Text, r, report.Options{Colour: true}))
		if strings.Contains(plain, "\x1b") {
			t.Errorf("%s: colour without being asked", name)
		}
		if !strings.Contains(coloured, "\x1b[1;") {
			t.Errorf("%s: no colour", name)
		}
		for _, code := range []string{"0", "1", "2", "1;31", "1;32", "1;33"} {
			coloured = strings.ReplaceAll(coloured, "\x1b["+code+"m", "")
		}
		if coloured != plain {
			t.Errorf("%s: colour changes the text", name)
		}
	}
}

// The word in front is what a tired reader trusts: nothing that is unknown,
// unread or out of date may stand behind CLEAN.
func TestStatusIsNeverCleanerThanTheResult(t *testing.T) {
	for name, tc := range map[string]struct {
		change func(*assess.Result)
		want   string
	}{
		"clean":         {func(*assess.Result) {}, "CLEAN  dev"},
		"stale":         {func(r *assess.Result) { r.Catalog.Stale = true }, "STALE DATA  dev"},
		"undated":       {func(r *assess.Result) { r.Catalog.AdvisoriesThrough = "" }, "STALE DATA  dev"},
		"gap":           {func(r *assess.Result) { r.Clusters[0].Coverage.Complete = false }, "INCOMPLETE  dev"},
		"undecided":     {func(r *assess.Result) { r.Clusters[0].Decision.Affected = "unknown" }, "UNKNOWN  dev"},
		"verdict":       {withVerdict(assess.Unknown), "UNKNOWN  dev"},
		"not reachable": {withVerdict(assess.NotReachable), "NOT REACHABLE  dev"},
		"mitigate":      {withVerdict(assess.MitigateOnly), "MITIGATE  dev"},
		"affected":      {withVerdict(assess.Affected), "AFFECTED  dev"},
		"blocker": {func(r *assess.Result) {
			r.Clusters[0].Findings = []assess.Finding{{Code: "SKEW-001", Severity: "blocker"}}
		}, "BLOCKED  dev"},
		"affected beats incomplete": {func(r *assess.Result) {
			withVerdict(assess.Affected)(r)
			r.Clusters[0].Coverage.Complete = false
		}, "AFFECTED  dev"},
	} {
		t.Run(name, func(t *testing.T) {
			r := clean()
			tc.change(&r)
			text := string(write(t, report.Text, r, report.Options{}))
			if !strings.Contains(text, "\n"+tc.want) {
				t.Errorf("no line starts with %q in\n%s", tc.want, text)
			}
		})
	}
}

func withVerdict(v assess.Verdict) func(*assess.Result) {
	return func(r *assess.Result) {
		r.Clusters[0].Advisories = []assess.AdvisoryResult{{ID: "CVE-2000-0001", Verdict: v}}
	}
}

// Every form says how old its facts are, and that stale ones are stale.
func TestEveryFormDatesTheCatalogue(t *testing.T) {
	for _, f := range report.Formats() {
		doc := strings.ToLower(string(write(t, f, vendor(), report.Options{})))
		for _, want := range []string{"2026-11-20", "2026-10-08", "68", "stale"} {
			if !strings.Contains(doc, want) {
				t.Errorf("%s does not say %q", f, want)
			}
		}
	}
}

func TestEmptyRun(t *testing.T) {
	for _, f := range report.Formats() {
		if len(write(t, f, result("2026-03-15"), report.Options{})) == 0 {
			t.Errorf("%s writes nothing about no cluster", f)
		}
	}
}

func TestFormats(t *testing.T) {
	for _, f := range report.Formats() {
		if got, err := report.ParseFormat(string(f)); got != f || err != nil {
			t.Errorf("ParseFormat(%q) = %q, %v", f, got, err)
		}
	}
	_, err := report.ParseFormat("pdf")
	if err == nil || !strings.Contains(err.Error(), `"pdf": use text, json`) {
		t.Errorf("got %v", err)
	}
	if err := report.Write(&strings.Builder{}, "pdf", clean(), report.Options{}); err == nil {
		t.Error("an unknown form was written")
	}
}

func TestAFailingWriterIsAnError(t *testing.T) {
	for _, f := range report.Formats() {
		if err := report.Write(broken{}, f, clean(), report.Options{}); !errors.Is(err, errBroken) {
			t.Errorf("%s: %v", f, err)
		}
	}
}

var errBroken = errors.New("disk full")

type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, errBroken }

// BenchmarkWrite writes a fleet of a thousand clusters in every form.
func BenchmarkWrite(b *testing.B) {
	c := patchCluster()
	r := assess.Result{AsOf: "2026-03-15", Catalog: catalog()}
	for range 1000 {
		r.Clusters = append(r.Clusters, c)
	}
	for _, f := range report.Formats() {
		b.Run(string(f), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := report.Write(io.Discard, f, r, report.Options{}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
