package cluster

import (
	"github.com/fixline-dev/fixline/internal/core/inventory"
	"github.com/fixline-dev/fixline/internal/core/plan"
	"github.com/fixline-dev/fixline/internal/core/version"
)

// expected is what a plan says runs where, at each of its steps. States of a
// plan name only what moved, so it goes through the moves itself.
type expected struct {
	p     *plan.Plan
	index map[string]int // of steps, by id
	has   map[string]bool
	nodes map[string]bool // with a kubelet
	known map[string]bool // versions of kubelets, from the start to the end
}

func expectedOf(p *plan.Plan) *expected {
	e := &expected{p: p, index: make(map[string]int, len(p.Steps)), has: map[string]bool{}, nodes: map[string]bool{}, known: map[string]bool{}}
	for i := range p.Start.Instances {
		inst := &p.Start.Instances[i]
		e.has[inst.Component] = true
		if inst.Component == inventory.Kubelet {
			e.nodes[inst.Node] = true
			e.known[inst.Version.String()] = true
		}
	}
	for i := range p.Steps {
		s := &p.Steps[i]
		e.index[s.ID] = i
		for _, m := range s.Moves() {
			if m.Component == inventory.Kubelet {
				e.known[m.To] = true
			}
		}
	}
	return e
}

// at is what runs after a step: component, node, version. What the start did not
// know is missing until a step moves it.
func (e *expected) at(step string) map[string]map[string]string {
	out := map[string]map[string]string{}
	for _, inst := range e.p.Start.Instances {
		if inst.Node == "" || !inst.Version.Known() {
			continue
		}
		if out[inst.Component] == nil {
			out[inst.Component] = map[string]string{}
		}
		// Of two of a component on one node, such as replicas of CoreDNS, the older.
		if was := out[inst.Component][inst.Node]; was == "" || less(inst.Version.String(), was) {
			out[inst.Component][inst.Node] = inst.Version.String()
		}
	}
	last, ok := e.index[step]
	for i := 0; ok && i <= last; i++ {
		for _, m := range e.p.Steps[i].Moves() {
			move(out[m.Component], m)
		}
	}
	return out
}

// move makes one move; a rollout over all nodes takes none of them down.
func move(nodes map[string]string, m plan.Move) {
	for node, was := range nodes {
		if m.Node == node || m.Node == "" && less(was, m.To) {
			nodes[node] = m.To
		}
	}
}

// anywhere is the version of a component that stands on no fixed node, such as
// CoreDNS, after a step: the newest the plan says of any; "" = none.
func anywhere(nodes map[string]string) string {
	newest := ""
	for _, v := range nodes {
		if newest == "" || less(newest, v) {
			newest = v
		}
	}
	return newest
}

// kubelet is what the latest step of a node at or before one installs; "" = none does.
func (e *expected) kubelet(s *plan.Step) string {
	to := ""
	for i := 0; i <= e.index[s.ID]; i++ {
		if at := &e.p.Steps[i]; at.Kind == plan.KubeletPackage && at.Node == s.Node {
			to = at.To
		}
	}
	return to
}

func less(a, b string) bool {
	x, err := version.Parse(a)
	y, also := version.Parse(b)
	return err == nil && also == nil && x.Less(y)
}
