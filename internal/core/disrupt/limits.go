package disrupt

import (
	"cmp"
	"maps"
	"slices"
	"strings"
)

// Limits are what a plan must keep to.
type Limits struct {
	Nodes []NodeLimit // of the nodes to drain, in the order of Cluster.Nodes
	Pools []PoolLimit // of the pools they are in, control planes first
	// Budgets are those with pods on the nodes to drain, in the order of
	// Cluster.Budgets.
	Budgets []BudgetLimit
	// Unread are what was not read, as in [Cluster]: the limits may be wrong
	// where it is not empty.
	Unread []string
}

// NodeLimit is what stands on one node.
type NodeLimit struct {
	Node, Pool   string
	ControlPlane bool
	// Evict are the pods a drain evicts, "namespace/name"; Blocked the budgets
	// that would not let one of them go now, "namespace/name".
	Evict, Blocked []string
}

// PoolLimit is how many nodes of a pool may be drained at once.
type PoolLimit struct {
	Pool         string // "" = nodes without one
	ControlPlane bool
	Nodes        []string
	// Batch is the largest number the room on other nodes allows, whichever
	// nodes they are; 0 = not even one, len(Nodes) = all of them.
	Batch int
	// Unknown says why Batch cannot be relied on, "" where it can.
	Unknown string
}

// BudgetLimit is how many of the nodes with pods of one budget may be drained
// at once.
type BudgetLimit struct {
	Budget string // "namespace/name"
	Nodes  []string
	// Most nodes, whichever they are: their pods are no more than the budget
	// allows now. It is 1 where one node has more of them, because a drain then
	// goes on as they come up elsewhere, and 0 where the budget lets none go.
	Most int
	// Operator keeps the budget: one node at a time, and wait for it.
	Operator bool
}

type pool struct {
	name         string
	controlPlane bool
}

// LimitsOf are the limits of draining the nodes of q. nil is a cluster of
// which nothing was read.
func LimitsOf(c *Cluster, q Question) Limits {
	if c == nil {
		return Limits{Nodes: []NodeLimit{}, Pools: []PoolLimit{}, Budgets: []BudgetLimit{}, Unread: []string{"nothing was read of nodes, pods and budgets"}}
	}
	x := newIndex(c, q)
	r := newRoom(x)
	out := Limits{Nodes: []NodeLimit{}, Pools: []PoolLimit{}, Budgets: []BudgetLimit{}, Unread: c.Unread}
	blocked := x.blocked()
	for i := range c.Nodes {
		if n := &c.Nodes[i]; x.drained[n.Name] {
			out.Nodes = append(out.Nodes, x.nodeLimit(n, blocked))
		}
	}
	pools, order := x.pools()
	for _, p := range order {
		out.Pools = append(out.Pools, PoolLimit{Pool: p.name, ControlPlane: p.controlPlane, Nodes: x.nodeNames(pools[p]), Batch: r.batch(pools[p]), Unknown: x.unsure(pools[p])})
	}
	for i := range c.Budgets {
		if pods := x.evicted(i); len(pods) > 0 {
			out.Budgets = append(out.Budgets, x.budgetLimit(&c.Budgets[i], pods))
		}
	}
	return out
}

// blocked are the budgets that hold a pod now, by budget.
func (x *index) blocked() []bool {
	out := make([]bool, len(x.c.Budgets))
	for i := range out {
		out[i] = x.c.Budgets[i].verdict() != lets
	}
	return out
}

func (x *index) nodeLimit(n *Node, blocked []bool) NodeLimit {
	l := NodeLimit{Node: n.Name, Pool: n.Pool, ControlPlane: n.ControlPlane, Evict: []string{}, Blocked: []string{}}
	for _, i := range x.on[n.Name] {
		p := &x.c.Pods[i]
		if !p.moves() {
			continue
		}
		l.Evict = append(l.Evict, p.name())
		for _, b := range x.budgets[i] {
			if (blocked[b] || len(x.budgets[i]) > 1) && !p.Pending {
				l.Blocked = append(l.Blocked, x.c.Budgets[b].Namespace+"/"+x.c.Budgets[b].Name)
			}
		}
	}
	slices.Sort(l.Evict)
	slices.Sort(l.Blocked)
	l.Blocked = slices.Compact(l.Blocked)
	return l
}

func (x *index) nodeNames(nodes []int) []string {
	var out []string
	for _, i := range nodes {
		out = append(out, x.c.Nodes[i].Name)
	}
	return out
}

// budgetLimit counts the pods of a budget by node, and takes the nodes with the
// most of them together.
func (x *index) budgetLimit(b *Budget, pods []int) BudgetLimit {
	on := map[string]int{}
	for _, p := range pods {
		on[x.c.Pods[p].Node]++
	}
	out := BudgetLimit{Budget: b.Namespace + "/" + b.Name, Nodes: slices.Sorted(maps.Keys(on)), Operator: b.Operator != nil}
	switch {
	case b.verdict() != lets:
		return out
	case b.Expected == 0: // it counts none of them
		out.Most = len(out.Nodes)
		return out
	}
	counts := slices.Sorted(maps.Values(on))
	slices.Reverse(counts)
	left := b.Allowed
	for _, n := range counts {
		if left -= n; left < 0 {
			break
		}
		out.Most++
	}
	out.Most = max(out.Most, 1)
	return out
}

// pools are the nodes to drain by pool, control planes first.
func (x *index) pools() (map[pool][]int, []pool) {
	out := map[pool][]int{}
	var order []pool
	for i := range x.c.Nodes {
		n := &x.c.Nodes[i]
		if !x.drained[n.Name] {
			continue
		}
		p := pool{n.Pool, n.ControlPlane}
		if out[p] == nil {
			order = append(order, p)
		}
		out[p] = append(out[p], i)
	}
	slices.SortFunc(order, func(a, b pool) int {
		if a.controlPlane != b.controlPlane {
			if a.controlPlane {
				return -1
			}
			return 1
		}
		return cmp.Compare(a.name, b.name)
	})
	return out, order
}

// unsure says why the room for the pods of some nodes is not known.
func (x *index) unsure(nodes []int) string {
	for _, what := range x.c.Unread {
		// Room is made of these; the other lists say who keeps a pod.
		if list, _, _ := strings.Cut(what, ":"); slices.Contains([]string{"nodes", "pods", "persistentvolumeclaims", "persistentvolumes"}, list) {
			return "not read: " + what
		}
	}
	for _, i := range nodes {
		for _, p := range x.on[x.c.Nodes[i].Name] {
			if why := x.c.Pods[p].Unknown; why != "" {
				return x.c.Pods[p].name() + ": " + why
			}
		}
	}
	for i := range x.c.Nodes {
		if why := x.c.Nodes[i].Unknown; why != "" {
			return x.c.Nodes[i].Name + ": " + why
		}
	}
	return ""
}
