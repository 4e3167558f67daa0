// Package record keeps what was decided and done about one change, in a folder
// a person can read and commit: record.yaml, plan.json, a journal of chained
// entries, evidence, and signatures. It decides whether such a folder is what
// was written and signed, and what is missing in it; it never judges a cluster,
// asks no network and reads no clock. docs/record.md says what a record proves.
// Start at [Create], [Open] and [Verify].
package record

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/fixline-dev/fixline/internal/record/decision"
	"github.com/fixline-dev/fixline/internal/record/journal"
)

// Options of whoever writes a record.
type Options struct {
	Now     func() time.Time
	Program string // "fixline 1.2.3": said in the first entry and in the lock
}

// Record is open for writing: nobody else writes it until [Record.Close]. Its
// methods may be called from several goroutines.
type Record struct {
	dir  string
	o    Options
	root *os.Root
	lock *lock

	mu     sync.Mutex
	file   *os.File // the journal
	log    journal.Log
	notes  notes
	said   []string
	broken error // set once writing failed in a way that cannot be undone
}

// Create makes the record dir, which must not exist or be an empty folder, and
// opens it. plan is what becomes plan.json, nil for none. The folder appears
// whole or not at all.
func Create(dir string, d decision.Decision, plan []byte, o Options) (*Record, error) {
	text, err := decision.Write(d)
	if err != nil {
		return nil, err
	}
	if err := free(dir); err != nil {
		return nil, err
	}
	stage, err := os.MkdirTemp(filepath.Dir(filepath.Clean(dir)), "."+filepath.Base(filepath.Clean(dir))+".partial-*")
	if err != nil {
		return nil, fmt.Errorf("creating the record %s: %w", dir, err)
	}
	defer os.RemoveAll(stage)
	whole := filepath.Join(stage, "record")
	if err := begin(whole, d, text, plan, o); err != nil {
		return nil, fmt.Errorf("creating the record %s: %w", dir, err)
	}
	// An empty folder is in the way of a rename on some systems.
	if err := os.Remove(dir); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("creating the record %s: %w", dir, err)
	}
	if err := os.Rename(whole, dir); err != nil {
		return nil, fmt.Errorf("creating the record %s: %w", dir, err)
	}
	if err := syncFolder(filepath.Dir(filepath.Clean(dir))); err != nil {
		return nil, fmt.Errorf("creating the record %s: %w", dir, err)
	}
	return Open(dir, o)
}

// begin fills a folder with the first entries and what they note.
func begin(dir string, d decision.Decision, text, plan []byte, o Options) (err error) {
	if err := os.Mkdir(dir, 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, JournalFile), nil, 0o644); err != nil {
		return err
	}
	r, err := Open(dir, o)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	_, err = r.add(journal.Created, created{d.ID, d.Cluster.Name, o.Program})
	if err == nil {
		_, err = r.put(DecisionFile, journal.Decision, bytesOf(text), noteWhy("decided"))
	}
	if err == nil && plan != nil {
		_, err = r.WritePlan(plan, "planned")
	}
	return err
}

// created is the data of the first entry.
type created struct {
	ID      string `json:"id"`
	Cluster string `json:"cluster"`
	Program string `json:"program"`
}

// free says what is in the way of a new record.
func free(dir string) error {
	entries, err := os.ReadDir(dir)
	switch {
	case errors.Is(err, os.ErrNotExist):
		if _, err := os.Stat(filepath.Dir(filepath.Clean(dir))); err != nil {
			return &Error{Path: dir, Err: err, Advice: "mkdir -p " + filepath.Dir(filepath.Clean(dir))}
		}
		return nil
	case err != nil:
		return &Error{Path: dir, Err: err}
	case len(entries) > 0:
		return &Error{Path: dir, Err: os.ErrExist, Advice: "a record begins in a folder of its own: name one that is not there yet, or an empty one"}
	}
	return nil
}

// Open opens the record dir for writing: it locks out other writers, and mends
// what a killed run left half-written. What it mended stands in [Record.Said].
// A journal whose entries do not match is not written to: the error wraps a
// *[journal.BadEntry].
func Open(dir string, o Options) (*Record, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, &Error{Path: dir, Err: plain(err)}
	}
	r := &Record{dir: dir, o: o, root: root}
	if r.lock, r.said, err = takeLock(dir, root, o); err != nil {
		return nil, errors.Join(err, root.Close())
	}
	if err := r.load(); err != nil {
		return nil, errors.Join(err, r.Close())
	}
	return r, nil
}

// load reads the journal and mends.
func (r *Record) load() error {
	log, err := readJournal(r.root.FS())
	if err != nil {
		return &Error{Path: r.dir, Err: err, Advice: "nothing was written to it; see what else does not match: fixline record verify " + r.dir}
	}
	r.log = log
	if r.file, err = r.root.OpenFile(JournalFile, os.O_RDWR|os.O_APPEND, 0); err != nil {
		return &Error{Path: r.dir, Err: err}
	}
	if r.notes, err = notesOf(log.Entries); err != nil {
		return &Error{Path: r.dir, Err: err, Advice: "nothing was written to it"}
	}
	if err := r.mend(); err != nil {
		return &Error{Path: r.dir, Err: fmt.Errorf("mending what a killed run left: %w", err)}
	}
	return nil
}

// Said is what was found and mended when the record was opened, in sentences
// for the user.
func (r *Record) Said() []string { return r.said }

// Entries are those of the journal so far.
func (r *Record) Entries() []journal.Entry {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]journal.Entry(nil), r.log.Entries...)
}

// Decision reads record.yaml as it is.
func (r *Record) Decision() (decision.Decision, error) {
	text, err := readFile(r.root.FS(), DecisionFile, decision.MaxBytes)
	if err != nil {
		return decision.Decision{}, &Error{Path: r.dir, Err: err}
	}
	return decision.Read(text, filepath.Join(r.dir, DecisionFile))
}

// Close lets other writers in.
func (r *Record) Close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	var err error
	if r.file != nil {
		err = r.file.Close()
		r.file = nil
	}
	return errors.Join(err, r.lock.release(r.root), r.root.Close())
}
