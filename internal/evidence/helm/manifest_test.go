package helm

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// TestWalkBounded: whoever may store a release cannot hold up who reads it, with
// lists of aliases that stand for billions of objects, or with documents of which
// none is one.
func TestWalkBounded(t *testing.T) {
	aliases := "kind: AList\napiVersion: v1\nitems:\n" +
		"- &a {kind: AList, apiVersion: v1, items: [" + strings.Repeat("{},", 5000) + "]}\n" +
		"- &b {kind: AList, apiVersion: v1, items: [" + strings.Repeat("*a,", 5000) + "]}\n" +
		strings.Repeat("- *b\n", 5000)
	for name, manifest := range map[string]string{
		"aliases":   aliases,
		"documents": strings.Repeat("---\nx\n", 2*maxObjects),
	} {
		began := time.Now()
		objects, bad := walk(manifest)
		if took := time.Since(began); took > 20*time.Second {
			t.Errorf("%s: %s", name, took)
		}
		if len(objects) != 0 || len(bad) > maxObjects+1 || !slices.Contains(bad, "it lists more than 20000 objects") {
			t.Errorf("%s: %d objects, %d reasons", name, len(objects), len(bad))
		}
	}
	// As many as there may be.
	if objects, bad := walk(strings.Repeat("---\nkind: A\napiVersion: v1\n", maxObjects)); len(objects) != maxObjects || bad != nil {
		t.Errorf("%d objects, %v", len(objects), bad)
	}
	if _, bad := walk(strings.Repeat("---\nkind: A\napiVersion: v1\n", maxObjects+1)); len(bad) != 1 {
		t.Error("one object too many is not said")
	}
}
