package board

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/fixline-dev/fixline/internal/core/inventory"
	"github.com/fixline-dev/fixline/internal/core/skew"
	"github.com/fixline-dev/fixline/internal/core/version"
)

// Compute makes the board of one cluster. On it stands every instance that a
// rule of the policy speaks of, in the order in which an upgrade moves them.
func Compute(in Input) Board {
	shown, hidden := split(in)
	w := newWorld(in, shown)
	b := Board{
		APIVersion: apiVersion, Kind: "Board", Cluster: in.Cluster.Name, AsOf: in.AsOf.Format(time.DateOnly), SkewPolicy: string(in.Policy),
		Target: text(in.Goal.Version), Rows: []Row{}, Gaps: gaps(in.Cluster.Gaps), Legal: "yes",
	}
	if in.Cluster.Taken != "" {
		b.Taken = &in.Cluster.Taken
	}
	for i := range w.list {
		r := w.row(i)
		b.Rows = append(b.Rows, r)
		switch {
		case r.State == Illegal && !w.rows[i].Client:
			b.Legal = "no"
		case r.State == Unknown && b.Legal == "yes" && !w.rows[i].Client:
			b.Legal = "unknown"
		}
	}
	for _, i := range hidden {
		b.Rows = append(b.Rows, hiddenRow(in, i))
	}
	slices.SortStableFunc(b.Rows, func(a, c Row) int { return cmp.Compare(rank(a.Component), rank(c.Component)) })
	if len(w.list) == 0 || len(b.Gaps) > 0 && b.Legal == "yes" {
		b.Legal = "unknown" // what was not read may be what is illegal
	}
	b.Next = w.next()
	return b
}

// split gives what a rule speaks of, in the order of an upgrade. What a
// provider hides is no counterpart: it would make everything unknown that the
// provider answers for.
func split(in Input) (shown, hidden []inventory.Instance) {
	spoken := map[string]bool{}
	for _, r := range in.Rules.Rules {
		spoken[r.Component] = true
	}
	for _, i := range in.Cluster.Instances {
		switch {
		case !spoken[i.Component]:
		case i.Hidden && !i.Version.Known():
			hidden = append(hidden, i)
		default:
			shown = append(shown, i)
		}
	}
	slices.SortStableFunc(shown, func(a, b inventory.Instance) int { return cmp.Compare(rank(a.Component), rank(b.Component)) })
	return shown, hidden
}

// rank is the order of an upgrade
// (https://kubernetes.io/releases/version-skew-policy/#supported-component-upgrade-order).
func rank(component string) int {
	order := []string{inventory.KubeAPIServer, inventory.KubeControllerManager, inventory.KubeScheduler, inventory.CloudControllerManager,
		inventory.Etcd, inventory.Kubelet, inventory.KubeProxy, inventory.Kubeadm, inventory.Kubectl}
	if at := slices.Index(order, component); at >= 0 {
		return at
	}
	return len(order)
}

// row is what stands on the board for one instance.
func (w *world) row(i int) Row {
	inst, judged := w.list[i], w.rows[i]
	goal, said := w.goalOf(inst)
	r := Row{Component: inst.Component, Node: named(inst.Where()), Current: text(inst.Version), Target: said,
		State: State(judged.State), Rule: judged.Rule, Code: judged.Code, Why: judged.Why}
	if (r.State == Legal || r.State == LastLegal) && goal.Known() && !inst.Version.Less(goal) {
		r.State, r.Why = Done, ""
		if goal.Less(inst.Version) && inst.Component != inventory.CloudControllerManager {
			r.Why = "it is above the target, and an upgrade never goes down"
		}
	}
	return r
}

// goalOf is where an instance is to go, and how that is said. Of etcd only a
// plan knows it. A cloud-controller-manager follows Kubernetes by its minor
// alone: its patch releases are its own.
func (w *world) goalOf(inst inventory.Instance) (version.Version, *string) {
	if v, ok := w.planned[place{inst.Component, inst.Where()}]; ok {
		return v, text(v)
	}
	v := w.in.Goal.Version
	switch {
	case !v.Known() || inst.Component == inventory.Etcd:
		return version.Version{}, nil
	case inst.Component == inventory.CloudControllerManager:
		minor := v.Minor().String()
		return v.Minor().First(), &minor
	}
	return v, text(v)
}

func hiddenRow(in Input, i inventory.Instance) Row {
	r := Row{Component: i.Component, Node: named(i.Where()), State: Unknown, Why: "the provider runs it and does not show its version"}
	for _, judged := range skew.Worst(skew.Check(in.Rules, in.Policy, []inventory.Instance{i})) {
		r.Rule, r.Code = judged.Rule, judged.Code
	}
	return r
}

// gaps are those that may hide an instance. Of the others, such as lists of
// objects, no row depends.
func gaps(all []inventory.Gap) []Gap {
	out := []Gap{}
	for _, g := range all {
		if g.Required && slices.ContainsFunc([]string{"list nodes", "list pods", "get /version", "read the cluster"},
			func(what string) bool { return strings.HasPrefix(g.Check, what) }) {
			out = append(out, Gap{Check: g.Check, Reason: g.Reason})
		}
	}
	return out
}

func text(v version.Version) *string {
	if !v.Known() {
		return nil
	}
	s := v.String()
	return &s
}

func named(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
