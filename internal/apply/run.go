package apply

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/fixline-dev/fixline/internal/core/plan"
	"github.com/fixline-dev/fixline/internal/core/progress"
	"github.com/fixline-dev/fixline/internal/record/journal"
)

// What is told.
const (
	Begins  What = "begins"
	Waits   What = "waits"
	Done    What = "done"
	Settled What = "settled" // it was there already
	Fails   What = "fails"
)

// What happens.
type What string

// Told is one thing that happens, for a terminal.
type Told struct {
	What   What
	Step   *plan.Step
	Number int           // of the step in the plan, from 1
	Done   int           // steps so far
	Left   float64       // minutes, as the plan estimates
	Took   time.Duration // of a step that ended
	Says   string
}

// run is the state of one [Engine.Run].
type run struct {
	e        *Engine
	events   []progress.Event
	seen     map[string]progress.Look
	running  map[string]bool
	attempts map[string]int
	failed   map[string]bool
	finished map[string]bool // steps that are done
	begun    bool            // something of this plan was ever begun
	last     error
	lastStep *plan.Step
	ends     chan ending
	dead     error    // nothing may be begun any more
	pull     *Outcome // a trigger was pulled while steps were in flight
}

// ending is a step that ended.
type ending struct {
	a     *attempt
	begun bool
	err   error
}

// Run carries the plan out, from where its journal says it stands. A closed stop
// lets the steps in flight end and begins no other; the end of ctx ends them at
// once, with an *[InterruptedError]. Other errors are of the journal, which ends
// a run at once too.
func (e *Engine) Run(ctx context.Context, stop <-chan struct{}) (Outcome, error) {
	entries := e.Journal.Entries()
	events, err := Events(entries, e.Plan.Hash)
	if err != nil {
		return Outcome{}, err
	}
	if kind, ok := e.unable(); ok {
		return Outcome{Ending: Blocked, Step: kind, Why: fmt.Sprintf("steps of kind %s cannot be carried out here", kind.Kind)}, nil
	}
	e.book = newBook(e.Plan)
	r := &run{e: e, finished: map[string]bool{}, seen: map[string]progress.Look{}, running: map[string]bool{}, attempts: map[string]int{}, failed: map[string]bool{}, ends: make(chan ending)}
	for _, ev := range events {
		r.note(ev)
		if ev.Kind == progress.Begun {
			r.attempts[ev.Step]++
			r.begun = true
		}
	}
	return r.loop(ctx, stop)
}

// unable is the first step whose kind has no hands.
func (e *Engine) unable() (*plan.Step, bool) {
	for i := range e.Plan.Steps {
		if e.Hands(e.Plan.Steps[i].Kind) == nil {
			return &e.Plan.Steps[i], true
		}
	}
	return nil, false
}

func (r *run) loop(ctx context.Context, stop <-chan struct{}) (Outcome, error) {
	stopping := false
	for {
		select {
		case <-stop:
			stopping = true
		default:
		}
		if ctx.Err() != nil || r.dead != nil {
			return r.aborted(ctx)
		}
		var d progress.Decision
		if !stopping && r.pull == nil {
			d = progress.Next(progress.Input{Plan: r.e.Plan, Events: r.events, Seen: r.seen, Running: r.running,
				Failed: r.failed, MaxFailures: r.e.MaxFailures, Until: r.e.Until, Only: r.e.Only})
		}
		switch {
		case len(d.Settle) > 0:
			for _, s := range d.Settle {
				r.settle(ctx, s, stop)
			}
		case len(d.Look) > 0:
			if out, ended := r.look(ctx, d.Look); ended {
				return out, nil
			}
		case d.Stop != "" && len(r.running) > 0: // nothing new; what is in flight ends
			stopping = r.wait(ctx, stop, stopping)
		case len(d.Do) > 0:
			if out, pulled := r.pulled(ctx); pulled {
				return r.quiet(ctx, out)
			}
			for _, s := range d.Do {
				r.begin(ctx, s, stop)
			}
		case len(r.running) > 0:
			stopping = r.wait(ctx, stop, stopping)
		case r.pull != nil:
			r.pull.Done = r.done()
			return *r.pull, nil
		case stopping:
			return r.outcome(Stopped, nil, "asked to stop; no step is in flight"), nil
		default:
			return r.stopped(d), nil
		}
	}
}

