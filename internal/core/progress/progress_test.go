package progress_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/fixline-dev/fixline/internal/core/plan"
	"github.com/fixline-dev/fixline/internal/core/progress"
)

// steps makes a plan of "id@node/batch:phase.hop"; all but id may be left out.
func steps(words ...string) *plan.Plan {
	p := &plan.Plan{}
	for _, w := range words {
		s := plan.Step{Phase: plan.ControlPlane, Hop: "1"}
		w, s.Hop = cut(w, ".", "1")
		w, phase := cut(w, ":", string(plan.ControlPlane))
		s.Phase = plan.Phase(phase)
		w, batch := cut(w, "/", "0")
		s.Batch, _ = strconv.Atoi(batch) // 0 where none is written
		s.ID, s.Node = cut(w, "@", "")
		p.Steps = append(p.Steps, s)
	}
	return p
}

func cut(w, at, otherwise string) (string, string) {
	before, after, found := strings.Cut(w, at)
	if !found {
		return w, otherwise
	}
	return before, after
}

func ids(list []*plan.Step) string {
	var out []string
	for _, s := range list {
		out = append(out, s.ID)
	}
	return strings.Join(out, " ")
}

func said(d progress.Decision) string {
	parts := []string{}
	for _, p := range []struct {
		name string
		list []*plan.Step
	}{{"settle", d.Settle}, {"look", d.Look}, {"do", d.Do}} {
		if len(p.list) > 0 {
			parts = append(parts, p.name+" "+ids(p.list))
		}
	}
	if d.Stop != "" {
		parts = append(parts, "stop "+string(d.Stop))
	}
	return strings.Join(parts, ", ")
}

func events(words ...string) (out []progress.Event) {
	for _, w := range words {
		kind, step, _ := strings.Cut(w, " ")
		out = append(out, progress.Event{Kind: progress.EventKind(kind), Step: step})
	}
	return out
}

func set(words ...string) map[string]bool {
	out := map[string]bool{}
	for _, w := range words {
		out[w] = true
	}
	return out
}

func seen(words ...string) map[string]progress.Look {
	out := map[string]progress.Look{}
	for _, w := range words {
		step, state, _ := strings.Cut(w, " ")
		out[step] = progress.Look{State: progress.State(state), Says: "it is so"}
	}
	return out
}

