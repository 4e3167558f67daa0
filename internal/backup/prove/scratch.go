package prove

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/gofrs/flock"
)

// SharedMemory is the file system in memory that Linux has.
const SharedMemory = "/dev/shm"

const scratchPrefix = "fixline-proof-"

// guardScript waits until its standard input ends: because [Scratch.Remove]
// closed it, or because the program died, even by SIGKILL. Then it ends the
// programs last listed and removes the folder: what lies there is every Secret
// of a cluster in the clear.
const guardScript = `trap '' TERM INT HUP
pids=
while read -r line; do pids=$line; done
[ -n "$pids" ] && kill -9 $pids 2>/dev/null
for try in 1 2 3 4 5 6 7 8 9 10; do
	rm -rf -- "$1" 2>/dev/null && [ ! -e "$1" ] && exit 0
	sleep 0.2
done
exit 1
`

// Scratch is a folder for a restored cluster, that goes with this process.
type Scratch struct {
	Dir string

	lock  *flock.Flock
	guard *exec.Cmd
	stdin io.WriteCloser
	pids  []string
}

// MemoryError is a place in memory that is missing or too small.
type MemoryError struct{ Why string }

func (e *MemoryError) Error() string { return e.Why }

// Hint is what helps.
func (e *MemoryError) Hint() string {
	return "--scratch DIR names another place, one where the Secrets of the cluster may lie in the clear for a moment"
}

// NewScratch makes the folder below dir, or in memory where dir is "", with
// room for need bytes; the error is then a *[MemoryError] where it does not
// fit. What killed runs left there is removed first.
func NewScratch(dir string, need int64) (*Scratch, error) {
	named := dir != ""
	if !named {
		dir = SharedMemory
		if !inMemory(dir) {
			return nil, &MemoryError{dir + " is no file system in memory here"}
		}
	}
	sweep(dir)
	free, err := room(dir)
	if err != nil {
		return nil, fmt.Errorf("making a place for the test restore: %w", err)
	}
	if free < need {
		why := fmt.Sprintf("the test restore needs %d MiB, and %s has %d MiB", need>>20, dir, free>>20)
		if named {
			return nil, errors.New(why)
		}
		return nil, &MemoryError{why}
	}
	s := &Scratch{}
	if s.Dir, err = os.MkdirTemp(dir, scratchPrefix); err != nil {
		return nil, fmt.Errorf("making a place for the test restore: %w", err)
	}
	s.lock = flock.New(filepath.Join(s.Dir, "lock"))
	if _, err := s.lock.TryLock(); err != nil {
		return nil, errors.Join(fmt.Errorf("making a place for the test restore: %w", err), os.RemoveAll(s.Dir))
	}
	s.guard = exec.Command("/bin/sh", "-c", guardScript, "fixline-guard", s.Dir)
	s.guard.Dir = "/"
	apart(s.guard)
	if s.stdin, err = s.guard.StdinPipe(); err == nil {
		err = s.guard.Start()
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("starting the process that cleans up: %w", err), os.RemoveAll(s.Dir))
	}
	return s, nil
}

// sweep removes what runs left that were killed together with their guard.
func sweep(dir string) {
	left, err := filepath.Glob(filepath.Join(dir, scratchPrefix+"*"))
	if err != nil {
		return
	}
	for _, d := range left {
		if _, err := os.Stat(filepath.Join(d, "lock")); err != nil {
			continue // it is being made
		}
		lock := flock.New(filepath.Join(d, "lock"))
		if held, err := lock.TryLock(); err == nil && held {
			_ = os.RemoveAll(d) // another user's stays
			_ = lock.Unlock()
		}
	}
}

// watch adds a program to those that end with us.
func (s *Scratch) watch(p *os.Process) error {
	s.pids = append(s.pids, strconv.Itoa(p.Pid))
	if _, err := fmt.Fprintln(s.stdin, strings.Join(s.pids, " ")); err != nil {
		return fmt.Errorf("the process that cleans up is gone: %w", err)
	}
	return nil
}

// forget takes the programs back, which have ended: their numbers may be
// others' by now.
func (s *Scratch) forget() {
	s.pids = nil
	_, _ = fmt.Fprintln(s.stdin) // where the guard is gone, Remove says so
}

// Path is a path in the folder.
func (s *Scratch) Path(name string) string { return filepath.Join(s.Dir, name) }

// Remove removes everything. A second call does nothing.
func (s *Scratch) Remove() error {
	if s.stdin == nil {
		return nil
	}
	s.forget()
	err := s.stdin.Close()
	s.stdin = nil
	if waited := s.guard.Wait(); waited != nil {
		err = errors.Join(err, waited, os.RemoveAll(s.Dir))
	}
	_ = s.lock.Close()
	if err != nil {
		return fmt.Errorf("cleaning up %s: %w", s.Dir, err)
	}
	return nil
}

// tail keeps the end of what a program says.
type tail struct{ bytes.Buffer }

func (t *tail) Write(p []byte) (int, error) {
	const most = 8 << 10
	n, err := t.Buffer.Write(p)
	if t.Len() > 2*most {
		rest := bytes.Clone(t.Bytes()[t.Len()-most:])
		t.Reset()
		t.Buffer.Write(rest)
	}
	return n, err
}
