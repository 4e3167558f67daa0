package handwritten_test

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/fixline-dev/fixline/internal/catalog/source/handwritten"
)

// What docs/data.md shows is what the program reads, and the names of
// questions it lists are those there are.
func TestTheDocumentedExampleIsRead(t *testing.T) {
	page, err := os.ReadFile("../../../../docs/data.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(page), "```yaml\n")
	example, _, ok := strings.Cut(rest, "```")
	if !ok {
		t.Fatal("docs/data.md shows no advisory")
	}
	list, err := handwritten.Parse(strings.NewReader(example), "docs/data.md")
	if err != nil || len(list) != 1 {
		t.Fatalf("%d advisories, %v", len(list), err)
	}
	if got, want := say(list[0].Claim.Components), "kube-apiserver: [1.33.0,1.33.9) [1.34.0,1.34.4) +1.33.9 +1.34.4 +1.35.0"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	source, err := os.ReadFile("../../../core/inventory/inventory.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range regexp.MustCompile(`(?m)^\s+Use\w+\s+= "(\w+)"`).FindAllStringSubmatch(string(source), -1) {
		if !strings.Contains(string(page), m[1]) {
			t.Errorf("docs/data.md does not list uses: %s", m[1])
		}
	}
}
