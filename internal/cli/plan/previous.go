package plan

import (
	"errors"
	"fmt"
	"slices"

	"github.com/fixline-dev/fixline/internal/cli/exit"
	"github.com/fixline-dev/fixline/internal/core/readiness"
	"github.com/fixline-dev/fixline/internal/record"
	"github.com/fixline-dev/fixline/internal/record/decision"
)

// carried is what an earlier record left open.
type carried struct {
	followUps []decision.FollowUp
	report    *record.Report // nil = none was named
}

// whole: what was tried out in the earlier record can be believed.
func (c carried) whole() bool { return c.report != nil && c.report.State != record.Altered }

// continues: the earlier record is about the same change, planned again. What
// was tried out for it then counts for this plan as it did for that.
func (c carried) continues(f readiness.Facts) bool {
	if !c.whole() {
		return false
	}
	was := c.report.Proofs().Facts
	return was != nil && was.Cluster == f.Cluster && was.From == f.From && was.Target == f.Target && slices.Equal(was.Hops, f.Hops)
}

// previous reads an earlier record: open exceptions, unfinished follow-ups and
// waivers that ran out come first in what the new plan says.
func (o *Options) previous(a *answer) error {
	if o.Previous == "" {
		return nil
	}
	r, err := record.Verify(o.Previous, record.VerifyOptions{AsOf: a.facts.AsOf})
	if err != nil {
		return exit.BadInput(fmt.Errorf("reading the earlier record: %w", err))
	}
	d := r.Decision()
	if d == nil {
		return exit.BadInput(fmt.Errorf("reading the earlier record: %w", errors.New(r.Summary)))
	}
	a.carried.report = &r
	if r.State == record.Altered {
		a.notes.Carried = append(a.notes.Carried, fmt.Sprintf("the record %s is not what was written: %s", d.ID, r.Summary))
	}
	for _, s := range r.Findings {
		switch s.State {
		case "waiver-expired":
			a.notes.Carried = append(a.notes.Carried, fmt.Sprintf("the waiver of %s %s by %s ran out after %s", s.Code, s.Object, s.By, s.Until))
		case "waived":
			a.notes.Carried = append(a.notes.Carried, fmt.Sprintf("%s %s is waived by %s until %s", s.Code, s.Object, s.By, s.Until))
		case "open", "needs-review":
			a.notes.Carried = append(a.notes.Carried, fmt.Sprintf("%s %s (%s) is %s", s.Code, s.Object, s.Severity, s.State))
		}
	}
	for _, f := range d.FollowUps {
		if f.Done {
			continue
		}
		a.carried.followUps = append(a.carried.followUps, f)
		a.notes.Carried = append(a.notes.Carried, "not done yet: "+followUp(f))
	}
	for _, m := range d.Mitigations {
		if m.Since != "" {
			a.notes.Carried = append(a.notes.Carried, fmt.Sprintf("in place since %s, to be removed: %s", m.Since, m.Text))
		}
	}
	return nil
}

func followUp(f decision.FollowUp) string {
	text := f.Text
	if f.Owner != "" {
		text += ", by " + string(f.Owner)
	}
	if f.Due != "" {
		text += ", due " + string(f.Due)
	}
	return text
}
