// Package disrupt reads out of evidence what core/disrupt judges: nodes with
// what they can hold, pods with what keeps them and what they leave behind,
// and budgets. It decides nothing; what was not read it names. Start at [Of].
package disrupt

import (
	"cmp"

	"github.com/fixline-dev/fixline/internal/core/disrupt"
	"github.com/fixline-dev/fixline/internal/evidence"
)

// Of is what b says of what a drain would disturb. It asks for the lists of
// evidence.Upgrade beside those of evidence.Lists; one that was not read is in
// Unread.
func Of(b *evidence.Bundle) *disrupt.Cluster {
	r := reader{b: b, names: load(), amounts: map[quantity]amount{}}
	c := &disrupt.Cluster{Unread: unread(b)}
	for _, n := range b.Nodes {
		c.Nodes = append(c.Nodes, r.node(n))
	}
	r.index()
	for i := range b.Pods {
		if p := &b.Pods[i]; !p.Done() {
			c.Pods = append(c.Pods, r.pod(p))
		}
	}
	for _, x := range b.DisruptionBudgets {
		c.Budgets = append(c.Budgets, r.budget(x))
	}
	c.Workloads = workloads(b)
	return c
}

// reader remembers what many objects have in common.
type reader struct {
	b       *evidence.Bundle
	names   names
	owners  map[object]string                    // the Deployment of a ReplicaSet
	volumes map[object]evidence.PersistentVolume // by claim
	amounts map[quantity]amount
}

type object struct{ namespace, name string }

// index finds owners of ReplicaSets and volumes of claims.
func (r *reader) index() {
	r.owners, r.volumes = map[object]string{}, map[object]evidence.PersistentVolume{}
	for _, x := range r.b.ReplicaSets {
		if o, ok := controller(x.Meta); ok {
			r.owners[object{x.Namespace, x.Name}] = o.Kind + "/" + o.Name
		}
	}
	volumes := map[string]evidence.PersistentVolume{}
	for _, v := range r.b.PersistentVolumes {
		volumes[v.Name] = v
	}
	for _, c := range r.b.Claims {
		if v, ok := volumes[c.Spec.Volume]; ok {
			r.volumes[object{c.Namespace, c.Name}] = v
		}
	}
}

// unread are the lists that did not come back, and why.
func unread(b *evidence.Bundle) []string {
	var out []string
	for _, r := range []evidence.Resource{
		evidence.Nodes, evidence.Pods, evidence.DisruptionBudgets, evidence.Deployments, evidence.StatefulSets, evidence.ReplicaSets,
		evidence.Claims, evidence.PersistentVolumes,
	} {
		if !b.Was(r) {
			out = append(out, string(r)+": "+cmp.Or(b.Access[r].Reason, b.Access[r].State.String()))
		}
	}
	return out
}

// controller is the owner that keeps an object.
func controller(m evidence.Meta) (evidence.Owner, bool) {
	for _, o := range m.Owners {
		if o.Controller {
			return o, true
		}
	}
	return evidence.Owner{}, false
}

// ready is the Ready condition.
func ready(all []evidence.Condition) disrupt.Health {
	for _, c := range all {
		switch {
		case c.Type != "Ready":
		case c.Status == "True":
			return disrupt.Ready
		default: // False, or Unknown where a kubelet stopped reporting
			return disrupt.NotReady
		}
	}
	return disrupt.Unknown
}

// workloads are those whose replicas matter. A ReplicaSet counts where nothing
// owns it.
func workloads(b *evidence.Bundle) []disrupt.Workload {
	var out []disrupt.Workload
	add := func(kind string, m evidence.Meta, replicas *int) {
		n := 1 // what the API sets where nobody did
		if replicas != nil {
			n = *replicas
		}
		out = append(out, disrupt.Workload{Kind: kind, Namespace: m.Namespace, Name: m.Name, Replicas: n})
	}
	for _, x := range b.Deployments {
		add("Deployment", x.Meta, x.Spec.Replicas)
	}
	for _, x := range b.StatefulSets {
		add("StatefulSet", x.Meta, x.Spec.Replicas)
	}
	for _, x := range b.ReplicaSets {
		if _, owned := controller(x.Meta); !owned {
			add("ReplicaSet", x.Meta, x.Spec.Replicas)
		}
	}
	return out
}
