package disrupt

import (
	"cmp"
	"slices"
)

// Limits are what a plan must keep to.
type Limits struct {
	Nodes []NodeLimit // of the nodes to drain, in the order of Cluster.Nodes
	Pools []PoolLimit // of the pools they are in, control planes first
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
	Nodes        int
	// Batch is the largest number the room on other nodes allows, whichever
	// nodes they are; 0 = not even one, Nodes = all of them.
	Batch int
	// Unknown says why Batch cannot be relied on, "" where it can.
	Unknown string
}

type pool struct {
	name         string
	controlPlane bool
}

// LimitsOf are the limits of draining the nodes of q. nil is a cluster of
// which nothing was read.
func LimitsOf(c *Cluster, q Question) Limits {
	if c == nil {
		return Limits{Nodes: []NodeLimit{}, Pools: []PoolLimit{}, Unread: []string{"nothing was read of nodes, pods and budgets"}}
	}
	x := newIndex(c, q)
	r := newRoom(x)
	out := Limits{Nodes: []NodeLimit{}, Pools: []PoolLimit{}, Unread: c.Unread}
	blocked := x.blocked()
	for i := range c.Nodes {
		if n := &c.Nodes[i]; x.drained[n.Name] {
			out.Nodes = append(out.Nodes, x.nodeLimit(n, blocked))
		}
	}
	pools, order := x.pools()
	for _, p := range order {
		out.Pools = append(out.Pools, PoolLimit{Pool: p.name, ControlPlane: p.controlPlane, Nodes: len(pools[p]), Batch: r.batch(pools[p]), Unknown: x.unsure(pools[p])})
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
	if len(x.c.Unread) > 0 {
		return x.c.Unread[0]
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
