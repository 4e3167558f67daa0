package apply_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/fixline-dev/fixline/internal/apply"
	"github.com/fixline-dev/fixline/internal/core/plan"
	"github.com/fixline-dev/fixline/internal/core/progress"
	"github.com/fixline-dev/fixline/internal/record/journal"
)

func TestRun(t *testing.T) {
	p, w, m := steps(), newWorld(), &memory{}
	var told []string
	e := engine(p, m, w)
	e.Tell = func(n apply.Told) {
		told = append(told, fmt.Sprintf("%s %s %d/%d %g", n.What, n.Step.ID, n.Number, len(p.Steps), n.Left))
	}
	out, err := e.Run(t.Context(), nil)
	if err != nil || out.Ending != apply.Finished || out.Done != len(p.Steps) {
		t.Fatalf("%+v, %v", out, err)
	}
	for _, s := range p.Steps {
		if w.times[s.ID] != 1 {
			t.Errorf("%s was done %d times", s.ID, w.times[s.ID])
		}
	}
	if told[0] != "begins hold 1/7 7" || told[len(told)-1] != "done verify 7/7 1" {
		t.Errorf("told %q ... %q", told[0], told[len(told)-1])
	}
	var end apply.Ended
	last := m.entries[len(m.entries)-1]
	if err := json.Unmarshal(last.Data, &end); err != nil || last.Kind != journal.StepDone || end.Attempt != 1 || end.Remote != 1 ||
		len(end.Gates) != 1 || end.Gates[0].Saw != "it is open" || len(end.Commands) != 1 || len(end.Commands[0].Stdout) > 9<<10 {
		t.Errorf("the last entry is %s %+v (%v)", last.Kind, end, err)
	}
	if facts := apply.Facts(m.entries, "abc", "hold"); facts["was"] != "false" {
		t.Errorf("facts %v", facts)
	}
	// Again: nothing is done a second time.
	if out, err = engine(p, m, w).Run(t.Context(), nil); err != nil || out.Ending != apply.Finished || w.times["hold"] != 1 {
		t.Errorf("%+v, %v", out, err)
	}
}

// TestSettled: what is there already is not done, and what must hold after it is
// held all the same.
func TestSettled(t *testing.T) {
	p, w, m := steps(), newWorld(), &memory{}
	w.on["hold"], w.closed["after hold"] = true, true
	out, err := engine(p, m, w).Run(t.Context(), nil)
	if err != nil || out.Ending != apply.Blocked || !strings.Contains(out.Why, "after step hold") || w.times["hold"] != 0 {
		t.Fatalf("%+v, %v", out, err)
	}
	w.closed["after hold"] = false
	if out, err = engine(p, m, w).Run(t.Context(), nil); err != nil || out.Ending != apply.Finished || w.times["hold"] != 0 {
		t.Errorf("%+v, %v, done %d times", out, err, w.times["hold"])
	}
}

// TestKilledAtEveryWrite: a run that dies at any write of its journal, before or
// after the entry is on the disk, is followed by one that ends the plan and does
// nothing twice.
func TestKilledAtEveryWrite(t *testing.T) {
	for dies := 1; ; dies++ {
		whole := false
		for _, after := range []bool{false, true} {
			p, w := steps(), newWorld()
			m := &memory{dies: dies, after: after}
			out, err := engine(p, m, w).Run(t.Context(), nil)
			if err == nil {
				whole = true
				if out.Ending != apply.Finished {
					t.Fatalf("%+v", out)
				}
				continue
			}
			if !errors.Is(err, errKilled) {
				t.Fatal(err)
			}
			m.dies = 0
			if out, err = engine(p, m, w).Run(t.Context(), nil); err != nil || out.Ending != apply.Finished {
				t.Fatalf("killed at write %d (after %t): then %+v, %v", dies, after, out, err)
			}
			for _, s := range p.Steps {
				if w.times[s.ID] != 1 {
					t.Errorf("killed at write %d (after %t): %s was done %d times", dies, after, s.ID, w.times[s.ID])
				}
			}
		}
		if whole {
			if dies < 2*len(steps().Steps) {
				t.Errorf("only %d writes", dies)
			}
			return
		}
	}
}

