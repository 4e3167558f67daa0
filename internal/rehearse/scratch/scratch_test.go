package scratch

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestNew(t *testing.T) {
	disk := t.TempDir()
	if _, memory, err := measure(disk); err != nil || memory {
		t.Skipf("the temporary folder is in memory (%t) or cannot be measured (%v), so refusing a disk cannot be tried", memory, err)
	}
	for _, tc := range []struct {
		name  string
		place Place
		need  int64
		want  string // "" = a folder
	}{
		{"memory", Place{Dir: Memory}, 1 << 20, ""},
		{"a disk", Place{Dir: disk}, 1, "is no tmpfs"},
		{"a disk somebody accepted", Place{Dir: disk, Accepted: true}, 1, ""},
		{"too small", Place{Dir: Memory}, 1 << 60, "the rehearsal needs"},
		{"too small, accepted", Place{Dir: disk, Accepted: true}, 1 << 60, "the rehearsal needs"},
		{"not there", Place{Dir: filepath.Join(disk, "no")}, 1, "cannot be measured"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f, err := New(tc.place, tc.need)
			if tc.want != "" {
				e, ok := errors.AsType[*SpaceError](err)
				if !ok || !strings.Contains(err.Error(), tc.want) || !strings.Contains(e.Hint(), "--scratch") {
					t.Fatalf("%v, want %q", err, tc.want)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			info, err := os.Stat(f.Dir)
			if err != nil || info.Mode().Perm() != 0o700 || f.InMemory != (tc.place.Dir == Memory) {
				t.Errorf("%v %v, in memory %t", info.Mode(), err, f.InMemory)
			}
			if swept, err := Sweep(tc.place.Dir); err != nil || len(swept) > 0 {
				t.Errorf("a run that is there was swept: %v %v", swept, err)
			}
			if err := f.Remove(); err != nil {
				t.Error(err)
			}
			if _, err := os.Stat(f.Dir); !os.IsNotExist(err) {
				t.Errorf("it is still there: %v", err)
			}
		})
	}
}

// TestSweep: only what a run made that is no more goes, with the programs that
// still work on it.
func TestSweep(t *testing.T) {
	dir := t.TempDir()
	make := func(name, inMarker string) string {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Join(path, "pki"), 0o700); err != nil {
			t.Fatal(err)
		}
		if inMarker != "" {
			if err := os.WriteFile(filepath.Join(path, marker), []byte(inMarker), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		return path
	}
	self, err := startOf(os.Getpid())
	if err != nil {
		t.Skipf("when a process began is not known here: %v", err)
	}
	gone := fmt.Sprintf("%s%d-1-abc", prefix, os.Getpid()) // the number is used again
	killed := make(gone, gone)
	here := fmt.Sprintf("%s%d-%s-abc", prefix, os.Getpid(), self)
	make(here, here)
	make(prefix+"notes", "")
	make(prefix+"1-2-copied", "another name")
	make(prefix+"1-2-bare", "")
	make("other", gone)
	if err := os.Symlink("/", filepath.Join(dir, prefix+"1-2-link")); err != nil {
		t.Fatal(err)
	}

	left := exec.Command("sleep", "600")
	if err := left.Start(); err != nil {
		t.Fatal(err)
	}
	if err := (&Folder{Dir: killed}).Watch(left.Process.Pid); err != nil {
		t.Fatal(err)
	}
	swept, err := Sweep(dir)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{killed}, swept); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if err := left.Wait(); err == nil || !strings.Contains(err.Error(), "killed") {
		t.Errorf("the program it left ended so: %v", err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 6 {
		t.Errorf("%d entries are left, %v", len(entries), err)
	}
}