func TestNext(t *testing.T) {
	line := steps("a", "b", "c")
	batch := steps("a", "d1@w1/1", "k1@w1/1", "d2@w2/1", "k2@w2/1", "d3@w3/2", "z")
	phases := steps("p:prepare.1", "c:control-plane.1", "w:workers.1", "v:verify.1", "q:prepare.2", "x:control-plane.2")
	for name, c := range map[string]struct {
		in   progress.Input
		want string
	}{
		"a step is looked at before it is begun":      {progress.Input{Plan: line}, "look a"},
		"then done":                                   {progress.Input{Plan: line, Seen: seen("a before")}, "do a"},
		"or not, where the world is there":            {progress.Input{Plan: line, Seen: seen("a there")}, "settle a"},
		"half done and never begun by us: go on":      {progress.Input{Plan: line, Seen: seen("a partly")}, "do a"},
		"nobody knows":                                {progress.Input{Plan: line, Seen: seen("a unclear")}, "stop person"},
		"done is never done again":                    {progress.Input{Plan: line, Events: events("begun a", "done a")}, "look b"},
		"begun and killed":                            {progress.Input{Plan: line, Events: events("begun a", "done a", "begun b")}, "look b"},
		"begun, killed, and there":                    {progress.Input{Plan: line, Events: events("begun a"), Seen: seen("a there")}, "settle a"},
		"begun, killed, half done":                    {progress.Input{Plan: line, Events: events("begun a"), Seen: seen("a partly")}, "do a"},
		"failed in an earlier run":                    {progress.Input{Plan: line, Events: events("begun a", "failed a"), Seen: seen("a before")}, "do a"},
		"failed in this run":                          {progress.Input{Plan: line, Events: events("begun a", "failed a"), Failed: set("a")}, "stop failure"},
		"a person took it as done":                    {progress.Input{Plan: line, Events: events("begun a", "taken-as-done a")}, "look b"},
		"a person wants it again":                     {progress.Input{Plan: line, Events: events("begun a", "do-again a"), Seen: seen("a unclear")}, "do a"},
		"which holds once":                            {progress.Input{Plan: line, Events: events("do-again a", "begun a"), Seen: seen("a unclear")}, "stop person"},
		"all done":                                    {progress.Input{Plan: line, Events: events("done a", "done b", "done c")}, "stop finished"},
		"a batch is begun on every node":              {progress.Input{Plan: batch, Events: events("done a"), Seen: seen("d1 before", "d2 before")}, "do d1 d2"},
		"and looked at":                               {progress.Input{Plan: batch, Events: events("done a")}, "look d1 d2"},
		"each node at its own pace":                   {progress.Input{Plan: batch, Events: events("done a", "done d1"), Running: set("d2"), Seen: seen("k1 before")}, "do k1"},
		"the next batch waits":                        {progress.Input{Plan: batch, Events: events("done a", "done d1", "done k1"), Running: set("d2")}, ""},
		"until all of this one are done":              {progress.Input{Plan: batch, Events: events("done a", "done d1", "done k1", "done d2", "done k2")}, "look d3"},
		"one failure begins no other step":            {progress.Input{Plan: batch, Events: events("done a", "begun d1", "failed d1", "done d2"), Failed: set("d1")}, "stop failure"},
		"unless more are allowed":                     {progress.Input{Plan: batch, Events: events("done a", "begun d1", "failed d1", "done d2"), Failed: set("d1"), MaxFailures: 2}, "look k2"},
		"the node that failed waits for the next run": {progress.Input{Plan: batch, Events: events("done a", "begun d1", "failed d1", "done d2", "done k2"), Failed: set("d1"), MaxFailures: 2}, "stop failure"},
		"and waits for the others":                    {progress.Input{Plan: batch, Events: events("done a", "begun d1", "failed d1", "done d2"), Failed: set("d1"), MaxFailures: 2, Running: set("k2")}, "stop failure"},
		"a person's matter begins no other step":      {progress.Input{Plan: batch, Events: events("done a"), Seen: seen("d1 unclear", "d2 before")}, "stop person"},
		"until a phase":                               {progress.Input{Plan: phases, Until: plan.ControlPlane, Events: events("done p")}, "look c"},
		"which is done":                               {progress.Input{Plan: phases, Until: plan.ControlPlane, Events: events("done p", "done c")}, "stop reached"},
		"to the end of a hop":                         {progress.Input{Plan: phases, Until: plan.Verify, Events: events("done p", "done c", "done w", "done v"), Seen: seen("v before")}, "stop reached"},
		"and on from there in the next run":           {progress.Input{Plan: phases, Until: plan.Verify, Events: events("done p", "done c", "done w", "done v")}, "look q"},
		"one step only":                               {progress.Input{Plan: line, Only: "a", Seen: seen("a before")}, "do a"},
		"one step only, done":                         {progress.Input{Plan: line, Only: "a", Events: events("done a")}, "stop reached"},
		"one step only, which is not next":            {progress.Input{Plan: line, Only: "b"}, "stop person"},
		"one step only, next of its node":             {progress.Input{Plan: batch, Only: "d2", Events: events("done a")}, "look d2"},
		"one step only, which is not next of its own": {progress.Input{Plan: batch, Only: "k2", Events: events("done a")}, "stop person"},
		"one step only, which there is not":           {progress.Input{Plan: line, Only: "x", Events: events("done a", "done b", "done c")}, "stop person"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := said(progress.Next(c.in)); got != c.want {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}

// world is a simulation: what was done on each node, and what a killed run left.
type world struct {
	there, partly map[string]bool
	times         map[string]int // how often each was done to its end
}

func (w world) look(id string) progress.Look {
	switch {
	case w.there[id]:
		return progress.Look{State: progress.There}
	case w.partly[id]:
		return progress.Look{State: progress.Partly}
	}
	return progress.Look{State: progress.Before}
}

// TestKilledAnywhere: whenever a run is killed, before or after any write of the
// journal, the runs after it do every step, in an order the plan allows, and none
// a second time once it was there.
func TestKilledAnywhere(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := &plan.Plan{}
		for batch := range rapid.IntRange(1, 4).Draw(t, "batches") {
			if rapid.Bool().Draw(t, "alone") {
				p.Steps = append(p.Steps, plan.Step{ID: fmt.Sprint("s", len(p.Steps)), Node: "cp"})
				continue
			}
			for n := range rapid.IntRange(1, 3).Draw(t, "nodes") {
				for range rapid.IntRange(1, 3).Draw(t, "each") {
					p.Steps = append(p.Steps, plan.Step{ID: fmt.Sprint("s", len(p.Steps)), Node: fmt.Sprint("w", n), Batch: batch + 1})
				}
			}
		}
		w := world{map[string]bool{}, map[string]bool{}, map[string]int{}}
		var journal []progress.Event
		for run := 0; ; run++ {
			if run > 1000 {
				t.Fatalf("no end after %d runs: %v", run, journal)
			}
			seen := map[string]progress.Look{}
			dead := false
			killed := func(where string) bool {
				dead = dead || run < 20 && rapid.IntRange(0, 7).Draw(t, "killed "+where) == 0
				return dead
			}
			for !dead {
				d := progress.Next(progress.Input{Plan: p, Events: journal, Seen: seen})
				if d.Stop == progress.Finished {
					for i := range p.Steps {
						if w.times[p.Steps[i].ID] != 1 {
							t.Fatalf("step %s was done %d times", p.Steps[i].ID, w.times[p.Steps[i].ID])
						}
					}
					return
				}
				if d.Stop != "" {
					t.Fatalf("stopped: %s", d.Why)
				}
				for _, s := range d.Settle {
					if !killed("before it is settled") {
						journal = append(journal, progress.Event{Kind: progress.Done, Step: s.ID})
					}
				}
				for _, s := range d.Look {
					seen[s.ID] = w.look(s.ID)
				}
				for _, s := range d.Do {
					if killed("before begun") {
						break
					}
					allowed(t, p, s, w)
					journal = append(journal, progress.Event{Kind: progress.Begun, Step: s.ID})
					if killed("in the step") {
						w.partly[s.ID] = rapid.Bool().Draw(t, "half")
						break
					}
					w.there[s.ID] = true
					w.times[s.ID]++
					if killed("before done") {
						break
					}
					journal = append(journal, progress.Event{Kind: progress.Done, Step: s.ID})
					delete(seen, s.ID)
				}
			}
		}
	})
}

// allowed: every step before s is done, but for other nodes of its own batch.
func allowed(t *rapid.T, p *plan.Plan, s *plan.Step, w world) {
	i := slices.IndexFunc(p.Steps, func(o plan.Step) bool { return o.ID == s.ID })
	for _, before := range p.Steps[:i] {
		if !w.there[before.ID] && (s.Batch == 0 || before.Batch != s.Batch || before.Node == s.Node) {
			t.Fatalf("%s was begun before %s was done", s.ID, before.ID)
		}
	}
}
