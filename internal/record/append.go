package record

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/fixline-dev/fixline/internal/record/decision"
	"github.com/fixline-dev/fixline/internal/record/journal"
	"github.com/fixline-dev/fixline/internal/record/proof"
)

// BackupProof is the data of a backup-proven entry.
type BackupProof = proof.Proven

// Result of the checks after the change.
type Result string

const (
	Pass    Result = "pass"
	Fail    Result = "fail"
	Unknown Result = "unknown"
)

// VerificationResult is the data of a verification entry.
type VerificationResult struct {
	Result   Result   `json:"result"`
	Why      string   `json:"why"`
	Evidence []string `json:"evidence"` // paths in the record
}

// Append writes an entry and waits until it is on the disk. Entries that speak
// of files are written by the methods that write those. A Waiver takes a
// [decision.Waiver], a BackupProven a [BackupProof], a Rehearsal a
// [proof.Rehearsed] and a Verification a [VerificationResult]; what others hold
// is their writer's.
func (r *Record) Append(kind journal.Kind, data any) (journal.Entry, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if kind.Own() {
		return journal.Entry{}, fmt.Errorf("appending to the record: only the record itself writes a %s entry", kind)
	}
	if err := r.checkData(kind, data); err != nil {
		return journal.Entry{}, fmt.Errorf("appending to the record: a %s entry: %w", kind, err)
	}
	return r.add(kind, data)
}

// checkData holds the entries that [Verify] relies on to their form.
func (r *Record) checkData(kind journal.Kind, data any) error {
	text, err := json.Marshal(data)
	if err != nil {
		return err
	}
	switch kind {
	case journal.Waiver:
		_, err := readWaiver(text)
		return err
	case journal.BackupProven:
		p, err := readProof(text)
		if err != nil {
			return err
		}
		return r.known(p.Evidence)
	case journal.Rehearsal:
		h, err := readRehearsed(text)
		if err != nil {
			return err
		}
		return r.known(h.Evidence)
	case journal.Verification:
		v, err := readResult(text)
		if err != nil {
			return err
		}
		return r.known(v.Evidence)
	}
	return nil
}

// known: evidence that is named is there.
func (r *Record) known(paths []string) error {
	for _, p := range paths {
		if n, ok := r.notes[p]; !ok || n.Kind != journal.Evidence {
			return fmt.Errorf("it names %q, which is no evidence of the record: add it first", p)
		}
	}
	return nil
}

func readWaiver(text []byte) (decision.Waiver, error) {
	var w decision.Waiver
	if err := exactly(text, &w); err != nil {
		return w, err
	}
	return w, w.Check()
}

func readProof(text []byte) (BackupProof, error) {
	var p BackupProof
	if err := exactly(text, &p); err != nil {
		return p, err
	}
	if p.How == "" || len(p.Evidence) == 0 {
		return p, errors.New("it says how the backup was proven, and names the evidence")
	}
	return p, nil
}

func readRehearsed(text []byte) (proof.Rehearsed, error) {
	var h proof.Rehearsed
	if err := exactly(text, &h); err != nil {
		return h, err
	}
	if h.Target == "" || len(h.Evidence) == 0 {
		return h, errors.New("it says for which version it was, and names the evidence")
	}
	return h, nil
}

func readResult(text []byte) (VerificationResult, error) {
	var v VerificationResult
	if err := exactly(text, &v); err != nil {
		return v, err
	}
	if !slices.Contains([]Result{Pass, Fail, Unknown}, v.Result) || v.Result != Pass && v.Why == "" {
		return v, errors.New("its result is pass, fail or unknown, the latter two with why")
	}
	return v, nil
}

func exactly(text []byte, into any) error {
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	return dec.Decode(into)
}

// add writes the next entry. The caller holds mu.
func (r *Record) add(kind journal.Kind, data any) (journal.Entry, error) {
	if err := r.writable(); err != nil {
		return journal.Entry{}, err
	}
	e, line, err := r.log.Next(r.o.Now(), kind, data)
	if err != nil {
		return e, fmt.Errorf("appending to the record: %w", err)
	}
	noted := r.notes
	if kind.Own() && kind != journal.Created {
		if err := noted.add(e); err != nil {
			return e, fmt.Errorf("appending to the record: %w", err)
		}
	}
	if _, err = r.file.Write(line); err == nil {
		err = r.file.Sync()
	}
	if err != nil {
		return e, r.undo(fmt.Errorf("appending to the record: %w", err))
	}
	r.log.Add(e, line)
	return e, nil
}

// writable holds that the journal is as this run left it.
func (r *Record) writable() error {
	switch {
	case r.broken != nil:
		return r.broken
	case r.file == nil:
		return errors.New("the record is closed")
	}
	info, err := r.file.Stat()
	if err == nil && info.Size() != r.log.Bytes() {
		err = fmt.Errorf("it has %d bytes where this run left %d: something else wrote to it", info.Size(), r.log.Bytes())
	}
	if err != nil {
		r.broken = fmt.Errorf("%s of %s: %w", JournalFile, r.dir, err)
	}
	return r.broken
}

// undo takes a half-written entry back. Whether an entry is on the disk after
// a failed sync nobody knows, so nothing more is written by this run.
func (r *Record) undo(why error) error {
	r.broken = fmt.Errorf("an earlier entry could not be written, so nothing more is: %w", why)
	if err := r.file.Truncate(r.log.Bytes()); err != nil {
		return errors.Join(why, fmt.Errorf("taking back the half-written entry: %w", err))
	}
	return why
}
