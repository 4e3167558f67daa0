package record

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/fixline-dev/fixline/internal/core/policy"
	"github.com/fixline-dev/fixline/internal/core/readiness"
	"github.com/fixline-dev/fixline/internal/record/decision"
	"github.com/fixline-dev/fixline/internal/record/journal"
	"github.com/fixline-dev/fixline/internal/record/proof"
	"github.com/fixline-dev/fixline/internal/record/signature"
)

// VerifyOptions of a verification.
type VerifyOptions struct {
	Keys []signature.Trusted // none: every signature is by an unknown key
	AsOf time.Time           // waivers hold on this day; of a closed change, on the day it was closed
	// Now is the moment that ages count to; zero = AsOf.
	Now time.Time
	// Policy holds the readiness to its ages; nil = the policy in the record.
	Policy *policy.Policy
	// Data is the day of the data that judges now, YYYY-MM-DD: a rehearsal by older
	// data counts no longer; "" = not asked.
	Data string
}

// Verify checks the record dir, offline and without writing to it. An error
// means that dir is no record or cannot be read; what does not match is in the
// report.
func Verify(dir string, o VerifyOptions) (Report, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return Report{}, &Error{Path: dir, Err: plain(err)}
	}
	defer root.Close()
	r, err := VerifyFS(root.FS(), o)
	if err != nil {
		return r, &Error{Path: dir, Err: err}
	}
	return r, nil
}

// VerifyFS is [Verify] of a file system, which says of links that they are.
func VerifyFS(fsys fs.FS, o VerifyOptions) (Report, error) {
	v, err := look(fsys, o)
	if err != nil {
		return Report{}, err
	}
	if len(v.Mismatches) > 0 {
		v.settle()
	}
	return v.report(), nil
}

// settle takes back what only differs because another run wrote meanwhile: a
// file that an entry notes which came after the journal was read. Such a record
// is not judged to its end, so it is incomplete.
func (v *view) settle() {
	now, err := readJournal(v.fsys)
	read := len(v.log.Entries)
	if err != nil || read == 0 || len(now.Entries) <= read || now.Entries[read-1].Hash != v.log.Head() {
		return
	}
	later, err := notesOf(now.Entries)
	if err != nil {
		return
	}
	v.Mismatches = slices.DeleteFunc(v.Mismatches, func(m Mismatch) bool { return later[m.File].Entry > read })
	v.miss("closed", After, "it was written to while it was read: %d entries, now %d; verify it again", read, len(now.Entries))
}

// view is a record while it is being verified.
type view struct {
	fsys fs.FS
	o    VerifyOptions

	Report
	log        journal.Log
	notes      notes
	statements map[string]signature.Statement // by file
}

// look finds everything that does not match.
func look(fsys fs.FS, o VerifyOptions) (*view, error) {
	v := &view{fsys: fsys, o: o, statements: map[string]signature.Statement{}, Report: Report{APIVersion: decision.APIVersion, Kind: "RecordVerification",
		AsOf: o.AsOf.UTC().Format(time.DateOnly), Mismatches: []Mismatch{}, Missing: []Missing{}, Signatures: []SignedState{}, Files: []FileState{},
		Findings: []FindingNow{}, Readiness: []readiness.Row{}, Notes: []string{}}}
	if err := v.isRecord(); err != nil {
		return nil, err
	}
	whole, err := v.readJournal()
	if err != nil {
		return nil, err
	}
	if !whole {
		return v, nil // what the journal notes is not known, so no file can be judged
	}
	if err := v.checkFiles(); err != nil {
		return nil, err
	}
	if err := v.checkUnlisted(); err != nil {
		return nil, err
	}
	v.checkSignatures()
	v.proofs = proof.Read(v.entries, v.noted)
	return v, v.readDecision()
}

// isRecord tells a damaged record from what is none.
func (v *view) isRecord() error {
	entries, err := fs.ReadDir(v.fsys, ".")
	if err != nil {
		return plain(err)
	}
	for _, e := range entries {
		if slices.Contains([]string{JournalFile, DecisionFile, AttestationFile}, e.Name()) {
			return nil
		}
	}
	return fmt.Errorf("it is no change record: there is neither %s nor %s", JournalFile, DecisionFile)
}

func (v *view) differs(file string, entry int, offset *int64, format string, args ...any) {
	m := Mismatch{File: file, Offset: offset, What: fmt.Sprintf(format, args...)}
	if entry > 0 {
		m.Entry = &entry
	}
	v.Mismatches = append(v.Mismatches, m)
}

