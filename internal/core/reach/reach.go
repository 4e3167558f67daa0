// Package reach decides whether the conditions of an advisory hold in one
// cluster, and whether its mitigations are in place. Every answer is yes, no or
// unknown and carries its evidence; a fact that was not read is unknown, never
// no. It judges no versions of the affected component (package advisory does)
// and it never says "not affected". Start at [Asker.Exploitable]; every kind of
// question is answered in [Asker.leaf].
package reach

import (
	"slices"
	"strings"

	"github.com/fixline-dev/fixline/internal/core/advisory"
	"github.com/fixline-dev/fixline/internal/core/inventory"
)

// Asker answers questions about one cluster. It remembers answers that are
// the same for every instance, so it must not be used by two goroutines at
// once, nor after the cluster changed.
type Asker struct {
	cluster *inventory.Cluster
	// declared: the cluster was written down in an inventory, not read.
	declared bool
	// instances of each component, in the cluster's order
	instances map[string][]*inventory.Instance
	// settings of each instance; those declared for a whole component have no node
	settings map[place][]*inventory.Settings
	// who remembers the answers from RBAC, the dearest to find.
	who map[string]inventory.Answer
}

// place is where settings belong: one component on one node.
type place struct{ component, node string }

// For prepares to answer questions about c.
func For(c *inventory.Cluster) *Asker {
	a := &Asker{
		cluster:   c,
		instances: make(map[string][]*inventory.Instance, 16),
		settings:  make(map[place][]*inventory.Settings, len(c.Facts.Settings)),
		who:       map[string]inventory.Answer{},
		declared: len(c.Instances) > 0 && !slices.ContainsFunc(c.Instances, func(i inventory.Instance) bool {
			return !strings.HasPrefix(i.ReadFrom, "inventory")
		}),
	}
	for i := range c.Facts.Settings {
		s := &c.Facts.Settings[i]
		at := place{s.Component, s.Node}
		a.settings[at] = append(a.settings[at], s)
	}
	for i := range c.Instances {
		in := &c.Instances[i]
		a.instances[in.Component] = append(a.instances[in.Component], in)
	}
	return a
}

// Result is one condition or mitigation with its answer.
type Result struct {
	Text   string
	Answer inventory.Answer
	// Apply puts a mitigation in place; "" where the cluster cannot take it.
	Apply string
}

// Reachability is one advisory's conditions in one cluster.
type Reachability struct {
	// Conditions, in the advisory's order, over all instances: Yes where it
	// holds for some instance, No where for none.
	Conditions []Result
	// Instances says, for each instance given and in that order, whether every
	// condition holds for it. No = a condition was checked and does not hold.
	Instances []inventory.Answer
	// Reachable is Yes where some instance is, No where none is.
	Reachable inventory.Answer
}

// Exploitable answers the conditions of adv for the instances whose versions
// are in its range (in may be empty: then for the cluster as such). An advisory
// without conditions is Unknown: nothing was checked.
func (a *Asker) Exploitable(adv *advisory.Advisory, in []*inventory.Instance) Reachability {
	if len(in) == 0 {
		in = []*inventory.Instance{nil}
	}
	var r Reachability
	if len(adv.Conditions) == 0 {
		none := inventory.Answer{Evidence: "the catalogue names no condition that could be checked"}
		for range in {
			r.Instances = append(r.Instances, none)
		}
		r.Reachable = none
		return r
	}
	answers := make([][]inventory.Answer, len(adv.Conditions)) // by condition, by instance
	for i := range adv.Conditions {
		c := &adv.Conditions[i]
		for _, one := range in {
			answers[i] = append(answers[i], a.condition(c.Question, one))
		}
		r.Conditions = append(r.Conditions, Result{Text: c.Text, Answer: combine(some, answers[i])})
	}
	for n := range in {
		all := make([]inventory.Answer, 0, len(answers))
		for i := range answers {
			all = append(all, answers[i][n])
		}
		r.Instances = append(r.Instances, combine(every, all))
	}
	r.Reachable = combine(some, r.Instances)
	return r
}

// condition answers the question of a condition. Where it asks about several
// instances (every API server), one that fulfils it is enough: an attacker
// chooses.
func (a *Asker) condition(q *advisory.Question, in *inventory.Instance) inventory.Answer {
	if q == nil {
		return inventory.Answer{Evidence: "cannot be told from the cluster"}
	}
	return a.answer(q, in, some)
}

// Mitigations answers which mitigations of adv are in place for the instances
// given (empty: for the cluster as such). What is asked of several instances
// must hold for every one.
func (a *Asker) Mitigations(adv *advisory.Advisory, in []*inventory.Instance) []Result {
	if len(in) == 0 {
		in = []*inventory.Instance{nil}
	}
	var out []Result
	for i := range adv.Mitigations {
		m := &adv.Mitigations[i]
		r := Result{Text: m.Text, Apply: m.Apply}
		if m.Question == nil {
			r.Answer.Evidence = "cannot be told from the cluster"
		} else {
			var all []inventory.Answer
			for _, one := range in {
				all = append(all, a.answer(m.Question, one, every))
			}
			r.Answer = combine(every, all)
		}
		out = append(out, r)
	}
	return out
}

// Closed answers whether the gate of a range closes the defect for in: Yes
// only where the gate is explicitly set so, because inside such a range it is
// not the default (a version where it is counts as fixed).
func (a *Asker) Closed(g *advisory.GateFix, in *inventory.Instance) inventory.Answer {
	ans := a.answer(&advisory.Question{Gate: &advisory.GateQuestion{
		Component: g.Component, Gate: g.Gate, Value: g.Value,
		Defaults: []advisory.GateDefault{{From: g.Since, Value: g.Value == g.ByDefault}},
	}}, in, every)
	if g.ByDefault && ans.State == inventory.Unknown {
		return inventory.Answer{State: inventory.Yes, Evidence: "it is the default of this version, and no setting that differs was seen"}
	}
	return ans
}