// wait until one of the steps in flight ends, somebody wants a stop, or it is time
// to look at the triggers.
func (r *run) wait(ctx context.Context, stop <-chan struct{}, stopping bool) bool {
	if stopping {
		stop = nil
	}
	var watch <-chan time.Time
	if r.e.Patience.Watch > 0 && r.pull == nil {
		watch = time.After(r.e.Patience.Watch)
	}
	select {
	case end := <-r.ends:
		if err := r.ended(ctx, end); errors.Is(err, ErrStop) {
			return true
		}
	case <-stop:
		return true
	case <-watch:
		if out, pulled := r.pulled(ctx); pulled && out.Ending == Person {
			r.pull = &out // triggers that cannot be looked at now are asked before the next step
		}
	case <-ctx.Done():
	}
	return stopping
}

// quiet lets what is in flight end, and then ends the run.
func (r *run) quiet(ctx context.Context, out Outcome) (Outcome, error) {
	for len(r.running) > 0 && ctx.Err() == nil {
		r.wait(ctx, nil, true)
	}
	if ctx.Err() != nil || r.dead != nil {
		return r.aborted(ctx)
	}
	return out, nil
}

// begin starts a step.
func (r *run) begin(ctx context.Context, s *plan.Step, stop <-chan struct{}) {
	r.attempts[s.ID]++
	a := &attempt{e: r.e, s: s, number: r.attempts[s.ID], saw: r.seen[s.ID].Says, stop: stop}
	r.running[s.ID] = true
	delete(r.seen, s.ID)
	go func() {
		begun, err := a.run(ctx)
		r.ends <- ending{a, begun, err}
	}()
}

// ended takes note of a step that ended.
func (r *run) ended(ctx context.Context, end ending) error {
	s := end.a.s
	delete(r.running, s.ID)
	if end.begun {
		r.begun = true
		r.event(s, progress.Begun, "")
	}
	if !end.begun && errors.Is(end.err, ErrStop) {
		return nil // its gates did not hold yet: nothing was begun
	}
	var broken *journalError
	if errors.As(end.err, &broken) {
		r.dead = end.err
		return nil
	}
	if err := end.a.ended(end.err); err != nil {
		r.dead = err
		return nil //nolint:nilerr // it ends the run, and not by a wish
	}
	took := r.e.Now().Sub(end.a.began)
	if end.err != nil {
		r.failed[s.ID] = true
		r.last, r.lastStep = end.err, s
		r.event(s, progress.Failed, end.err.Error())
		r.tell(Told{What: Fails, Step: s, Took: took, Says: end.err.Error()})
		return nil //nolint:nilerr // a step that failed is told; what it ends, progress decides
	}
	r.event(s, progress.Done, "")
	r.seen[s.ID] = progress.Look{State: progress.There}
	what := Done
	if end.a.settles {
		what, took = Settled, 0
	}
	r.tell(Told{What: what, Step: s, Took: took, Says: end.a.saw})
	if r.e.Pause != nil && !end.a.settles && ctx.Err() == nil {
		return r.e.Pause(ctx, s)
	}
	return nil
}

// settle holds what must hold after a step whose world is there already, and
// writes down that it is done.
func (r *run) settle(ctx context.Context, s *plan.Step, stop <-chan struct{}) {
	a := &attempt{e: r.e, s: s, saw: r.seen[s.ID].Says, began: r.e.Now(), stop: stop, settles: true}
	a.log.Note("it was there already: nothing was done")
	r.running[s.ID] = true
	go func() { r.ends <- ending{a, false, a.hold(ctx, s.GatesAfter, true)} }()
}

// look looks at steps. Who cannot look stops the run: what is not seen is not touched.
func (r *run) look(ctx context.Context, steps []*plan.Step) (Outcome, bool) {
	for _, s := range steps {
		look, err := r.e.Hands(s.Kind).Look(ctx, s)
		if err != nil && ctx.Err() == nil {
			ending := Stopped
			if !r.begun {
				ending = Blocked
			}
			out, _ := r.quiet(ctx, r.outcome(ending, s, fmt.Sprintf("looking at step %s: %v", s.ID, err)))
			return out, r.dead == nil && ctx.Err() == nil
		}
		if err != nil {
			return Outcome{}, false
		}
		r.seen[s.ID] = look
	}
	return Outcome{}, false
}

