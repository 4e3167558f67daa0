// Package apply carries a plan out, step by step, so that a run which was killed
// anywhere goes on where the world stands: before a step its gates are held and
// what is to begin is written down; after it the world is looked at, whatever a
// command said of itself, and only then the step is done. What comes next is
// core/progress's to decide, how a step is done its [Hands]'. It never repeats a
// step that is done, never ignores a gate, and knows no cluster and no host.
// Start at [Engine.Run].
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

// Journal is where a run says what it does; its methods may be called from
// several goroutines, and an entry is on the disk when Append returns.
type Journal interface {
	Entries() []journal.Entry
	Append(kind journal.Kind, data any) (journal.Entry, error)
}

// Hands do the steps of one or more kinds. Their methods may be called from
// several goroutines, for different nodes.
type Hands interface {
	// Look says where the world stands with a step, and changes nothing. The
	// error is of who could not look, such as a host that is not reached.
	Look(ctx context.Context, s *plan.Step) (progress.Look, error)
	// Do does it, and writes down in a log what it ran. It may be asked of a step
	// that an earlier run began. Whether it worked is for Look to say.
	Do(ctx context.Context, s *plan.Step, log *Log) error
}

// Gates say whether what a plan names as a gate holds.
type Gates interface {
	// Holds answers for one gate of a step now; why says what was seen, also
	// where it holds. A gate it does not know is an *[UnknownGateError].
	Holds(ctx context.Context, gate string, s *plan.Step) (holds bool, why string, err error)
}

// UnknownGateError is a gate that this program cannot hold: the plan was edited,
// or made by another version.
type UnknownGateError struct{ Gate string }

func (e *UnknownGateError) Error() string {
	return fmt.Sprintf("the plan asks for a gate that is not known: %q", e.Gate)
}

// Joined asks one after the other; the first that knows a gate answers.
type Joined []Gates

// Holds implements [Gates].
func (j Joined) Holds(ctx context.Context, gate string, s *plan.Step) (bool, string, error) {
	for _, g := range j {
		holds, why, err := g.Holds(ctx, gate, s)
		if _, unknown := errors.AsType[*UnknownGateError](err); !unknown {
			return holds, why, err
		}
	}
	return false, "", &UnknownGateError{Gate: gate}
}

// Triggers watch for what sends a change back.
type Triggers interface {
	// Pulled says which trigger was pulled and what was seen; "" = none.
	Pulled(ctx context.Context) (trigger, seen string, err error)
}

// Patience is how long the world may take.
type Patience struct {
	Gate time.Duration // until a gate holds
	Look time.Duration // until a step that was done shows
	Poll time.Duration // between two looks
	// Watch is between two looks at the triggers while steps are in flight; 0 =
	// they are asked before steps begin, and then no more.
	Watch time.Duration
}

// Engine carries out one plan.
type Engine struct {
	Plan     *plan.Plan
	Journal  Journal
	Hands    func(plan.Kind) Hands // nil of a kind = such steps cannot be carried out here
	Gates    Gates
	Triggers Triggers // nil = none is watched
	Patience Patience
	Now      func() time.Time
	Tell     func(Told) // what happens, in order; nil = nobody listens
	// Pause is asked after each step; its error ends the run as a wish to stop. nil = no pause.
	Pause func(ctx context.Context, s *plan.Step) error

	MaxFailures int        // of steps in one run; 0 = the first one ends it
	Until       plan.Phase // "" = to the end
	Only        string     // the one step to do; "" = all

	book *book
}

// Ending is how a run ended.
type Ending string

const (
	Finished Ending = "finished" // every step is done
	Reached  Ending = "reached"  // what was asked for is done
	Stopped  Ending = "stopped"  // safely: the same command goes on
	Blocked  Ending = "blocked"  // a gate did not hold, and nothing was changed yet
	Person   Ending = "person"   // a person must decide
)

// Outcome is what came of a run.
type Outcome struct {
	Ending Ending
	Step   *plan.Step // that it is about; nil = none
	Why    string
	Done   int // steps of the plan that are done
}

// ErrStop is the cause of a [Engine.Pause] that ends the run, for example.
var ErrStop = errors.New("asked to stop")

// InterruptedError says what was in flight when a run was ended at once.
type InterruptedError struct {
	Steps []string // ids
	Cause error
}

func (e *InterruptedError) Error() string {
	if len(e.Steps) == 0 {
		return "interrupted; no step was in flight"
	}
	return fmt.Sprintf("interrupted; in flight: %v", e.Steps)
}

func (e *InterruptedError) Unwrap() error { return e.Cause }