func TestEndings(t *testing.T) {
	fail := errors.New("exit status 1")
	for name, c := range map[string]struct {
		change func(*world, *apply.Engine)
		want   apply.Ending
		why    string
		done   int // -1 = as many as were in flight
	}{
		"a gate before anything was changed": {func(w *world, _ *apply.Engine) { w.closed["before hold"] = true }, apply.Blocked, "before step hold: before hold: it is closed", 0},
		"a gate later":                       {func(w *world, _ *apply.Engine) { w.closed["before apply"] = true }, apply.Stopped, "it is closed", 1},
		"a gate after a step":                {func(w *world, _ *apply.Engine) { w.closed["after apply"] = true }, apply.Stopped, "after step apply", 1},
		"a gate nobody knows":                {func(_ *world, e *apply.Engine) { e.Plan.Steps[1].GatesBefore = []string{"unheard of"} }, apply.Person, "not known", 1},
		"a step that fails":                  {func(w *world, _ *apply.Engine) { w.fails["apply"] = fail }, apply.Stopped, "exit status 1", 1},
		"a step that leaves no trace":        {func(w *world, _ *apply.Engine) { w.lost["apply"] = true }, apply.Stopped, "the world does not show it: it is off", 1},
		"a world nobody understands":         {func(w *world, _ *apply.Engine) { w.unclear["apply"] = true }, apply.Person, "half of it is there", 1},
		"no hands":                           {func(_ *world, e *apply.Engine) { e.Hands = func(plan.Kind) apply.Hands { return nil } }, apply.Blocked, "cannot be carried out here", 0},
		"one step only":                      {func(_ *world, e *apply.Engine) { e.Only = "hold" }, apply.Reached, "step hold is done", 1},
		"a trigger":                          {func(_ *world, e *apply.Engine) { e.Triggers = trigger{} }, apply.Person, "a node is away", 1},
		"one of a batch":                     {func(w *world, _ *apply.Engine) { w.fails["drain-w1"] = fail }, apply.Stopped, "exit status 1", -1},
		"one of a batch, the others go on":   {func(w *world, e *apply.Engine) { w.fails["drain-w1"] = fail; e.MaxFailures = 2 }, apply.Stopped, "exit status 1", 4},
		"a wish to stop": {func(_ *world, e *apply.Engine) {
			e.Pause = func(context.Context, *plan.Step) error { return apply.ErrStop }
		}, apply.Stopped, "asked to stop", 1},
	} {
		t.Run(name, func(t *testing.T) {
			p, w, m := steps(), newWorld(), &memory{}
			e := engine(p, m, w)
			c.change(w, e)
			out, err := e.Run(t.Context(), nil)
			if err != nil || out.Ending != c.want || !strings.Contains(out.Why, c.why) || c.done >= 0 && out.Done != c.done {
				t.Errorf("%+v (%v), want %s with %q and %d done", out, err, c.want, c.why, c.done)
			}
		})
	}
}

type trigger struct{}

func (trigger) Pulled(context.Context) (string, string, error) { return "a node is away", "w1", nil }

// TestTriggerInAStep: a trigger that is pulled while a step is in flight lets it
// end, and no other begins.
func TestTriggerInAStep(t *testing.T) {
	p, w, m := steps(), newWorld(), &memory{}
	w.doing, w.proceed = make(chan string), make(chan bool)
	pulled := make(chan bool)
	e := engine(p, m, w)
	e.Triggers, e.Patience.Watch = later(pulled), time.Millisecond
	ended := make(chan apply.Outcome, 1)
	go func() {
		out, err := e.Run(context.Background(), nil)
		if err != nil {
			t.Error(err)
		}
		ended <- out
	}()
	<-w.doing // the first step, before which no trigger is asked
	pulled <- true
	w.proceed <- true
	if out := <-ended; out.Ending != apply.Person || out.Done != 1 || !strings.Contains(out.Why, "a node is away") {
		t.Errorf("%+v", out)
	}
	if last := m.entries[len(m.entries)-1]; last.Kind != journal.StepDone {
		t.Errorf("the last entry is %s", last.Kind)
	}
}

// later is a trigger that waits to be pulled.
type later chan bool

func (l later) Pulled(ctx context.Context) (string, string, error) {
	<-l
	return trigger{}.Pulled(ctx)
}