// pulled asks the rollback triggers, before anything new is begun.
func (r *run) pulled(ctx context.Context) (Outcome, bool) {
	if r.e.Triggers == nil || !r.begun && len(r.running) == 0 {
		return Outcome{}, false
	}
	trigger, seen, err := r.e.Triggers.Pulled(ctx)
	switch {
	case ctx.Err() != nil:
		return Outcome{}, false
	case err != nil:
		return r.outcome(Stopped, nil, "the rollback triggers could not be looked at: "+err.Error()), true
	case trigger == "":
		return Outcome{}, false
	}
	if _, err := r.e.Journal.Append(TriggerPulled, Pulled{r.e.Plan.Hash, trigger, seen}); err != nil {
		r.dead = &journalError{err}
	}
	return r.outcome(Person, nil, fmt.Sprintf("a rollback trigger: %s (%s)", trigger, seen)), true
}

// TriggerPulled is the kind of an entry that names a rollback trigger.
const TriggerPulled journal.Kind = "rollback-trigger"

// Pulled is its data.
type Pulled struct {
	Plan    string `json:"plan"`
	Trigger string `json:"trigger"`
	Saw     string `json:"saw"`
}

// stopped is the end that progress decided.
func (r *run) stopped(d progress.Decision) Outcome {
	switch d.Stop {
	case progress.Finished:
		return r.outcome(Finished, d.Step, d.Why)
	case progress.Reached:
		return r.outcome(Reached, d.Step, d.Why)
	case progress.Failure:
		var unknown *UnknownGateError
		var gate *GateError
		why := r.last.Error()
		switch {
		case errors.As(r.last, &unknown):
			return r.outcome(Person, r.lastStep, why)
		case !r.begun && errors.As(r.last, &gate):
			return r.outcome(Blocked, r.lastStep, why)
		}
		return r.outcome(Stopped, r.lastStep, why)
	}
	return r.outcome(Person, d.Step, d.Why)
}

func (r *run) outcome(e Ending, s *plan.Step, why string) Outcome {
	return Outcome{Ending: e, Step: s, Why: why, Done: r.done()}
}

// aborted ends the run at once: the steps in flight are told so, and written down.
func (r *run) aborted(ctx context.Context) (Outcome, error) {
	in := []string{}
	for id := range r.running {
		in = append(in, id)
	}
	slices.Sort(in)
	for len(r.running) > 0 {
		_ = r.ended(ctx, <-r.ends)
	}
	if r.dead != nil {
		return r.outcome(Stopped, nil, r.dead.Error()), r.dead
	}
	return r.outcome(Stopped, nil, "interrupted"), &InterruptedError{in, cmp.Or(context.Cause(ctx), ctx.Err())}
}

func (r *run) event(s *plan.Step, kind progress.EventKind, why string) {
	r.note(progress.Event{Step: s.ID, Kind: kind, Why: why})
}

// note takes an event down, of this run or an earlier one.
func (r *run) note(e progress.Event) {
	r.events = append(r.events, e)
	if e.Kind == progress.Done || e.Kind == progress.TakenAsDone {
		r.finished[e.Step] = true
	}
}

// done is how many steps of the plan are.
func (r *run) done() int { return len(r.finished) }

func (r *run) tell(t Told) {
	t.Done = r.done()
	r.e.tell(t)
}

// book is where each step stands in the plan.
type book struct {
	mu     sync.Mutex
	number map[string]int // from 1
	left   []float64      // minutes from a step on
}

func newBook(p *plan.Plan) *book {
	b := &book{number: make(map[string]int, len(p.Steps)), left: make([]float64, len(p.Steps)+1)}
	for i := len(p.Steps) - 1; i >= 0; i-- {
		b.number[p.Steps[i].ID] = i + 1
		b.left[i] = b.left[i+1] + p.Steps[i].Minutes
	}
	return b
}

// tell says what happens, with where in the plan it stands, one thing at a time.
func (e *Engine) tell(t Told) {
	if e.Tell == nil {
		return
	}
	e.book.mu.Lock()
	defer e.book.mu.Unlock()
	t.Number = e.book.number[t.Step.ID]
	t.Left = e.book.left[t.Number-1]
	e.Tell(t)
}
