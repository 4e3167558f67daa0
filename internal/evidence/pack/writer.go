package pack

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/fixline-dev/fixline/internal/evidence"
)

// Options of [Create].
type Options struct {
	// Force replaces a bundle that is already there, once the new one is whole.
	Force bool
}

// Writer writes one bundle. It is an [evidence.Sink]; nothing is under the
// bundle's name before [Writer.Commit].
type Writer struct {
	out   string
	force bool
	stage *stage

	mu     sync.Mutex
	files  map[string]evidence.File
	checks map[string]evidence.Check
	serial int
	failed error // the first write that failed: the bundle cannot be whole
}

var _ evidence.Sink = (*Writer)(nil)

// Create begins a bundle at out: packed where it ends in [Suffix], a folder
// otherwise. What killed runs left beside out is removed. Errors are
// *OutputError.
func Create(out string, opts Options) (*Writer, error) {
	out = filepath.Clean(out)
	if err := free(out, opts.Force); err != nil {
		return nil, err
	}
	s, err := newStage(out)
	if err != nil {
		return nil, err
	}
	// What was recovered from a killed run may be in the way now.
	if err := free(out, opts.Force); err != nil {
		s.remove()
		return nil, err
	}
	return &Writer{out: out, force: opts.Force, stage: s, files: map[string]evidence.File{}, checks: map[string]evidence.Check{}}, nil
}

// File implements [evidence.Sink]. An error of the bundle itself, such as a
// full disk, is an *OutputError; it ends the bundle: every later File and
// Commit return it.
func (w *Writer) File(path string, from evidence.Origin, fill func(io.Writer) (int, error)) error {
	if err := checkPath(path); err != nil {
		return fmt.Errorf("writing %q to the bundle: %w", path, err)
	}
	tmp, err := w.begin()
	if err != nil {
		return err
	}
	file, err := w.write(tmp, fill)
	w.mu.Lock()
	defer w.mu.Unlock()
	if err == nil {
		err = w.keep(tmp, path)
	}
	if err != nil {
		delete(w.files, path)
		os.Remove(tmp)
		os.Remove(w.stage.file(path))
		return err
	}
	file.Path, file.Origin = path, from
	w.files[path] = file
	return nil
}

// begin names a file that is being written.
func (w *Writer) begin() (string, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.serial++
	return filepath.Join(w.stage.dir, "new-"+strconv.Itoa(w.serial)), w.failed
}

// write lets fill write tmp; what it measures is the file's own.
func (w *Writer) write(tmp string, fill func(io.Writer) (int, error)) (evidence.File, error) {
	f, err := os.OpenFile(tmp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return evidence.File{}, w.fail(err)
	}
	defer f.Close()
	to := &measured{to: f, sum: sha256.New()}
	buffer := bufio.NewWriterSize(to, 64<<10)
	items, err := fill(buffer)
	if err == nil {
		err = buffer.Flush()
	}
	if to.err != nil { // whatever fill made of it
		return evidence.File{}, w.fail(to.err)
	}
	if err != nil {
		return evidence.File{}, err
	}
	if !Packed(w.out) { // a packed bundle is copied once more and synced then
		if err := f.Sync(); err != nil {
			return evidence.File{}, w.fail(err)
		}
	}
	if err := f.Close(); err != nil {
		return evidence.File{}, w.fail(err)
	}
	return evidence.File{SHA256: hex.EncodeToString(to.sum.Sum(nil)), Bytes: to.bytes, Items: items}, nil
}

// keep moves a written file to its place.
func (w *Writer) keep(tmp, path string) error {
	if w.failed != nil {
		return w.failed
	}
	to := w.stage.file(path)
	err := os.MkdirAll(filepath.Dir(to), 0o700)
	if err == nil {
		err = os.Rename(tmp, to)
	}
	if err != nil {
		w.failed = cannot(w.out, err)
		return w.failed
	}
	return nil
}

func (w *Writer) fail(err error) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.failed == nil {
		w.failed = cannot(w.out, err)
	}
	return w.failed
}

// Note implements [evidence.Sink].
func (w *Writer) Note(c evidence.Check) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.checks[c.Asked] = c
}

// Written is what a finished bundle is.
type Written struct {
	Path     string
	Manifest evidence.Manifest // as written
	SHA256   string            // of bundle.json: it vouches for all the rest
	Bytes    int64             // of all files, bundle.json not counted
	Size     int64             // on disk: of the .tar.zst, else Bytes and bundle.json
	Objects  int
}

// Commit writes the manifest and puts the bundle under its name. about holds
// what only the caller knows (cluster, server, program, times, warnings,
// clocks); format, files and coverage are the Writer's. After an error nothing
// is left. The Writer is not to be used again.
func (w *Writer) Commit(about evidence.Manifest) (Written, error) {
	defer w.Abort() // after Unlock
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.failed != nil {
		return Written{}, w.failed
	}
	m, finished, err := w.manifest(about)
	if err != nil {
		return Written{}, &OutputError{Path: w.out, Err: err}
	}
	text, err := encodeManifest(m)
	if err != nil {
		return Written{}, &OutputError{Path: w.out, Err: err}
	}
	sum := sha256.Sum256(text)
	done := Written{Path: w.out, Manifest: m, SHA256: hex.EncodeToString(sum[:])}
	for _, f := range m.Files {
		done.Bytes += f.Bytes
		done.Objects += f.Items
	}
	done.Size = done.Bytes + int64(len(text))
	whole := w.stage.files()
	if Packed(w.out) {
		whole = filepath.Join(w.stage.dir, "whole"+Suffix)
		done.Size, err = writeArchive(whole, w.stage, m, text, finished)
	} else {
		err = writeFolder(whole, text)
	}
	if err != nil {
		return Written{}, cannot(w.out, err)
	}
	if err := w.stage.publish(whole, w.force); err != nil {
		return Written{}, err
	}
	return done, nil
}

// manifest is what bundle.json says.
func (w *Writer) manifest(m evidence.Manifest) (evidence.Manifest, time.Time, error) {
	for name, value := range map[string]string{"started": m.Started, "finished": m.Finished} {
		if _, err := time.Parse(time.RFC3339, value); err != nil {
			return m, time.Time{}, fmt.Errorf("bundle.json: %s: %w", name, err)
		}
	}
	finished, err := time.Parse(time.RFC3339, m.Finished)
	m.APIVersion, m.Kind = evidence.ManifestAPIVersion, evidence.ManifestKind
	m.Schema, m.Revision = evidence.Schema, evidence.Revision
	m.Files = append([]evidence.File{}, slices.SortedFunc(maps.Values(w.files), func(a, b evidence.File) int { return order(a.Path, b.Path) })...)
	m.Coverage = append([]evidence.Check{}, slices.SortedFunc(maps.Values(w.checks), func(a, b evidence.Check) int { return checkOrder(a.Asked, b.Asked) })...)
	m.Warnings = append([]string{}, m.Warnings...)
	m.Clocks = append([]evidence.Clock{}, m.Clocks...)
	return m, finished, err
}

// Abort removes what was written so far; after Commit it does nothing. A File
// that is still being written ends with an error.
func (w *Writer) Abort() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.failed == nil {
		w.failed = &OutputError{Path: w.out, Err: errEnded}
	}
	w.stage.remove()
}

var errEnded = errors.New("the bundle was finished or given up before")
