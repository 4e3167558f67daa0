package plan

import (
	"slices"

	"github.com/fixline-dev/fixline/internal/core/inventory"
	"github.com/fixline-dev/fixline/internal/core/skew"
	"github.com/fixline-dev/fixline/internal/core/version"
)

// world is the cluster while a plan goes through it: what [Build] plans with
// and [Check] recomputes. Only the version of instances changes in it.
type world struct {
	track    *skew.Track
	places   map[place][]int
	all      map[string][]int           // instances per component
	nodes    map[string]bool            // nodes and hosts
	kubeadm  map[string]version.Version // the package where the inventory has no row of it
	cordoned map[string]bool
	texts    []string // versions as text, "" = not made yet or moved since
}

type place struct{ component, node string }

func newWorld(c inventory.Cluster, rules skew.Rules, policy skew.Policy) *world {
	instances := served(c)
	w := &world{track: skew.NewTrack(rules, policy, instances), places: make(map[place][]int, len(instances)), all: map[string][]int{},
		nodes: map[string]bool{}, kubeadm: map[string]version.Version{}, cordoned: map[string]bool{}, texts: make([]string, len(instances))}
	for i, inst := range instances {
		p := place{inst.Component, inst.Where()}
		w.places[p] = append(w.places[p], i)
		w.all[inst.Component] = append(w.all[inst.Component], i)
		w.nodes[p.node] = true
		if inst.Component == inventory.Kubeadm && inst.Version.Known() {
			w.kubeadm[p.node] = inst.Version
		}
	}
	return w
}

// served says of every instance which API servers it talks to, where the
// inventory does not: kubeadm gives the controller-manager and the scheduler
// the API server of their own node (kubernetes/kubernetes#94398, since 1.20);
// for all others every API server counts, the strictest reading.
func served(c inventory.Cluster) []inventory.Instance {
	out := slices.Clone(c.Instances)
	servers := map[string]bool{}
	for i := range out {
		if out[i].Component == inventory.KubeAPIServer {
			servers[out[i].Node] = true
		}
	}
	for i := range out {
		if out[i].Server != "" {
			continue
		}
		out[i].Server = "all"
		switch out[i].Component {
		case inventory.KubeControllerManager, inventory.KubeScheduler:
			if servers[out[i].Node] {
				out[i].Server = "own"
			}
		}
	}
	return out
}

// at are the instances of a component on a node; "" is every node.
func (w *world) at(component, node string) []int {
	if node == "" {
		return w.all[component]
	}
	return w.places[place{component, node}]
}

// version of a component on a node; not ok where there is none or it was not read.
func (w *world) version(component, node string) (version.Version, bool) {
	if component == inventory.Kubeadm {
		v, ok := w.kubeadm[node]
		return v, ok && v.Known()
	}
	at := w.places[place{component, node}]
	if len(at) == 0 {
		return version.Version{}, false
	}
	v := w.track.Version(at[0])
	return v, v.Known()
}

// move puts a component on a node to a version.
func (w *world) move(component, node string, to version.Version) {
	if component == inventory.Kubeadm {
		w.kubeadm[node] = to
	}
	for _, i := range w.at(component, node) {
		if inst := w.track.Instances()[i]; node == "" && to.Less(inst.Version) {
			continue // a rollout over all nodes takes none of them down
		}
		w.track.Move(i, to)
		w.texts[i] = to.String()
	}
}

// text is the version of an instance as states show it.
func (w *world) text(i int) string {
	if t := w.texts[i]; t != "" {
		return t
	}
	t := "unknown"
	if v := w.track.Version(i); v.Known() {
		t = v.String()
	}
	w.texts[i] = t
	return t
}

// oldest and newest version of a component; not ok where none was read.
func (w *world) oldest(component string) (version.Version, bool) {
	var best version.Version
	for _, i := range w.all[component] {
		if v := w.track.Version(i); v.Known() && (!best.Known() || v.Less(best)) {
			best = v
		}
	}
	return best, best.Known()
}

// textOfOldest is the oldest as text, "unknown" where none was read.
func (w *world) textOfOldest(component string) string {
	if v, ok := w.oldest(component); ok {
		return v.String()
	}
	return "unknown"
}

func (w *world) newest(component string) (version.Version, bool) {
	var best version.Version
	for _, i := range w.all[component] {
		if v := w.track.Version(i); v.Known() && best.Less(v) {
			best = v
		}
	}
	return best, best.Known()
}

// same is the version all instances of a component on a node share, "" where
// they differ or were not read.
func (w *world) same(component, node string) string {
	if component == inventory.Kubeadm && node != "" {
		v, _ := w.version(component, node)
		return v.String()
	}
	text := ""
	for k, i := range w.at(component, node) {
		switch t := w.text(i); {
		case k == 0:
			text = t
		case t != text:
			return ""
		}
	}
	if text == "unknown" {
		return ""
	}
	return text
}
