package plan

import (
	"fmt"
	"slices"

	"github.com/fixline-dev/fixline/internal/core/inventory"
)

// away counts which workers of a pool a plan takes away at once: one after the
// other without bringing them back, or side by side in a batch.
type away struct {
	pool  map[string]string // of each worker
	size  map[string]int    // workers of each pool
	gone  map[string]int    // drained now
	batch map[int][]string  // workers that the steps of a batch drain
}

func awayOf(w *world, p *Plan) *away {
	a := &away{pool: map[string]string{}, size: map[string]int{}, gone: map[string]int{}, batch: map[int][]string{}}
	for _, i := range w.all[inventory.Kubelet] {
		inst := w.track.Instances()[i]
		if _, seen := a.pool[inst.Node]; !seen && len(w.at(inventory.KubeAPIServer, inst.Node)) == 0 {
			a.pool[inst.Node] = inst.Pool
			a.size[inst.Pool]++
		}
	}
	for i := range p.Steps {
		if s := &p.Steps[i]; s.Kind == Drain && s.Batch != 0 && !slices.Contains(a.batch[s.Batch], s.Node) {
			a.batch[s.Batch] = append(a.batch[s.Batch], s.Node)
		}
	}
	return a
}

// drained notes a drain that leaves nothing of a pool of two or more.
func (a *away) drained(c *checker, s *Step) {
	pool, worker := a.pool[s.Node]
	if !worker {
		return
	}
	a.gone[pool]++
	together := 0
	for _, n := range a.batch[s.Batch] {
		if p, ok := a.pool[n]; ok && p == pool {
			together++
		}
	}
	if size := a.size[pool]; size > 1 && max(a.gone[pool], together) >= size {
		c.note(&Refusal{Code: "PLAN-015", Step: s.ID, Why: fmt.Sprintf("all %d nodes of pool %q would be drained at once, and nothing of it runs meanwhile", size, pool)})
	}
}

// back is a node that takes pods again.
func (a *away) back(node string) {
	if pool, worker := a.pool[node]; worker {
		a.gone[pool] = max(0, a.gone[pool]-1)
	}
}

// together refuses control planes side by side: they go one at a time, with
// etcd's health between them.
func (c *checker) together(s *Step) {
	if s.Batch != 0 && s.Node != "" && len(c.w.at(inventory.KubeAPIServer, s.Node)) > 0 {
		c.note(&Refusal{Code: "PLAN-015", Step: s.ID, Why: fmt.Sprintf("%s is a control plane, and the steps of batch %d may run side by side", s.Node, s.Batch)})
	}
}
