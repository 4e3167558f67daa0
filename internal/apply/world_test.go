package apply_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/fixline-dev/fixline/internal/apply"
	"github.com/fixline-dev/fixline/internal/core/plan"
	"github.com/fixline-dev/fixline/internal/core/progress"
	"github.com/fixline-dev/fixline/internal/record/journal"
)

// memory is a journal whose writer dies at the write of a number: before it is on
// the disk, or after.
type memory struct {
	mu      sync.Mutex
	entries []journal.Entry
	writes  int
	dies    int // 0 = never
	after   bool
}

var errKilled = errors.New("killed")

func (m *memory) Entries() []journal.Entry {
	m.mu.Lock()
	defer m.mu.Unlock()
	return append([]journal.Entry(nil), m.entries...)
}

func (m *memory) Append(kind journal.Kind, data any) (journal.Entry, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	text, err := json.Marshal(data)
	if err != nil {
		return journal.Entry{}, err
	}
	m.writes++
	e := journal.Entry{Seq: len(m.entries) + 1, Kind: kind, Data: text}
	if m.dies > 0 && m.writes >= m.dies {
		if m.after && m.writes == m.dies {
			m.entries = append(m.entries, e)
		}
		return e, errKilled
	}
	m.entries = append(m.entries, e)
	return e, nil
}

// world is a cluster of switches; its hands are for every kind.
type world struct {
	mu      sync.Mutex
	on      map[string]bool
	times   map[string]int
	fails   map[string]error
	lost    map[string]bool // steps that leave no trace
	unclear map[string]bool
	doing   chan string // each step that begins is sent here, where it is not nil
	proceed chan bool
	closed  map[string]bool // gates that do not hold
	order   []string
}

func newWorld() *world {
	return &world{on: map[string]bool{}, times: map[string]int{}, fails: map[string]error{}, lost: map[string]bool{}, unclear: map[string]bool{}, closed: map[string]bool{}}
}

func (w *world) Look(_ context.Context, s *plan.Step) (progress.Look, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case w.unclear[s.ID]:
		return progress.Look{State: progress.Unclear, Says: "half of it is there"}, nil
	case w.on[s.ID]:
		return progress.Look{State: progress.There, Says: "it is on"}, nil
	}
	return progress.Look{State: progress.Before, Says: "it is off"}, nil
}

func (w *world) Do(ctx context.Context, s *plan.Step, log *apply.Log) error {
	if w.doing != nil {
		w.doing <- s.ID
		select {
		case <-w.proceed:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	began := time.Now()
	log.Ran(apply.Command{Host: s.Node, Command: "switch " + s.ID, Stdout: strings.Repeat("x", 20<<10)}, began, began.Add(time.Second))
	log.Fact("was", fmt.Sprint(w.on[s.ID]))
	if err := w.fails[s.ID]; err != nil {
		return err
	}
	if !w.lost[s.ID] {
		w.on[s.ID] = true
	}
	w.times[s.ID]++
	w.order = append(w.order, s.ID)
	return nil
}

func (w *world) Holds(_ context.Context, gate string, _ *plan.Step) (bool, string, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case gate == "unheard of":
		return false, "", &apply.UnknownGateError{Gate: gate}
	case w.closed[gate]:
		return false, "it is closed", nil
	}
	return true, "it is open", nil
}

func steps() *plan.Plan {
	p := &plan.Plan{Hash: "abc"}
	add := func(id, node string, batch int) {
		p.Steps = append(p.Steps, plan.Step{ID: id, Node: node, Batch: batch, Kind: plan.Drain, Phase: plan.Workers, Say: "do " + id, Minutes: 1,
			GatesBefore: []string{"before " + id}, GatesAfter: []string{"after " + id}})
	}
	add("hold", "cp1", 0)
	add("apply", "cp1", 0)
	for _, n := range []string{"w1", "w2"} {
		add("drain-"+n, n, 1)
		add("kubelet-"+n, n, 1)
	}
	add("verify", "", 0)
	return p
}

func engine(p *plan.Plan, j apply.Journal, w *world) *apply.Engine {
	return &apply.Engine{Plan: p, Journal: j, Hands: func(plan.Kind) apply.Hands { return w }, Gates: w, Now: time.Now,
		Patience: apply.Patience{Gate: 20 * time.Millisecond, Look: 20 * time.Millisecond, Poll: time.Millisecond}}
}
