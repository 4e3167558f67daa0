package apply

import (
	"encoding/json"
	"slices"

	"github.com/fixline-dev/fixline/internal/apply"
	"github.com/fixline-dev/fixline/internal/apply/cluster"
	"github.com/fixline-dev/fixline/internal/record/journal"
)

// Kinds of entries of the runs themselves.
const (
	runBegan    journal.Kind = "apply-began"
	runEnded    journal.Kind = "apply-ended"
	windowHeld  journal.Kind = "window-held"  // what installs packages by itself was stopped on a host
	windowEnded journal.Kind = "window-ended" // and started again
)

// Began is the data of an apply-began entry.
type Began struct {
	Plan string `json:"plan"`
	By   string `json:"by"`   // account and host
	Yes  string `json:"yes"`  // how the plan was agreed to: asked | hash
	Way  string `json:"way"`  // how hosts are reached
	Note string `json:"note"` // why outside of a window; "" = inside
	// Start is how the cluster stood before the first step of all.
	Start *cluster.Start `json:"start"`
	// NoWayBack are packages that cannot be had again.
	NoWayBack []string `json:"noWayBack"`
}

// Over is the data of an apply-ended entry.
type Over struct {
	Plan   string `json:"plan"`
	Ending string `json:"ending"`
	Step   string `json:"step"`
	Why    string `json:"why"`
	Done   int    `json:"done"`
	Of     int    `json:"of"`
}

// Window is the data of a window-held or window-ended entry.
type Window struct {
	Plan  string   `json:"plan"`
	Node  string   `json:"node"`
	Units []string `json:"units"`
}

// startOf is how the cluster stood before the first step of a plan; nil = the plan
// was not begun.
func startOf(entries []journal.Entry, hash string) *cluster.Start {
	for _, e := range entries {
		var b Began
		if e.Kind == runBegan && json.Unmarshal(e.Data, &b) == nil && b.Plan == hash && b.Start != nil {
			return b.Start
		}
	}
	return nil
}

// begunOf tells whether a step of a plan was ever begun.
func begunOf(entries []journal.Entry, hash, step string) bool {
	return slices.ContainsFunc(entries, func(e journal.Entry) bool {
		id, ok := apply.StepOf(e, hash)
		return ok && id == step && e.Kind == journal.StepIntent
	})
}

// askedOf tells whether the last run ended so that a person must decide on a step.
func askedOf(entries []journal.Entry, hash, step string) bool {
	asked := false
	for _, e := range entries {
		var o Over
		if e.Kind == runEnded && json.Unmarshal(e.Data, &o) == nil && o.Plan == hash {
			asked = o.Ending == string(apply.Person) && o.Step == step
		}
	}
	return asked
}

// windows are the hosts on which units are stopped, by node, also by a run that
// was killed.
func windows(entries []journal.Entry, hash string) map[string][]string {
	out := map[string][]string{}
	for _, e := range entries {
		var w Window
		if e.Kind != windowHeld && e.Kind != windowEnded || json.Unmarshal(e.Data, &w) != nil || w.Plan != hash {
			continue
		}
		if e.Kind == windowEnded {
			delete(out, w.Node)
			continue
		}
		out[w.Node] = append(out[w.Node], w.Units...)
	}
	return out
}
