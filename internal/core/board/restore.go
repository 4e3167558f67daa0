package board

import (
	"fmt"
	"strings"

	"github.com/fixline-dev/fixline/internal/core/inventory"
	"github.com/fixline-dev/fixline/internal/core/skew"
	"github.com/fixline-dev/fixline/internal/core/version"
)

// remedy is a move out of an illegal state, and what is left after it.
type remedy struct {
	move
	left int // illegal instances after it
	// kind orders remedies that leave the same: smaller is better.
	kind int
}

const (
	ownUp        = iota // what is illegal moves up
	serverToGoal        // an API server moves up, no further than the target
	ownDown             // what is illegal goes back to where the others are
	serverUp            // an API server moves up although nobody asked for it
)

// restore finds the single move that makes the cluster legal again, and where
// there is none the first of the fewest. No move may make anything else
// illegal. API servers and etcd never go down.
func (w *world) restore(bad []int) *Next {
	first := w.rows[bad[0]]
	best, ok := w.best(bad)
	if several, n := w.together(bad); n > 0 && (!ok || best.left > 0 && n <= best.left+1) {
		best, ok = several, true
	}
	if !ok {
		best, ok = w.closer(bad)
	}
	if !ok {
		return &Next{Component: first.Component, Node: named(first.Node), From: text(first.Version), Why: first.Why, Stop: true}
	}
	n := w.says(best.move)
	n.Stop = true
	if n.Why == "" {
		n.Why = w.reason(best.at, bad)
	}
	if best.left > 0 {
		n.Why += fmt.Sprintf("; it is the first of several: %d more will be illegal after it", best.left)
	}
	n.Why += w.drain(best.at, best.to)
	return n
}

// reason is why something is illegal that the move ends: of what moves itself,
// else of the first.
func (w *world) reason(at int, bad []int) string {
	for _, i := range bad {
		if i == at {
			return w.rows[i].Why
		}
	}
	return w.rows[bad[0]].Why
}

// best is the remedy that leaves the least.
func (w *world) best(bad []int) (remedy, bool) {
	var best remedy
	found := false
	for _, r := range w.remedies(bad) {
		after := w.after(r.at, r.to)
		if _, worse := w.worse(after); worse {
			continue
		}
		r.left = len(after.illegal())
		if r.left < len(bad) && (!found || r.left < best.left || r.left == best.left && r.kind < best.kind) {
			best, found = r, true
		}
	}
	return best, found
}

// closer is a move that ends nothing yet and still goes the right way: of API
// servers that are far apart the oldest goes up, and before it what would
// become illegal beside it.
func (w *world) closer(bad []int) (remedy, bool) {
	for _, s := range w.of(inventory.KubeAPIServer) {
		to, kind, ok := w.up(s)
		if !ok || kind != serverToGoal && w.rows[s].State != skew.Illegal {
			continue
		}
		at, worse := w.worse(w.after(s, to))
		if !worse {
			return remedy{move: move{at: s, to: to}, left: len(bad), kind: kind}, true
		}
		if v := w.list[s].Version; w.behind(at, v) {
			after := w.after(at, v)
			if _, worse := w.worse(after); !worse {
				why := "it would be illegal once kube-apiserver on " + w.list[s].Where() + " goes to " + to.Minor().String()
				return remedy{move: move{at: at, to: v, why: why}, left: len(after.illegal()), kind: kind}, true
			}
		}
	}
	return remedy{}, false
}

// considered bounds how many illegal instances are tried one by one: where
// there are more, no single move of one of them is enough.
const considered = 8

func (w *world) remedies(bad []int) []remedy {
	var out []remedy
	for _, s := range w.of(inventory.KubeAPIServer) {
		if to, kind, ok := w.up(s); ok {
			out = append(out, remedy{move: move{at: s, to: to}, kind: kind})
		}
	}
	for _, i := range bad[:min(len(bad), considered)] {
		for _, at := range w.involved(i) {
			out = append(out, w.own(at)...)
		}
	}
	return out
}

// involved is what is illegal, and what it is compared with on its node.
func (w *world) involved(i int) []int {
	out := []int{i}
	if against := w.rows[i].Against; !w.many[against] {
		if j, ok := w.find(against, w.list[i].Where()); ok {
			out = append(out, j)
		}
	}
	return out
}

// up is the next minor of an API server: the version others of them run
// already, else the hop's, else the newest patch that can be had.
func (w *world) up(s int) (to version.Version, kind int, ok bool) {
	from := w.list[s].Version
	if !from.Known() {
		return version.Version{}, 0, false
	}
	next := from.Minor().Next()
	for _, o := range w.of(inventory.KubeAPIServer) {
		if v := w.list[o].Version; v.Known() && v.Minor() == next {
			to = v
		}
	}
	if hop, err := w.hop(from); !to.Known() && err == nil && hop.Known() && hop.Minor() == next {
		to = hop
	}
	if !to.Known() {
		to = w.newest(next)
	}
	kind = serverUp
	if goal := w.in.Goal.Version; goal.Known() && !goal.Less(to) {
		kind = serverToGoal
	}
	return to, kind, to.Known()
}

// newest patch of a minor that can be had.
func (w *world) newest(m version.Minor) version.Version {
	var best version.Version
	if w.in.Cluster.Available == nil {
		best, _ = w.in.Calendar.Latest(m, w.in.AsOf)
		return best
	}
	for _, v := range w.in.Cluster.Available {
		if v.Known() && v.Minor() == m && best.Less(v) {
			best = v
		}
	}
	return best
}

// own are the versions of its peers that one instance could go to.
func (w *world) own(at int) []remedy {
	inst := w.list[at]
	peers := inventory.KubeAPIServer
	if inst.Component == inventory.Etcd {
		peers = inventory.Etcd
	}
	if inst.Component == inventory.KubeAPIServer || !inst.Version.Known() {
		return nil
	}
	var out []remedy
	for _, p := range w.of(peers) {
		v := w.list[p].Version
		switch {
		case p == at || !v.Known() || v.Compare(inst.Version) == 0:
		case inst.Version.Less(v) && (inst.Component != inventory.Etcd || v.Minor().Compare(inst.Version.Minor().Next()) <= 0):
			out = append(out, remedy{move: move{at: at, to: v}, kind: ownUp})
		case v.Less(inst.Version) && inst.Component != inventory.Etcd:
			out = append(out, remedy{move: move{at: at, to: v}, kind: ownDown})
		}
	}
	return out
}

// together moves every API server of the oldest minor up by one, one after the
// other: the way out where many others are newer than they are. n is how many
// moves that takes, 0 where it is no way out.
func (w *world) together(bad []int) (first remedy, n int) {
	servers := w.of(inventory.KubeAPIServer)
	if len(servers) == 0 {
		return remedy{}, 0
	}
	oldest, at := w.list[servers[0]].Version, w
	var names []string
	for _, s := range servers {
		if v := w.list[s].Version; !v.Known() || v.Minor() != oldest.Minor() {
			continue
		}
		to, kind, ok := w.up(s)
		if !ok || kind != serverToGoal {
			return remedy{}, 0
		}
		after := at.after(s, to)
		if _, worse := at.worse(after); worse {
			return remedy{}, 0
		}
		if at = after; n == 0 {
			first = remedy{move: move{at: s, to: to}, kind: kind}
		}
		n++
		names = append(names, w.list[s].Where())
	}
	if first.left = len(at.illegal()); first.left > 0 {
		return remedy{}, 0
	}
	first.why = w.rows[bad[0]].Why
	if n > 1 {
		first.why += "; then the same on " + strings.Join(names[1:], ", ")
	}
	return first, n
}
