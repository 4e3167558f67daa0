package pack

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/fixline-dev/fixline/internal/evidence"
)

// about is what a caller knows of a bundle.
func about() evidence.Manifest {
	return evidence.Manifest{Cluster: "prod", Program: "fixline v0.2.0", Started: "2026-03-15T09:00:00Z", Finished: "2026-03-15T09:01:00Z"}
}

func text(s string) func(io.Writer) (int, error) {
	return func(w io.Writer) (int, error) { _, err := io.WriteString(w, s); return 1, err }
}

// create begins a bundle in a test.
func create(t *testing.T, out string, opts Options) *Writer {
	t.Helper()
	w, err := Create(out, opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Abort)
	return w
}

func TestWriteFolder(t *testing.T) {
	for _, name := range []string{"b", "b.tar.zst"} {
		t.Run(name, func(t *testing.T) {
			out := filepath.Join(t.TempDir(), name)
			w := create(t, out, Options{})
			for _, f := range []string{"hosts/cp1/dpkg.txt", "pods.json", "version.json"} {
				if err := w.File(f, evidence.Origin{From: "x", By: "y", At: "z"}, text(f)); err != nil {
					t.Fatal(err)
				}
			}
			broken := errors.New("broken")
			if err := w.File("nodes.json", evidence.Origin{}, func(w io.Writer) (int, error) { return 0, broken }); !errors.Is(err, broken) {
				t.Fatal(err)
			}
			w.Note(evidence.Check{Asked: "pods", State: evidence.Read})
			got, err := w.Commit(about())
			if err != nil {
				t.Fatal(err)
			}
			if len(got.Manifest.Files) != 3 || got.Manifest.Files[0].Path != "version.json" {
				t.Errorf("%+v", got)
			}
			entries, err := os.ReadDir(filepath.Dir(out))
			if err != nil || len(entries) != 1 || entries[0].Name() != name {
				t.Errorf("%v, %v: more than the bundle is left", entries, err)
			}
		})
	}
}
