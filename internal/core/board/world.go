package board

import (
	"slices"

	"github.com/fixline-dev/fixline/internal/core/inventory"
	"github.com/fixline-dev/fixline/internal/core/skew"
	"github.com/fixline-dev/fixline/internal/core/version"
)

// place names an instance within a cluster.
type place struct{ component, where string }

// world is the cluster as it is, or as it would be after a move.
type world struct {
	in   Input
	list []inventory.Instance
	// rows holds the worst row of each instance, in the order of list.
	rows []skew.Row
	// byNode are the positions of what runs on each node; "" = on none.
	byNode map[string][]int
	// many are those that others are compared with wherever they run: the API
	// servers and the members of etcd.
	many map[string]bool
	// common are the positions of those, everywhere all that are on a node.
	common, everywhere []int
	// at is the position of the first instance of a component on a node or host.
	at map[place]int
	// planned are the goals a plan sets.
	planned map[place]version.Version
}

func newWorld(in Input, list []inventory.Instance) *world {
	w := &world{in: in, list: list, rows: make([]skew.Row, len(list)), byNode: map[string][]int{}, many: map[string]bool{}, at: map[place]int{}, planned: map[place]version.Version{}}
	for _, r := range in.Rules.Rules {
		if !r.SameNode {
			w.many[r.Against] = true
		}
	}
	for i, inst := range list {
		w.byNode[inst.Node] = append(w.byNode[inst.Node], i)
		if at := (place{inst.Component, inst.Where()}); !w.has(at) {
			w.at[at] = i
		}
		if w.many[inst.Component] {
			w.common = append(w.common, i)
		}
		if inst.Node != "" {
			w.everywhere = append(w.everywhere, i)
		}
	}
	for _, m := range in.Goal.Moves {
		for _, i := range w.moved(m) {
			if at := (place{m.Component, list[i].Where()}); w.planned[at].Less(m.To) {
				w.planned[at] = m.To
			}
		}
	}
	for node := range w.byNode {
		w.judge(node)
	}
	return w
}

// judge asks the rules about what runs on one node, beside all that counts
// everywhere: that keeps a cluster of thousands of nodes from being compared
// with itself. What runs on no node is judged beside everything, because a
// rule may ask whether there is a counterpart on any.
func (w *world) judge(node string) {
	mine := w.byNode[node]
	beside := make([]inventory.Instance, 0, len(mine)+8)
	for _, i := range mine {
		beside = append(beside, w.list[i])
	}
	others := w.common
	if node == "" {
		others = w.everywhere
	}
	for _, i := range others {
		if w.list[i].Node != node {
			beside = append(beside, w.list[i])
		}
	}
	type key struct{ component, where, version string }
	found := map[key]skew.Row{}
	for _, r := range skew.Worst(skew.Check(w.in.Rules, w.in.Policy, beside)) {
		found[key{r.Component, r.Node, r.Version.String()}] = r
	}
	for _, i := range mine {
		inst := w.list[i]
		w.rows[i] = found[key{inst.Component, inst.Where(), inst.Version.String()}]
	}
}

// after is the world once the instance at i runs v.
func (w *world) after(i int, v version.Version) *world {
	next := *w
	next.list, next.rows = slices.Clone(w.list), slices.Clone(w.rows)
	next.list[i].Version, next.list[i].Unread = v, ""
	if !w.many[w.list[i].Component] {
		next.judge(w.list[i].Node)
		return &next
	}
	for node := range next.byNode {
		next.judge(node)
	}
	return &next
}

// illegal are the positions of what may not stay as it is; clients do not count.
func (w *world) illegal() []int {
	var out []int
	for i, r := range w.rows {
		if r.State == skew.Illegal && !r.Client {
			out = append(out, i)
		}
	}
	return out
}

// worse finds an instance that a move would make illegal, or impossible to
// judge; ok is false where there is none.
func (w *world) worse(after *world) (at int, ok bool) {
	for i, r := range after.rows {
		bad := r.State == skew.Illegal || r.State == skew.Unknown
		if bad && !r.Client && w.rows[i].State != r.State && w.rows[i].State != skew.Illegal {
			return i, true
		}
	}
	return 0, false
}

// of are the positions of a component, oldest version first.
func (w *world) of(component string) []int {
	var out []int
	for i, inst := range w.list {
		if inst.Component == component {
			out = append(out, i)
		}
	}
	slices.SortStableFunc(out, func(a, b int) int { return w.list[a].Version.Compare(w.list[b].Version) })
	return out
}

// find is the position of an instance; ok is false where there is none. A plan
// of thousands of nodes asks it once for each of its moves.
func (w *world) find(component, where string) (int, bool) {
	i, ok := w.at[place{component, where}]
	return i, ok
}

func (w *world) has(p place) bool {
	_, ok := w.at[p]
	return ok
}
