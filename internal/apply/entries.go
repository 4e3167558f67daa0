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
		var about struct {
			Plan, Step, Error, Why string
			As                     progress.EventKind
		}
		kind, ok := map[journal.Kind]progress.EventKind{journal.StepIntent: progress.Begun, journal.StepDone: progress.Done, journal.StepFailed: progress.Failed, Decided: ""}[e.Kind]
		if !ok {
			continue
		}
		if err := json.Unmarshal(e.Data, &about); err != nil {
			return nil, fmt.Errorf("reading entry %d of the journal: %w", e.Seq, err)
		}
		if about.Plan != hash {
			continue
		}
		if kind == "" {
			kind = about.As
		}
		out = append(out, progress.Event{Step: about.Step, Kind: kind, Why: about.Error + about.Why})
	}
	return out, nil
}

// Facts are what steps of a plan noted for later ones, by step and name; of a
// step that was done more than once the first word counts, since it was said of
// the world before the change.
func Facts(entries []journal.Entry, hash string) map[string]map[string]string {
	out := map[string]map[string]string{}
	for _, e := range entries {
		if e.Kind != journal.StepDone && e.Kind != journal.StepFailed {
			continue
		}
		var end Ended
		if json.Unmarshal(e.Data, &end) != nil || end.Plan != hash {
			continue
		}
		for name, value := range end.Facts {
			if out[end.Step] == nil {
				out[end.Step] = map[string]string{}
			}
			if _, said := out[end.Step][name]; !said {
				out[end.Step][name] = value
			}
		}
	}
	return out
}

func milli(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z07:00") }

// StepOf is the step of a plan that an entry is about; not ok where it is about
// none, or one of another plan.
func StepOf(e journal.Entry, hash string) (id string, ok bool) {
	switch e.Kind {
	case journal.StepIntent, journal.StepDone, journal.StepFailed, Decided:
	default:
		return "", false
	}
	var about struct{ Plan, Step string }
	if json.Unmarshal(e.Data, &about) != nil || about.Plan != hash {
		return "", false
	}
	return about.Step, true
}
