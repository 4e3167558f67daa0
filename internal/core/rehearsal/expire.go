package rehearsal

import (
	"fmt"
	"time"
)

// Need is what a change asks of its rehearsal.
type Need struct {
	Now    time.Time
	Target string // the change's own, without v
	// Catalogue is the day of the data that judges now, YYYY-MM-DD; "" = not asked.
	Catalogue string
	// Max is the oldest a rehearsal may be by the policy; 0 = any age.
	Max time.Duration
}

// Expired says why a rehearsal counts no longer for a change, "" where it does:
// it was made for another target, by older data, or too long ago. What cannot be
// read counts as expired.
func (r Rehearsal) Expired(n Need) string {
	at, err := time.Parse(time.RFC3339, r.At)
	switch {
	case err != nil:
		return fmt.Sprintf("its time %q is not readable", r.At)
	case r.Target != n.Target:
		return fmt.Sprintf("it was for %s, the target is %s", r.Target, n.Target)
	case n.Catalogue != "" && n.Catalogue > r.Catalogue.Date: // days compare as texts
		return fmt.Sprintf("it was made by data of %s, there is data of %s", r.Catalogue.Date, n.Catalogue)
	case at.After(n.Now):
		return "it is dated after now: a clock is wrong"
	case n.Max > 0 && n.Now.Sub(at) > n.Max:
		return fmt.Sprintf("it is %s old, and may be %s at most", n.Now.Sub(at).Round(time.Minute), n.Max)
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
