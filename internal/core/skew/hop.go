package skew

import (
	"fmt"

	"github.com/fixline-dev/fixline/internal/core/inventory"
	"github.com/fixline-dev/fixline/internal/core/version"
)

// HopResult says whether the API servers may make one hop with everything
// else as it is.
type HopResult struct {
	State State // Legal, Illegal or Unknown
	// Why the hop itself is illegal: it skips a minor or goes down.
	Why string
	// Code of the rule the hop itself breaks, "" where only rows do.
	Code string
	// Blockers must move before any API server does. Clients never block.
	Blockers []Row
	// Undecided could not be judged: a version that was not read.
	Undecided []Row
}

// Hop says whether the API servers may go from one version to another while
// every other instance stays: at most one minor up, never down, and no row
// that was not already illegal becomes so once the first or the last API
// server is at to. What the policy page lists as prerequisites of each minor
// is the same thing said per component.
func Hop(rules Rules, policy Policy, from, to version.Version, instances []inventory.Instance) HopResult {
	res := HopResult{State: Legal, Blockers: []Row{}, Undecided: []Row{}}
	step := rules.step(inventory.KubeAPIServer)
	switch d, ok := distance(to.Minor(), from.Minor()); {
	case to.Less(from):
		res.State, res.Code, res.Why = Illegal, step.Code, fmt.Sprintf("%s is below %s: an upgrade never goes down", to, from)
		return res
	case !ok || d > step.MaxMinors:
		res.State, res.Code = Illegal, step.Code
		res.Why = fmt.Sprintf("kube-apiserver goes up %s at a time: %s to %s skips a minor", minors(step.MaxMinors, true), from.Minor(), to.Minor())
		return res
	}
	for _, r := range Check(rules, policy, advance(instances, to)) {
		if r.Client || r.Component == inventory.KubeAPIServer && !r.Version.Less(to) {
			continue
		}
		switch r.State {
		case Illegal:
			r.Why = fmt.Sprintf("with kube-apiserver at %s: %s", to.Minor(), r.Why)
			res.Blockers = append(res.Blockers, r)
			res.State = Illegal
		case Unknown:
			res.Undecided = append(res.Undecided, r)
			if res.State == Legal {
				res.State = Unknown
			}
		}
	}
	return res
}

// advance is the cluster in the moment of the hop that asks most of everybody
// else: the API servers of from's minor are at to. One that lags further
// behind stays where it is and shows as a blocker.
func advance(instances []inventory.Instance, to version.Version) []inventory.Instance {
	after := make([]inventory.Instance, len(instances))
	copy(after, instances)
	for i, inst := range after {
		if inst.Component != inventory.KubeAPIServer || !inst.Version.Known() {
			continue
		}
		if d, ok := distance(to.Minor(), inst.Version.Minor()); ok && d <= 1 && inst.Version.Less(to) {
			after[i].Version = to
		}
	}
	return after
}

// step is the component's step rule; without one nothing may move at all,
// because nothing says that it may.
func (r Rules) step(component string) Step {
	for _, s := range r.Steps {
		if s.Component == component {
			return s
		}
	}
	return Step{Component: component}
}
