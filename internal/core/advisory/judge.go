package advisory

import (
	"slices"
	"time"

	"github.com/fixline-dev/fixline/internal/core/inventory"
	"github.com/fixline-dev/fixline/internal/core/version"
)

// State is what the version alone says of one instance. The zero State is
// Unknown: nothing is clean by default.
type State int

const (
	// Unknown: the version, the build or the data cannot decide.
	Unknown State = iota
	// InRange: the version lies in an affected range. Whether it can be
	// exploited is for package reach.
	InRange
	// NotAffected: the version lies outside every range.
	NotAffected
	// NotConcerned: the advisory does not speak of this component.
	NotConcerned
)

// Releases is what judging asks of the release calendar. Either answer may
// be "not known": then judging goes by the ranges alone.
type Releases interface {
	// Known reports whether v is no newer than what the catalogue has seen of
	// the component; true for components without a calendar.
	Known(component string, v version.Version) bool
	// EndOfLife is the last day of support of a minor; zero = not known.
	EndOfLife(component string, m version.Minor) time.Time
}

// Judgement is one instance under one advisory, by version alone. The texts
// are made on demand by Reason and WouldChange: most judgements are never read.
type Judgement struct {
	State State
	// FixedIn is the fixed release of the instance's own minor, else the next
	// higher one; Unreadable where none is known. Set for InRange, and for
	// Unknown where a fixed version would settle it.
	FixedIn version.Version
	// Gate, where set, closes the defect in this very version when the gate
	// has the wanted value; package reach asks the instance's settings.
	Gate *GateFix

	adv      *Advisory
	in       *inventory.Instance
	affected *Affected
	rng      *Range // the range the version lies in
	why      cause
	releases Releases
}

// cause is why a judgement came out as it did; explain.go words it.
type cause int

const (
	byRange cause = iota
	byComponent
	byUnread
	byPseudo
	byUnparsed
	byUnknownRelease
	byVendor
	byDistribution
	byUnknownRange
	byPreRelease
)

// Judge says what the version of in means under a: inside a range, outside
// every range, or not decidable and why. It looks at no flag, gate or object
// of the cluster. releases may be nil; then every version counts as released.
func (a *Advisory) Judge(in *inventory.Instance, releases Releases) Judgement {
	j := Judgement{State: NotConcerned, adv: a, in: in, why: byComponent, releases: releases}
	if a.ClientOnly && !IsClient(in.Component) {
		return j
	}
	j.affected = a.component(in.Component)
	nameless := a.Unparsed != "" && len(a.Affected) == 0
	if j.affected == nil && !nameless {
		return j
	}
	j.State = Unknown
	switch {
	case a.Unparsed != "":
		j.why = byUnparsed
		return j
	case !in.Version.Known():
		j.why = byUnread
		return j
	case in.Version.Kind() == version.Pseudo:
		j.why = byPseudo
		return j
	}
	base := in.Version.Base()
	if releases != nil && !releases.Known(in.Component, base) {
		j.why = byUnknownRelease
		return j
	}
	j.rng = j.affected.find(base)
	if j.rng == nil && j.affected.branchedBefore(base) {
		j.why, j.FixedIn = byPreRelease, j.affected.fixedAfter(base)
		return j
	}
	if j.rng == nil {
		j.State, j.why = NotAffected, byRange
		return j
	}
	j.FixedIn = j.affected.fixedAfter(base)
	j.Gate = j.rng.gateAt(base)
	switch {
	case in.Version.Kind() == version.Vendor:
		j.why = byVendor
	case in.Version.Kind() == version.Distribution:
		j.why = byDistribution
	case j.rng.Unknown:
		j.why = byUnknownRange
	default:
		j.State, j.why = InRange, byRange
	}
	return j
}

// component finds what the advisory says of a component, by its exact name or
// one of the other names the catalogue gives it; nil when it says nothing.
func (a *Advisory) component(name string) *Affected {
	for i := range a.Affected {
		if a.Affected[i].Component == name {
			return &a.Affected[i]
		}
		for _, alias := range a.Affected[i].Aliases {
			if alias == name {
				return &a.Affected[i]
			}
		}
	}
	return nil
}

// IsClient reports whether a component talks to a cluster instead of running
// in it: only these are judged under a ClientOnly advisory.
func IsClient(component string) bool {
	switch component {
	case inventory.Kubectl, inventory.Kubeadm, "client-go":
		return true
	}
	return false
}

// find is the range that covers an upstream version, nil when none does.
func (a *Affected) find(v version.Version) *Range {
	for i := range a.Ranges {
		if a.Ranges[i].Covers(v) {
			return &a.Ranges[i]
		}
	}
	return nil
}

// Covers reports whether an upstream version lies in r. The pre-releases of
// the version where a range begins belong to it: the defect came with that
// release, and which alpha brought it in no source says. They also belong to
// the range when that release is where it ends: 1.37.0-rc.1 is below the fixed
// 1.37.0.
func (r *Range) Covers(v version.Version) bool {
	if r.Introduced.Known() && v.Less(r.Introduced) && !preReleaseOf(v, r.Introduced) {
		return false
	}
	return !r.Before.Known() || v.Less(r.Before)
}

// preReleaseOf reports whether pre is an alpha, beta or rc of the release rel.
func preReleaseOf(pre, rel version.Version) bool {
	return pre.Kind() == version.PreRelease && rel.Kind() == version.Release &&
		pre.Minor() == rel.Minor() && pre.PatchNumber() == rel.PatchNumber()
}

// branchedBefore reports whether v is a pre-release of a minor that left an
// affected one behind. Sources name releases: 1.36.0 has the fix, but which
// alpha of it was the first to have it they do not say, unless they name a
// pre-release of that very minor (runc 1.4.0-rc.3).
func (a *Affected) branchedBefore(v version.Version) bool {
	m := v.Minor()
	if v.Kind() != version.PreRelease || v.PatchNumber() != 0 || m.Minor == 0 {
		return false
	}
	named := func(f version.Version) bool {
		return preReleaseOf(f, m.First()) && !v.Less(f)
	}
	for i := range a.Ranges {
		if named(a.Ranges[i].Before) {
			return false
		}
	}
	return !slices.ContainsFunc(a.Fixed, named) && a.find(version.New(m.Major, m.Minor-1, 0)) != nil
}

// gateAt is the gate that closes the defect at v, nil when v is too old for it.
func (r *Range) gateAt(v version.Version) *GateFix {
	if r.Gate == nil || v.Less(r.Gate.Since) && !preReleaseOf(v, r.Gate.Since) {
		return nil
	}
	return r.Gate
}

// ClosedByDefault reports whether v lies in r, but is closed there unless
// somebody turned the gate.
func (r *Range) ClosedByDefault(v version.Version) bool {
	g := r.gateAt(v)
	return g != nil && g.ByDefault
}

// fixedAfter is the smallest fixed release above v: of its own minor where
// there is one, else of the next. Where the sources name no fixed release the
// ends of the ranges stand in. Unreadable when nothing above v is fixed.
func (a *Affected) fixedAfter(v version.Version) version.Version {
	var best version.Version
	consider := func(f version.Version) {
		if r := a.find(f); !f.Known() || !v.Less(f) || r != nil && !r.ClosedByDefault(f) {
			return
		}
		if !best.Known() || f.Less(best) {
			best = f
		}
	}
	for _, f := range a.Fixed {
		consider(f)
	}
	if best.Known() {
		return best
	}
	for i := range a.Ranges {
		consider(a.Ranges[i].Before)
	}
	return best
}
