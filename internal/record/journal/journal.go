// Package journal is the log of a change: one entry a line, each with the hash
// of the one before, so that an edited, moved or missing entry shows. It decides
// whether such a log is whole and what the next line of it is; it opens no
// file, reads no clock and knows of no signature. Start at [Read] and [Next].
package journal

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/gowebpki/jcs"
)

// Kind says what an entry is about. Those of the record itself are named here;
// whoever appends may use words of their own in the same form.
type Kind string

const (
	Created      Kind = "created"        // the record began
	Decision     Kind = "decision"       // record.yaml was written
	Plan         Kind = "plan"           // plan.json was written
	Evidence     Kind = "evidence-added" // a file came into evidence/
	Signed       Kind = "signed"         // an attestation was written
	Recovered    Kind = "recovered"      // a torn last line was moved aside
	Waiver       Kind = "waiver"         // a finding was accepted: who, why, until when
	Approval     Kind = "approval"       // somebody agreed, without a signature
	BackupProven Kind = "backup-proven"  // a test restore of the backup succeeded
	Rehearsal    Kind = "rehearsal"      // the target was started on a copy of the data: pass, fail or unknown
	Verification Kind = "verification"   // the checks after the change: pass, fail or unknown
	StepIntent   Kind = "step-intent"    // a step is about to begin
	StepDone     Kind = "step-done"      // a step ended well
	StepFailed   Kind = "step-failed"    // a step did not
	Closed       Kind = "closed"         // the change is over
	Note         Kind = "note"           // anything a person wants to keep
)

// Own reports whether only the record itself writes entries of kind k, because
// they speak of its files.
func (k Kind) Own() bool {
	switch k {
	case Created, Decision, Plan, Evidence, Signed, Recovered:
		return true
	}
	return false
}

// MaxLine bounds one entry, in bytes with its line feed. What is larger is evidence.
const MaxLine = 1 << 20

// Entry is one line.
type Entry struct {
	Seq  int             `json:"seq"`  // from 1
	Time string          `json:"time"` // RFC 3339 in UTC, whole seconds
	Kind Kind            `json:"kind"`
	Data json.RawMessage `json:"data"` // an object
	Prev string          `json:"prev"` // hash of the entry before; [Start] for the first
	Hash string          `json:"hash"` // SHA-256 over the RFC 8785 form of the entry without hash, in hex
}

// Start stands for the hash before the first entry.
const Start = "0000000000000000000000000000000000000000000000000000000000000000"

var kindPattern = regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)*$`)

// Next is the entry after those of l, and its line. data is anything that
// encodes as a JSON object. A whole number beyond 2^53 is refused: RFC 8785
// keeps numbers as IEEE 754 doubles, so it would come back as another one.
func (l Log) Next(at time.Time, kind Kind, data any) (Entry, []byte, error) {
	if !kindPattern.MatchString(string(kind)) || len(kind) > 64 {
		return Entry{}, nil, fmt.Errorf("%q is no kind of entry: lower-case words joined by -", kind)
	}
	text, err := json.Marshal(data)
	if err != nil {
		return Entry{}, nil, fmt.Errorf("encoding the data of a %s entry: %w", kind, err)
	}
	if err := exact(text); err != nil {
		return Entry{}, nil, fmt.Errorf("encoding the data of a %s entry: %w", kind, err)
	}
	e := Entry{Seq: len(l.Entries) + 1, Time: at.UTC().Truncate(time.Second).Format(time.RFC3339), Kind: kind, Data: text, Prev: l.Head()}
	line, err := e.seal()
	if err == nil && len(line) > MaxLine {
		err = fmt.Errorf("a %s entry of %d bytes is more than the %d an entry may have: put it into evidence", kind, len(line), MaxLine)
	}
	return e, line, err
}

// seal sets the hash of e and gives its line.
func (e *Entry) seal() ([]byte, error) {
	text, err := json.Marshal(struct {
		Seq  int             `json:"seq"`
		Time string          `json:"time"`
		Kind Kind            `json:"kind"`
		Data json.RawMessage `json:"data"`
		Prev string          `json:"prev"`
	}{e.Seq, e.Time, e.Kind, e.Data, e.Prev})
	if err != nil {
		return nil, err
	}
	canonical, err := jcs.Transform(text)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(canonical)
	e.Hash = hex.EncodeToString(sum[:])
	if text, err = json.Marshal(e); err != nil {
		return nil, err
	}
	line, err := jcs.Transform(text)
	if err != nil {
		return nil, err
	}
	return append(line, '\n'), nil
}

// exact refuses what is no object, and numbers that a double does not hold.
func exact(text []byte) error {
	if !bytes.HasPrefix(bytes.TrimSpace(text), []byte("{")) {
		return errors.New("it is no JSON object")
	}
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	for {
		token, err := dec.Token()
		if token == nil && err != nil {
			return nil //nolint:nilerr // the end: json.Marshal wrote it
		}
		n, ok := token.(json.Number)
		if !ok {
			continue
		}
		if whole, err := n.Int64(); err == nil && whole <= 1<<53 && whole >= -(1<<53) || strings.ContainsAny(n.String(), ".eE") {
			continue
		}
		return fmt.Errorf("the number %s is beyond what JSON keeps exactly: write it as text", n)
	}
}
