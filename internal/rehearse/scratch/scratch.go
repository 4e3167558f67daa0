// Package scratch holds the private folder of a rehearsal, with keys and the
// restored data in it: in memory, readable by nobody else, and gone afterwards.
// It decides whether a place will do and what an earlier run left there; it
// never touches what it did not make. Start at [New].
package scratch

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
)

// Memory is where a folder goes unless the user names a place.
const Memory = "/dev/shm"

// Place is where the private folder goes.
type Place struct {
	// Dir is an existing folder.
	Dir string
	// Accepted: a person named it, so it need not be in memory.
	Accepted bool
}

// Folder is a private folder. Nobody but its owner can read it.
type Folder struct {
	Dir string
	// InMemory: what is written to it never reaches a disk, unless the machine
	// swaps.
	InMemory bool
}

// SpaceError says that a place will not do.
type SpaceError struct {
	Place string
	Why   string
}

func (e *SpaceError) Error() string { return e.Place + " " + e.Why }

// Hint is what the user can do.
func (e *SpaceError) Hint() string {
	return "name a place you accept for the cluster's keys and data: --scratch DIR, a tmpfs where you can"
}

// New makes a folder in a place that has need bytes free. Where the place is no
// tmpfs and nobody accepted it, or is too small, the error is a *[SpaceError].
func New(p Place, need int64) (*Folder, error) {
	free, memory, err := measure(p.Dir)
	if err != nil {
		return nil, &SpaceError{p.Dir, "cannot be measured: " + err.Error()}
	}
	if !memory && !p.Accepted {
		return nil, &SpaceError{p.Dir, "is no tmpfs: keys and data would be written to a disk"}
	}
	if free < need {
		return nil, &SpaceError{p.Dir, fmt.Sprintf("has %d MB free, the rehearsal needs %d MB", free>>20, need>>20)}
	}
	start, err := startOf(os.Getpid())
	if err != nil {
		return nil, fmt.Errorf("making the private folder: %w", err)
	}
	dir, err := os.MkdirTemp(p.Dir, fmt.Sprintf("%s%d-%s-", prefix, os.Getpid(), start))
	if err != nil {
		return nil, fmt.Errorf("making the private folder: %w", err)
	}
	if err := os.WriteFile(filepath.Join(dir, marker), []byte(filepath.Base(dir)), 0o600); err != nil {
		return nil, errors.Join(fmt.Errorf("making the private folder: %w", err), os.RemoveAll(dir))
	}
	return &Folder{Dir: dir, InMemory: memory}, nil
}

// Path is a path in the folder.
func (f *Folder) Path(elem ...string) string {
	return filepath.Join(append([]string{f.Dir}, elem...)...)
}

// Sub makes a folder in it and returns its path.
func (f *Folder) Sub(elem ...string) (string, error) {
	dir := f.Path(elem...)
	return dir, os.MkdirAll(dir, 0o700)
}

// Watch notes a program that works on the folder, so that the next run ends it
// where this one is killed.
func (f *Folder) Watch(pid int) error {
	start, err := startOf(pid)
	if err != nil {
		return nil //nolint:nilerr // it has ended already
	}
	out, err := os.OpenFile(f.Path(programs), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = out.WriteString(strconv.Itoa(pid) + " " + start + "\n")
	return errors.Join(err, out.Close())
}

// Remove takes the folder away.
func (f *Folder) Remove() error { return os.RemoveAll(f.Dir) }
