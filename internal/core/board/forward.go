package board

import (
	"fmt"
	"iter"
	"slices"

	"github.com/fixline-dev/fixline/internal/core/inventory"
	"github.com/fixline-dev/fixline/internal/core/skew"
	"github.com/fixline-dev/fixline/internal/core/version"
)

// forward are the moves on the way to the target, the next one first. What the
// plan says comes before everything. Without a plan the API servers go first,
// one by one and minor by minor, each followed by what runs beside it;
// kubelets, kube-proxies and clients follow at the end, or when one of them
// holds the servers up: the way with the fewest drains.
func (w *world) forward() iter.Seq[move] {
	return func(yield func(move) bool) {
		for _, moves := range []iter.Seq[move]{w.ofPlan(), w.beside(), w.holdingUp(), w.servers(), w.rest()} {
			for m := range moves {
				if !yield(m) {
					return
				}
			}
		}
	}
}

// ofPlan are the plan's moves that are not done, from the first such step.
func (w *world) ofPlan() iter.Seq[move] {
	return func(yield func(move) bool) {
		for _, m := range w.in.Goal.Moves {
			for _, i := range w.moved(m) {
				if w.list[i].Version.Known() && w.list[i].Version.Less(m.To) {
					// Only the first: what comes after it may rest on it.
					yield(move{i, m.To, fmt.Sprintf("step %s of the plan", m.Step), m.Step})
					return
				}
			}
		}
	}
}

// moved are the instances a move of the plan speaks of; without a node it is
// every one of the component.
func (w *world) moved(m Move) []int {
	if m.Node == "" {
		return w.of(m.Component)
	}
	if i, ok := w.find(m.Component, m.Node); ok {
		return []int{i}
	}
	return nil
}

// beside are controller-managers and schedulers that are behind the API server
// of their own node: kubeadm moves all of a node together.
func (w *world) beside() iter.Seq[move] {
	return func(yield func(move) bool) {
		for _, s := range w.of(inventory.KubeAPIServer) {
			server := w.list[s]
			for _, component := range []string{inventory.KubeControllerManager, inventory.KubeScheduler, inventory.CloudControllerManager} {
				i, ok := w.find(component, server.Where())
				if !ok || !w.behind(i, server.Version) {
					continue
				}
				if !yield(move{at: i, to: server.Version, why: fmt.Sprintf("the kube-apiserver beside it is at %s already", server.Version)}) {
					return
				}
			}
		}
	}
}

// behind: of a cloud-controller-manager only the minor follows Kubernetes.
func (w *world) behind(i int, v version.Version) bool {
	inst := w.list[i]
	if !inst.Version.Known() || !v.Known() {
		return false
	}
	if inst.Component == inventory.CloudControllerManager {
		return inst.Version.Minor().Compare(v.Minor()) < 0
	}
	return inst.Version.Less(v)
}

// holdingUp are those that would be illegal once an API server made its hop.
// They go to the version the oldest API server has now.
func (w *world) holdingUp() iter.Seq[move] {
	return func(yield func(move) bool) {
		servers := w.of(inventory.KubeAPIServer)
		oldest := w.list[servers[0]].Version
		to, err := w.hop(oldest)
		if err != nil || !to.Known() {
			return
		}
		hop := skew.Hop(w.in.Rules, w.in.Policy, oldest, to, w.around())
		for _, b := range hop.Blockers {
			i, ok := w.find(b.Component, b.Node)
			if ok && w.behind(i, oldest) && !yield(move{at: i, to: oldest, why: "it must move before any kube-apiserver goes to " + to.Minor().String() + w.drain(i, oldest)}) {
				return
			}
		}
	}
}

// around is what a hop depends on, without the many that are alike: of those
// that stand on nodes of their own, the ones at the last legal minor, or that
// might be beyond it.
func (w *world) around() []inventory.Instance {
	var out []inventory.Instance
	for i, inst := range w.list {
		if w.many[inst.Component] || w.rows[i].State == skew.LastLegal || w.rows[i].State == skew.Unknown {
			out = append(out, inst)
		}
	}
	return out
}

// servers is the oldest API server's hop; of equals the first on the list.
func (w *world) servers() iter.Seq[move] {
	return func(yield func(move) bool) {
		servers := w.of(inventory.KubeAPIServer)
		oldest := w.list[servers[0]]
		to, err := w.hop(oldest.Version)
		if err != nil || !to.Known() {
			return
		}
		why := "it is the only kube-apiserver"
		if len(servers) > 1 {
			why = "kube-apiservers move one by one, the oldest first"
		}
		if goal := w.in.Goal.Version; to.Compare(goal) != 0 {
			why += fmt.Sprintf(", and minor by minor: %s is on the way to %s", to, goal)
		}
		yield(move{at: servers[0], to: to, why: why})
	}
}

// rest follows once every API server is at the target.
func (w *world) rest() iter.Seq[move] {
	return func(yield func(move) bool) {
		for _, component := range []string{inventory.KubeControllerManager, inventory.KubeScheduler, inventory.CloudControllerManager,
			inventory.Kubelet, inventory.KubeProxy, inventory.Kubeadm, inventory.Kubectl} {
			for _, i := range w.controlPlaneFirst(w.of(component)) {
				goal, _ := w.goalOf(w.list[i])
				if !goal.Known() || !w.behind(i, goal) {
					continue
				}
				why := "every kube-apiserver is at " + w.in.Goal.Version.String() + w.drain(i, goal)
				if !yield(move{at: i, to: goal, why: why}) {
					return
				}
			}
		}
	}
}

// controlPlaneFirst keeps the order otherwise.
func (w *world) controlPlaneFirst(at []int) []int {
	serves := map[string]bool{}
	for _, s := range w.of(inventory.KubeAPIServer) {
		serves[w.list[s].Node] = w.list[s].Node != ""
	}
	slices.SortStableFunc(at, func(a, b int) int {
		switch x, y := serves[w.list[a].Node], serves[w.list[b].Node]; {
		case x == y:
			return 0
		case x:
			return -1
		}
		return 1
	})
	return at
}

// drain: a kubelet changes its minor on an empty node only
// (https://kubernetes.io/releases/version-skew-policy/#kubelet-upgrade).
func (w *world) drain(i int, to version.Version) string {
	inst := w.list[i]
	if inst.Component != inventory.Kubelet || inst.Version.Minor() == to.Minor() {
		return ""
	}
	return "; drain " + inst.Where() + " first"
}
