package target

import (
	"github.com/fixline-dev/fixline/internal/core/support"
	"github.com/fixline-dev/fixline/internal/core/version"
)

// Kind of a choice, as the contract names it.
type Kind string

const (
	None        Kind = "none"
	Patch       Kind = "patch"
	Minor       Kind = "minor"
	Provider    Kind = "provider"
	Unreachable Kind = "unreachable"
)

// Input is one cluster as the choice sees it.
type Input struct {
	// Components are the Kubernetes components that run in the cluster and
	// move with the target (no clients).
	Components []string
	// Oldest is the oldest API server: the minor the way starts from.
	Oldest version.Version
	// Floor is the newest Kubernetes component: nothing goes below it.
	Floor version.Version
	// FloorWhy names the component that makes the floor, for messages.
	FloorWhy string
	// Affecting are the IDs of the advisories in range of what runs, whether
	// reachable or not; unknown verdicts included.
	Affecting []string
	// Narrow: the user named advisories, Asked; the target answers those alone,
	// and what else is open at it does not count against it.
	Narrow bool
	Asked  []string
	// Margin is how many more days a minor should stay supported; less is said.
	Margin int
	// Available is what is offered now; nil = every released version.
	Available       []version.Version
	AvailableSource string
	// Managed: a provider builds and offers the versions (EKS, GKE, AKS).
	Managed bool
	// Mixed says which nodes run more than one minor, "" when none do. A mixed
	// fleet in a minor about to end is better brought to one new minor than
	// patched twice.
	Mixed string
	// Wanted asks about this version instead of choosing; zero = choose.
	Wanted version.Version
}

// Choice is the target with everything it rests on.
type Choice struct {
	Kind      Kind
	Version   version.Version // as offered (a provider's suffix stays); zero for none and unreachable
	Path      []version.Version
	Reason    string
	Wanted    string // for unreachable: what would be needed
	Fixes     []string
	Remaining []string
	Rejected  []Rejected
}

// Rejected is an alternative and why it was not taken.
type Rejected struct {
	Version version.Version
	Reason  string
}

// candidate is one version under consideration.
type candidate struct {
	offered version.Version // as offered
	base    version.Version
	path    []version.Version
	left    Set    // of the affecting defects, still open here
	other   Set    // fixable defects that count, open here, that do not affect the cluster today
	reject  string // why not, "" = passes
}

// Choose picks the target of one cluster.
func (t *Table) Choose(in Input) Choice {
	affecting := t.set(in.Affecting)
	fixable := affecting.and(t.fixable)
	if in.Wanted.Known() {
		return t.wanted(in, affecting)
	}
	status, own := t.calendar.Status(in.Oldest.Minor(), t.asOf)
	// A component newer than an API server is legal only once the servers follow.
	behind := in.Oldest.Minor().Compare(in.Floor.Minor()) < 0
	mustMove := status == support.EndOfLife || behind
	if fixable.empty() && !mustMove {
		return t.nothingToDo(in)
	}
	all := t.candidates(in, affecting, fixable)
	best := pick(all, fixable, mustMove)
	if best < 0 {
		return t.unreachable(in, fixable, all)
	}
	c := all[best]
	choice := Choice{
		Kind:      kind(in, c.base),
		Version:   c.offered,
		Path:      c.path,
		Fixes:     t.ids(affecting.without(t.openFor(in.Components, c.base))),
		Remaining: t.ids(t.openFor(in.Components, c.base)),
		Rejected:  t.alternatives(all, best, in),
	}
	choice.Reason = t.reason(in, c, own, fixable)
	return choice
}

func kind(in Input, base version.Version) Kind {
	switch {
	case in.Managed:
		return Provider
	case base.Minor() == in.Oldest.Minor():
		return Patch
	}
	return Minor
}

func (t *Table) nothingToDo(in Input) Choice {
	c := Choice{Kind: None, Path: []version.Version{}, Fixes: []string{}, Rejected: []Rejected{}, Remaining: t.ids(t.openFor(in.Components, in.Oldest.Base()))}
	c.Reason = "nothing here needs another version: no fixable advisory is in range"
	if len(in.Affecting) > 0 {
		c.Reason = "no version fixes what remains: mitigate"
	}
	return c
}
