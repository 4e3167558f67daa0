package pack

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/gofrs/flock"
)

// stage is the folder a bundle is written in, beside the place it will have,
// so that it gets there by a rename. It holds:
//
//	lock     locked while its run lives; free = the run was killed
//	new-N    a file that is being written
//	files/   the bundle as a folder
//	old/     the folder that is being replaced
//
// Names begin with a dot and hold "partial", so that nobody takes one for a bundle.
type stage struct {
	out, dir string
	lock     *flock.Flock
}

// partial is how the names of stages of out begin.
func partial(out string) string { return "." + filepath.Base(out) + ".partial-" }

// newStage makes a stage and removes what killed runs left.
func newStage(out string) (*stage, error) {
	if err := sweep(out); err != nil {
		return nil, cannot(out, err)
	}
	const attempts = 5
	for range attempts {
		dir, err := os.MkdirTemp(filepath.Dir(out), partial(out)+"*") // mode 0700
		if err != nil {
			return nil, cannot(out, err)
		}
		s := &stage{out: out, dir: dir}
		if !s.hold() {
			continue // another run swept it before it was locked
		}
		if err := os.Mkdir(s.files(), 0o700); err != nil {
			s.remove()
			return nil, cannot(out, err)
		}
		return s, nil
	}
	return nil, &OutputError{Path: out, Err: errors.New("other runs that write there keep removing its temporary folder")}
}

// hold locks the stage; false where another run has it or removed it. File
// systems without locks are no error: what a killed run leaves there stays.
func (s *stage) hold() bool {
	path := filepath.Join(s.dir, "lock")
	s.lock = flock.New(path, flock.SetPermissions(0o600))
	got, err := s.lock.TryLock()
	if err != nil {
		_, missing := os.Lstat(s.dir)
		return missing == nil
	}
	if !got {
		return false
	}
	held, err := s.lock.Stat()
	if err != nil {
		return false
	}
	there, err := os.Stat(path)
	return err == nil && os.SameFile(held, there)
}

func (s *stage) files() string { return filepath.Join(s.dir, "files") }

func (s *stage) file(path string) string { return filepath.Join(s.files(), filepath.FromSlash(path)) }

func (s *stage) old() string { return filepath.Join(s.dir, "old") }

// remove ends the stage.
func (s *stage) remove() {
	// Unlocked first: some systems remove no open file.
	_ = s.lock.Close()
	os.RemoveAll(s.dir)
}

// sweep removes stages of out whose run was killed. One that was killed
// between moving the old bundle away and the new one in gives the old back.
func sweep(out string) error {
	entries, err := os.ReadDir(filepath.Dir(out))
	if err != nil {
		return err
	}
	for _, e := range entries {
		if !e.IsDir() || !strings.HasPrefix(e.Name(), partial(out)) {
			continue
		}
		s := &stage{out: out, dir: filepath.Join(filepath.Dir(out), e.Name())}
		s.lock = flock.New(filepath.Join(s.dir, "lock"), flock.SetPermissions(0o600))
		if got, err := s.lock.TryLock(); err != nil || !got {
			_ = s.lock.Close()
			continue // its run lives, or it is somebody else's
		}
		if _, err := os.Lstat(out); errors.Is(err, fs.ErrNotExist) {
			if err := os.Rename(s.old(), out); err != nil && !errors.Is(err, fs.ErrNotExist) {
				_ = s.lock.Close()
				return err
			}
		}
		s.remove()
	}
	return nil
}

// publish puts whole, a file or a folder inside the stage, in out's place.
func (s *stage) publish(whole string, force bool) error {
	if err := free(s.out, force); err != nil {
		return err
	}
	if err := s.move(whole, force); err != nil {
		if errors.Is(err, fs.ErrExist) {
			return inTheWay(s.out)
		}
		return cannot(s.out, err)
	}
	if err := syncDir(filepath.Dir(s.out)); err != nil {
		return cannot(s.out, err)
	}
	return nil
}

func (s *stage) move(whole string, force bool) error {
	info, err := os.Lstat(s.out)
	switch {
	case err == nil && info.IsDir() && force:
		if err := os.Rename(s.out, s.old()); err != nil {
			return err
		}
		if err := os.Rename(whole, s.out); err != nil {
			return errors.Join(err, os.Rename(s.old(), s.out))
		}
		return nil
	case Packed(s.out) && !force:
		// A link, unlike a rename, never replaces what another run has just put
		// there. Where there are no links the look before must do.
		if err := os.Link(whole, s.out); err == nil || errors.Is(err, fs.ErrExist) {
			return err
		}
	}
	return os.Rename(whole, s.out)
}

// free finds out whether out may be written: its folder is there, and nothing
// is in the way, or only what may be replaced.
func free(out string, force bool) error {
	if base := filepath.Base(out); base == "." || base == ".." || base == string(filepath.Separator) || strings.HasSuffix(out, ":") {
		return &OutputError{Path: out, Err: fs.ErrExist, Advice: "name a folder that is not there yet, or a file that ends in " + Suffix}
	}
	parent := filepath.Dir(out)
	if info, err := os.Stat(parent); err != nil {
		e := cannot(out, err)
		if errors.Is(err, fs.ErrNotExist) {
			e.Err, e.Advice = &missing{parent}, "mkdir -p "+parent
		}
		return e
	} else if !info.IsDir() {
		return &OutputError{Path: out, Err: &missing{parent}, Advice: parent + " is a file; name a path in a folder with -O"}
	}
	info, err := os.Lstat(out)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return cannot(out, err)
	case !force:
		return inTheWay(out)
	case Packed(out) && !info.Mode().IsRegular():
		return &OutputError{Path: out, Err: fs.ErrExist, Advice: "it is no plain file, and only what this command wrote is replaced; name another with -O"}
	case Packed(out):
		if _, err := archiveManifest(out); err != nil {
			return &OutputError{Path: out, Err: fs.ErrExist, Advice: "only a bundle that this command wrote is replaced: " + err.Error() + "; name another with -O, or remove it"}
		}
		return nil
	}
	if err := ours(out, info); err != nil {
		return &OutputError{Path: out, Err: fs.ErrExist,
			Advice: "only a folder that this command wrote is replaced: " + err.Error() + "; name another with -O"}
	}
	return nil
}

func inTheWay(out string) error {
	return &OutputError{Path: out, Err: fs.ErrExist, Advice: "name another with -O, or replace it with --force"}
}

// missing is a folder that is not there.
type missing struct{ dir string }

func (m *missing) Error() string { return "there is no folder " + m.dir }
func (m *missing) Unwrap() error { return fs.ErrNotExist }

// syncDir makes renames inside dir last.
func syncDir(dir string) error {
	if runtime.GOOS == "windows" { // which has no such call, and needs none
		return nil
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}
