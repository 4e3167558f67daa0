package cluster

import (
	"context"
	"fmt"
	"slices"

	"github.com/fixline-dev/fixline/internal/apply"
	"github.com/fixline-dev/fixline/internal/core/inventory"
	"github.com/fixline-dev/fixline/internal/core/plan"
	"github.com/fixline-dev/fixline/internal/core/progress"
	"github.com/fixline-dev/fixline/internal/core/skew"
	"github.com/fixline-dev/fixline/internal/core/version"
)

// verify are the hands of the step that ends a hop: everything runs as the plan
// says, and side by side within the version-skew policy.
type verify struct{ c *Cluster }

// Look implements [apply.Hands]. It leaves no trace in the cluster either.
func (w verify) Look(ctx context.Context, s *plan.Step) (progress.Look, error) {
	if !w.c.done(s.ID) {
		return progress.Look{State: progress.Before, Says: "it was not verified yet"}, nil
	}
	wrong, says, err := w.c.check(ctx, s)
	if err != nil {
		return progress.Look{}, err
	}
	v, err := w.c.see(ctx)
	if err != nil {
		return progress.Look{}, err
	}
	illegal, unknown := w.skew(v)
	wrong = append(wrong, illegal...)
	said := "what runs side by side is within the version-skew policy"
	if len(unknown) > 0 {
		said = "as far as versions were read, " + said
	}
	return verdict(wrong, append(says, said)), nil
}

// Do implements [apply.Hands]: it notes what Look judges, and what nobody did.
func (w verify) Do(ctx context.Context, s *plan.Step, log *apply.Log) error {
	v, err := w.c.see(ctx)
	if err != nil {
		return err
	}
	illegal, unknown := w.skew(v)
	for _, row := range append(illegal, unknown...) {
		log.Note(row)
	}
	for _, n := range v.nodes {
		if !w.c.book.nodes[n.Name] {
			log.Note(fmt.Sprintf("%s is a node that the plan does not know, with kubelet %s: it was judged by the version-skew policy alone", n.Name, kubelet(n).Version))
		}
	}
	log.Note("unknown: kubeadm, kubectl and host packages are not seen through the API; what their steps looked at on the hosts counts")
	log.Note(notCompared)
	w.c.mark(s.ID)
	return nil
}

// skew judges what runs side by side.
func (w verify) skew(v *view) (illegal, unknown []string) {
	for _, r := range skew.Check(w.c.o.Rules, skew.Policy(w.c.o.Plan.SkewPolicy), v.instances()) {
		switch {
		case r.State == skew.Illegal && !r.Client:
			illegal = append(illegal, fmt.Sprintf("%s: %s %s on %s: %s", r.Code, r.Component, r.Version, r.Node, r.Why))
		case r.State == skew.Unknown && !r.Client:
			unknown = append(unknown, fmt.Sprintf("unknown: %s: %s on %s: %s", r.Code, r.Component, r.Node, r.Why))
		}
	}
	return illegal, unknown
}

// instances of a view, each with the API server it talks to: kubeadm gives the
// controller-manager and the scheduler that of their own node
// (kubernetes/kubernetes#94398); for all others every one counts.
func (v *view) instances() []inventory.Instance {
	out := []inventory.Instance{}
	servers := map[string]bool{}
	for _, s := range v.sightings() {
		i := inventory.Instance{Component: s.component, Node: s.node, Server: "all", ReadFrom: s.Says}
		if read, err := version.Parse(s.Version); err == nil {
			i.Version = read
		} else {
			i.Unread = s.Says
		}
		servers[s.node] = servers[s.node] || s.component == inventory.KubeAPIServer
		out = append(out, i)
	}
	for i := range out {
		if servers[out[i].Node] && slices.Contains([]string{inventory.KubeControllerManager, inventory.KubeScheduler}, out[i].Component) {
			out[i].Server = "own"
		}
	}
	return out
}
