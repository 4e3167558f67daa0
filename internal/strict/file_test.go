package strict

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestOpenHugeFile: two gigabytes are refused without being read.
func TestOpenHugeFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "huge.yaml")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Truncate(2 << 30); err != nil { // sparse: takes no room
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	_, err = Open(path, Limits{})
	var e *Error
	if !errors.As(err, &e) || e.Msg != "larger than 64 MiB" {
		t.Errorf("Open of 2 GiB: %v", err)
	}
}

func TestFiles(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"b.yml", "a.yaml", "c.JSON", "notes.txt"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("a: 1\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	empty := filepath.Join(dir, "empty.yaml")
	if err := os.Mkdir(empty, 0o700); err != nil {
		t.Fatal(err)
	}
	got, err := Files(dir)
	want := []string{filepath.Join(dir, "a.yaml"), filepath.Join(dir, "b.yml"), filepath.Join(dir, "c.JSON")}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	var e *Error
	if _, err := Files(empty); !errors.As(err, &e) {
		t.Errorf("an empty folder: %v", err)
	}
	if _, err := Open(dir, Limits{}); !errors.As(err, &e) {
		t.Errorf("a folder opened as a file: %v", err)
	}
	if _, err := Files(filepath.Join(dir, "missing")); err == nil {
		t.Error("a missing path is no error")
	}
}
