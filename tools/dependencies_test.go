// Package tools_test holds what is true of all modules of this repository.
package tools_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// Every module that a go.mod of ours requires directly has its reason in docs/dependencies.md, and no other has.
func TestEveryDependencyHasAReason(t *testing.T) {
	page, err := os.ReadFile("../docs/dependencies.md")
	if err != nil {
		t.Fatal(err)
	}
	sections := sections(string(page))
	for _, file := range []string{"go.mod", "lab/go.mod", "test/go.mod", "tools/go.mod"} {
		listed := rows(sections[file])
		required := direct(t, path.Join("..", file))
		for _, module := range required {
			if !slices.Contains(listed, module) {
				t.Errorf("%s requires %s: add a row with its reason to docs/dependencies.md", file, module)
			}
		}
		for _, module := range listed {
			if !slices.Contains(required, module) {
				t.Errorf("docs/dependencies.md lists %s, which %s does not require directly: remove the row, or run go mod tidy", module, file)
			}
		}
	}
}

// sections splits the page by the go.mod files its headings name.
func sections(page string) map[string]string {
	found := map[string]string{}
	for _, section := range strings.Split(page, "\n## ")[1:] {
		title, text, _ := strings.Cut(section, "\n")
		for _, m := range regexp.MustCompile("`([a-z/]*go\\.mod)`").FindAllStringSubmatch(title, -1) {
			found[m[1]] = text
		}
	}
	return found
}

// rows are the modules of a section's table.
func rows(section string) []string {
	var modules []string
	for _, m := range regexp.MustCompile("(?m)^\\| `([^`]+)` \\| .+ \\|$").FindAllStringSubmatch(section, -1) {
		modules = append(modules, m[1])
	}
	return modules
}

// direct reads a go.mod. Our own modules, which need no reason, are left out.
func direct(t *testing.T, file string) []string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", "mod", "edit", "-json", file).Output()
	if err != nil {
		t.Fatalf("reading %s: %v", file, err)
	}
	var mod struct {
		Require []struct {
			Path     string
			Indirect bool
		}
	}
	if err := json.Unmarshal(out, &mod); err != nil {
		t.Fatal(err)
	}
	var modules []string
	for _, r := range mod.Require {
		if !r.Indirect && !strings.HasPrefix(r.Path, "github.com/fixline-dev/") {
			modules = append(modules, r.Path)
		}
	}
	return modules
}
