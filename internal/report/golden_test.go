package report_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fixline-dev/fixline/internal/core/assess"
	"github.com/fixline-dev/fixline/internal/report"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// examples are what every form is shown; since has a text golden of its own.
func examples() map[string]assess.Result {
	return map[string]assess.Result{"clean": clean(), "patch": patch(), "unreachable": unreachable(),
		"vendor": vendor(), "fleet": fleet(), "accepted": accepted(), "hostile": hostile()}
}

func TestGoldens(t *testing.T) {
	extension := map[report.Format]string{report.Text: "txt", report.JSON: "json", report.YAML: "yaml", report.Markdown: "md",
		report.HTML: "html", report.SARIF: "sarif", report.JUnit: "xml", report.CSV: "csv"}
	for _, f := range report.Formats() {
		for name, r := range examples() {
			t.Run(string(f)+"/"+name, func(t *testing.T) {
				golden(t, name+"."+extension[f], write(t, f, r, report.Options{ToolVersion: "0.1.0"}))
			})
		}
	}
	t.Run("text/all", func(t *testing.T) {
		golden(t, "patch-all.txt", write(t, report.Text, patch(), report.Options{All: true}))
	})
	t.Run("text/since", func(t *testing.T) {
		golden(t, "since.txt", write(t, report.Text, since(), report.Options{}))
	})
	t.Run("text/colour", func(t *testing.T) {
		golden(t, "clean-colour.txt", write(t, report.Text, clean(), report.Options{Colour: true, Width: 60}))
	})
}

func write(t *testing.T, f report.Format, r assess.Result, o report.Options) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := report.Write(&out, f, r, o); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v (run the test with -update)", err)
	}
	if d := cmp.Diff(string(want), string(got)); d != "" {
		t.Errorf("%s (-want +got):\n%s", path, d)
	}
}
