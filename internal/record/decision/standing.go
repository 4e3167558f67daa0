package decision

import (
	"fmt"
	"slices"
	"time"
)

// Expired reports whether w no longer holds on asOf; its last day still does.
func (w Waiver) Expired(asOf time.Time) bool { return asOf.UTC().Format(time.DateOnly) > w.Until }

// Covers reports whether w accepts f: the same code, and the same object where
// w names one.
func (w Waiver) Covers(f Finding) bool {
	return w.Finding == f.Code && (w.Object == "" || w.Object == f.Object)
}

// Standing is one finding as it stands on a day.
type Standing struct {
	Finding
	Waiver  *Waiver // the one that covers it: one that holds before one that does not
	Expired bool    // Waiver is over
}

// Waived reports whether a waiver covers it that still holds.
func (s Standing) Waived() bool { return s.Waiver != nil && !s.Expired }

// Standings are the findings of d on asOf, with the waivers of the file and
// those given, which were made later.
func (d Decision) Standings(later []Waiver, asOf time.Time) []Standing {
	all := slices.Concat(d.Waivers, later)
	out := make([]Standing, 0, len(d.Findings))
	for _, f := range d.Findings {
		s := Standing{Finding: f}
		for _, w := range all {
			if w.Covers(f) && (s.Waiver == nil || s.Expired) {
				s.Waiver, s.Expired = &w, w.Expired(asOf)
			}
		}
		out = append(out, s)
	}
	return out
}

// Unsettled says why s stands in the way of a change, "" where it does not.
func (s Standing) Unsettled() string {
	what := s.Code
	if s.Object != "" {
		what += " of " + string(s.Object)
	}
	switch {
	case s.State == Settled, s.Waived():
		return ""
	case s.Expired:
		return fmt.Sprintf("%s: the waiver of %s expired after %s", what, s.Waiver.By, s.Waiver.Until)
	case s.State == NeedsReview:
		return what + " needs review: nobody has said what it is"
	case s.Severity == "blocker":
		return what + " is an open blocker without a waiver"
	}
	return ""
}

// Check says what w lacks: who, why, until when.
func (w Waiver) Check() error {
	if _, err := time.Parse(time.DateOnly, w.Until); err != nil || w.Finding == "" || w.By == "" || w.Why == "" {
		return fmt.Errorf("a waiver names the finding, who accepts it, why, and until which day (YYYY-MM-DD)")
	}
	return nil
}
