package disrupt

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/fixline-dev/fixline/internal/core/selector"
)

// room is how much the nodes have free, for pods that may go to the same ones.
// Nodes alike in all that pods ask for are one class, pods alike in what they
// ask are one shape, and shapes that fit the same classes are one group: a
// large cluster has few of each.
type room struct {
	x       *index
	classOf []int // by node; -1 takes no pods
	free    []Amounts
	groups  []*group // the last is every group together
}

// group are pods that may go to the same classes.
type group struct {
	classes []bool
	free    Amounts
	need    map[int]Amounts // by node they are on now
}

// class is what pods can tell nodes apart by.
type class struct {
	labels map[string]string
	taints []Taint
	free   Amounts
}

func newRoom(x *index) *room {
	r := &room{x: x, classOf: make([]int, len(x.c.Nodes)), free: make([]Amounts, len(x.c.Nodes))}
	classes := r.classes()
	r.group(classes)
	return r
}

// classes sorts the nodes that take pods.
func (r *room) classes() []class {
	var out []class
	asked, at := r.asked(), map[string]int{}
	for i := range r.x.c.Nodes {
		n := &r.x.c.Nodes[i]
		r.classOf[i] = -1
		if n.closed() {
			continue
		}
		used := Amounts{}
		for _, p := range r.x.on[n.Name] {
			used = used.Plus(r.x.c.Pods[p].amounts())
		}
		r.free[i] = n.Allocatable.minus(used)
		c := class{labels: map[string]string{}, taints: n.Taints}
		for _, k := range asked {
			if v, ok := n.Labels[k]; ok {
				c.labels[k] = v
			}
		}
		key := pairs(c.labels) + fmt.Sprint(n.Taints)
		if _, ok := at[key]; !ok {
			at[key] = len(out)
			out = append(out, c)
		}
		r.classOf[i] = at[key]
		out[at[key]].free = out[at[key]].free.Plus(r.free[i])
	}
	return out
}

// closed reports whether n takes no pods, or nobody knows how many.
func (n *Node) closed() bool { return n.Cordoned || n.Ready == NotReady || n.Unknown != "" }

// asked are the labels some pod wants of its node.
func (r *room) asked() []string {
	keys := map[string]bool{}
	for i := range r.x.c.Pods {
		for k := range r.x.c.Pods[i].Selector {
			keys[k] = true
		}
	}
	delete(keys, hostname) // such pods go nowhere
	return slices.Sorted(maps.Keys(keys))
}

// amounts are what a pod takes of a node.
func (p *Pod) amounts() Amounts { return p.Requests.Plus(Amounts{Pods: 1}) }

// group sums what each node's pods need, by where they may go.
func (r *room) group(classes []class) {
	shapes, byClasses := map[string]*group{}, map[string]*group{}
	union := &group{classes: make([]bool, len(classes)), need: map[int]Amounts{}}
	for i := range r.x.c.Pods {
		p := &r.x.c.Pods[i]
		on, known := r.x.named[p.Node]
		if !known || !p.moves() || p.bound() || !r.x.drained[p.Node] {
			continue
		}
		key := p.shape()
		g := shapes[key]
		if g == nil {
			g = fits(p, classes)
			where := fmt.Sprint(g.classes)
			if byClasses[where] == nil {
				byClasses[where] = g
				r.groups = append(r.groups, g)
			}
			g = byClasses[where]
			shapes[key] = g
			for c, ok := range g.classes {
				union.classes[c] = union.classes[c] || ok
			}
		}
		g.need[on] = g.need[on].Plus(p.amounts())
		union.need[on] = union.need[on].Plus(p.amounts())
	}
	for c, ok := range union.classes {
		if ok {
			union.free = union.free.Plus(classes[c].free)
		}
	}
	r.groups = append(r.groups, union)
}

// shape is what p asks of a node, as text. It is made for every pod, so it is
// written without reflection.
func (p *Pod) shape() string {
	if len(p.Selector) == 0 && len(p.Tolerations) == 0 {
		return ""
	}
	key := make([]byte, 0, 160)
	key = append(key, pairs(p.Selector)...)
	for _, t := range p.Tolerations {
		for _, part := range []string{t.Key, t.Value, t.Effect} {
			key = append(append(key, part...), 0)
		}
		key = strconv.AppendBool(key, t.Exists)
	}
	return string(key)
}

// pairs are labels in order.
func pairs(labels map[string]string) string {
	if len(labels) == 0 {
		return ""
	}
	var b strings.Builder
	for _, k := range slices.Sorted(maps.Keys(labels)) {
		b.WriteString(k + "=" + labels[k] + ",")
	}
	return b.String()
}

// fits is the group of the classes p may go to.
func fits(p *Pod, classes []class) *group {
	g := &group{classes: make([]bool, len(classes)), need: map[int]Amounts{}}
	for i, c := range classes {
		g.classes[i] = selects(&selector.Selector{Labels: p.Selector}, c.labels) &&
			!slices.ContainsFunc(c.taints, func(t Taint) bool { return !tolerates(p.Tolerations, t) })
		if g.classes[i] {
			g.free = g.free.Plus(c.free)
		}
	}
	return g
}

// takes is what draining node i takes from a group: the room its pods need, and
// the room that goes with the node.
func (r *room) takes(g *group, i int) Amounts {
	out := g.need[i]
	if c := r.classOf[i]; c >= 0 && g.classes[c] {
		out = out.Plus(r.free[i])
	}
	return out
}

// short is what lacks of a group's room while node i is drained.
func (r *room) short(i int) Amounts {
	var most Amounts
	for _, g := range r.groups {
		if g.need[i] != (Amounts{}) {
			most = most.Max(r.takes(g, i).minus(g.free))
		}
	}
	return most
}

// batch is how many of some nodes may be drained at once, whichever they are:
// the largest of each resource are taken together.
func (r *room) batch(nodes []int) int {
	least := len(nodes)
	for _, g := range r.groups {
		if !slices.ContainsFunc(nodes, func(i int) bool { return g.need[i] != (Amounts{}) }) {
			continue
		}
		for _, of := range []func(Amounts) int64{
			func(a Amounts) int64 { return a.MilliCPU }, func(a Amounts) int64 { return a.Memory }, func(a Amounts) int64 { return a.Pods },
		} {
			least = min(least, r.fit(g, nodes, of))
		}
	}
	return least
}

// fit is batch for one group and one resource.
func (r *room) fit(g *group, nodes []int, of func(Amounts) int64) int {
	var each []int64
	for _, i := range nodes {
		each = append(each, of(r.takes(g, i)))
	}
	slices.Sort(each)
	slices.Reverse(each)
	left := of(g.free)
	for k, n := range each {
		if left -= n; left < 0 {
			return k
		}
	}
	return len(nodes)
}
