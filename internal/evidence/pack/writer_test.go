package pack

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sync/errgroup"

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

// write writes a small bundle.
func write(t *testing.T, out string, opts Options) Written {
	t.Helper()
	w := create(t, out, opts)
	for _, f := range []struct{ path, text string }{{"hosts/cp1/dpkg.txt", "kubelet 1.34.2"}, {"pods.json", "ponies"}, {"pods.json", "pods!"}, {"version.json", "{}"}} {
		if err := w.File(f.path, evidence.Origin{From: "x", By: "y", At: "z"}, text(f.text)); err != nil {
			t.Fatal(err)
		}
	}
	w.Note(evidence.Check{Asked: "pods", State: evidence.Failed, Reason: "x"})
	w.Note(evidence.Check{Asked: "pods", State: evidence.Read})
	done, err := w.Commit(about())
	if err != nil {
		t.Fatal(err)
	}
	return done
}

// names are everything below dir, with modes.
func names(t *testing.T, dir string) []string {
	t.Helper()
	var out []string
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || path == dir {
			return err
		}
		info, err := d.Info()
		out = append(out, info.Mode().String()+" "+filepath.ToSlash(path[len(dir)+1:]))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestWrite(t *testing.T) {
	for name, want := range map[string][]string{
		"b": {"drwx------ b", "-rw------- b/bundle.json", "drwx------ b/hosts", "drwx------ b/hosts/cp1", "-rw------- b/hosts/cp1/dpkg.txt",
			"-rw------- b/pods.json", "-rw------- b/version.json"},
		"b.tar.zst": {"-rw------- b.tar.zst"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			out := filepath.Join(dir, name)
			w := create(t, out, Options{})
			broken := errors.New("broken")
			fails := func(w io.Writer) (int, error) { _, _ = io.WriteString(w, "half"); return 0, broken }
			if err := w.File("nodes.json", evidence.Origin{}, fails); !errors.Is(err, broken) {
				t.Fatal(err)
			}
			if err := w.File("../x", evidence.Origin{}, text("x")); err == nil {
				t.Error("a path out of the bundle was taken")
			}
			w.Abort()
			if got := names(t, dir); len(got) > 0 {
				t.Errorf("an aborted bundle left %q", got)
			}
			done := write(t, out, Options{})
			if got := names(t, dir); !slices.Equal(got, want) {
				t.Errorf("written %q, want %q", got, want)
			}
			if done.Objects != 3 || done.Bytes != 21 || len(done.Manifest.Coverage) != 1 || done.Manifest.Files[0].Path != "version.json" {
				t.Errorf("%+v", done)
			}
			r, err := open(out)
			if err != nil {
				t.Fatal(err)
			}
			got, err := contents(t.Context(), r)
			if err != nil || got["pods.json"] != "pods!" || len(got) != 3 {
				t.Errorf("%v, %v", got, err)
			}
			if diff := cmp.Diff(done.Manifest, r.Manifest); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func open(path string) (*Reader, error) {
	if Packed(path) {
		return Open(path)
	}
	return OpenFS(os.DirFS(path))
}

// TestSame: the same evidence makes the same bytes.
func TestSame(t *testing.T) {
	dir := t.TempDir()
	var packed [2][]byte
	for i := range packed {
		out := filepath.Join(dir, fmt.Sprint(i)+Suffix)
		write(t, out, Options{})
		data, err := os.ReadFile(out)
		if err != nil {
			t.Fatal(err)
		}
		packed[i] = data
	}
	if !bytes.Equal(packed[0], packed[1]) {
		t.Error("two runs packed the same differently")
	}
}

func TestInTheWay(t *testing.T) {
	dir := t.TempDir()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(os.WriteFile(filepath.Join(dir, "file"), nil, 0o600))
	must(os.MkdirAll(filepath.Join(dir, "home", "photos"), 0o700))
	must(os.Mkdir(filepath.Join(dir, "f.tar.zst"), 0o700))
	must(os.Mkdir(filepath.Join(dir, "empty"), 0o700))
	must(os.WriteFile(filepath.Join(dir, "backup.tar.zst"), []byte("all there is"), 0o600))
	write(t, filepath.Join(dir, "old"), Options{})
	write(t, filepath.Join(dir, "old.tar.zst"), Options{})
	write(t, filepath.Join(dir, "mixed"), Options{})
	must(os.WriteFile(filepath.Join(dir, "mixed", "thesis.doc"), nil, 0o600))
	must(os.Symlink("old", filepath.Join(dir, "link")))
	before := names(t, dir)
	for _, tt := range []struct {
		out        string
		force      bool
		is         error
		want, hint string
	}{
		{"old", false, fs.ErrExist, "file already exists", "--force"},
		{"old.tar.zst", false, fs.ErrExist, "file already exists", "--force"},
		{"empty", false, fs.ErrExist, "file already exists", "--force"},
		{"home", true, fs.ErrExist, "file already exists", "it holds no bundle.json"},
		{"mixed", true, fs.ErrExist, "file already exists", "thesis.doc"},
		{"file", true, fs.ErrExist, "file already exists", "only a folder that this command wrote"},
		{"link", true, fs.ErrExist, "file already exists", "it is a link"},
		{"backup.tar.zst", true, fs.ErrExist, "file already exists", "only a bundle that this command wrote"},
		{"f.tar.zst", true, fs.ErrExist, "file already exists", "no plain file"},
		{".", true, fs.ErrExist, "file already exists", "not there yet"},
		{"no/such/b", false, fs.ErrNotExist, "there is no folder", "mkdir -p"},
		{"file/b", false, fs.ErrNotExist, "there is no folder", "is a file"},
	} {
		t.Run(tt.out, func(t *testing.T) {
			out := filepath.Join(dir, tt.out)
			if tt.out == "." {
				out = "."
			}
			w, err := Create(out, Options{Force: tt.force})
			if err == nil {
				w.Abort()
				t.Fatal("it was begun")
			}
			e, ok := errors.AsType[*OutputError](err)
			if !ok || tt.is != nil && !errors.Is(err, tt.is) || !strings.Contains(e.Error(), tt.want) || !strings.Contains(e.Hint(), tt.hint) {
				t.Errorf("%v\nhint: %s\nwant %q, %q", err, e.Hint(), tt.want, tt.hint)
			}
		})
	}
	if got := names(t, dir); !slices.Equal(got, before) {
		t.Errorf("something was touched: %q", got)
	}
}

// TestReplace: the old bundle stays until the new one is whole.
func TestReplace(t *testing.T) {
	for _, name := range []string{"b", "b.tar.zst"} {
		dir := t.TempDir()
		out := filepath.Join(dir, name)
		write(t, out, Options{})
		before := names(t, dir)
		w := create(t, out, Options{Force: true})
		if err := w.File("nodes.json", evidence.Origin{}, text("new")); err != nil {
			t.Fatal(err)
		}
		w.Abort()
		if got := names(t, dir); !slices.Equal(got, before) {
			t.Fatalf("an aborted bundle changed %q to %q", before, got)
		}
		w = create(t, out, Options{Force: true})
		if err := w.File("nodes.json", evidence.Origin{}, text("new")); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Commit(about()); err != nil {
			t.Fatal(err)
		}
		r, err := open(out)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := contents(t.Context(), r); err != nil || len(got) != 1 || got["nodes.json"] != "new" {
			t.Errorf("%v, %v", got, err)
		}
		if entries, err := os.ReadDir(dir); err != nil || len(entries) != 1 {
			t.Errorf("left beside the bundle: %v, %v", entries, err)
		}
	}
}

// TestAtOnce: two runs that write the same place; the second to finish is refused.
func TestAtOnce(t *testing.T) {
	for _, name := range []string{"b", "b.tar.zst"} {
		out := filepath.Join(t.TempDir(), name)
		one, two := create(t, out, Options{}), create(t, out, Options{})
		var group errgroup.Group
		for i := range 40 {
			group.Go(func() error { return one.File(fmt.Sprintf("hosts/n%d/x", i%20), evidence.Origin{}, text("x")) })
			group.Go(func() error { one.Note(evidence.Check{Asked: fmt.Sprint(i)}); return nil })
		}
		if err := group.Wait(); err != nil {
			t.Fatal(err)
		}
		if got, err := one.Commit(about()); err != nil || len(got.Manifest.Files) != 20 {
			t.Fatal(got, err)
		}
		if _, err := two.Commit(about()); !errors.Is(err, fs.ErrExist) {
			t.Errorf("%v, want what is there kept", err)
		}
		if err := one.File("late", evidence.Origin{}, text("x")); err == nil {
			t.Error("a file was taken after the end")
		}
	}
}

// TestFull: a disk that is full ends the bundle, whatever its source makes of it.
func TestFull(t *testing.T) {
	w := create(t, filepath.Join(t.TempDir(), "b"), Options{})
	full := cannot(w.out, &fs.PathError{Op: "write", Path: "x", Err: syscall.ENOSPC})
	_ = w.fail(full)
	if err := w.File("x", evidence.Origin{}, text("x")); err == nil || !strings.Contains(err.Error(), "no space left") {
		t.Error(err)
	}
	if _, err := w.Commit(about()); err == nil || !strings.Contains(full.Hint(), "make room") {
		t.Error(err)
	}
}
