package assess

import (
	"time"

	"github.com/fixline-dev/fixline/internal/core/policy"
)

// word fills in the contract's form of a judged advisory.
func (j *judged) word(reason, wouldChange string, accepted *policy.Acceptance) {
	adv, r := j.adv, &j.result
	r.ID, r.Summary, r.Verdict, r.Reason = adv.ID, adv.Summary, j.verdict, reason
	r.WouldChange = orNull(wouldChange)
	r.Vector = orNull(adv.Vector)
	if adv.Vector != "" {
		r.Score = ptr(adv.Score)
	}
	r.Published = day(adv.Published)
	r.FixState = string(adv.Fix)
	r.Disputed, r.Dispute = adv.Disputed, orNull(adv.Dispute)
	r.Fixed = []string{}
	seen := map[string]bool{}
	for _, of := range adv.Affected {
		for _, v := range of.Fixed {
			if s := v.String(); !seen[s] {
				seen[s] = true
				r.Fixed = append(r.Fixed, s)
			}
		}
	}
	r.Components = emptied(j.components)
	r.Conditions = emptied(r.Conditions)
	r.Mitigations = emptied(r.Mitigations)
	r.Sources = make([]SourceResult, 0, len(adv.Sources))
	for _, s := range adv.Sources {
		r.Sources = append(r.Sources, SourceResult{s.Name, s.URL, s.Says})
	}
	if accepted != nil {
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
