package advisory

import "github.com/fixline-dev/fixline/internal/core/version"

// Covers reports whether upstream release v of component is, or may be, still
// open under a: inside a range, unknown ranges included, and not closed by a
// feature gate that is locked at v. It is the question a target choice asks
// of versions nobody runs yet.
func (a *Advisory) Covers(component string, v version.Version) bool {
	if a.ClientOnly && !IsClient(component) {
		return false
	}
	affected := a.component(component)
	if affected == nil {
		return a.Unparsed != "" && len(a.Affected) == 0
	}
	if a.Unparsed != "" {
		return true
	}
	if r := affected.find(v); r == nil || r.ClosedByDefault(v) {
		return false
	}
	for _, c := range a.Conditions {
		if q := c.Question; q != nil && q.Gate != nil && !q.Not && q.Gate.lockedAgainst(component, v) {
			return false
		}
	}
	return true
}

// lockedAgainst reports whether, at v, the gate of a condition is locked to
// the value that does not meet it: then no setting can meet it any more.
func (g *GateQuestion) lockedAgainst(component string, v version.Version) bool {
	if g.Component != component {
		return false
	}
	locked, value := false, false
	for _, d := range g.Defaults {
		if !v.Less(d.From) {
			locked, value = d.Locked, d.Value
		}
	}
	return locked && value != g.Value
}
