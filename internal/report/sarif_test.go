package report_test

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif"

	"github.com/fixline-dev/fixline/internal/report"
)

// officialSchema reads the OASIS schema of SARIF 2.1.0 from where go-sarif
// carries it, so that no copy of it goes stale here.
func officialSchema(t *testing.T) any {
	t.Helper()
	dir, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/owenrumney/go-sarif/v3").Output()
	if err != nil {
		t.Fatalf("finding the go-sarif module: %v", err)
	}
	file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(strings.TrimSpace(string(dir)), "pkg/report/v210/sarif/schema.go"), nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	text := ""
	ast.Inspect(file, func(n ast.Node) bool {
		if v, ok := n.(*ast.ValueSpec); ok && v.Names[0].Name == "schema" {
			text, err = strconv.Unquote(v.Values[0].(*ast.BasicLit).Value)
		}
		return err == nil
	})
	if err != nil || text == "" {
		t.Fatalf("go-sarif no longer carries the schema where it was: %v", err)
	}
	return decode(t, []byte(text))
}

func TestSARIFValidates(t *testing.T) {
	schema := compile(t, "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json", officialSchema(t))
	for name, r := range examples() {
		for _, all := range []bool{false, true} {
			doc := write(t, report.SARIF, r, report.Options{All: all, ToolVersion: "0.1.0"})
			if err := schema.Validate(decode(t, doc)); err != nil {
				t.Errorf("%s (all %v): %v", name, all, err)
			}
			if _, err := sarif.FromBytes(doc); err != nil {
				t.Errorf("%s (all %v): go-sarif cannot read it: %v", name, all, err)
			}
		}
	}
	if schema.Validate(decode(t, []byte(`{"version":"2.1.0","runs":[{}]}`))) == nil {
		t.Error("the schema accepts a run without a tool, so it checks nothing")
	}
}

type sarifSeen struct{ Rule, Kind, Level string }

func readSARIF(t *testing.T, doc []byte) *sarif.Run {
	t.Helper()
	log, err := sarif.FromBytes(doc)
	if err != nil {
		t.Fatal(err)
	}
	return log.Runs[0]
}

func TestSARIFKindsAndLevels(t *testing.T) {
	var got []sarifSeen
	for _, x := range readSARIF(t, write(t, report.SARIF, patch(), report.Options{All: true})).Results {
		got = append(got, sarifSeen{*x.RuleID, x.Kind, x.Level})
	}
	for _, x := range readSARIF(t, write(t, report.SARIF, vendor(), report.Options{})).Results {
		got = append(got, sarifSeen{*x.RuleID, x.Kind, x.Level})
	}
	want := []sarifSeen{
		{"CVE-2025-13281", "fail", "error"}, {"CVE-2020-8554", "fail", "warning"}, {"CVE-2025-0426", "fail", "warning"},
		{"CVE-2024-9042", "pass", "none"}, {"DRIFT-001", "fail", "warning"},
		{"CVE-2023-3676", "open", "none"}, {"CVE-2023-3893", "open", "none"}, {"CVE-2023-3955", "open", "none"},
		{"CVE-2023-5528", "open", "none"}, {"CVE-2024-0793", "open", "none"}, {"CVE-2024-3177", "open", "none"}}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

// The identity of a result must survive a new version, a new wording and a new
// order, or code scanning opens and closes the same alert every night.
func TestSARIFFingerprintsAreStable(t *testing.T) {
	of := func(doc []byte) map[string]bool {
		out := map[string]bool{}
		for _, x := range readSARIF(t, doc).Results {
			out[x.PartialFingerprints["fixline/v1"]] = true
		}
		return out
	}
	before := patch()
	after := patch()
	after.AsOf = "2026-04-01"
	a := after.Clusters[0].Advisories
	a[0], a[1] = a[1], a[0]
	for i := range a {
		a[i].Reason = "said in other words"
		for j := range a[i].Components {
			a[i].Components[j].Version = ptr("1.34.0")
		}
	}
	want := of(write(t, report.SARIF, before, report.Options{}))
	if d := cmp.Diff(want, of(write(t, report.SARIF, after, report.Options{}))); d != "" {
		t.Error(d)
	}
	if len(want) != 4 {
		t.Errorf("%d different fingerprints for 4 results", len(want))
	}
	other := patch()
	other.Clusters[0].Name = "another"
	for f := range of(write(t, report.SARIF, other, report.Options{})) {
		if want[f] {
			t.Error("two clusters share a fingerprint")
		}
	}
}

func TestSARIFSaysWhatWasNotSeen(t *testing.T) {
	var log struct {
		Runs []struct {
			Invocations []struct {
				Notifications []struct {
					Level   string
					Message struct{ Text string }
				} `json:"toolExecutionNotifications"`
			}
		}
	}
	if err := json.Unmarshal(write(t, report.SARIF, vendor(), report.Options{}), &log); err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	for _, n := range log.Runs[0].Invocations[0].Notifications {
		text.WriteString(n.Level + ": " + n.Message.Text + "\n")
	}
	for _, want := range []string{"note: Catalogue of 2026-11-20", "warning: The catalogue is stale", "warning: shop: not read: list networkpolicies", "note: shop: not read: Helm releases", "warning: shop: unread: version of kubelet"} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("no notification %q in\n%s", want, text.String())
		}
	}
}
