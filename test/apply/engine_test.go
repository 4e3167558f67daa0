package apply

import (
	"context"
	"encoding/json"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/fixline-dev/fixline/internal/apply"
	"github.com/fixline-dev/fixline/internal/apply/cluster"
	"github.com/fixline-dev/fixline/internal/core/plan"
	"github.com/fixline-dev/fixline/internal/core/progress"
	"github.com/fixline-dev/fixline/internal/record/journal"
)

// memory is a journal that no disk keeps.
type memory struct {
	mu      sync.Mutex
	entries []journal.Entry
}

func (m *memory) Entries() []journal.Entry {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.entries)
}

func (m *memory) Append(kind journal.Kind, data any) (journal.Entry, error) {
	text, err := json.Marshal(data)
	if err != nil {
		return journal.Entry{}, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.entries = append(m.entries, journal.Entry{Seq: len(m.entries) + 1, Kind: kind, Data: text})
	return m.entries[len(m.entries)-1], nil
}

// packages stand in for the hands that install a kubelet on a host.
type packages struct {
	t *testing.T
	l *lab
	c *cluster.Cluster
}

func (h packages) Look(ctx context.Context, s *plan.Step) (progress.Look, error) {
	v, err := h.c.Versions(ctx, s.Node)
	if err != nil || v["kubelet"].Version != s.To {
		return progress.Look{State: progress.Before, Says: "kubelet " + v["kubelet"].Version}, err
	}
	return progress.Look{State: progress.There, Says: "kubelet " + s.To}, nil
}

func (h packages) Do(_ context.Context, s *plan.Step, _ *apply.Log) error {
	h.l.setNode(h.t, s.Node, "v"+s.To, "True")
	return nil
}

// engine carries both workers out side by side, as one batch, and ends with every step done.
func engine(t *testing.T, l *lab, _ *plan.Plan, _ *cluster.Cluster) {
	p := thePlan()
	p.Hash = "5678"
	p.Start.Instances = slices.Clone(p.Start.Instances)
	steps := []plan.Step{}
	for _, n := range []string{"w1", "w2"} {
		d, u := *step(p, "drain-"+n), *step(p, "uncordon-"+n)
		k := plan.Step{ID: "kubelet-" + n, Kind: plan.KubeletPackage, Node: n, Components: []string{"kubelet"}, From: "1.37.0", To: "1.37.1", Batch: 1}
		d.GatesBefore = []string{plan.GateHealthy, plan.GateEvictable}
		k.GatesAfter = []string{plan.GateNodeReady}
		u.GatesBefore, u.GatesAfter = []string{plan.GateNodeReady}, []string{plan.GateNodeReady, plan.GatePodsBack}
		steps = append(steps, d, k, u)
	}
	p.Steps = append([]plan.Step{*step(p, "proxy"), *step(p, "dns")}, steps...)
	p.Steps = append(p.Steps, plan.Step{ID: "pause", Kind: plan.Pause, GatesAfter: []string{plan.GateHealthy, plan.GateNodesReady}},
		plan.Step{ID: "verify", Kind: plan.VerifyStep, GatesBefore: []string{plan.GateNodesReady}, GatesAfter: []string{plan.GateNoRegression}})
	m, c := &memory{}, l.cluster(t, p)
	d := l.drains(p, func(id string) map[string]string { return apply.Facts(m.Entries(), p.Hash, id) })
	e := &apply.Engine{Plan: p, Journal: m, Now: time.Now, Gates: apply.Joined{c.Gates(), d.Gates()}, Triggers: c.Triggers(),
		Patience: apply.Patience{Gate: 40 * time.Second, Look: 40 * time.Second, Poll: 200 * time.Millisecond},
		Hands: func(k plan.Kind) apply.Hands {
			if k == plan.KubeletPackage {
				return packages{t, l, c}
			}
			if h := c.Hands(k); h != nil {
				return h
			}
			return d.Hands(k)
		}}
	out, err := e.Run(t.Context(), nil)
	if err != nil || out.Ending != apply.Finished || out.Done != len(p.Steps) {
		t.Fatalf("%+v, %v", out, err)
	}
	for _, n := range []string{"w1", "w2"} {
		if n := l.get(t, n); n.unschedulable || n.annotations["fixline.dev/drain"] != "" {
			t.Errorf("after the run: %+v", n)
		}
	}
	if got := l.runs(t, "app=web", 2); got != "" {
		t.Error("web: " + got)
	}
	// What the record keeps says who was moved.
	evicted := 0
	for _, x := range m.Entries() {
		var end apply.Ended
		if x.Kind != journal.StepDone || json.Unmarshal(x.Data, &end) != nil {
			continue
		}
		for _, c := range end.Commands {
			if len(c.Command) > 6 && c.Command[:6] == "evict " {
				evicted++
			}
		}
	}
	if evicted < 2 {
		t.Errorf("the record names %d evictions", evicted)
	}
}
