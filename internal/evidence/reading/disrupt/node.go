package disrupt

import (
	"github.com/fixline-dev/fixline/internal/core/disrupt"
	"github.com/fixline-dev/fixline/internal/evidence"
)

const zoneLabel = "topology.kubernetes.io/zone"

// node is one machine. A zone and pool are as its labels name them, the same
// as in the inventory.
func (r *reader) node(n evidence.Node) disrupt.Node {
	out := disrupt.Node{
		Name: n.Name, Zone: n.Labels[zoneLabel], Labels: n.Labels, Cordoned: n.Spec.Unschedulable, Ready: ready(n.Status.Conditions),
	}
	for _, label := range []string{
		"eks.amazonaws.com/nodegroup", "cloud.google.com/gke-nodepool", "kubernetes.azure.com/agentpool", "karpenter.sh/nodepool",
	} {
		if out.Pool == "" {
			out.Pool = n.Labels[label]
		}
	}
	for _, label := range []string{"node-role.kubernetes.io/control-plane", "node-role.kubernetes.io/master"} {
		if _, ok := n.Labels[label]; ok {
			out.ControlPlane = true
		}
	}
	for _, t := range n.Spec.Taints {
		out.Taints = append(out.Taints, disrupt.Taint{Key: t.Key, Value: t.Value, Effect: t.Effect})
	}
	out.Allocatable, out.Unknown = r.allocatable(n.Status.Allocatable)
	return out
}

// allocatable is what a node has for pods.
func (r *reader) allocatable(has map[string]string) (disrupt.Amounts, string) {
	var out disrupt.Amounts
	for _, x := range []struct {
		name string
		per  int64
		into *int64
	}{{"cpu", 1000, &out.MilliCPU}, {"memory", 1, &out.Memory}, {"pods", 1, &out.Pods}} {
		text, ok := has[x.name]
		if !ok {
			return disrupt.Amounts{}, "its allocatable " + x.name + " is not said"
		}
		n, err := r.amount(text, x.per, false)
		if err != nil {
			return disrupt.Amounts{}, "its allocatable " + x.name + ": " + err.Error()
		}
		*x.into = n
	}
	return out, ""
}

type quantity struct {
	text string
	per  int64
	up   bool
}

type amount struct {
	n   int64
	err error
}

// amount reads a quantity; clusters have few different ones.
func (r *reader) amount(text string, per int64, up bool) (int64, error) {
	key := quantity{text, per, up}
	if had, ok := r.amounts[key]; ok {
		return had.n, had.err
	}
	n, err := disrupt.Quantity(text, per, up)
	r.amounts[key] = amount{n, err}
	return n, err
}
