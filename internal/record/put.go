package record

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/fixline-dev/fixline/internal/record/decision"
	"github.com/fixline-dev/fixline/internal/record/journal"
)

// AddEvidence copies what from gives to evidence/NAME and notes its sum. Evidence
// never changes: the same name with the same content is the entry that is there
// already, with another content an error that wraps os.ErrExist.
func (r *Record) AddEvidence(name string, from io.Reader) (journal.Entry, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := checkName(name); err != nil {
		return journal.Entry{}, fmt.Errorf("adding evidence: %w", err)
	}
	at := EvidenceDir + "/" + name
	for there := range r.notes {
		if there != at && strings.EqualFold(there, at) {
			return journal.Entry{}, fmt.Errorf("adding evidence: %w: %s is there, and some systems do not tell the two names apart", os.ErrExist, there)
		}
	}
	if len(r.notes) >= MaxFiles {
		return journal.Entry{}, fmt.Errorf("adding evidence: a record holds at most %d files", MaxFiles)
	}
	return r.put(at, journal.Evidence, from, noteWhy(""))
}

// WriteDecision replaces record.yaml. why says in a few words what was decided anew.
func (r *Record) WriteDecision(d decision.Decision, why string) (journal.Entry, error) {
	text, err := decision.Write(d)
	if err != nil {
		return journal.Entry{}, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.put(DecisionFile, journal.Decision, bytesOf(text), noteWhy(why))
}

// WritePlan replaces plan.json.
func (r *Record) WritePlan(text []byte, why string) (journal.Entry, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.put(PlanFile, journal.Plan, bytesOf(text), noteWhy(why))
}

// Adopt notes that a person edited record.yaml, and why. The entry is nil where
// it was not edited; what [decision.Read] refuses is an error.
func (r *Record) Adopt(why string) (*journal.Entry, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	text, err := readFile(r.root.FS(), DecisionFile, decision.MaxBytes)
	if err != nil {
		return nil, &Error{Path: r.dir, Err: err}
	}
	sum := sha256.Sum256(text)
	note := FileNote{DecisionFile, hex.EncodeToString(sum[:]), int64(len(text))}
	if note == r.notes[DecisionFile].FileNote {
		return nil, nil
	}
	if _, err := decision.Read(text, filepath.Join(r.dir, DecisionFile)); err != nil {
		return nil, err
	}
	e, err := r.add(journal.Decision, fileData{File: note, Why: "edited by hand: " + why})
	return &e, err
}

func bytesOf(text []byte) io.Reader { return bytes.NewReader(text) }

func noteWhy(why string) func(FileNote) any {
	return func(n FileNote) any { return fileData{File: n, Why: why} }
}

// put writes a file in three steps that a crash may part: the file whole under
// the name of its sum, the entry that notes it, the file to its place. What the
// entry notes can then always be put in place, and what none notes thrown away.
// The caller holds mu.
func (r *Record) put(at string, kind journal.Kind, from io.Reader, data func(FileNote) any) (journal.Entry, error) {
	fail := func(err error) (journal.Entry, error) {
		return journal.Entry{}, fmt.Errorf("writing %s of the record %s: %w", at, r.dir, err)
	}
	if err := r.writable(); err != nil {
		return fail(err)
	}
	note, err := r.stage(at, from)
	if err != nil {
		return fail(err)
	}
	if old, ok := r.notes[at]; ok {
		if now, err := sumFile(r.root.FS(), at, limit(at)); err == nil && now == note && old.FileNote == note {
			return r.log.Entries[old.Entry-1], r.root.Remove(pending + note.SHA256)
		}
		if kind == journal.Evidence {
			return fail(errors.Join(os.ErrExist, r.root.Remove(pending+note.SHA256)))
		}
	}
	e, err := r.add(kind, data(note))
	if err != nil {
		return fail(errors.Join(err, r.root.Remove(pending+note.SHA256)))
	}
	if err := r.place(note); err != nil {
		r.broken = fmt.Errorf("%s was not put in place, so nothing more is written; the next run that opens the record does it: %w", at, err)
		return e, r.broken
	}
	return e, nil
}

// stage writes what from gives to a file named by its sum.
func (r *Record) stage(at string, from io.Reader) (FileNote, error) {
	const name = pending + "new"
	_ = r.root.Remove(name) // of a put that failed
	f, err := r.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return FileNote{}, err
	}
	h := sha256.New()
	n, err := io.Copy(io.MultiWriter(f, h), io.LimitReader(from, limit(at)+1))
	if err == nil && n > limit(at) {
		err = fmt.Errorf("it is larger than %d bytes", limit(at))
	}
	if err == nil {
		err = f.Sync()
	}
	note := FileNote{at, hex.EncodeToString(h.Sum(nil)), n}
	if err := errors.Join(err, f.Close()); err != nil {
		return note, errors.Join(err, r.root.Remove(name))
	}
	if err := r.root.Rename(name, pending+note.SHA256); err != nil {
		return note, err
	}
	return note, r.sync(".")
}

// place puts a staged file where its entry says.
func (r *Record) place(note FileNote) error {
	folder := path.Dir(note.Path)
	if folder != "." {
		if err := r.root.Mkdir(folder, 0o755); err != nil && !errors.Is(err, os.ErrExist) {
			return err
		}
		if info, err := r.root.Lstat(folder); err != nil || !info.IsDir() {
			return fmt.Errorf("%s is no folder", folder)
		}
	}
	if err := r.root.Rename(pending+note.SHA256, note.Path); err != nil {
		return err
	}
	return errors.Join(r.sync(folder), r.sync("."))
}