// readJournal holds the journal to its chain; false where it does not match.
func (v *view) readJournal() (bool, error) {
	log, err := readJournal(v.fsys)
	v.log, v.entries = log, log.Entries
	v.Journal = JournalState{Entries: len(log.Entries), Bytes: log.Bytes(), Head: log.Head(), Torn: len(log.Torn)}
	bad, isBad := errors.AsType[*journal.BadEntry](err)
	_, isKind := errors.AsType[*kindError](err)
	switch {
	case isBad:
		v.differs(JournalFile, bad.Entry, &bad.Offset, "entry %d %s", bad.Entry, bad.Why)
	case errors.Is(err, fs.ErrNotExist):
		v.differs(JournalFile, 0, nil, "is missing")
	case isKind:
		v.differs(JournalFile, 0, nil, "%v", err)
	case err != nil:
		return false, err
	case len(log.Entries) == 0 || log.Entries[0].Kind != journal.Created:
		v.differs(JournalFile, 0, nil, "does not begin with the entry that says the record was created")
	default:
		if v.notes, err = notesOf(log.Entries); err != nil {
			v.differs(JournalFile, 0, nil, "%s", strings.TrimPrefix(err.Error(), JournalFile+": "))
			return false, nil
		}
		return true, nil
	}
	return false, nil
}

// checkFiles holds every file to the last entry about it.
func (v *view) checkFiles() error {
	if _, ok := v.notes[DecisionFile]; !ok {
		v.differs(DecisionFile, 0, nil, "no entry of the journal notes it")
	}
	for _, name := range v.notes.paths(true) {
		note := v.notes[name]
		v.Files = append(v.Files, FileState{note.FileNote, note.Entry})
		now, err := sumFile(v.fsys, name, limit(name))
		differs := err == nil && now != note.FileNote || errors.Is(err, fs.ErrNotExist)
		if differs && v.waits(note.FileNote) {
			v.miss("closed", After, "%s waits to be put in its place: a run is writing, or was stopped; the next one that writes does it", name)
			continue
		}
		if differs { // or was put there between the two looks
			now, err = sumFile(v.fsys, name, limit(name))
		}
		_, isKind := errors.AsType[*kindError](err)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			v.differs(name, 0, nil, "is missing; entry %d of the journal notes it", note.Entry)
		case isKind:
			v.differs(name, 0, nil, "%v", err)
		case err != nil:
			return err
		case now != note.FileNote:
			v.differs(name, 0, nil, "is not what entry %d of the journal notes: SHA-256 %s of %d bytes, noted %s of %d", note.Entry, now.SHA256, now.Bytes, note.SHA256, note.Bytes)
		}
	}
	return nil
}

// waits: the file is there whole, under the name of its sum.
func (v *view) waits(note FileNote) bool {
	staged, err := sumFile(v.fsys, pending+note.SHA256, limit(note.Path))
	return err == nil && staged.SHA256 == note.SHA256 && staged.Bytes == note.Bytes
}

// checkUnlisted finds what no entry notes.
func (v *view) checkUnlisted() error {
	seen := 0
	return fs.WalkDir(v.fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if seen++; seen > 2*MaxFiles {
			return fmt.Errorf("it holds more than %d files", 2*MaxFiles)
		}
		_, isNoted := v.notes[name]
		switch {
		case name == ".", name == JournalFile, isNoted:
			return nil
		case d.IsDir():
			if name != EvidenceDir && name != AttestationDir {
				v.differs(name, 0, nil, "is a folder that is no part of a record")
				return fs.SkipDir
			}
			return nil
		case name == lockFile && d.Type().IsRegular():
			v.locked()
			return nil
		}
		if strings.HasPrefix(name, pending) && d.Type().IsRegular() {
			v.miss("closed", After, "%s is no part of the record yet: a run is writing, or was stopped; the next one that writes puts it right", name)
			return nil
		}
		v.differs(name, 0, nil, "%s", unlisted(name, d))
		return nil
	})
}

// unlisted says what a file that no entry notes may be.
func unlisted(name string, d fs.DirEntry) string {
	switch {
	case !d.Type().IsRegular():
		return "is " + kindOf(d.Type()) + "; a record holds plain files only"
	case name == AttestationFile, strings.HasPrefix(name, AttestationDir+"/"):
		return "no entry of the journal notes it: entries were cut off, or it was put there"
	}
	return "no entry of the journal notes it"
}

// locked: a lock with a name in it belongs to a run that writes, or that was killed.
func (v *view) locked() {
	if h := holder(v.fsys); h != (Holder{}) {
		v.miss("closed", After, "%s has it open for writing, or was killed while it had", h)
	}
}

func (v *view) miss(part string, p Phase, format string, args ...any) {
	v.Missing = append(v.Missing, Missing{part, p, fmt.Sprintf(format, args...)})
}

// readDecision reads record.yaml where it is the one that was noted.
func (v *view) readDecision() error {
	if slices.ContainsFunc(v.Mismatches, func(m Mismatch) bool { return m.File == DecisionFile }) {
		return nil
	}
	text, err := readFile(v.fsys, DecisionFile, decision.MaxBytes)
	if err != nil {
		return err
	}
	d, err := decision.Read(text, DecisionFile)
	if err != nil {
		return err
	}
	v.decision, v.ID = &d, decision.Text(d.ID)
	return nil
}
