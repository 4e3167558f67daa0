package record

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"

	"github.com/fixline-dev/fixline/internal/core/policy"
	"github.com/fixline-dev/fixline/internal/core/readiness"
	"github.com/fixline-dev/fixline/internal/record/decision"
)

// maxProof bounds evidence that is read to judge a change by.
const maxProof = 64 << 20

// noted reads a file that is what the journal notes.
func (v *view) noted(name string) ([]byte, error) {
	n, ok := v.notes[name]
	if !ok {
		return nil, fmt.Errorf("no entry of the journal notes it")
	}
	text, err := readFile(v.fsys, name, maxProof)
	if err != nil {
		return nil, err
	}
	if sum := sha256.Sum256(text); hex.EncodeToString(sum[:]) != n.SHA256 {
		return nil, fmt.Errorf("it is not what entry %d of the journal notes", n.Entry)
	}
	return bytes.Clone(text), nil
}

// readiness judges the table of the plan anew: as of now, with what was tried
// out, signed and waived since.
func (v *view) readiness() {
	facts, rules := v.proofs.Facts, v.o.Policy
	if rules == nil {
		rules = v.proofs.Policy
	}
	switch {
	case facts == nil:
		v.ReadinessWhy = decision.Text(v.proofs.FactsWhy)
		return
	case rules == nil:
		v.ReadinessWhy = decision.Text(v.proofs.PolicyWhy)
		return
	}
	q := v.question(*rules)
	v.Readiness = v.now(*facts).Judge(q)
	if c := v.decision.Change; c.Target != facts.Target || v.decision.Cluster.Name != facts.Cluster {
		v.Notes = append(v.Notes, fmt.Sprintf("%s is about %s to %s, the plan was made for %s to %s: the readiness is that of the plan",
			DecisionFile, v.decision.Cluster.Name, c.Target, facts.Cluster, facts.Target))
	}
	if p := facts.Rehearsed(ageless(q)); !p.Optional {
		switch {
		case p.At.IsZero():
			v.miss("rehearsal", Before, "the change was not rehearsed, and has to be: %s", p.Why)
		case p.Expired != "" || p.Failed != "":
			v.miss("rehearsal", Before, "the rehearsal does not count: %s", or(p.Expired, p.Failed))
		}
	}
}

// proven holds the proof of the backup to the plan: of its cluster, not older.
// How old it is now is asked where the change begins, not of a record that is
// looked at years later.
func (v *view) proven() {
	if v.proofs.Facts == nil {
		return
	}
	if p := v.proofs.Facts.Backup(ageless(v.question(policy.Policy{}))); p.Expired != "" || p.Failed != "" {
		v.miss("backup", Before, "the backup does not count as proven: %s", or(p.Failed, p.Expired))
	}
}

// question is asked as of the last entry at the earliest: what stands in the
// journal has happened.
func (v *view) question(rules policy.Policy) readiness.Question {
	q := readiness.Question{Now: v.o.Now, Policy: rules, Gate: policy.AtApply, Data: v.o.Data, Proofs: v.proofs.Proofs}
	if q.Now.IsZero() {
		q.Now = v.o.AsOf
	}
	if n := len(v.entries); n > 0 {
		if last, err := time.Parse(time.RFC3339, v.entries[n-1].Time); err == nil && last.After(q.Now) {
			q.Now = last
		}
	}
	for _, s := range v.Signatures {
		if s.counts() {
			q.Signed = append(q.Signed, readiness.Signature{Role: s.Role, Name: s.Name})
		}
	}
	return q
}

// ageless asks without the ages of the policy and the day of the data.
func ageless(q readiness.Question) readiness.Question {
	q.Policy.Ages, q.Data = policy.Ages{}, ""
	return q
}

// now are the facts with the findings as they stand in the record.
func (v *view) now(f readiness.Facts) readiness.Facts {
	f.Blockers, f.Waived, f.SignOffs = nil, nil, v.decision.SignOffs
	for _, one := range v.Findings {
		name := one.Code + " " + string(one.Object)
		switch {
		case one.State == "waived":
			f.Waived = append(f.Waived, name)
		case one.State == decision.NeedsReview, one.Severity == "blocker" && one.State != decision.Settled:
			f.Blockers = append(f.Blockers, name)
		}
	}
	return f
}

func or(text, other string) string {
	if text != "" {
		return text
	}
	return other
}
