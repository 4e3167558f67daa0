package assess

import (
	"time"

	"github.com/fixline-dev/fixline/internal/core/policy"
)

// word fills in what the cluster adds to the advisory's own part.
func (j *judged) word(reason, wouldChange string, accepted *policy.Acceptance) {
	r := &j.result
	r.Verdict, r.Reason, r.WouldChange = j.verdict, reason, orNull(wouldChange)
	r.Components = emptied(j.components)
	if accepted != nil && j.verdict == MitigateOnly {
		r.Accepted = &Accepted{accepted.Owner, accepted.Reason, accepted.Expires.Format(time.DateOnly)}
	}
}

// accepted is the entry of the ignore file that holds for an advisory here.
func (a *Assessor) accepted(id, cluster string) *policy.Acceptance {
	for i := range a.basis.Accepted {
		if e := &a.basis.Accepted[i]; e.Holds(id, cluster, a.basis.AsOf) {
			return e
		}
	}
	return nil
}

// acceptanceFindings name what was accepted for this cluster and no longer is.
func (a *Assessor) acceptanceFindings(cluster string, all []judged) []Finding {
	var out []Finding
	for _, j := range all {
		if j.verdict == NotAffected || a.accepted(j.adv.ID, cluster) != nil {
			continue
		}
		for _, e := range a.basis.Accepted {
			if e.Expired(j.adv.ID, cluster, a.basis.AsOf) {
				out = append(out, found("IGNORE-001", "Advisory/"+j.adv.ID, "the acceptance by "+e.Owner+" expired on "+e.Expires.Format(time.DateOnly), e.Reason))
			}
		}
	}
	return out
}
