package prove

import (
	"cmp"
	"slices"

	"github.com/fixline-dev/fixline/internal/backup/archive"
)

// State of a check, and of a proof.
type State string

const (
	Pass    State = "pass"
	Fail    State = "fail"
	Skipped State = "skipped"
	Unknown State = "unknown"
)

// Names of the checks, in their order.
const (
	Whole      = "whole"          // every file has the sum the manifest lists
	Sum        = "snapshot-sum"   // the snapshot has the sum etcd sent with it
	Age        = "age"            // it is as young as was asked for
	Newest     = "newest"         // it holds all that a quorum had agreed on
	Alarms     = "alarms"         // no member says that it is corrupt
	Members    = "members"        // the members that were asked hold the same data
	Restored   = "restored"       // etcdutl made a data folder of it
	Started    = "started"        // an etcd of its minor served that folder
	Revisions  = "revision"       // at the revision of the snapshot
	Keys       = "keys"           // with the keys the cluster had as of that revision
	Hashes     = "hash"           // and the same sum of all keys and values
	Encryption = "encryption-key" // and the backup holds the keys to what is encrypted
	Material   = "certificates"   // and the authorities that must come back with it
)

// Check is one thing a proof rests on.
type Check struct {
	Check string `json:"check"`
	State State  `json:"state"`
	Why   string `json:"why"`
}

// Resource compares the keys of one resource.
type Resource struct {
	Prefix   string `json:"prefix"`
	Restored int64  `json:"restored"`
	Live     *int64 `json:"live"` // as of the revision that the check of keys names; null = not counted
}

// Proof says whether a backup was restored and found good; its JSON form is
// public.
type Proof struct {
	APIVersion string `json:"apiVersion"` // fixline.dev/v1alpha1
	Kind       string `json:"kind"`       // BackupProof
	// Result is pass, fail or unknown: never pass where anything was not known.
	Result  State          `json:"result"`
	Why     string         `json:"why"` // in one sentence
	At      string         `json:"at"`  // RFC 3339: when it was tried
	Cluster string         `json:"cluster"`
	Taken   string         `json:"taken"` // when the snapshot began
	Backup  archive.Stored `json:"backup"`
	// Revision and Keys are of the restored etcd; null = it did not come to that.
	Revision *int64 `json:"revision"`
	Keys     *int64 `json:"keys"`
	// RestoredBy and Programs say what restored and served it; null = nothing did.
	RestoredBy *string    `json:"restoredBy"`
	Programs   *Programs  `json:"programs"`
	Checks     []Check    `json:"checks"`
	Resources  []Resource `json:"resources"`
	Seconds    float64    `json:"seconds"`
}

// NewProof begins one.
func NewProof(at string) *Proof {
	return &Proof{APIVersion: "fixline.dev/v1alpha1", Kind: "BackupProof", At: at, Checks: []Check{}, Resources: []Resource{}}
}

// Note adds a check.
func (p *Proof) Note(check string, state State, why string) {
	p.Checks = append(p.Checks, Check{check, state, why})
}

// needed are the checks without which nothing is proven.
func needed() []string { return []string{Sum, Restored, Started, Revisions, Keys} }

// Judge sets the result: fail where a check failed, unknown where one is
// unknown or a needed one was not made, else pass.
func (p *Proof) Judge() {
	p.Result, p.Why = Pass, "it was restored into an etcd of its own minor, which held the keys the cluster had"
	for _, n := range needed() {
		if !slices.ContainsFunc(p.Checks, func(c Check) bool { return c.Check == n && c.State != Skipped }) {
			p.Result, p.Why = Unknown, "not proven: "+n+" was not checked"
		}
	}
	// The first that speaks against it gives the reason; one that failed before
	// one that is unknown.
	worst := slices.Clone(p.Checks)
	rank := map[State]int{Fail: 0, Unknown: 1}
	slices.SortStableFunc(worst, func(a, b Check) int { return cmp.Compare(order(rank, a), order(rank, b)) })
	if len(worst) > 0 && (worst[0].State == Fail || worst[0].State == Unknown) {
		p.Result, p.Why = worst[0].State, "not proven: "+worst[0].Why
	}
}

func order(rank map[State]int, c Check) int {
	if r, ok := rank[c.State]; ok {
		return r
	}
	return len(rank)
}
