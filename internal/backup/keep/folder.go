package keep

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/gofrs/flock"
)

// partial marks what is not whole yet.
const partial = ".partial-"

// Folder is a [Store] in a folder of this machine.
type Folder struct{ Dir string }

// Where is the path.
func (f Folder) Where(name string) string { return filepath.Join(f.Dir, name) }

// Check makes the folder where it is missing, tries that it can be written to,
// and removes what killed runs left half written.
func (f Folder) Check(context.Context) error {
	if err := os.MkdirAll(f.Dir, 0o700); err != nil {
		return err
	}
	f.sweep()
	try, err := os.CreateTemp(f.Dir, ".fixline-try-*")
	if err != nil {
		return err
	}
	return errors.Join(try.Close(), os.Remove(try.Name()))
}

// sweep removes what nobody holds any more.
func (f Folder) sweep() {
	entries, err := os.ReadDir(f.Dir)
	if err != nil {
		return // the writing that follows says so
	}
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), ".") || !strings.Contains(e.Name(), partial) || !e.Type().IsRegular() {
			continue
		}
		path := f.Where(e.Name())
		lock := flock.New(path)
		if held, err := lock.TryLock(); err == nil && held {
			_ = os.Remove(path) // what cannot be removed is as before
			_ = lock.Unlock()
		}
	}
}

// Create begins a hidden file beside its name.
func (f Folder) Create(_ context.Context, name string) (Pending, error) {
	if _, err := os.Lstat(f.Where(name)); err == nil {
		return nil, fmt.Errorf("%s: %w", f.Where(name), ErrExist)
	}
	file, err := os.CreateTemp(f.Dir, "."+name+partial+"*")
	if err != nil {
		return nil, err
	}
	// Its own run holds it, so that no other sweeps it away. A file system
	// without locks is swept of nothing.
	lock := flock.New(file.Name())
	_, _ = lock.TryLock()
	return &pendingFile{File: file, lock: lock, name: f.Where(name)}, nil
}

// Open reads a file.
func (f Folder) Open(_ context.Context, name string) (io.ReadCloser, error) {
	return os.Open(f.Where(name))
}

type pendingFile struct {
	*os.File

	lock *flock.Flock
	name string
	done bool
}

// Commit links the name, which unlike a rename never takes another's place.
func (p *pendingFile) Commit() error {
	if err := errors.Join(p.Sync(), p.Close()); err != nil {
		return fmt.Errorf("writing %s: %w", p.name, err)
	}
	err := os.Link(p.Name(), p.name)
	if err != nil && !errors.Is(err, fs.ErrExist) { // some network file systems have no links
		if _, there := os.Lstat(p.name); there == nil {
			err = fs.ErrExist
		} else if err = os.Rename(p.Name(), p.name); err == nil {
			p.done = true
		}
	}
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%s: %w", p.name, ErrExist)
	}
	if err != nil {
		return fmt.Errorf("naming %s: %w", p.name, err)
	}
	p.Abort()
	return syncFolder(filepath.Dir(p.name))
}

// Abort removes the hidden file.
func (p *pendingFile) Abort() {
	if !p.done {
		p.done = true
		_ = p.Close()
		_ = os.Remove(p.Name())
	}
	_ = p.lock.Unlock()
}

func syncFolder(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
