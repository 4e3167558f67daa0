package finding

import (
	"bytes"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write docs/findings.md and the record of codes anew")

const root = "../../.."

// raised names for each code a test or fixture that raises it; the file must
// name the code.
func raised() map[string]string {
	return map[string]string{
		"SKEW-002":     "internal/core/assess/assess_test.go",
		"SKEW-006":     "internal/core/assess/assess_test.go",
		"DRIFT-001":    "internal/core/assess/assess_test.go",
		"SUPPORT-001":  "internal/core/assess/assess_test.go",
		"SUPPORT-002":  "internal/core/assess/assess_test.go",
		"SUPPORT-003":  "internal/core/assess/assess_test.go",
		"SUPPORT-004":  "internal/core/assess/assess_test.go",
		"SUPPORT-005":  "internal/core/assess/assess_test.go",
		"SKEW-001":     "internal/core/assess/assess_test.go",
		"SKEW-003":     "internal/core/assess/assess_test.go",
		"SKEW-004":     "internal/core/assess/assess_test.go",
		"SKEW-005":     "internal/core/assess/assess_test.go",
		"SKEW-007":     "internal/core/assess/assess_test.go",
		"SKEW-008":     "internal/core/assess/assess_test.go",
		"ADVISORY-001": "internal/core/assess/assess_test.go",
		"IGNORE-001":   "internal/core/assess/assess_test.go",
		"DATA-001":     "internal/core/assess/assess_test.go",
		"API-001":      "internal/core/removal/join_test.go",
		"API-002":      "internal/core/removal/join_test.go",
		"API-003":      "internal/core/removal/join_test.go",
		"API-004":      "internal/core/removal/join_test.go",
		"API-005":      "internal/core/removal/join_test.go",
		"API-006":      "internal/core/removal/join_test.go",
		"API-007":      "internal/core/removal/join_test.go",
		"API-008":      "internal/core/removal/join_test.go",
		"API-009":      "internal/core/removal/join_test.go",
		"API-010":      "internal/core/removal/join_test.go",
		"API-011":      "internal/core/removal/join_test.go",
		"API-012":      "internal/core/removal/join_test.go",
		"API-013":      "internal/core/removal/join_test.go",
		"SET-001":      "internal/catalog/settings_test.go",
		"SET-002":      "internal/catalog/settings_test.go",
		"SET-003":      "internal/catalog/settings_test.go",
		"SET-004":      "internal/catalog/settings_test.go",
		"SET-005":      "internal/catalog/settings_test.go",
		"SET-006":      "internal/catalog/settings_test.go",
		"SET-007":      "internal/catalog/settings_test.go",
		"SET-008":      "internal/catalog/settings_test.go",
		"SET-009":      "internal/catalog/settings_test.go",
		"SET-010":      "internal/catalog/settings_test.go",
		"SET-011":      "internal/catalog/settings_test.go",
		"SET-012":      "internal/catalog/settings_test.go",
		"SET-013":      "internal/core/settings/judge_test.go",
		"SET-014":      "internal/catalog/settings_test.go",
		"SET-015":      "internal/catalog/settings_test.go",
		"SET-016":      "internal/catalog/settings_test.go",
		"SET-017":      "internal/catalog/settings_test.go",
		"SKEW-009":     "internal/core/skew/skew_test.go",
		"DRIFT-002":    "internal/evidence/reading/testdata/kubeadm-drifting.txt",
		"DRIFT-003":    "internal/evidence/reading/testdata/kubeadm-drifting.txt",
		"DRIFT-004":    "internal/evidence/reading/testdata/kubeadm-drifting.txt",
		"READ-001":     "internal/evidence/reading/testdata/kubeadm-on-aws.txt",
		"READ-002":     "internal/evidence/reading/testdata/kubeadm-drifting.txt",
		"READ-003":     "internal/evidence/reading/testdata/kubeadm-drifting.txt",
		"READ-004":     "internal/evidence/reading/testdata/kubeadm-drifting.txt",
		"READ-005":     "internal/evidence/reading/cluster_test.go",
		"HOST-001":     "internal/evidence/reading/testdata/hosts.txt",
		"HOST-002":     "internal/evidence/reading/testdata/hosts.txt",
		"HOST-003":     "internal/evidence/reading/testdata/hosts.txt",
		"HOST-004":     "internal/evidence/reading/testdata/hosts.txt",
		"HOST-005":     "internal/evidence/reading/testdata/hosts.txt",
		"HOST-006":     "internal/core/assess/certificates_test.go",
		"HOST-007":     "internal/core/assess/certificates_test.go",
		"HOST-008":     "internal/evidence/reading/testdata/hosts.txt",
		"READ-006":     "internal/evidence/reading/clocks_test.go",
		"READ-007":     "internal/core/assess/assess_test.go",
	}
}

// notYet are codes that nothing raises in a test so far. A code leaves this
// list for the table above; a new code goes straight there.
func notYet() []string {
	// A step of etcd is checked once plans have steps.
	return []string{"SKEW-010"}
}

func TestEveryCodeIsRaised(t *testing.T) {
	for _, c := range All() {
		file, ok := raised()[c.Code]
		if ok == slices.Contains(notYet(), c.Code) {
			t.Errorf("%s must be either in raised, with the test that raises it, or in notYet", c.Code)
		}
		if !ok {
			continue
		}
		if text, err := os.ReadFile(filepath.Join(root, file)); err != nil || !bytes.Contains(text, []byte(c.Code)) {
			t.Errorf("%s is said to be raised in %s, which does not name it (%v)", c.Code, file, err)
		}
	}
}

var codePattern = regexp.MustCompile(`^[A-Z]+-\d{3}$`)

func TestCodesAreWellFormed(t *testing.T) {
	seen := map[string]bool{}
	for _, c := range All() {
		if !codePattern.MatchString(c.Code) || seen[c.Code] {
			t.Errorf("%q is no code, or is there twice", c.Code)
		}
		seen[c.Code] = true
		if !slices.Contains([]Severity{Blocker, Warning, Info}, c.Severity) || c.Title == "" || c.Means == "" || c.Remedy == "" {
			t.Errorf("%s lacks a severity, a title, a meaning or a remedy", c.Code)
		}
		if strings.HasSuffix(c.Title, ".") || !strings.HasSuffix(c.Means, ".") || strings.HasSuffix(c.Remedy, ".") {
			t.Errorf("%s: a title and a remedy are no sentences, a meaning is", c.Code)
		}
		if Lookup(c.Code) != c {
			t.Errorf("%s: Lookup gives %+v", c.Code, Lookup(c.Code))
		}
	}
	if got := Lookup("NONE-999"); got.Severity != Warning || got.Code != "NONE-999" {
		t.Errorf("an unregistered code must never be silent: %+v", got)
	}
}

// TestCodesAreStable: what was published once keeps its severity. The record
// only grows; a line of it is changed by hand, and never lightly.
func TestCodesAreStable(t *testing.T) {
	file := filepath.Join("testdata", "codes.txt")
	data, err := os.ReadFile(file)
	if err != nil && !*update {
		t.Fatal(err)
	}
	published := string(data)
	for _, c := range All() {
		line := fmt.Sprintf("%s %s\n", c.Code, c.Severity)
		switch {
		case strings.Contains(published, line):
		case *update && !strings.Contains(published, c.Code+" "):
			published += line
		default:
			t.Errorf("%s is not recorded as %q: add a new code with -update, and do not change one that is published", c.Code, strings.TrimSpace(line))
		}
	}
	for _, line := range strings.Fields(published) {
		if codePattern.MatchString(line) && !slices.ContainsFunc(All(), func(c Code) bool { return c.Code == line }) {
			t.Errorf("%s was published and is gone", line)
		}
	}
	write(t, file, published)
}

func TestDocsAreCurrent(t *testing.T) {
	file := filepath.Join(root, "docs", "findings.md")
	write(t, file, Markdown())
	if got, err := os.ReadFile(file); err != nil || string(got) != Markdown() {
		t.Errorf("docs/findings.md is out of date (%v): go test ./internal/core/finding -update", err)
	}
}

func write(t *testing.T, file, text string) {
	t.Helper()
	if !*update {
		return
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestUsedCodesAreRegistered reads the source and the skew rules for codes.
func TestUsedCodesAreRegistered(t *testing.T) {
	used := regexp.MustCompile(`"([A-Z]{3,}-\d{3})"`)
	found := 0
	err := filepath.WalkDir(filepath.Join(root, "internal"), func(path string, d fs.DirEntry, err error) error {
		isData := filepath.Base(path) == "skew.json"
		if err != nil || d.IsDir() || !isData && !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		for _, m := range used.FindAllSubmatch(text, -1) {
			found++
			if !slices.ContainsFunc(All(), func(c Code) bool { return c.Code == string(m[1]) }) {
				t.Errorf("%s uses %s, which is not registered", path, m[1])
			}
		}
		return err
	})
	if err != nil || found < len(All()) {
		t.Errorf("%d codes found in the source, %v", found, err)
	}
}

// TestSkewCodesMeanTheirComponent: the rules are data, the codes are here, and
// nothing else ties the two.
func TestSkewCodesMeanTheirComponent(t *testing.T) {
	data, err := os.ReadFile(filepath.Join(root, "internal", "catalog", "data", "skew.json"))
	if err != nil {
		t.Fatal(err)
	}
	rules := regexp.MustCompile(`"code":\s*"([^"]+)",\s*"component":\s*"([^"]+)"`).FindAllStringSubmatch(string(data), -1)
	if len(rules) < 9 {
		t.Fatalf("found %d rules", len(rules))
	}
	for _, r := range rules {
		if c := Lookup(r[1]); !strings.Contains(c.Means, r[2]) {
			t.Errorf("the rule for %s raises %s, which means %q", r[2], r[1], c.Means)
		}
	}
}
