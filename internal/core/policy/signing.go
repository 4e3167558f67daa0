package policy

import "slices"

// Signing asks for signatures of roles, for changes in some environments that
// answer advisories of some severities; empty lists stand for all.
type Signing struct {
	Roles        []string
	Environments []string
	Severities   []string
}

// Emergency is what a declared emergency shortens: approvals and windows, and
// nothing else.
type Emergency struct {
	DeclaredBy []string // roles
	// Signers sign before an emergency change; the others that would have to
	// sign do so within ReviewDays after it.
	Signers    []string
	ReviewDays int
	// IgnoresFreezes and IgnoresMaintenance: it need not wait for a window.
	IgnoresFreezes, IgnoresMaintenance bool
}

// Signers are the roles that must sign a change before it is made, each once,
// in the order of [Roles]. Every line that fits adds its own.
func (p Policy) Signers(c Change) []string {
	if p.declared(c) {
		return slices.Clone(p.Emergency.Signers)
	}
	return p.regular(c)
}

// SignersAfter are the roles that may sign an emergency change afterwards, and
// within how many days they must; none for any other change.
func (p Policy) SignersAfter(c Change) (roles []string, days int) {
	if !p.declared(c) {
		return nil, 0
	}
	for _, r := range p.regular(c) {
		if !slices.Contains(p.Emergency.Signers, r) {
			roles = append(roles, r)
		}
	}
	return roles, p.Emergency.ReviewDays
}

// declared: an emergency is one when a person of a role that may declare it
// says so, with a reason.
func (p Policy) declared(c Change) bool {
	return c.Emergency.complete() && slices.Contains(p.Emergency.DeclaredBy, c.Emergency.Role)
}

func (p Policy) regular(c Change) []string {
	asked := map[string]bool{}
	for _, s := range p.Signing {
		if !in(s.Environments, c.Environment) || !s.concerns(c.Severity) {
			continue
		}
		for _, r := range s.Roles {
			asked[r] = true
		}
	}
	var out []string
	for _, r := range Roles() {
		if asked[r] {
			out = append(out, r)
		}
	}
	return out
}

// concerns: what has no score may be anything, so it asks for everybody.
func (s Signing) concerns(severity string) bool {
	return len(s.Severities) == 0 || severity == "unknown" || slices.Contains(s.Severities, severity)
}
