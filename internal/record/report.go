package record

import (
	"fmt"

	"github.com/fixline-dev/fixline/internal/core/readiness"
	"github.com/fixline-dev/fixline/internal/record/decision"
	"github.com/fixline-dev/fixline/internal/record/journal"
	"github.com/fixline-dev/fixline/internal/record/proof"
)

// State is what a verification comes to.
type State string

const (
	Verified   State = "verified"   // everything matches, is signed by trusted keys, and nothing is missing
	Incomplete State = "incomplete" // nothing contradicts, but something is missing or cannot be told
	Altered    State = "altered"    // something is not what was written or signed
)

// Report is the result of [Verify]. Lists are never nil.
type Report struct {
	APIVersion string        `json:"apiVersion"`
	Kind       string        `json:"kind"`
	ID         decision.Text `json:"id"` // "" where record.yaml could not be read
	AsOf       string        `json:"asOf"`
	State      State         `json:"state"`
	Summary    string        `json:"summary"`
	Mismatches []Mismatch    `json:"mismatches"` // the first one first: journal, files, signatures
	Missing    []Missing     `json:"missing"`
	Journal    JournalState  `json:"journal"`
	Signatures []SignedState `json:"signatures"`
	Files      []FileState   `json:"files"`
	Findings   []FindingNow  `json:"findings"`
	// Readiness is the plan's table judged anew, with the proofs and signatures of
	// the record; empty where ReadinessWhy says that it cannot be judged.
	Readiness    []readiness.Row `json:"readiness"`
	ReadinessWhy decision.Text   `json:"readinessWhy"`
	Notes        []string        `json:"notes"` // worth knowing, and no reason to doubt

	decision *decision.Decision
	entries  []journal.Entry
	proofs   proof.Found
}

// Proofs are what the record holds of test restores and rehearsals, and what the
// plan was judged by.
func (r Report) Proofs() proof.Found { return r.proofs }

// Decision is what record.yaml says; nil where it could not be read, or is not
// what was written.
func (r Report) Decision() *decision.Decision { return r.decision }

// Entries are those of the journal, up to the first that does not match.
func (r Report) Entries() []journal.Entry { return r.entries }

// Mismatch is something that is not what was written or signed.
type Mismatch struct {
	File   string `json:"file"`
	Entry  *int   `json:"entry"`  // of the journal, from 1; it is also the line
	Offset *int64 `json:"offset"` // of the first byte of that entry, from 0
	What   string `json:"what"`
}

func (m Mismatch) String() string {
	where := m.File
	if m.Entry != nil {
		where += fmt.Sprintf(":%d", *m.Entry)
	}
	if m.Offset != nil {
		where += fmt.Sprintf(" (from byte %d)", *m.Offset)
	}
	return where + ": " + m.What
}

// Phase is when a part is needed.
type Phase string

const (
	Before Phase = "before" // the change begins
	After  Phase = "after"  // it counts as done
)

// Missing is a required part that is not there, or not proven.
type Missing struct {
	Part  string `json:"part"` // "sign-off/security", "backup", "verification", "finding/API-001", "journal/coverage", ...
	Phase Phase  `json:"phase"`
	Why   string `json:"why"`
}

// JournalState is how far the journal goes and how far it is signed.
type JournalState struct {
	Entries   int    `json:"entries"`
	Bytes     int64  `json:"bytes"`
	Head      string `json:"head"`
	Torn      int    `json:"tornBytes"`
	SignedTo  int    `json:"signedUpTo"`      // the last entry that a valid signature covers
	TrustedTo int    `json:"trustedUpTo"`     // the same of trusted keys
	After     int    `json:"notCovered"`      // entries after TrustedTo, without those that only note a signature
	FilesNew  int    `json:"filesNotCovered"` // files that no trusted signature covers as they are
}

// SignedState is one signature.
type SignedState struct {
	File     string   `json:"file"`
	Role     string   `json:"role"`
	Name     string   `json:"name"`
	KeyID    string   `json:"keyId"`
	SignedAt string   `json:"signedAt"`
	UpTo     int      `json:"upTo"`    // journal entries it covers
	Trusted  bool     `json:"trusted"` // its key is believed, for this role and name
	Why      string   `json:"why"`     // it is not; "" where it is
	Changed  []string `json:"changed"` // files that the journal says were written anew since
}

// counts reports whether it is a sign-off of what is there now.
func (s SignedState) counts() bool { return s.Trusted && len(s.Changed) == 0 }

// FileState is one file the journal notes.
type FileState struct {
	FileNote
	Entry int `json:"entry"`
}

// FindingNow is a finding as it stands on the day.
type FindingNow struct {
	Code     string        `json:"code"`
	Object   decision.Text `json:"object"`
	Severity string        `json:"severity"`
	State    string        `json:"state"` // open, closed, needs-review, waived, waiver-expired
	By       decision.Text `json:"waivedBy"`
	Until    decision.Text `json:"until"`
}
