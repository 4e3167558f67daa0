package record

import (
	"flag"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write testdata/change anew")

// TestFixture: testdata/change, which scripts and other tests read, is what is
// written today, byte for byte. What it once was must stay verified.
func TestFixture(t *testing.T) {
	const at = "testdata/change"
	made := whole(t)
	if *update {
		if err := os.RemoveAll(at); err != nil {
			t.Fatal(err)
		}
		if err := os.CopyFS(at, os.DirFS(made)); err != nil {
			t.Fatal(err)
		}
	}
	want, got := map[string]string{}, map[string]string{}
	for name, f := range inMemory(t, at) {
		want[name] = string(f.Data)
	}
	for name, f := range inMemory(t, made) {
		got[name] = string(f.Data)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-testdata +written:\n%s", diff)
	}
	if r := verify(t, at); r.State != Verified {
		t.Errorf("%s", r.Summary)
	}
}
