package apply

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/fixline-dev/fixline/internal/core/plan"
	"github.com/fixline-dev/fixline/internal/core/progress"
	"github.com/fixline-dev/fixline/internal/record/journal"
)

// Decided is the kind of an entry by which a person says how to go on with a
// step that was left half-way.
const Decided journal.Kind = "step-decided"

// Intent is the data of a step-intent entry.
type Intent struct {
	Plan    string    `json:"plan"` // its hash
	Step    string    `json:"step"`
	Kind    plan.Kind `json:"kind"`
	Node    string    `json:"node"`
	Attempt int       `json:"attempt"` // from 1
	Saw     string    `json:"saw"`     // of the world before
	Gates   []Held    `json:"gates"`   // that held
}

// Held is a gate and what was seen.
type Held struct {
	Gate string `json:"gate"`
	Saw  string `json:"saw"`
}

// Ended is the data of a step-done or step-failed entry.
type Ended struct {
	Plan    string `json:"plan"`
	Step    string `json:"step"`
	Attempt int    `json:"attempt"` // 0 = it was there already, and nothing was done
	Began   string `json:"began"`   // RFC 3339 in UTC, with milliseconds
	Ended   string `json:"ended"`
	// Seconds of the whole step; Remote those inside commands on hosts and
	// requests that change something; Waited those in which the world was waited
	// for. What is left is Fixline's own.
	Seconds float64 `json:"seconds"`
	Remote  float64 `json:"remote"`
	Waited  float64 `json:"waited"`

	Saw      string            `json:"saw"` // of the world after
	Gates    []Held            `json:"gates"`
	Notes    []string          `json:"notes"`
	Facts    map[string]string `json:"facts,omitempty"`
	Commands []Command         `json:"commands"`
	Error    string            `json:"error,omitempty"` // why it failed
}

// Decision is the data of a step-decided entry.
type Decision struct {
	Plan string             `json:"plan"`
	Step string             `json:"step"`
	As   progress.EventKind `json:"as"` // taken-as-done | do-again
	By   string             `json:"by"`
	Why  string             `json:"why"`
}

// Events are what the entries of a journal say of the steps of a plan, known by
// its hash. Entries of another plan are left out: a plan that was changed is
// another change.
func Events(entries []journal.Entry, hash string) ([]progress.Event, error) {
	var out []progress.Event
	for _, e := range entries {
		about, ok, err := read(e, hash)
		if err != nil {
			return nil, err
		}
		if !ok {
			continue
		}
		kind := about.As
		switch e.Kind {
		case journal.StepIntent:
			kind = progress.Begun
		case journal.StepDone:
			kind = progress.Done
		case journal.StepFailed:
			kind = progress.Failed
		}
		out = append(out, progress.Event{Step: about.Step, Kind: kind, Why: about.Error + about.Why})
	}
	return out, nil
}

// about is what the entries of steps have in common.
type about struct {
	Plan, Step, Error, Why string
	As                     progress.EventKind
}

// read reads an entry about a step of a plan; not ok where it is about something
// else, or about another plan.
func read(e journal.Entry, hash string) (a about, ok bool, err error) {
	switch e.Kind {
	case journal.StepIntent, journal.StepDone, journal.StepFailed, Decided:
	default:
		return a, false, nil
	}
	if err := json.Unmarshal(e.Data, &a); err != nil {
		return a, false, fmt.Errorf("reading entry %d of the journal: %w", e.Seq, err)
	}
	return a, a.Plan == hash, nil
}

// StepOf is the step of a plan that an entry is about; not ok where it is about
// none, or one of another plan.
func StepOf(e journal.Entry, hash string) (id string, ok bool) {
	a, ok, err := read(e, hash)
	return a.Step, ok && err == nil
}

// Facts are what a step of a plan noted for later ones, by name; of one that was
// done more than once the first word counts, since it was said of the world
// before the change. Nil = it noted none.
func Facts(entries []journal.Entry, hash, step string) map[string]string {
	var out map[string]string
	for _, e := range entries {
		if e.Kind != journal.StepDone && e.Kind != journal.StepFailed {
			continue
		}
		if id, ok := StepOf(e, hash); !ok || id != step {
			continue // what it ran, which is long, is not read
		}
		var end Ended
		if json.Unmarshal(e.Data, &end) != nil {
			continue
		}
		for name, value := range end.Facts {
			if out == nil {
				out = map[string]string{}
			}
			if _, said := out[name]; !said {
				out[name] = value
			}
		}
	}
	return out
}

func milli(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z07:00") }
