package program

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/lockedfile"
)

// CacheVar is the environment variable that moves the cache to another folder.
const CacheVar = "FIXLINE_LAB_CACHE"

// Store is the folder of built programs. The zero value is not usable: start with [Open].
type Store struct {
	// Dir is the cache folder; programs are at Dir/bin/OS-ARCH/PROJECT-VERSION/NAME.
	Dir string
	// Progress gets a line before and after what takes long.
	Progress io.Writer
}

// Open returns the user's store: $FIXLINE_LAB_CACHE, or fixline/lab in [os.UserCacheDir]. It creates nothing yet.
// Progress lines go to progress; nil means os.Stderr.
func Open(progress io.Writer) (Store, error) {
	if progress == nil {
		progress = os.Stderr
	}
	if dir := os.Getenv(CacheVar); dir != "" {
		abs, err := filepath.Abs(dir)
		if err != nil {
			return Store{}, fmt.Errorf("finding the lab's cache folder %q: %w", dir, err)
		}
		return Store{Dir: abs, Progress: progress}, nil
	}
	dir, err := os.UserCacheDir()
	if err != nil {
		return Store{}, fmt.Errorf("finding the lab's cache folder (set %s to name one): %w", CacheVar, err)
	}
	return Store{Dir: filepath.Join(dir, "fixline", "lab"), Progress: progress}, nil
}

// Path returns the path of the program and builds it first where it is not in the store. Two processes that ask at the
// same time build it once: the second waits. What a killed build leaves is never taken for a program.
func (s Store) Path(ctx context.Context, p Program) (string, error) {
	proj, err := find(p.Name)
	if err != nil {
		return "", err
	}
	path := filepath.Join(s.folder(proj.name, p.Version), p.Name)
	if isFile(path) {
		return path, nil
	}
	unlock, err := s.lock(ctx, "wanted: "+p.String())
	if err != nil {
		return "", err
	}
	defer unlock()
	if isFile(path) { // built by the process we waited for
		return path, nil
	}

	start := time.Now()
	fmt.Fprintf(s.Progress, "building %s from its Go module (minutes the first time, then it is kept)\n", p)
	if err := s.build(ctx, proj, p, path); err != nil {
		return "", fmt.Errorf("building %s: %w", p, err)
	}
	fmt.Fprintf(s.Progress, "built %s in %s: %s\n", p, time.Since(start).Round(time.Second), path)
	return path, nil
}

func (s Store) folder(project, version string) string {
	return filepath.Join(s.Dir, "bin", runtime.GOOS+"-"+runtime.GOARCH, project+"-"+version)
}

// lock lets one process build at a time: two Kubernetes builds side by side take longer than one after the other, and
// twice the memory.
func (s Store) lock(ctx context.Context, what string) (unlock func(), err error) {
	if err := os.MkdirAll(s.Dir, 0o755); err != nil {
		return nil, fmt.Errorf("making the lab's cache folder: %w", err)
	}
	if err := ctx.Err(); err != nil {
		return nil, context.Cause(ctx)
	}
	type result struct {
		unlock func()
		err    error
	}
	got := make(chan result, 1)
	go func() {
		unlock, err := lockedfile.MutexAt(filepath.Join(s.Dir, "build.lock")).Lock()
		got <- result{unlock, err}
	}()
	patience := time.NewTimer(time.Second)
	defer patience.Stop()
	for {
		select {
		case r := <-got:
			if r.err != nil {
				return nil, fmt.Errorf("locking the lab's cache folder: %w", r.err)
			}
			return r.unlock, nil
		case <-patience.C:
			fmt.Fprintf(s.Progress, "waiting for another build to end (%s)\n", what)
		case <-ctx.Done():
			go func() { // the lock may still come: give it back
				if r := <-got; r.err == nil {
					r.unlock()
				}
			}()
			return nil, fmt.Errorf("waiting for another build: %w", context.Cause(ctx))
		}
	}
}

// Entry is one built program in the store.
type Entry struct {
	Program Program
	Path    string
	Bytes   int64
}

// List returns what the store holds for this machine's kind, sorted by path. A store that does not exist is empty.
func (s Store) List() ([]Entry, error) {
	root := filepath.Dir(s.folder("x", "0"))
	var entries []Entry
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		if !slices.Contains(Names(), d.Name()) {
			return nil // such as the note of kubeadm's etcd version
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		_, version, _ := strings.Cut(filepath.Base(filepath.Dir(path)), "-")
		entries = append(entries, Entry{Program{d.Name(), version}, path, info.Size()})
		return nil
	})
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("listing built programs: %w", err)
	}
	return entries, nil
}

// Clear removes every built program and what interrupted builds left.
func (s Store) Clear(ctx context.Context) error {
	unlock, err := s.lock(ctx, "clearing the cache")
	if err != nil {
		return err
	}
	defer unlock()
	for _, dir := range []string{"bin", "tmp"} {
		if err := os.RemoveAll(filepath.Join(s.Dir, dir)); err != nil {
			return fmt.Errorf("clearing the lab's cache: %w", err)
		}
	}
	return nil
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}
