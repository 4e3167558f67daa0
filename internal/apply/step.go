package apply

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/fixline-dev/fixline/internal/core/plan"
	"github.com/fixline-dev/fixline/internal/core/progress"
	"github.com/fixline-dev/fixline/internal/record/journal"
)

// GateError is a gate that did not hold in time.
type GateError struct {
	Step, Gate, Why string
	After           bool // the step is done, and what must hold after it does not
}

func (e *GateError) Error() string {
	when := "before"
	if e.After {
		when = "after"
	}
	return fmt.Sprintf("%s step %s: %s: %s", when, e.Step, e.Gate, e.Why)
}

// NotThereError is a step that was done and does not show.
type NotThereError struct {
	Step string
	Look progress.Look
}

func (e *NotThereError) Error() string {
	return fmt.Sprintf("step %s was done, and the world does not show it: %s", e.Step, e.Look.Says)
}

// attempt is one step while it is done.
type attempt struct {
	e      *Engine
	s      *plan.Step
	number int
	saw    string
	log    Log
	began  time.Time
	stop   <-chan struct{} // closed = do not begin; nil once begun
	// settles: the world was there already, so nothing is done.
	settles bool
	gates   []Held
}

// run goes through the life of a step. begun tells whether its intent was written.
func (a *attempt) run(ctx context.Context) (begun bool, err error) {
	a.began = a.e.Now()
	if err := a.hold(ctx, a.s.GatesBefore, false); err != nil {
		return false, err
	}
	if _, err := a.e.Journal.Append(journal.StepIntent, Intent{a.e.Plan.Hash, a.s.ID, a.s.Kind, a.s.Node, a.number, a.saw, list(a.gates)}); err != nil {
		return false, &journalError{err}
	}
	a.gates, a.stop = nil, nil
	a.e.tell(Told{What: Begins, Step: a.s, Says: a.s.Say})
	if err := a.e.Hands(a.s.Kind).Do(ctx, a.s, &a.log); err != nil {
		return true, err
	}
	if err := a.shows(ctx); err != nil {
		return true, err
	}
	return true, a.hold(ctx, a.s.GatesAfter, true)
}

// hold waits until each gate holds.
func (a *attempt) hold(ctx context.Context, gates []string, after bool) error {
	for _, gate := range gates {
		err := a.until(ctx, a.e.Patience.Gate, func() (bool, error) {
			holds, why, err := a.e.Gates.Holds(ctx, gate, a.s)
			var unknown *UnknownGateError
			switch {
			case errors.As(err, &unknown):
				return true, err
			case err != nil:
				return false, &GateError{a.s.ID, gate, err.Error(), after}
			case !holds:
				a.e.tell(Told{What: Waits, Step: a.s, Says: gate + ": " + why})
				return false, &GateError{a.s.ID, gate, why, after}
			}
			a.gates = append(a.gates, Held{gate, why})
			return true, nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// shows waits until the world is as the step leaves it.
func (a *attempt) shows(ctx context.Context) error {
	return a.until(ctx, a.e.Patience.Look, func() (bool, error) {
		look, err := a.e.Hands(a.s.Kind).Look(ctx, a.s)
		switch {
		case err != nil:
			return false, err
		case look.State != progress.There:
			a.e.tell(Told{What: Waits, Step: a.s, Says: look.Says})
			return false, &NotThereError{a.s.ID, look}
		}
		a.saw = look.Says
		return true, nil
	})
}

// until asks again and again; the last answer counts when patience is over.
func (a *attempt) until(ctx context.Context, patience time.Duration, ask func() (over bool, err error)) error {
	start := a.e.Now()
	defer func() { a.log.Waited(a.e.Now().Sub(start)) }()
	for {
		over, err := ask()
		if over || err == nil {
			return err
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if a.e.Now().Sub(start) >= patience {
			return err
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-a.stop:
			return ErrStop
		case <-time.After(a.e.Patience.Poll):
		}
	}
}

// ended writes down how it went.
func (a *attempt) ended(failed error) error {
	kind, now := journal.StepDone, a.e.Now()
	e := Ended{Plan: a.e.Plan.Hash, Step: a.s.ID, Attempt: a.number, Began: milli(a.began), Ended: milli(now),
		Seconds: seconds(now.Sub(a.began)), Remote: seconds(a.log.remote), Waited: seconds(a.log.waited),
		Saw: a.saw, Gates: list(a.gates), Notes: list(a.log.notes), Facts: a.log.facts, Commands: list(a.log.commands)}
	if failed != nil {
		kind, e.Error = journal.StepFailed, failed.Error()
	}
	if _, err := a.e.Journal.Append(kind, e); err != nil {
		return &journalError{err}
	}
	return nil
}

// journalError is a journal that cannot be written: nothing may be done any more.
type journalError struct{ err error }

func (e *journalError) Error() string { return "writing the journal: " + e.err.Error() }
func (e *journalError) Unwrap() error { return e.err }

func seconds(d time.Duration) float64 { return d.Round(time.Millisecond).Seconds() }

func list[T any](l []T) []T {
	if l == nil {
		return []T{}
	}
	return l
}
