package policy

import (
	"fmt"
	"slices"
	"time"
)

// Kinds of what a change rests on, and the gates that ask how old it is.
const (
	Evidence  = "evidence"
	Backup    = "backup"
	Rehearsed = "rehearsal"
	Catalogue = "catalogue"

	AtPlan  = "plan"
	AtApply = "apply"
)

// Ages are the oldest that what a change rests on may be.
type Ages struct {
	// Plan counts when a plan is made, Apply when it is carried out. A kind that
	// is missing is not asked for there.
	Plan, Apply map[string]time.Duration
}

// AgeLimits are the longest a policy may allow. Beyond these, an old backup or
// an old look would be none, and a policy may not take them away.
func AgeLimits() map[string]time.Duration {
	return map[string]time.Duration{Evidence: 30 * day, Backup: 7 * day, Rehearsed: 90 * day, Catalogue: 365 * day}
}

// MaxAge is the oldest something may be at a gate; ok is false where the gate
// does not ask.
func (p Policy) MaxAge(kind, gate string) (age time.Duration, ok bool) {
	ages := p.Ages.Apply
	if gate == AtPlan {
		ages = p.Ages.Plan
	}
	age, ok = ages[kind]
	return age, ok
}

// Rehearsal says which changes must have been rehearsed.
type Rehearsal struct {
	Environments []string
	// ExceptProviders run the control plane themselves: nothing of it can be
	// started on a copy.
	ExceptProviders []string
}

// RehearsalRequired reports whether the upgrade of a cluster must have been
// rehearsed, and why or why not. An environment that nobody named counts as
// production.
func (p Policy) RehearsalRequired(environment, provider string) (required bool, why string) {
	shown := environment
	if shown == "" {
		shown = "production, which is assumed because no environment was named"
	}
	switch {
	case slices.Contains(p.Rehearsal.ExceptProviders, provider):
		return false, fmt.Sprintf("the policy asks for none at the provider %s", provider)
	case len(p.Rehearsal.Environments) > 0 && in(p.Rehearsal.Environments, environment):
		return true, "the environment is " + shown
	}
	return false, "the policy asks for none where the environment is " + shown
}

// Rollback names what sends a change back, and what does not.
type Rollback struct {
	Triggers    []string // sentences
	NotTriggers []string
}
