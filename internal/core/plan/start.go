package plan

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/fixline-dev/fixline/internal/core/inventory"
	"github.com/fixline-dev/fixline/internal/core/skew"
	"github.com/fixline-dev/fixline/internal/core/version"
)

// ErrProvider: plans are for kubeadm clusters.
var ErrProvider = errors.New("plans are made for kubeadm clusters")

// ErrUnread: a version that decides whether a state is legal is not known.
var ErrUnread = errors.New("a version is not known")

// Refusal says why there is no plan, or why a plan is refused: the step, the
// rule, and the one move that has to come first.
type Refusal struct {
	Code string // finding code: the rule's, or PLAN-...
	Step string // id of the step; "" = the start
	// Component and Node have to move first; To is where to, where that is known.
	Component, Node string
	To              string
	Rule            string // as a sentence
	Why             string
}

func (r *Refusal) Error() string {
	where := "the cluster as it is now"
	switch {
	case r.Step != "":
		where = "step " + r.Step
	case r.Code == "PLAN-016":
		where = "the plan"
	}
	text := fmt.Sprintf("%s: %s: %s", where, r.Code, r.Why)
	if r.Rule != "" {
		text += " (" + r.Rule + ")"
	}
	if r.Component == "" {
		return text
	}
	move := r.Component
	if r.Node != "" {
		move += " on " + r.Node
	}
	if r.To != "" {
		move += " to " + r.To
	}
	return text + ": move " + move + " first"
}

func checkProvider(c inventory.Cluster) error {
	var instead string
	switch c.Provider {
	case "kubeadm":
		return nil
	case "eks":
		instead = "upgrade the control plane with eksctl upgrade cluster or the provider's API one minor at a time, then its node groups and add-ons"
	case "gke":
		instead = "upgrade with gcloud container clusters upgrade, the control plane (--master) first, then each node pool"
	case "aks":
		instead = "upgrade with az aks upgrade --control-plane-only, then each node pool with az aks nodepool upgrade"
	case "rke2", "k3s":
		instead = "upgrade servers one at a time, then agents, by the installer or the system-upgrade-controller of " + c.Provider
	case "", "unknown":
		return fmt.Errorf("%w: which provider runs this one is not known: say spec.provider: kubeadm in an inventory if it is one", ErrProvider)
	default:
		instead = "follow the order of fixline board: it names the next move for any cluster"
	}
	return fmt.Errorf("%w, and this one is %s: %s; fixline board shows the skew meanwhile", ErrProvider, c.Provider, instead)
}

// checkRead refuses a start in which a version that rules judge was not read:
// no state of such a plan could be called legal.
func checkRead(w *world, rules skew.Rules) error {
	ruled := map[string]bool{inventory.KubeAPIServer: true}
	for _, r := range rules.Rules {
		if !r.Client {
			ruled[r.Component] = true
		}
	}
	var missing []string
	for _, inst := range w.track.Instances() {
		if ruled[inst.Component] && !inst.Version.Known() {
			missing = append(missing, inst.Component+" on "+inst.Where())
		}
	}
	if len(missing) > 3 {
		missing = append(missing[:3], fmt.Sprintf("%d more", len(missing)-3))
	}
	switch {
	case len(missing) > 0:
		return fmt.Errorf("%w: %s: no state with it can be called legal; declare it in an inventory (-f)", ErrUnread, strings.Join(missing, ", "))
	case len(w.all[inventory.KubeAPIServer]) == 0:
		return fmt.Errorf("%w: no kube-apiserver was found; declare it in an inventory (-f)", ErrUnread)
	}
	for _, c := range []string{inventory.KubeAPIServer, inventory.KubeControllerManager, inventory.KubeScheduler, inventory.Kubelet} {
		for _, i := range w.all[c] {
			if w.track.Instances()[i].Node == "" {
				return fmt.Errorf("%w: a %s stands on no node: say which one it runs on in an inventory (-f)", ErrUnread, c)
			}
		}
	}
	return nil
}

// checkStart refuses an illegal start with the one move that restores a
// supported relationship.
func checkStart(w *world) *Refusal {
	if w.track.Legal() {
		return nil
	}
	v := w.track.Violations()[0]
	inst := w.track.Instances()[v.Index]
	r := &Refusal{Code: v.Row.Code, Rule: v.Row.Rule, Why: v.Row.Why + balanced(w, v), Component: inst.Component, Node: inst.Where()}
	r.To = restore(w, v).String()
	if v.Row.Against == inst.Component {
		first := w.track.Instances()[v.First]
		r.Node = first.Where()
	}
	return r
}

// offered names of the minor an API server must go to a patch that can be had:
// the target where it is of that minor, else the newest.
func (r *Refusal) offered(in Input, w *world) *Refusal {
	to, ok := parsed(r.To)
	if !ok || r.Component != inventory.KubeAPIServer {
		return r
	}
	if in.Target.Minor() == to.Minor() {
		r.To = in.Target.String()
		return r
	}
	from, _ := w.oldest(inventory.KubeAPIServer)
	if hops, err := skew.Path(from, to.Minor().Next().First(), in.Calendar, in.AsOf, in.Cluster.Available); err == nil && len(hops) > 0 && hops[0].Minor() == to.Minor() {
		r.To = hops[0].String()
	}
	return r
}

// balanced is the way out where a controller-manager or scheduler of a control
// plane is held to every API server: kubeadm moves all three of a node at once,
// so with several control planes no minor is legal until each talks to its own.
func balanced(w *world, v skew.Violation) string {
	inst := w.track.Instances()[v.Index]
	switch inst.Component {
	case inventory.KubeControllerManager, inventory.KubeScheduler:
	default:
		return ""
	}
	if inst.Server == "own" || v.Row.Against != inventory.KubeAPIServer || len(w.at(inventory.KubeAPIServer, inst.Node)) == 0 || len(w.all[inventory.KubeAPIServer]) < 2 {
		return ""
	}
	return fmt.Sprintf("; it talks to every API server, and kubeadm moves it with that of its node: point server: in its kubeconfig at the API server of %s", inst.Node)
}

// restore is the version that brings the instance of a violation back within
// its rule: of peers the oldest goes up by a minor; everything else goes to the
// version of the oldest it is compared with, up or down.
func restore(w *world, v skew.Violation) version.Version {
	inst := w.track.Instances()[v.Index]
	if v.Row.Against == inst.Component {
		oldest := w.track.Version(v.First)
		return oldest.Minor().Next().First()
	}
	var best version.Version
	for _, o := range w.track.Instances() {
		own := (v.Row.Against == inventory.Kubelet || inst.Server == "own") && o.Node != inst.Node
		if o.Component == v.Row.Against && !own && o.Version.Known() && (!best.Known() || o.Version.Less(best)) {
			best = o.Version
		}
	}
	return best
}

// controlPlanes are the nodes with an API server, by name.
func (w *world) controlPlanes() []string {
	var out []string
	for _, i := range w.all[inventory.KubeAPIServer] {
		out = append(out, w.track.Instances()[i].Node)
	}
	slices.Sort(out)
	return slices.Compact(out)
}
