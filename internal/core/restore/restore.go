// Package restore decides whether a backup that was restored once counts for a
// change: of which cluster it is, how that ended, and when it counts no longer.
// It restores nothing, and the evidence comes as a value. Start at
// [Proof.Failed] and [Proof.Expired].
package restore

import (
	"cmp"
	"fmt"
	"time"
)

// Kind of the evidence.
const Kind = "BackupProof"

// Pass is the result of a backup that is proven; every other is none.
const Pass = "pass"

// Proof is what is judged of the evidence of a test restore, a part of the
// public form of `fixline backup verify -o json`. Times are RFC 3339.
type Proof struct {
	Kind    string `json:"kind"`
	Result  string `json:"result"` // pass, fail or unknown
	Why     string `json:"why"`    // in one sentence
	At      string `json:"at"`     // when it was tried
	Cluster string `json:"cluster"`
	Taken   string `json:"taken"` // when its snapshot began
	Backup  Backup `json:"backup"`
}

// Backup is the file that was tried.
type Backup struct {
	Name   string `json:"name"`
	SHA256 string `json:"sha256"`
}

// Need is what a change asks of its backup.
type Need struct {
	Now     time.Time
	Cluster string // as the change names it
	// Planned is when the plan was made: what was taken before it does not hold
	// what the plan starts from.
	Planned time.Time
	// Max is the oldest a snapshot may be by the policy; 0 = any age.
	Max time.Duration
}

// Failed says why the backup is not proven, "" where it is.
func (p Proof) Failed() string {
	if p.Kind == Kind && p.Result == Pass {
		return ""
	}
	return cmp.Or(p.Why, fmt.Sprintf("it is not proven: its evidence is a %q with the result %q", p.Kind, p.Result))
}

// Expired says why a proven backup counts not, or no longer, for a change, ""
// where it does: it is of another cluster, its snapshot is older than the plan or
// than it may be. What cannot be read counts as expired.
func (p Proof) Expired(n Need) string {
	taken, err := time.Parse(time.RFC3339, p.Taken)
	switch {
	case err != nil:
		return fmt.Sprintf("when its snapshot was taken, %q, is not readable", p.Taken)
	case p.Cluster != n.Cluster:
		return fmt.Sprintf("it is of the cluster %q, the plan is of %q", p.Cluster, n.Cluster)
	case taken.After(n.Now):
		return "it is dated after now: a clock is wrong"
	case taken.Before(n.Planned.Truncate(time.Second)): // evidence has whole seconds
		return fmt.Sprintf("its snapshot is older than the plan: it was taken at %s, the plan was made at %s", p.Taken, n.Planned.UTC().Format(time.RFC3339))
	case n.Max > 0 && n.Now.Sub(taken) > n.Max:
		return fmt.Sprintf("its snapshot is %s old, and may be %s at most", n.Now.Sub(taken).Round(time.Minute), n.Max)
	}
	return ""
}
