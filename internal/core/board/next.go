package board

import (
	"fmt"

	"github.com/fixline-dev/fixline/internal/core/inventory"
	"github.com/fixline-dev/fixline/internal/core/skew"
	"github.com/fixline-dev/fixline/internal/core/version"
)

// move is one that might come next.
type move struct {
	at   int // position in the world's list
	to   version.Version
	why  string
	step string // of the plan
}

// tried bounds how many moves are tried before the board says that it knows
// none: where the first of a kind is not allowed, the others seldom are.
const tried = 64

// next is the one move that comes next: what makes an illegal cluster legal
// again, else the next one on the way to the target. nil = nothing to do, or
// no target.
func (w *world) next() *Next {
	if bad := w.illegal(); len(bad) > 0 {
		return w.restore(bad)
	}
	if !w.in.Goal.Version.Known() && len(w.in.Goal.Moves) == 0 {
		return nil
	}
	if n := w.unread(); n != nil {
		return n
	}
	refused := ""
	count := 0
	for m := range w.forward() {
		if count++; count > tried {
			break
		}
		at, worse := w.worse(w.after(m.at, m.to))
		if !worse {
			n := w.says(m)
			if refused != "" {
				n.Why += "; " + refused
			}
			return n
		}
		if m.step != "" {
			row := w.after(m.at, m.to).rows[at]
			refused = fmt.Sprintf("step %s of the plan is not legal now: it would leave %s on %s where %s", m.step, row.Component, row.Node, row.Why)
		}
	}
	return nil
}

// unread names what must be read before the API servers may go to another
// minor: an instance whose version, or whose counterpart's, is not known.
func (w *world) unread() *Next {
	servers := w.of(inventory.KubeAPIServer)
	if len(servers) == 0 {
		return &Next{Component: inventory.KubeAPIServer, Why: "no kube-apiserver was read, and everything else is judged by them"}
	}
	oldest := w.list[servers[0]]
	hop, err := w.hop(oldest.Version)
	if !oldest.Version.Known() || err == nil && hop.Known() && hop.Minor() != oldest.Version.Minor() {
		for i, r := range w.rows {
			if !r.Version.Known() && !r.Client {
				return &Next{Component: r.Component, Node: named(w.list[i].Where()), Why: r.Why + "; nothing may go to another minor before"}
			}
		}
	}
	if err != nil {
		return &Next{Component: inventory.KubeAPIServer, Node: named(oldest.Where()), From: text(oldest.Version), Why: err.Error()}
	}
	return nil
}

// hop is where an API server of version from goes next; the zero Version where
// it is at the target or above.
func (w *world) hop(from version.Version) (version.Version, error) {
	goal := w.in.Goal.Version
	hops := w.in.Goal.Hops
	if hops == nil && from.Known() && goal.Known() && from.Less(goal) {
		var err error
		if hops, err = skew.Path(from, goal, w.in.Calendar, w.in.AsOf, w.in.Cluster.Available); err != nil {
			return version.Version{}, err
		}
	}
	for _, h := range hops {
		if from.Less(h) {
			return h, nil
		}
	}
	return version.Version{}, nil
}

// says makes a move the answer.
func (w *world) says(m move) *Next {
	inst := w.list[m.at]
	to := text(m.to)
	if inst.Component == inventory.CloudControllerManager {
		minor := m.to.Minor().String()
		to = &minor
	}
	return &Next{Component: inst.Component, Node: named(inst.Where()), From: text(inst.Version), To: to, Why: m.why, Step: named(m.step)}
}

// Sentence is the move as an order: "illegal: stop; move
// kube-controller-manager on cp1 from 1.33.2 to 1.34.4 next". The reason is
// Why, and not in it.
func (n Next) Sentence() string {
	what := n.Component
	if n.Node != nil {
		what += " on " + *n.Node
	}
	switch {
	case n.To == nil && n.Stop:
		return "illegal: stop; no move is known that makes it legal: look at " + what + " first"
	case n.To == nil && n.From != nil:
		return "no next move is known for " + what
	case n.To == nil:
		return "read the version of " + what + " first"
	}
	how := "move " + what
	if n.From != nil {
		how += " from " + *n.From
		if down(*n.From, *n.To) {
			how = "put " + what + " back from " + *n.From
		}
	}
	how += " to " + *n.To + " next"
	if n.Stop {
		return "illegal: stop; " + how
	}
	return how
}

func down(from, to string) bool {
	a, err := version.Parse(from)
	b, other := version.Parse(to)
	return err == nil && other == nil && b.Less(a)
}
