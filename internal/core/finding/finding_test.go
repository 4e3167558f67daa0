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

var update = flag.Bool("update", false, "write docs/reference/findings and the record of codes anew")

const root = "../../.."

// notYet are codes that nothing raises in a test so far. A new code never
// goes here: it comes with the fixture that raises it.
func notYet() []string {
	return nil
}

// TestEveryCodeIsRaised: a test, a golden file or a script names every code. What
// this package and generated pages say of it does not count.
func TestEveryCodeIsRaised(t *testing.T) {
	var text bytes.Buffer
	for _, dir := range []string{"internal", "test"} {
		err := filepath.WalkDir(filepath.Join(root, dir), func(path string, d fs.DirEntry, err error) error {
			fixture := strings.Contains(path, "/testdata/") || strings.HasSuffix(path, "_test.go") || strings.HasSuffix(path, ".txtar")
			if err != nil || d.IsDir() || !fixture || strings.Contains(path, "core/finding/") {
				return err
			}
			data, err := os.ReadFile(path)
			text.Write(data)
			text.WriteByte('\n')
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range All() {
		if raised := bytes.Contains(text.Bytes(), []byte(c.Code)); raised == slices.Contains(notYet(), c.Code) {
			t.Errorf("%s: raised in a test or fixture: %t, but notYet says otherwise", c.Code, raised)
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

// TestDocsAreCurrent: every code has its page, and no page is of a code that is none.
func TestDocsAreCurrent(t *testing.T) {
	dir := filepath.Join(root, "docs", "reference", "findings")
	pages := Pages()
	for name, text := range pages {
		file := filepath.Join(dir, name)
		write(t, file, text)
		if got, err := os.ReadFile(file); err != nil || string(got) != text {
			t.Errorf("docs/reference/findings/%s is out of date (%v): go test ./internal/core/finding -update", name, err)
		}
	}
	there, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range there {
		if _, ok := pages[e.Name()]; ok {
			continue
		}
		if !*update {
			t.Errorf("docs/reference/findings/%s is of no code: go test ./internal/core/finding -update", e.Name())
		} else if err := os.Remove(filepath.Join(dir, e.Name())); err != nil {
			t.Error(err)
		}
	}
}

// TestWays: whoever adds a family says where its findings come from.
func TestWays(t *testing.T) {
	for _, c := range All() {
		if waysOf(c.family()).about == waysOf("").about {
			t.Errorf("%s: waysOf says nothing of its family", c.Code)
		}
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
			if string(m[1]) != "SHA-256" && !slices.ContainsFunc(All(), func(c Code) bool { return c.Code == string(m[1]) }) {
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
