package policyfile

import (
	"os"
	"strings"
	"testing"
)

// TestDocs: the page shows the default as it is.
func TestDocs(t *testing.T) {
	const page = "../../docs/configuration.md"
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), "<!-- policy: ")
	_, rest, _ = strings.Cut(rest, "```yaml\n")
	shown, _, _ := strings.Cut(rest, "```\n<!-- /policy -->")
	if shown != DefaultText() {
		t.Errorf("%s shows another default than internal/policyfile/policy.yaml: copy it there", page)
	}
}
