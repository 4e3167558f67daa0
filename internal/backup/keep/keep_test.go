package keep

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
)

// TestFolder: a name is there only once it is whole, is never taken twice, and
// what a dead run left is swept while what a living one holds is not.
func TestFolder(t *testing.T) {
	f := Folder{filepath.Join(t.TempDir(), "new")}
	ctx := t.Context()
	if err := f.Check(ctx); err != nil {
		t.Fatal(err)
	}
	first, err := f.Create(ctx, "a.tar.age")
	if err != nil {
		t.Fatal(err)
	}
	second, err := f.Create(ctx, "a.tar.age")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(first, "whole"); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(f.Where("a.tar.age")); err == nil {
		t.Error("half a backup has its name")
	}
	dead := f.Where(".b.tar.age" + partial + "1")
	if err := os.WriteFile(dead, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := f.Check(ctx); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(dead); err == nil {
		t.Error("what a dead run left is still there")
	}
	if err := first.Commit(); err != nil {
		t.Fatal(err)
	}
	if err := second.Commit(); !errors.Is(err, ErrExist) {
		t.Errorf("the second of the same name: %v", err)
	}
	second.Abort()
	if _, err := f.Create(ctx, "a.tar.age"); !errors.Is(err, ErrExist) {
		t.Errorf("a taken name: %v", err)
	}
	aborted, err := f.Create(ctx, "c")
	if err != nil {
		t.Fatal(err)
	}
	aborted.Abort()
	entries, _ := os.ReadDir(f.Dir)
	if len(entries) != 1 {
		t.Errorf("left: %v", entries)
	}
	r, err := f.Open(ctx, "a.tar.age")
	if err != nil {
		t.Fatal(err)
	}
	if text, err := io.ReadAll(r); err != nil || string(text) != "whole" || r.Close() != nil {
		t.Errorf("%q %v", text, err)
	}
}

func TestSplit(t *testing.T) {
	for in, want := range map[string][2]string{"a": {"./", "a"}, "/x/a": {"/x/", "a"}, "s3://b/p/a": {"s3://b/p/", "a"}} {
		if store, name, err := Split(in); err != nil || store != want[0] || name != want[1] {
			t.Errorf("%s: %q %q %v", in, store, name, err)
		}
	}
	for _, in := range []string{"", "/x/", "s3://b"} {
		if _, _, err := Split(in); err == nil {
			t.Errorf("%q is a file", in)
		}
	}
}
