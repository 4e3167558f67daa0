package output

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/fixline-dev/fixline/internal/cli/exit"
)

func TestAtomically(t *testing.T) {
	path := filepath.Join(t.TempDir(), "out.json")
	write := func(text string, end error) error {
		return Atomically(path, func(w io.Writer) error {
			if _, err := io.WriteString(w, text); err != nil {
				return err
			}
			return end
		})
	}
	if err := write("first", nil); err != nil {
		t.Fatal(err)
	}
	bad := errors.New("half way")
	if err := write("second", bad); !errors.Is(err, bad) {
		t.Fatalf("error %v, want the writer's own", err)
	}
	if got, err := os.ReadFile(path); err != nil || string(got) != "first" {
		t.Errorf("the file holds %q after a failure (%v), want what it held before", got, err)
	}
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(entries) != 1 {
		t.Errorf("left behind: %v %v", entries, err)
	}
	if err := Atomically(filepath.Join(path, "below-a-file"), func(io.Writer) error { return nil }); exit.Of(err) != exit.Usage {
		t.Errorf("a path that cannot be written ends with %d, want 2: %v", exit.Of(err), err)
	}
}
