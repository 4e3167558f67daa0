package record

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/gofrs/flock"
)

// Holder is who writes a record.
type Holder struct {
	PID     int    `json:"pid"`
	Host    string `json:"host"`
	Program string `json:"program"`
	Since   string `json:"since"` // RFC 3339
}

func (h Holder) String() string {
	if h == (Holder{}) {
		return "somebody who left no name"
	}
	return fmt.Sprintf("process %d on host %q (%s, since %s)", h.PID, h.Host, h.Program, h.Since)
}

// LockedError is a record that another run has open.
type LockedError struct {
	Dir    string
	Holder Holder
}

func (e *LockedError) Error() string {
	return fmt.Sprintf("the record %s is being written by %s", e.Dir, e.Holder)
}

// Hint is what to do next.
func (e *LockedError) Hint() string {
	return "wait until that run has ended; a lock ends with its process, so it never has to be removed by hand"
}

// lock is held by the operating system, so that it ends with its process also
// where that is killed. What stands in the file is only for words.
type lock struct{ flock *flock.Flock }

// takeLock locks a record. said names a run that ended without letting go.
func takeLock(dir string, root *os.Root, o Options) (*lock, []string, error) {
	if info, err := root.Lstat(lockFile); err == nil && !info.Mode().IsRegular() {
		return nil, nil, &Error{Path: dir, Err: &kindError{lockFile, info.Mode()}, Advice: "remove it"}
	}
	const attempts = 5
	for range attempts {
		l := &lock{flock.New(filepath.Join(dir, lockFile), flock.SetPermissions(0o644))}
		got, err := l.flock.TryLock()
		if err != nil {
			return nil, nil, fmt.Errorf("locking the record %s: %w", dir, plain(err))
		}
		before := holder(root.FS())
		if !got {
			return nil, nil, errors.Join(&LockedError{dir, before}, l.flock.Close())
		}
		if !l.there(root) {
			_ = l.flock.Close() // its holder removed it just now
			continue
		}
		var said []string
		if before != (Holder{}) {
			said = append(said, fmt.Sprintf("%s ended without closing the record; its lock is free", before))
		}
		return l, said, l.sign(root, o)
	}
	return nil, nil, fmt.Errorf("locking the record %s: other runs keep taking and leaving it", dir)
}

// there: the file that is locked is still the one under the name.
func (l *lock) there(root *os.Root) bool {
	held, err := l.flock.Stat()
	if err != nil {
		return false
	}
	now, err := root.Lstat(lockFile)
	return err == nil && os.SameFile(held, now)
}

// sign writes who holds it.
func (l *lock) sign(root *os.Root, o Options) error {
	host, err := os.Hostname()
	if err != nil {
		host = "unknown"
	}
	text, err := json.Marshal(Holder{os.Getpid(), host, o.Program, o.Now().UTC().Format("2006-01-02T15:04:05Z")})
	if err != nil {
		return err
	}
	// A system that lets nobody write a locked file loses the words, not the lock.
	_ = root.WriteFile(lockFile, text, 0o644)
	return nil
}

// release lets go; the file goes first, so that nobody locks one that is about to.
func (l *lock) release(root *os.Root) error {
	if l == nil {
		return nil
	}
	if err := root.Remove(lockFile); err != nil && !errors.Is(err, fs.ErrNotExist) {
		_ = root.WriteFile(lockFile, nil, 0o644)
	}
	return l.flock.Close()
}

// holder is who the lock file names, the zero Holder where it names nobody.
func holder(fsys fs.FS) Holder {
	var h Holder
	text, err := readFile(fsys, lockFile, 4<<10)
	if err != nil || json.Unmarshal(text, &h) != nil {
		return Holder{}
	}
	return h
}
