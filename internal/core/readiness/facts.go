package readiness

import (
	"fmt"
	"slices"
	"time"

	"github.com/fixline-dev/fixline/internal/core/policy"
	"github.com/fixline-dev/fixline/internal/core/rehearsal"
	"github.com/fixline-dev/fixline/internal/core/restore"
)

// FactsKind is the kind of [Facts] in their JSON form.
const FactsKind = "PlanFacts"

// Facts are what a plan's table is judged by and nobody can look up later: what
// was seen, and when. They are kept with the plan, so that the table can be
// judged anew at any time; their JSON form is public. Times are RFC 3339, days
// YYYY-MM-DD, versions without v.
type Facts struct {
	APIVersion string `json:"apiVersion"` // fixline.dev/v1alpha1
	Kind       string `json:"kind"`       // PlanFacts
	// Planned is when the plan was made; of one that carries an earlier plan on,
	// when that was.
	Planned     string   `json:"planned"`
	Cluster     string   `json:"cluster"`
	Environment string   `json:"environment"`
	Provider    string   `json:"provider"`
	From        string   `json:"from"`
	Target      string   `json:"target"`
	Hops        []string `json:"hops"` // without the start, the target last

	Evidence      *string             `json:"evidence"` // when the cluster was read; null = nobody wrote it down
	Running       map[string][]string `json:"running"`  // versions of each component, each once
	Unread        []string            `json:"unread"`
	Offered       []string            `json:"offered"` // null = not known
	OfferedSource string              `json:"offeredSource"`
	Catalogue     string              `json:"catalogue"` // when the release data was read
	Documented    string              `json:"documented"`
	Blockers      []string            `json:"blockers"`
	Waived        []string            `json:"waived"`
	Unchecked     []string            `json:"unchecked"`
	SignOffs      []string            `json:"requiredSignOffs"`
	// Of the worst advisory the change answers, as the policy's windows ask: its
	// severity ("" = it answers none), CVSS score, and whether the cluster is affected.
	Severity string  `json:"severity"`
	Score    float64 `json:"score"`
	Affected bool    `json:"affected"`
}

// Proofs are what was tried out for a change, the oldest first.
type Proofs struct {
	Backups    []restore.Proof
	Rehearsals []rehearsal.Rehearsal
}

// Question is what the facts are held to.
type Question struct {
	Now    time.Time
	Policy policy.Policy
	Gate   string // [policy.AtPlan] or [policy.AtApply]: whose ages count for what was seen
	// Data is the day of the data that judges now; "" = not asked.
	Data   string
	Proofs Proofs
	Signed []Signature
}

// Judge makes the table of the facts as of a moment. Whoever makes a plan, shows
// a record or carries a change out asks this.
func (f Facts) Judge(q Question) []Row {
	seen := time.Time{}
	if f.Evidence != nil {
		seen = moment(*f.Evidence)
	}
	return Judge(Input{
		Now: q.Now, Target: f.Target, Evidence: Seen{seen, q.limit(policy.Evidence)}, Running: f.Running, Unread: f.Unread,
		Offered: f.Offered, OfferedSource: f.OfferedSource, Catalogue: Seen{moment(f.Catalogue), q.limit(policy.Catalogue)}, Documented: f.Documented,
		Blockers: f.Blockers, Waived: f.Waived, Unchecked: f.Unchecked, Backup: f.Backup(q), Rehearsal: f.Rehearsed(q),
		Required: f.SignOffs, Signed: q.Signed,
	})
}

// Backup is the newest backup that counts, else the newest there is with why it
// does not. One whose file failed a later try counts no longer.
func (f Facts) Backup(q Question) Proof {
	out := Proof{Why: "no policy, flag or emergency takes it away on a kubeadm cluster"}
	need := restore.Need{Now: q.Now, Cluster: f.Cluster, Planned: moment(f.Planned), Max: q.limitOf(policy.Backup)}
	failed := map[string]string{} // why, by the sum of the file
	for _, p := range slices.Backward(q.Proofs.Backups) {
		one := Proof{Seen: Seen{At: first(moment(p.Taken), moment(p.At), need.Planned)}, Why: out.Why,
			Failed: p.Failed(), Expired: p.Expired(need), Shown: p.Backup.Name + ", taken at " + p.Taken}
		if one.Failed == "" {
			one.Failed = failed[p.Backup.SHA256]
		} else if p.Result == "fail" && p.Backup.SHA256 != "" {
			failed[p.Backup.SHA256] = one.Failed
		}
		if one.Failed != "" {
			one.Expired = "" // what is no proof cannot run out
		}
		if one.Failed == "" && one.Expired == "" {
			return one
		}
		if out.At.IsZero() {
			out = one
		}
	}
	return out
}

// Rehearsed is the last rehearsal that is of this change, whatever came of it;
// else the last one for its target, else the last, with why it does not count.
func (f Facts) Rehearsed(q Question) Proof {
	required, why := q.Policy.RehearsalRequired(f.Environment, f.Provider)
	out := Proof{Optional: !required, Why: why}
	need := rehearsal.Need{Now: q.Now, Cluster: f.Cluster, Target: f.Target, Hops: f.Hops, Catalogue: q.Data, Max: q.limitOf(policy.Rehearsed)}
	for _, r := range slices.Backward(q.Proofs.Rehearsals) {
		one := Proof{Seen: Seen{At: first(moment(r.At), moment(f.Planned))}, Optional: !required, Why: why,
			Failed: r.Failed(), Expired: r.Expired(need), Target: r.Target, Shown: which(r)}
		if one.Expired == "" {
			return one
		}
		if out.At.IsZero() || out.Target != f.Target && r.Target == f.Target {
			out = one
		}
	}
	return out
}

func which(r rehearsal.Rehearsal) string {
	text := fmt.Sprintf("%s on revision %d", r.Target, r.Snapshot.Revision)
	if b := r.Snapshot.Backup; b != nil {
		text += " of " + b.Name
	}
	return text
}

// limit is the oldest a kind of evidence may be at the gate; 0 = any age.
func (q Question) limit(kind string) time.Duration {
	age, _ := q.Policy.MaxAge(kind, q.Gate)
	return age
}

// limitOf is that of a proof. It is what carrying the change out will be held
// to, so it is told when the plan is made: the shorter of both where both are set.
func (q Question) limitOf(kind string) time.Duration {
	age, _ := q.Policy.MaxAge(kind, policy.AtApply)
	if own := q.limit(kind); own > 0 && (age == 0 || own < age) {
		return own
	}
	return age
}

// moment reads a time; zero where it is none.
func moment(text string) time.Time {
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return time.Time{}
	}
	return t
}

func first(all ...time.Time) time.Time {
	for _, t := range all {
		if !t.IsZero() {
			return t
		}
	}
	return time.Time{}
}
