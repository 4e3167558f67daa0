package apply

import (
	"fmt"
	"slices"

	"github.com/fixline-dev/fixline/internal/apply"
	"github.com/fixline-dev/fixline/internal/cli/build"
	"github.com/fixline-dev/fixline/internal/cli/exit"
	"github.com/fixline-dev/fixline/internal/cli/record/keys"
	"github.com/fixline-dev/fixline/internal/core/plan"
	"github.com/fixline-dev/fixline/internal/core/progress"
	"github.com/fixline-dev/fixline/internal/record"
)

// decide writes down what a person says of a step that was left half-way.
func (o *Options) decide(c *change) error {
	id, as := o.TakeAsDone, progress.TakenAsDone
	if o.DoAgain != "" {
		id, as = o.DoAgain, progress.DoAgain
	}
	if !slices.ContainsFunc(c.plan.Steps, func(s plan.Step) bool { return s.ID == id }) {
		return exit.WithHint(exit.Usagef("the plan has no step %q", id), "fixline apply %s --dry-run lists them", o.Dir)
	}
	begun := false
	for _, e := range c.events {
		if e.Step != id {
			continue
		}
		begun = begun || e.Kind == progress.Begun || e.Kind == progress.Failed
		if e.Kind == progress.Done || e.Kind == progress.TakenAsDone {
			return exit.Usagef("step %s is done already", id)
		}
	}
	if !begun && as == progress.TakenAsDone && !askedOf(c.record.Entries(), c.plan.Hash, id) {
		return exit.WithHint(exit.Usagef("step %s was never begun, and no run asked a person about it: there is nothing half done to decide on", id), "fixline apply %s carries it out, and leaves alone what is there already", o.Dir)
	}
	r, err := record.Open(o.Dir, record.Options{Now: o.Factory.Now, Program: "fixline " + build.Version()})
	if err != nil {
		return keys.Ended(err)
	}
	_, err = r.Append(apply.Decided, apply.Decision{Plan: c.plan.Hash, Step: id, As: as, By: o.By, Why: o.Why})
	if closed := r.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return err
	}
	o.Factory.IO.Notef("%s: step %s is %s, by %s: %s", o.Dir, id, map[progress.EventKind]string{progress.TakenAsDone: "taken as done", progress.DoAgain: "to be done again"}[as], o.By, o.Why)
	return nil
}

func noun(n int, one string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %ss", n, one)
}
