// Package proof reads out of a change record what the readiness of the change
// rests on: the facts and the policy it was planned by, and the evidence of test
// restores and rehearsals. It decides which evidence speaks for which entry of
// the journal; what a proof is worth is core/readiness's to judge. It opens no
// file itself and reads no clock. Start at [Read].
package proof

import (
	"bytes"
	"encoding/json"
	"fmt"
	"path"
	"strings"

	"github.com/fixline-dev/fixline/internal/core/policy"
	"github.com/fixline-dev/fixline/internal/core/readiness"
	"github.com/fixline-dev/fixline/internal/core/rehearsal"
	"github.com/fixline-dev/fixline/internal/core/restore"
	"github.com/fixline-dev/fixline/internal/policyfile"
	"github.com/fixline-dev/fixline/internal/record/journal"
)

// Names of evidence.
const (
	FactsFile  = "readiness.json" // a [readiness.Facts]
	PolicyFile = "policy.yaml"    // the policy the plan was made by
	// BackupPrefix begins the name of every test restore, proven or not.
	BackupPrefix = "backup-proof-"
)

// Proven is the data of a backup-proven entry: a test restore succeeded.
type Proven struct {
	Evidence []string `json:"evidence"` // paths in the record
	How      string   `json:"how"`      // in one sentence
}

// Rehearsed is the data of a rehearsal entry.
type Rehearsed struct {
	Target   string          `json:"target"`
	Result   rehearsal.State `json:"result"`
	Why      string          `json:"why"` // "" where it passed
	At       string          `json:"at"`
	Evidence []string        `json:"evidence"` // paths in the record
}

// Found is what a record holds of all this.
type Found struct {
	readiness.Proofs

	Facts  *readiness.Facts // nil = none, FactsWhy says why
	Policy *policy.Policy   // nil = none, PolicyWhy says why

	FactsWhy, PolicyWhy string
}

// Read reads what the entries of a record speak of. open gives a file of it by
// its path, and an error where it is not what was noted. Evidence that cannot be
// read is in Found as a proof that failed, with why: never left out.
func Read(entries []journal.Entry, open func(path string) ([]byte, error)) Found {
	r := reader{open: open, at: map[string]int{}, held: map[int]restore.Proof{}}
	r.FactsWhy, r.PolicyWhy = "the record has no evidence/"+FactsFile, "the record has no evidence/"+PolicyFile
	for _, e := range entries {
		switch e.Kind {
		case journal.Evidence:
			r.evidence(e)
		case journal.BackupProven:
			r.proven(e)
		case journal.Rehearsal:
			r.rehearsed(e)
		}
	}
	return r.Found
}

type reader struct {
	Found

	open func(string) ([]byte, error)
	at   map[string]int        // path of a test restore -> its place in Backups
	held map[int]restore.Proof // those that wait for an entry which says that they are proven
}

// unsaid is of evidence that passed and that no entry speaks of: the run that
// wrote it was stopped in between.
const unsaid = "no entry of the journal says that it is proven; prove it again: fixline backup verify --record"

func (r *reader) evidence(e journal.Entry) {
	var d struct{ File struct{ Path string } }
	if json.Unmarshal(e.Data, &d) != nil {
		return // [record.Verify] says so
	}
	switch name := path.Base(d.File.Path); {
	case name == FactsFile:
		r.Facts, r.FactsWhy = facts(r.open(d.File.Path))
	case name == PolicyFile:
		r.Policy, r.PolicyWhy = rules(r.open(d.File.Path))
	case strings.HasPrefix(name, BackupPrefix):
		p := r.backup(d.File.Path, e)
		r.at[d.File.Path] = len(r.Backups)
		if p.Failed() == "" {
			r.held[len(r.Backups)] = p
			p.Result, p.Why = "unknown", unsaid
		}
		r.Backups = append(r.Backups, p)
	}
}

func (r *reader) proven(e journal.Entry) {
	var d Proven
	if err := json.Unmarshal(e.Data, &d); err != nil || len(d.Evidence) == 0 {
		r.Backups = append(r.Backups, none(e, fmt.Sprintf("entry %d names no evidence", e.Seq)))
		return
	}
	for _, at := range d.Evidence {
		i, known := r.at[at]
		if !known {
			r.Backups = append(r.Backups, r.backup(at, e))
			continue
		}
		if p, held := r.held[i]; held {
			r.Backups[i] = p
		}
	}
}

// backup reads the evidence of a test restore.
func (r *reader) backup(at string, e journal.Entry) restore.Proof {
	text, err := r.open(at)
	if err != nil {
		return none(e, fmt.Sprintf("%s cannot be read: %v", at, err))
	}
	var p restore.Proof
	if json.Unmarshal(text, &p) != nil || p.Kind != restore.Kind {
		return none(e, fmt.Sprintf("%s is no proof of a test restore that can be judged (kind: %s)", at, restore.Kind))
	}
	return p
}

// none is a proof that is none.
func none(e journal.Entry, why string) restore.Proof {
	return restore.Proof{Kind: restore.Kind, Result: "unknown", At: e.Time, Why: why}
}

func (r *reader) rehearsed(e journal.Entry) {
	var d Rehearsed
	if err := json.Unmarshal(e.Data, &d); err != nil || len(d.Evidence) == 0 {
		r.Rehearsals = append(r.Rehearsals, broken(e, d.Target, fmt.Sprintf("entry %d names no evidence", e.Seq)))
		return
	}
	for _, at := range d.Evidence {
		text, err := r.open(at)
		var one rehearsal.Rehearsal
		switch {
		case err != nil:
			one = broken(e, d.Target, fmt.Sprintf("%s cannot be read: %v", at, err))
		case json.Unmarshal(text, &one) != nil || one.Kind != "Rehearsal":
			one = broken(e, d.Target, at+" is no evidence of a rehearsal")
		}
		r.Rehearsals = append(r.Rehearsals, one)
	}
}

// broken is a rehearsal that cannot be read, with why as its one check.
func broken(e journal.Entry, target, why string) rehearsal.Rehearsal {
	return rehearsal.Rehearsal{At: e.Time, Target: target, Result: rehearsal.Unknown,
		Hops: []rehearsal.Hop{{Program: rehearsal.Program{Version: target}, Checks: []rehearsal.Check{{Check: "evidence", State: rehearsal.Unknown, Why: why}}}}}
}

func facts(text []byte, err error) (*readiness.Facts, string) {
	var f readiness.Facts
	if err == nil {
		err = json.Unmarshal(text, &f)
	}
	switch {
	case err != nil:
		return nil, fmt.Sprintf("evidence/%s cannot be read: %v", FactsFile, err)
	case f.Kind != readiness.FactsKind:
		return nil, fmt.Sprintf("evidence/%s is a %q, not %s", FactsFile, f.Kind, readiness.FactsKind)
	}
	return &f, ""
}

func rules(text []byte, err error) (*policy.Policy, string) {
	if err != nil {
		return nil, fmt.Sprintf("evidence/%s cannot be read: %v", PolicyFile, err)
	}
	p, err := policyfile.ReadPolicy(bytes.NewReader(text), "evidence/"+PolicyFile)
	if err != nil {
		return nil, err.Error()
	}
	return &p, ""
}
