package pack

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/fixline-dev/fixline/internal/evidence"
)

// asChild makes this test binary write half a bundle and wait to be killed.
const asChild = "PACK_TEST_WRITE"

func TestMain(m *testing.M) {
	out := os.Getenv(asChild)
	if out == "" {
		os.Exit(m.Run())
	}
	w, err := Create(out, Options{Force: true})
	if err != nil {
		panic(err)
	}
	if err := w.File("pods.json", evidence.Origin{}, text("half of it")); err != nil {
		panic(err)
	}
	fmt.Println("written")
	_, _ = os.Stdin.Read(make([]byte, 1)) // until killed
}

// child starts a run that writes out and has got half-way.
func child(t *testing.T, out string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), asChild+"="+out)
	cmd.Stderr = os.Stderr
	if _, err := cmd.StdinPipe(); err != nil { // stays open
		t.Fatal(err)
	}
	says, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	if line, err := bufio.NewReader(says).ReadString('\n'); line != "written\n" {
		t.Fatalf("%q, %v", line, err)
	}
	return cmd
}

// TestKilled: a run that is killed leaves nothing that looks like a bundle,
// and the next one removes what it left, but nothing of one that still runs.
func TestKilled(t *testing.T) {
	for _, name := range []string{"b", "b.tar.zst"} {
		dir := t.TempDir()
		out := filepath.Join(dir, name)
		killed := child(t, out)
		child(t, out) // lives on
		if err := killed.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = killed.Wait()
		if _, err := os.Lstat(out); !errors.Is(err, fs.ErrNotExist) {
			t.Fatalf("%v: there is a bundle", err)
		}
		if got := names(t, dir); len(got) < 4 || !strings.HasPrefix(got[0], "drwx------ ."+name+".partial-") {
			t.Fatalf("left %q", got)
		}
		write(t, out, Options{})
		entries, err := os.ReadDir(dir)
		if err != nil || len(entries) != 2 {
			t.Errorf("%v, %v: want the bundle and what the living run writes", entries, err)
		}
		r, err := open(out)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := contents(t.Context(), r); err != nil || got["pods.json"] != "pods!" {
			t.Errorf("%v, %v", got, err)
		}
	}
}

// TestKilledBetween: the one moment in which a folder that is being replaced
// is not under its name.
func TestKilledBetween(t *testing.T) {
	dir := t.TempDir()
	out := filepath.Join(dir, "b")
	write(t, out, Options{})
	before := names(t, dir)
	left := filepath.Join(dir, partial(out)+"1")
	if err := os.MkdirAll(filepath.Join(left, "files"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(out, filepath.Join(left, "old")); err != nil {
		t.Fatal(err)
	}
	if _, err := Create(out, Options{}); !errors.Is(err, fs.ErrExist) {
		t.Errorf("%v, want the old bundle back and in the way", err)
	}
	if got := names(t, dir); !slices.Equal(got, before) {
		t.Errorf("%q, want %q", got, before)
	}
}
