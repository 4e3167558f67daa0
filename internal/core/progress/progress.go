// Package progress decides what comes next in a change under way, from its plan,
// what the journal says was begun and done, and what was seen of the world since.
// It carries nothing out and looks at nothing itself: whoever does asks [Next]
// again after each step, so that a run that was killed goes on where the world
// stands and not where a process remembers to have been. Start at [Next].
package progress

import (
	"fmt"

	"github.com/fixline-dev/fixline/internal/core/plan"
)

// Event is what the journal says of a step.
type Event struct {
	Step string
	Kind EventKind
	Why  string // of a failure or a decision
}

// EventKind is what happened to a step.
type EventKind string

const (
	Begun  EventKind = "begun"
	Done   EventKind = "done"
	Failed EventKind = "failed"
	// TakenAsDone and DoAgain are a person's word on a step that was left half-way.
	TakenAsDone EventKind = "taken-as-done"
	DoAgain     EventKind = "do-again"
)

// Look is where the world stands with a step.
type Look struct {
	State State
	Says  string // what was seen, a sentence without its full stop
}

// State of the world with a step.
type State string

const (
	Before  State = "before"  // as if the step had not been begun
	Partly  State = "partly"  // some of it is done
	There   State = "there"   // as the step leaves it
	Unclear State = "unclear" // neither: a person has to look
)

// Input is what is decided from.
type Input struct {
	Plan   *plan.Plan
	Events []Event // oldest first
	// Seen are the looks of this run, by step; one counts until the step ends.
	Seen map[string]Look
	// Running are the steps that are being done now.
	Running map[string]bool
	// Failed are the steps that failed in this run: it does not try them again.
	// So many end it: 0 = the first one.
	Failed      map[string]bool
	MaxFailures int
	// Until is the phase after which to stop; "" = none. Only is the one step to do.
	Until plan.Phase
	Only  string
}

// Decision is what comes next. Of its parts the first that is not empty counts,
// in this order; with nothing to do while steps run, wait for one of them.
type Decision struct {
	Settle []*plan.Step // there already: write down that they are done
	Look   []*plan.Step // look at these, then ask again
	Do     []*plan.Step // begin these, side by side
	Stop   Stop         // "" = go on
	Step   *plan.Step   // that the stop is about; nil = none
	Why    string       // of the stop
}

// Stop is how a run ends.
type Stop string

const (
	Finished Stop = "finished" // every step of the plan is done
	Reached  Stop = "reached"  // what was asked for is done, and not all of the plan
	Failure  Stop = "failure"  // too many steps failed
	Person   Stop = "person"   // a person must decide
)

// Next decides. A step that is done is never begun again; one that was begun and
// not ended is looked at first. Steps of one batch may run side by side on
// different nodes; everything else follows in the order of the plan.
func Next(in Input) Decision {
	marks := marksOf(in.Events)
	if in.Only != "" {
		return in.only(marks)
	}
	front := -1
	for i := range in.Plan.Steps {
		if !marks[in.Plan.Steps[i].ID].done {
			front = i
			break
		}
	}
	if front < 0 {
		return Decision{Stop: Finished, Why: "every step of the plan is done"}
	}
	if first := &in.Plan.Steps[front]; in.Until != "" && in.past(front) {
		return Decision{Stop: Reached, Step: first, Why: fmt.Sprintf("the steps of phase %s are done; %s comes next", in.Until, first.ID)}
	}
	return in.judge(in.open(front, marks), marks)
}

// mark is what the journal says of a step, all in all.
type mark struct{ begun, done, again bool }

func marksOf(events []Event) map[string]mark {
	marks := map[string]mark{}
	for _, e := range events {
		m := marks[e.Step]
		switch e.Kind {
		case Begun:
			m.begun, m.again = true, false
		case Done, TakenAsDone:
			m.done = true
		case Failed: // its world is looked at as that of a step whose run was killed
			m.begun = true
		case DoAgain:
			m.again = true
		}
		marks[e.Step] = m
	}
	return marks
}

// past: the steps of a phase are done in the hop under way, or in the one that
// this run has just ended.
func (in Input) past(front int) bool {
	steps := in.Plan.Steps
	hop := steps[front].Hop
	if front > 0 && steps[front-1].Hop != hop {
		if _, now := in.Seen[steps[front-1].ID]; now {
			hop = steps[front-1].Hop
		}
	}
	was := false
	for i := range steps {
		if steps[i].Phase != in.Until || steps[i].Hop != hop {
			continue
		}
		if i >= front {
			return false
		}
		was = true
	}
	return was
}

// open are the steps that may be under way now: the one at the front, or of its
// batch the next of each node.
func (in Input) open(front int, marks map[string]mark) []*plan.Step {
	first := &in.Plan.Steps[front]
	if first.Batch == 0 {
		return []*plan.Step{first}
	}
	var out []*plan.Step
	busy := map[string]bool{}
	for i := front; i < len(in.Plan.Steps) && in.Plan.Steps[i].Batch == first.Batch; i++ {
		s := &in.Plan.Steps[i]
		if marks[s.ID].done || busy[s.Node] {
			continue
		}
		busy[s.Node] = true
		out = append(out, s)
	}
	return out
}

func (in Input) only(marks map[string]mark) Decision {
	for i := range in.Plan.Steps {
		s := &in.Plan.Steps[i]
		switch {
		case s.ID == in.Only && marks[s.ID].done:
			return Decision{Stop: Reached, Step: s, Why: "step " + s.ID + " is done"}
		case s.ID == in.Only:
			return in.judge([]*plan.Step{s}, marks)
		case !marks[s.ID].done && !beside(in.Plan, s, in.Only):
			return Decision{Stop: Person, Step: s, Why: fmt.Sprintf("step %s comes before %s and is not done", s.ID, in.Only)}
		}
	}
	return Decision{Stop: Person, Why: fmt.Sprintf("the plan has no step %q", in.Only)}
}

// beside: a step that is not done is of another node of the same batch.
func beside(p *plan.Plan, s *plan.Step, id string) bool {
	for i := range p.Steps {
		if p.Steps[i].ID == id {
			return s.Batch != 0 && s.Batch == p.Steps[i].Batch && s.Node != p.Steps[i].Node
		}
	}
	return false
}

// judge sorts the open steps by what was seen of them.
func (in Input) judge(open []*plan.Step, marks map[string]mark) Decision {
	var d Decision
	full := len(in.Failed) > 0 && len(in.Failed) >= max(1, in.MaxFailures)
	for _, s := range open {
		look, seen := in.Seen[s.ID]
		switch {
		case in.Running[s.ID], in.Failed[s.ID], full && !seen:
		case !seen:
			d.Look = append(d.Look, s)
		case look.State == There:
			d.Settle = append(d.Settle, s)
		case look.State == Unclear && !marks[s.ID].again:
			if d.Stop == "" {
				d.Stop, d.Step, d.Why = Person, s, look.Says
			}
		case !full:
			d.Do = append(d.Do, s)
		}
	}
	switch {
	case len(d.Settle) > 0 || len(d.Look) > 0:
		return Decision{Settle: d.Settle, Look: d.Look}
	case d.Stop != "": // nothing new beside what a person has to look at
		d.Do = nil
	case full || len(d.Do) == 0 && len(in.Failed) > 0:
		return Decision{Stop: Failure, Why: fmt.Sprintf("%d failed", len(in.Failed))}
	}
	return d
}
