// Package store keeps the advisory and calendar files a user has added: in one
// folder, each under its own sum, with an index that says where each came
// from, when, and what it holds. It checks a file before it keeps it, changes
// nothing when something is wrong, and goes to the network only in [Store.Update]
// with the client it is given. What the files mean is package source's. Start
// at [Store.Import].
package store

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/google/renameio/v2"

	"github.com/fixline-dev/fixline/internal/catalog/source"
)

// Store is a folder. Nothing is created before something is kept.
type Store struct{ dir string }

// New is the store in dir, by convention XDG_DATA_HOME/fixline.
func New(dir string) *Store { return &Store{dir: dir} }

// Dir is where the store is.
func (s *Store) Dir() string { return s.dir }

// Entry is one kept file.
type Entry struct {
	// Name identifies the entry: the address or the absolute path it came
	// from, unless another was chosen. Keeping the same name again replaces it.
	Name string `json:"name"`
	From string `json:"from"` // address or absolute path
	// Added is the day it was kept, YYYY-MM-DD.
	Added string `json:"added"`
	// SHA256 of what was downloaded or read; of a folder, of the zip made of it.
	SHA256 string `json:"sha256"`
	// Verified says against what the sum was checked: "flag", "sibling" (a
	// .sha256 file beside it), or "" for nothing.
	Verified  string          `json:"verified,omitempty"`
	Size      int64           `json:"size"`
	File      string          `json:"file"` // inside the store
	Formats   []source.Format `json:"formats"`
	Claims    int             `json:"claims"`
	Calendars int             `json:"calendars"`
}

type index struct {
	APIVersion string  `json:"apiVersion"`
	Kind       string  `json:"kind"`
	Entries    []Entry `json:"entries"`
}

const (
	indexFile = "index.json"
	indexKind = "DataIndex"
)

// Entries lists what is kept, by name; none where the store does not exist.
func (s *Store) Entries() ([]Entry, error) {
	data, err := os.ReadFile(filepath.Join(s.dir, indexFile))
	if errors.Is(err, fs.ErrNotExist) {
		return []Entry{}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading the data folder's index: %w", err)
	}
	var x index
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(&x); err != nil {
		return nil, fmt.Errorf("reading %q: %w", filepath.Join(s.dir, indexFile), err)
	}
	if x.Kind != indexKind {
		return nil, fmt.Errorf("reading %q: kind is %q, not %s", filepath.Join(s.dir, indexFile), x.Kind, indexKind)
	}
	for _, e := range x.Entries {
		if !filepath.IsLocal(e.File) {
			return nil, fmt.Errorf("reading %q: file %q of entry %q leads out of the folder", filepath.Join(s.dir, indexFile), e.File, e.Name)
		}
	}
	return x.Entries, nil
}

// Load reads everything that is kept, in the order of the entries' names. A
// file that is missing or was changed since is an error: what is judged by
// must be what was added.
func (s *Store) Load() (source.Loaded, error) {
	var out source.Loaded
	entries, err := s.Entries()
	if err != nil {
		return out, err
	}
	for _, e := range entries {
		one, err := s.load(e)
		if err != nil {
			return source.Loaded{}, err
		}
		out.Add(one)
	}
	return out, nil
}

func (s *Store) load(e Entry) (source.Loaded, error) {
	path := filepath.Join(s.dir, e.File)
	data, err := os.ReadFile(path)
	if err != nil {
		return source.Loaded{}, fmt.Errorf("loading the data kept from %q: %w", e.From, err)
	}
	if sum(data) != e.SHA256 {
		return source.Loaded{}, fmt.Errorf("loading the data kept from %q: %q was changed since it was added on %s; import it again", e.From, path, e.Added)
	}
	day, err := time.Parse(time.DateOnly, e.Added)
	if err != nil {
		return source.Loaded{}, fmt.Errorf("loading the data kept from %q: added: %w", e.From, err)
	}
	return source.Read(e.Name, data, day)
}

// Remove forgets an entry and its file. An unknown name is an error.
func (s *Store) Remove(name string) error {
	entries, err := s.Entries()
	if err != nil {
		return err
	}
	kept := slices.DeleteFunc(slices.Clone(entries), func(e Entry) bool { return e.Name == name })
	if len(kept) == len(entries) {
		return fmt.Errorf("removing data: nothing is kept under the name %q", name)
	}
	return s.write(kept)
}

// keep checks and stores the bytes of one entry. e holds Name, From and
// Verified.
func (s *Store) keep(e Entry, data []byte, now time.Time) (Entry, []string, error) {
	loaded, err := source.Read(e.Name, data, now)
	if err != nil {
		return Entry{}, nil, err
	}
	e.Added, e.SHA256, e.Size = now.Format(time.DateOnly), sum(data), int64(len(data))
	e.File = filepath.ToSlash(filepath.Join("files", e.SHA256+extension(data)))
	e.Claims, e.Calendars, e.Formats = loaded.Advisories(), len(loaded.Calendars), []source.Format{}
	for _, f := range loaded.Files {
		if !slices.Contains(e.Formats, f.Format) {
			e.Formats = append(e.Formats, f.Format)
		}
	}
	slices.Sort(e.Formats)
	entries, err := s.Entries()
	if err != nil {
		return Entry{}, nil, err
	}
	if err := os.MkdirAll(filepath.Join(s.dir, "files"), 0o755); err != nil {
		return Entry{}, nil, fmt.Errorf("making the data folder: %w", err)
	}
	if err := renameio.WriteFile(filepath.Join(s.dir, e.File), data, 0o644); err != nil {
		return Entry{}, nil, fmt.Errorf("keeping %q: %w", e.From, err)
	}
	entries = slices.DeleteFunc(entries, func(o Entry) bool { return o.Name == e.Name })
	if err := s.write(append(entries, e)); err != nil {
		return Entry{}, nil, err
	}
	return e, loaded.Warnings, nil
}

// write replaces the index, then removes the files nothing speaks of any more.
// A crash in between leaves a file too many, never one too few.
func (s *Store) write(entries []Entry) error {
	slices.SortFunc(entries, func(a, b Entry) int { return strings.Compare(a.Name, b.Name) })
	data, err := json.MarshalIndent(index{"fixline.dev/v1alpha1", indexKind, entries}, "", "  ")
	if err != nil {
		return fmt.Errorf("writing the data folder's index: %w", err)
	}
	if err := renameio.WriteFile(filepath.Join(s.dir, indexFile), append(data, '\n'), 0o644); err != nil {
		return fmt.Errorf("writing the data folder's index: %w", err)
	}
	kept := map[string]bool{}
	for _, e := range entries {
		kept[filepath.Base(e.File)] = true
	}
	files, err := os.ReadDir(filepath.Join(s.dir, "files"))
	if err != nil {
		return fmt.Errorf("tidying the data folder: %w", err)
	}
	for _, f := range files {
		if !kept[f.Name()] && f.Type().IsRegular() {
			if err := os.Remove(filepath.Join(s.dir, "files", f.Name())); err != nil {
				return fmt.Errorf("tidying the data folder: %w", err)
			}
		}
	}
	return nil
}

func sum(data []byte) string { return fmt.Sprintf("%x", sha256.Sum256(data)) }

// extension tells a person who looks into the folder what a file is.
func extension(data []byte) string {
	switch trimmed := bytes.TrimSpace(data); {
	case bytes.HasPrefix(data, []byte("PK")):
		return ".zip"
	case len(trimmed) > 0 && (trimmed[0] == '{' || trimmed[0] == '['):
		return ".json"
	}
	return ".yaml"
}
