package disrupt

import "slices"

// index finds pods and budgets of each other without looking at every pair.
type index struct {
	c       *Cluster
	named   map[string]int   // nodes
	on      map[string][]int // pods by node
	drained map[string]bool  // nodes
	byLabel map[label][]int  // pods
	within  map[string][]int // pods by namespace
	budgets [][]int          // by pod
	pods    [][]int          // by budget
}

type label struct{ namespace, key, value string }

func newIndex(c *Cluster, q Question) *index {
	x := &index{c: c, named: map[string]int{}, on: map[string][]int{}, drained: map[string]bool{}, byLabel: map[label][]int{}, within: map[string][]int{},
		budgets: make([][]int, len(c.Pods)), pods: make([][]int, len(c.Budgets))}
	for i, n := range c.Nodes {
		x.named[n.Name] = i
		if q.Drain == nil {
			x.drained[n.Name] = true
		}
	}
	for _, name := range q.Drain {
		x.drained[name] = true
	}
	asked := map[label]bool{}
	for _, b := range c.Budgets {
		if l, ok := b.first(); ok {
			asked[l] = true
		}
	}
	for i, p := range c.Pods {
		if p.Node != "" {
			x.on[p.Node] = append(x.on[p.Node], i)
		}
		x.within[p.Namespace] = append(x.within[p.Namespace], i)
		for k, v := range p.Labels {
			if l := (label{p.Namespace, k, v}); asked[l] {
				x.byLabel[l] = append(x.byLabel[l], i)
			}
		}
	}
	for b := range c.Budgets {
		x.match(b)
	}
	return x
}

// first is one of the labels a budget asks for, always the same.
func (b Budget) first() (label, bool) {
	if b.Selector == nil || len(b.Selector.Labels) == 0 {
		return label{}, false
	}
	best := ""
	for k := range b.Selector.Labels {
		if best == "" || k < best {
			best = k
		}
	}
	return label{b.Namespace, best, b.Selector.Labels[best]}, true
}

// match notes the pods of budget b.
func (x *index) match(b int) {
	budget := &x.c.Budgets[b]
	if budget.Selector == nil {
		return
	}
	candidates := x.within[budget.Namespace]
	if l, ok := budget.first(); ok {
		candidates = x.byLabel[l]
	}
	for _, p := range candidates {
		if selects(budget.Selector, x.c.Pods[p].Labels) {
			x.pods[b] = append(x.pods[b], p)
			x.budgets[p] = append(x.budgets[p], b)
		}
	}
}

// moves reports whether draining its node evicts p.
func (p *Pod) moves() bool { return p.Node != "" && !p.Daemon && !p.Static && !p.Deleting }

// evicted are the pods of a budget that draining evicts and the budget holds:
// what has not started may always go.
func (x *index) evicted(b int) []int {
	return slices.DeleteFunc(slices.Clone(x.pods[b]), func(i int) bool {
		p := &x.c.Pods[i]
		return !p.moves() || p.Pending || !x.drained[p.Node]
	})
}
