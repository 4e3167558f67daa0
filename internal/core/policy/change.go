package policy

import "slices"

// Environments, as an inventory names them. One that nobody named counts as
// production: the stricter answer is the safe one.
const production = "production"

// Roles are who may sign a change, in the order they are listed.
func Roles() []string { return []string{"platform", "workload-owner", "security"} }

// Severities are the ratings of CVSS v3.1, section 5, worst first
// (https://www.first.org/cvss/v3.1/specification-document).
func Severities() []string { return []string{"critical", "high", "medium", "low"} }

// Change is what the rules of a change are asked about.
type Change struct {
	Environment string // "" counts as production
	Provider    string
	// Severity of the worst advisory the change answers: one of [Severities],
	// "unknown" for one without a score, "" for a change that answers none.
	Severity string
	// Score is its CVSS base score, 0 where it has none.
	Score float64
	// Affected: the cluster is affected by it, not only in range.
	Affected bool
	// Emergency is who declared one; nil = nobody.
	Emergency *Declaration
}

// Declaration is a named person who declares or approves something.
type Declaration struct{ Role, Name, Reason string }

func (d *Declaration) complete() bool { return d != nil && d.Name != "" && d.Reason != "" }

// SeverityOf rates a CVSS base score.
func SeverityOf(score float64, hasVector bool) string {
	switch {
	case !hasVector:
		return "unknown"
	case score >= 9:
		return "critical"
	case score >= 7:
		return "high"
	case score >= 4:
		return "medium"
	}
	return "low"
}

// in reports whether an environment is among those a rule is for; none named
// means all.
func in(environments []string, environment string) bool {
	if environment == "" {
		environment = production
	}
	return len(environments) == 0 || slices.Contains(environments, environment)
}

// Always are what no policy, waiver, flag or emergency takes away from a
// change. It is no method of Policy, so that no file can have a say in it.
func Always(provider string) []string {
	out := []string{"every state is legal under the version-skew policy", "the change is verified after it was made"}
	if BackupAlways(provider) {
		out = append(out, "a backup was restored and found good before anything is changed")
	}
	return out
}

// BackupAlways reports whether a cluster of this provider must have a proven
// backup before anything is changed: on kubeadm etcd and its keys are the
// team's own, and nobody else can bring them back.
func BackupAlways(provider string) bool { return provider == "kubeadm" }
