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
	// Binaries is where Kubernetes' own binaries are downloaded from instead of building them: "https://dl.k8s.io/release"
	// or a mirror of it. Empty means that everything is built.
	Binaries string
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
	paths, err := s.Paths(ctx, p)
	if err != nil {
		return "", err
	}
	return paths[0], nil
}

// Paths is [Store.Path] for several programs, in their order. Those that one module holds in one version are built by
// one command, which takes less time than one command each.
func (s Store) Paths(ctx context.Context, programs ...Program) ([]string, error) {
	paths := make([]string, len(programs))
	wanted, err := s.missing(programs, paths)
	if err != nil || len(wanted) == 0 {
		return paths, err
	}
	unlock, err := s.lock(ctx, "wanted: "+wanted[0].String())
	if err != nil {
		return nil, err
	}
	defer unlock()
	if wanted, err = s.missing(programs, paths); err != nil { // some may have been built by the process we waited for
		return nil, err
	}
	for _, group := range groups(wanted) {
		start := time.Now()
		verb := s.verb(group[0])
		fmt.Fprintf(s.Progress, "%s (minutes the first time, then it is kept)\n", verb.doing(group))
		if err := s.get(ctx, group); err != nil {
			return nil, fmt.Errorf("%s: %w", verb.doing(group), err)
		}
		for _, p := range group {
			path, err := s.path(p)
			if err != nil {
				return nil, err
			}
			fmt.Fprintf(s.Progress, "%s %s in %s: %s\n", verb.done, p, time.Since(start).Round(time.Second), path)
		}
	}
	return paths, nil
}

// verb is how progress and errors speak of what is done to get a program.
type verb struct{ present, done, from string }

func (s Store) verb(p Program) verb {
	if s.official(p) {
		return verb{"downloading", "downloaded", "from " + s.Binaries}
	}
	return verb{"building", "built", "from its Go module"}
}

func (v verb) doing(group []Program) string {
	var names []string
	for _, p := range group {
		names = append(names, p.Name)
	}
	return fmt.Sprintf("%s %s %s %s", v.present, strings.Join(names, ", "), group[0].Version, v.from)
}

// missing fills in the paths and returns the programs that are not there yet, each once.
func (s Store) missing(programs []Program, paths []string) ([]Program, error) {
	var wanted []Program
	for i, p := range programs {
		path, err := s.path(p)
		if err != nil {
			return nil, err
		}
		if paths[i] = path; !isFile(path) && !slices.Contains(wanted, p) {
			wanted = append(wanted, p)
		}
	}
	return wanted, nil
}

// groups puts together what one module holds in one version.
func groups(programs []Program) [][]Program {
	var all [][]Program
	at := map[string]int{}
	for _, p := range programs {
		proj, _ := find(p.Name) // missing has found it
		key := proj.module(p.Name) + "@" + p.Version
		i, known := at[key]
		if !known {
			i = len(all)
			at[key] = i
			all = append(all, nil)
		}
		all[i] = append(all[i], p)
	}
	return all
}

// get builds or downloads programs of one module and version into the store.
func (s Store) get(ctx context.Context, group []Program) error {
	proj, err := find(group[0].Name)
	if err != nil {
		return err
	}
	tmp := filepath.Join(s.Dir, "tmp")
	// We hold the lock, so what lies here belongs to a build that was killed.
	if err := os.RemoveAll(tmp); err != nil {
		return err
	}
	out := filepath.Join(tmp, "out")
	if err := os.MkdirAll(out, 0o755); err != nil {
		return err
	}
	defer os.RemoveAll(tmp)

	if s.official(group[0]) {
		err = s.fetch(ctx, group, out)
	} else {
		err = build(ctx, proj, group, tmp, out)
	}
	if err != nil {
		return err
	}
	for _, p := range group {
		got := filepath.Join(out, p.Name)
		if err := reports(ctx, got, p); err != nil {
			return err
		}
		path, err := s.path(p)
		if err != nil {
			return err
		}
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.Rename(got, path); err != nil {
			return err
		}
	}
	return nil
}

// path says where a program is kept. Official binaries are kept apart from built ones: a lab is made of one kind.
func (s Store) path(p Program) (string, error) {
	proj, err := find(p.Name)
	if err != nil {
		return "", err
	}
	if s.official(p) {
		return filepath.Join(s.Dir, "official", runtime.GOOS+"-"+runtime.GOARCH, proj.name+"-"+p.Version, p.Name), nil
	}
	return filepath.Join(s.folder(proj.name, p.Version), p.Name), nil
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

// List returns what the store holds for this machine's kind: what was built, then what was downloaded, by path. A store that does not exist is empty.
func (s Store) List() ([]Entry, error) {
	built, err := s.list("bin")
	if err != nil {
		return nil, err
	}
	downloaded, err := s.list("official")
	return append(built, downloaded...), err
}

func (s Store) list(kind string) ([]Entry, error) {
	root := filepath.Join(s.Dir, kind, runtime.GOOS+"-"+runtime.GOARCH)
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

// Clear removes every program, what was made of them (images, packages) and what interrupted builds left. Labs stay.
func (s Store) Clear(ctx context.Context) error {
	unlock, err := s.lock(ctx, "clearing the cache")
	if err != nil {
		return err
	}
	defer unlock()
	for _, dir := range []string{"bin", "official", "images", "packages", "tmp", "tmp-node"} {
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