// TestStop: the first wish lets the step in flight end, and no other begins.
func TestStop(t *testing.T) {
	p, w, m := steps(), newWorld(), &memory{}
	w.doing, w.proceed = make(chan string), make(chan bool)
	stop := make(chan struct{})
	ended := make(chan apply.Outcome, 1)
	go func() {
		out, err := engine(p, m, w).Run(context.Background(), stop)
		if err != nil {
			t.Error(err)
		}
		ended <- out
	}()
	<-w.doing
	close(stop)
	w.proceed <- true
	if out := <-ended; out.Ending != apply.Stopped || out.Done != 1 {
		t.Errorf("%+v", out)
	}
}

// TestStopWhileAGateIsWaitedFor: nothing was begun, so nothing is waited for.
func TestStopWhileAGateIsWaitedFor(t *testing.T) {
	p, w, m := steps(), newWorld(), &memory{}
	w.closed["before apply"] = true
	e := engine(p, m, w)
	e.Patience.Gate = time.Hour
	stop := make(chan struct{})
	var once sync.Once
	e.Tell = func(n apply.Told) {
		if n.What == apply.Waits {
			once.Do(func() { close(stop) })
		}
	}
	out, err := e.Run(t.Context(), stop)
	if err != nil || out.Ending != apply.Stopped || out.Done != 1 {
		t.Errorf("%+v, %v", out, err)
	}
	for _, e := range m.entries {
		if e.Kind == journal.StepFailed {
			t.Errorf("a step that was not begun is said to have failed: %s", e.Data)
		}
	}
}

// TestInterrupted: the end of the context ends steps at once, and says which.
func TestInterrupted(t *testing.T) {
	p, w, m := steps(), newWorld(), &memory{}
	w.doing, w.proceed = make(chan string), make(chan bool)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		_, err := engine(p, m, w).Run(ctx, nil)
		ended <- err
	}()
	<-w.doing
	cancel()
	var interrupted *apply.InterruptedError
	if err := <-ended; !errors.As(err, &interrupted) || len(interrupted.Steps) != 1 || interrupted.Steps[0] != "hold" {
		t.Errorf("%v", err)
	}
	last := m.entries[len(m.entries)-1]
	if last.Kind != journal.StepFailed {
		t.Errorf("the last entry is %s", last.Kind)
	}
	// The next run goes on from there.
	w.doing = nil
	if out, err := engine(p, m, w).Run(t.Context(), nil); err != nil || out.Ending != apply.Finished {
		t.Errorf("%+v, %v", out, err)
	}
}

// TestAPersonDecides: what was left half-way goes on once a person has said how.
func TestAPersonDecides(t *testing.T) {
	for _, as := range []progress.EventKind{progress.TakenAsDone, progress.DoAgain} {
		p, w, m := steps(), newWorld(), &memory{}
		w.unclear["apply"] = true
		if out, err := engine(p, m, w).Run(t.Context(), nil); err != nil || out.Ending != apply.Person {
			t.Fatalf("%+v, %v", out, err)
		}
		if _, err := m.Append(apply.Decided, apply.Decision{Plan: "abc", Step: "apply", As: as, By: "platform", Why: "looked"}); err != nil {
			t.Fatal(err)
		}
		if as == progress.DoAgain {
			e := engine(p, m, w)
			e.Only = "apply"
			if _, err := e.Run(t.Context(), nil); err != nil || w.times["apply"] != 1 {
				t.Errorf("%v, done %d times", err, w.times["apply"])
			}
			continue
		}
		if out, err := engine(p, m, w).Run(t.Context(), nil); err != nil || out.Ending != apply.Finished || w.times["apply"] != 0 {
			t.Errorf("%s: %+v, %v, done %d times", as, out, err, w.times["apply"])
		}
	}
}

// TestAnotherPlan: what was done for another plan counts nothing.
func TestAnotherPlan(t *testing.T) {
	p, w, m := steps(), newWorld(), &memory{}
	if _, err := engine(p, m, w).Run(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	events, err := apply.Events(m.Entries(), "another")
	if err != nil || len(events) != 0 {
		t.Errorf("%d events, %v", len(events), err)
	}
}
