package policy

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Waiver lets roles waive findings for some days at most.
type Waiver struct {
	Findings []string // codes, or "API-*"
	Roles    []string
	MaxDays  int
}

// Never are the findings nobody may waive, whatever a policy says: an illegal
// state, an unsound plan, a backup that is not proven, what verification found.
func Never() []string { return []string{"SKEW-*", "PLAN-*", "BACKUP-*", "VERIFY-*", "PROBE-*"} }

// NeverWaived reports whether nobody may waive a finding; pattern may be a
// code or "SKEW-*".
func NeverWaived(pattern string) bool {
	return slices.ContainsFunc(Never(), func(n string) bool { return matches(n, strings.TrimSuffix(pattern, "*")) })
}

// MayWaive reports whether a role may waive a finding for so many days, and
// why not. The first waiver whose findings match decides; what none matches
// nobody may waive.
func (p Policy) MayWaive(code, role string, days int) (ok bool, why string) {
	if NeverWaived(code) {
		return false, code + " cannot be waived by anybody: no policy takes away the proven backup, the skew check or the verification"
	}
	for _, w := range p.Waivers {
		if !slices.ContainsFunc(w.Findings, func(f string) bool { return matches(f, code) }) {
			continue
		}
		switch {
		case role == "":
			return false, fmt.Sprintf("the waiver of %s names no role: it wants %s", code, strings.Join(w.Roles, " or "))
		case !slices.Contains(w.Roles, role):
			return false, fmt.Sprintf("%s may be waived by %s, not by %s", code, strings.Join(w.Roles, " or "), role)
		case days > w.MaxDays:
			return false, fmt.Sprintf("%s may be waived for %d days at most, not for %d", code, w.MaxDays, days)
		}
		return true, ""
	}
	return false, "the policy lets nobody waive " + code
}

// Waives reports whether an entry of an ignore file waives a finding of a plan
// on the day, and why not. An entry that speaks of something else gives false
// and no reason.
func (p Policy) Waives(e Acceptance, code, object, file string, asOf time.Time) (ok bool, why string) {
	switch {
	case !e.Covers(code, object, file):
		return false, ""
	case asOf.After(e.Expires):
		return false, fmt.Sprintf("the waiver of %s by %s ran out on %s", code, e.Owner, e.Expires.Format(time.DateOnly))
	}
	return p.MayWaive(code, e.Role, int(e.Expires.Sub(asOf).Hours()/24))
}
