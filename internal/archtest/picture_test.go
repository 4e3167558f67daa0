package archtest

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write docs/architecture.md anew")

const (
	begin = "<!-- packages: made by go test ./internal/archtest -update -->"
	end   = "<!-- packages: end -->"
)

// TestPicture holds the picture of the packages in docs/architecture.md current.
func TestPicture(t *testing.T) {
	file := filepath.Join(root(t), "docs", "architecture.md")
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(data), begin)
	_, after, closed := strings.Cut(rest, end)
	if !ok || !closed {
		t.Fatalf("docs/architecture.md lacks the lines %q and %q", begin, end)
	}
	want := before + begin + "\n" + picture(packages(t)) + end + after
	if *update {
		if err := os.WriteFile(file, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if want != string(data) {
		t.Error("the picture in docs/architecture.md is out of date: go test ./internal/archtest -update")
	}
}

// picture draws the layers with the imports that are there, not those the law
// would allow, and lists every package with the first sentence of its comment.
func picture(all []pkg) string {
	members := map[string][]pkg{}
	edges := map[[2]string]bool{}
	for _, p := range all {
		own, _ := layerOf(p.path())
		members[own.Name] = append(members[own.Name], p)
		for _, path := range p.Imports {
			if inside, ok := strings.CutPrefix(path, Module); ok {
				if other, _ := layerOf(inside); other.Name != own.Name {
					edges[[2]string{own.Name, other.Name}] = true
				}
			}
		}
	}
	var b strings.Builder
	b.WriteString("\n```mermaid\nflowchart TD\n")
	for _, l := range Layers() {
		if len(members[l.Name]) > 0 {
			fmt.Fprintf(&b, "  %s[\"%s<br/><small>%s</small>\"]\n", id(l.Name), l.Name, strings.Join(l.Folders, " "))
		}
	}
	for _, from := range Layers() {
		for _, to := range Layers() {
			if edges[[2]string{from.Name, to.Name}] {
				fmt.Fprintf(&b, "  %s --> %s\n", id(from.Name), id(to.Name))
			}
		}
	}
	b.WriteString("```\n")
	for _, l := range Layers() {
		if len(members[l.Name]) == 0 {
			continue
		}
		fmt.Fprintf(&b, "\n**%s**: %s.\n\n| package | |\n|---|---|\n", l.Name, l.Why)
		slices.SortFunc(members[l.Name], func(x, y pkg) int { return strings.Compare(x.ImportPath, y.ImportPath) })
		for _, p := range members[l.Name] {
			doc := strings.TrimPrefix(strings.TrimSuffix(p.Doc, "."), "Package "+p.Name+" ")
			fmt.Fprintf(&b, "| [%s](../%s) | %s |\n", p.path(), p.path(), strings.ReplaceAll(doc, "|", "\\|"))
		}
	}
	b.WriteString("\n")
	return b.String()
}

func id(name string) string { return strings.ReplaceAll(name, " ", "_") }
