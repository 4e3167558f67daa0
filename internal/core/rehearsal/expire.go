package rehearsal

import (
	"fmt"
	"slices"
	"time"
)

// Need is what a change asks of its rehearsal.
type Need struct {
	Now     time.Time
	Cluster string // as the change names it
	Target  string // the change's own, without v
	// Hops are the versions the change goes by, the target the last; each must have
	// been started. nil = not asked.
	Hops []string
	// Catalogue is the day of the data that judges now, YYYY-MM-DD; "" = not asked.
	Catalogue string
	// Max is the oldest a rehearsal may be by the policy; 0 = any age.
	Max time.Duration
}

// Expired says why a rehearsal counts no longer for a change, "" where it does:
// it was made for another target, another cluster or another way, by older data,
// or too long ago. What cannot be read counts as expired.
func (r Rehearsal) Expired(n Need) string {
	at, err := time.Parse(time.RFC3339, r.At)
	switch {
	case err != nil:
		return fmt.Sprintf("its time %q is not readable", r.At)
	case r.Target != n.Target:
		return fmt.Sprintf("it was for %s, the target is %s", r.Target, n.Target)
	case r.Cluster == nil:
		return fmt.Sprintf("it does not say of which cluster it is, the plan is of %q", n.Cluster)
	case *r.Cluster != n.Cluster:
		return fmt.Sprintf("it is of the cluster %q, the plan is of %q", *r.Cluster, n.Cluster)
	case r.without(n.Hops) != "":
		return fmt.Sprintf("it did not start %s, which the plan passes through", r.without(n.Hops))
	case n.Catalogue != "" && n.Catalogue > r.Catalogue.Date: // days compare as texts
		return fmt.Sprintf("it was made by data of %s, there is data of %s", r.Catalogue.Date, n.Catalogue)
	case at.After(n.Now):
		return "it is dated after now: a clock is wrong"
	case n.Max > 0 && n.Now.Sub(at) > n.Max:
		return fmt.Sprintf("it is %s old, and may be %s at most", n.Now.Sub(at).Round(time.Minute), n.Max)
	}
	return ""
}

// without is the first of the hops that was not started.
func (r Rehearsal) without(hops []string) string {
	for _, want := range hops {
		if !slices.ContainsFunc(r.Hops, func(h Hop) bool { return h.Version == want }) {
			return want
		}
	}
	return ""
}

// Failed says what went wrong in one sentence, "" for a rehearsal that passed.
func (r Rehearsal) Failed() string {
	if r.Result == Pass {
		return ""
	}
	for _, want := range []State{Fail, Unknown} {
		for _, h := range r.Hops {
			for _, c := range h.Checks {
				if c.State == want {
					return fmt.Sprintf("%s at %s: %s", c.Check, h.Version, c.Why)
				}
			}
		}
	}
	return "the rehearsal did not pass"
}
