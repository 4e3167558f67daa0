// Package policy decides by when something must be done (deadlines from
// disclosure, severity, reachability and environment) and under which rules:
// who signs, who may waive what, when a change waits, how old what it rests on
// may be, whether it must be rehearsed, which errors of kubeadm are known. The numbers come in as a value, from
// the embedded default or a user's file; the package never reads a clock, and
// no policy takes away what [Always] lists. Start at [Policy.Due].
package policy

import (
	"fmt"
	"strings"
	"time"
)

// Policy is what a team decided about urgency.
type Policy struct {
	// Deadlines by CVSS base score, highest first: the first whose MinScore is
	// not above the score counts.
	Deadlines []Deadline
	// NoVectorDays counts for an advisory without a CVSS vector.
	NoVectorDays int
	// ReachableProductionFactor shortens (0.5), NotReachableFactor lengthens (2).
	ReachableProductionFactor float64
	NotReachableFactor        float64
	// SupportMarginDays: a minor should stay supported this much longer.
	SupportMarginDays int
	// StaleAfterDays: an older catalogue is stale.
	StaleAfterDays int

	// The rules of a change.
	Signing     []Signing
	Waivers     []Waiver
	Freezes     []Window
	Maintenance []Window
	Rehearsal   Rehearsal
	Ages        Ages
	Rollback    Rollback
	Emergency   Emergency
	// Preflight are the preflight checks of kubeadm whose errors may be ignored.
	Preflight []Preflight
}

// Deadline gives Days to advisories scored MinScore or higher.
type Deadline struct {
	MinScore float64
	Days     int
}

// Acceptance is one entry of an ignore file: a named person accepts a
// mitigate-only advisory, or a finding at an object or in a file, until a day.
type Acceptance struct {
	Advisory string   // "" = it accepts a finding
	Clusters []string // empty = every cluster
	// Finding is a code, "API-001"; "" = it accepts an advisory. Object
	// ("Ingress/shop/web") and File narrow it, each whole, or as a beginning
	// where it ends in "*"; "" = any.
	Finding, Object, File string
	Owner                 string
	// Role is whose it is to accept, one of [Roles]; "" = not said. A plan asks
	// for it (see [Policy.MayWaive]), other judgements do not.
	Role    string
	Reason  string
	Expires time.Time // the last day it holds
}

// Default is the default policy that Fixline's users are promised;
// internal/policyfile/policy.yaml holds the same numbers with their reasons,
// and a test there keeps them equal.
func Default() Policy {
	return Policy{
		Deadlines:    []Deadline{{9, 7}, {7, 14}, {4, 30}, {0, 90}},
		NoVectorDays: 30, ReachableProductionFactor: 0.5, NotReachableFactor: 2,
		SupportMarginDays: 14, StaleAfterDays: 45,
		Signing: []Signing{
			{Roles: []string{"platform"}},
			{Roles: []string{"workload-owner"}, Environments: []string{"production"}},
			{Roles: []string{"security"}, Environments: []string{"production"}, Severities: []string{"critical", "high"}},
		},
		Waivers: []Waiver{
			{Findings: []string{"API-*", "CRD-*", "ADM-*", "DRAIN-*"}, Roles: []string{"platform", "workload-owner"}, MaxDays: 30},
			{Findings: []string{"SET-*", "DRIFT-*", "SUPPORT-*", "HOST-*", "READ-*", "DATA-*"}, Roles: []string{"platform"}, MaxDays: 30},
			{Findings: []string{"ADDON-*", "ADVISORY-*", "IGNORE-*"}, Roles: []string{"security"}, MaxDays: 30},
		},
		Rehearsal: Rehearsal{Environments: []string{"production"}, ExceptProviders: []string{"eks", "gke", "aks"}},
		Ages: Ages{
			Plan:  map[string]time.Duration{Evidence: 7 * day, Catalogue: 45 * day},
			Apply: map[string]time.Duration{Evidence: day, Backup: day, Rehearsed: 14 * day, Catalogue: 45 * day},
		},
		Rollback:  defaultRollback(),
		Emergency: Emergency{DeclaredBy: []string{"platform", "security"}, Signers: []string{"platform"}, ReviewDays: 3, IgnoresFreezes: true, IgnoresMaintenance: true},
	}
}

const day = 24 * time.Hour

func defaultRollback() Rollback {
	return Rollback{
		Triggers: []string{
			"an API server does not start, or does not stay up",
			"people or workloads that could log in before cannot",
			"what was allowed before is denied, or what was denied is allowed, and it cannot be mended at once",
			"etcd has lost its quorum, or a member does not come back",
			"Pods cannot reach each other or the network",
			"admission refuses valid workloads, and it cannot be mended at once",
		},
		NotTriggers: []string{
			"a warning that an API is deprecated: the manifest is mended",
			"a changed feature with a documented way to migrate",
			"a known problem with a workaround that was tested",
			"a benchmark that counts anew because its own version changed",
		},
	}
}

// Due is the day an advisory must be closed by: from the day it was published
// (or first seen), so that it does not slide. reachable is "yes", "no" or
// "unknown"; half days are dropped: never later than the policy says.
func (p Policy) Due(from time.Time, score float64, hasVector bool, reachable, environment string) time.Time {
	return from.AddDate(0, 0, p.Days(score, hasVector, reachable, environment))
}

// Days is how long an advisory may stay open.
func (p Policy) Days(score float64, hasVector bool, reachable, environment string) int {
	factor, _ := p.factor(reachable, environment)
	return int(float64(p.base(score, hasVector)) * factor)
}

// Why says how Days came about, as half a sentence: "15 days: 30 for a score
// of 5.8, times 0.5 because exploitation is reachable in production".
func (p Policy) Why(score float64, hasVector bool, reachable, environment string) string {
	of := "without a CVSS vector"
	if hasVector {
		of = fmt.Sprintf("for a score of %.1f", score)
	}
	days, base := p.Days(score, hasVector, reachable, environment), p.base(score, hasVector)
	factor, because := p.factor(reachable, environment)
	if because == "" {
		return fmt.Sprintf("%d days %s", days, of)
	}
	return fmt.Sprintf("%d days: %d %s, times %v because %s", days, base, of, factor, because)
}

// base is the deadline before reachability and environment count.
func (p Policy) base(score float64, hasVector bool) int {
	if hasVector {
		for _, d := range p.Deadlines {
			if score >= d.MinScore {
				return d.Days
			}
		}
	}
	return p.NoVectorDays
}

// factor stretches or shortens a deadline; because is empty where it is 1.
func (p Policy) factor(reachable, environment string) (factor float64, because string) {
	switch {
	case reachable == "yes" && environment == "production":
		return p.ReachableProductionFactor, "exploitation is reachable in production"
	case reachable == "no":
		return p.NotReachableFactor, "a condition of exploitation was checked and does not hold"
	}
	return 1, ""
}

// Holds reports whether e accepts the advisory for the cluster on the day.
func (e Acceptance) Holds(advisory, cluster string, asOf time.Time) bool {
	return e.concerns(advisory, cluster) && !asOf.After(e.Expires)
}

// Expired reports whether e would accept it, had it not run out.
func (e Acceptance) Expired(advisory, cluster string, asOf time.Time) bool {
	return e.concerns(advisory, cluster) && asOf.After(e.Expires)
}

// Covers reports whether e speaks of a finding, whatever the day.
func (e Acceptance) Covers(code, object, file string) bool {
	return e.Finding == code && e.Finding != "" && matches(e.Object, object) && matches(e.File, file)
}

// matches: a pattern is the whole text, or a beginning followed by "*".
func matches(pattern, text string) bool {
	prefix, open := strings.CutSuffix(pattern, "*")
	return pattern == "" || pattern == text || open && strings.HasPrefix(text, prefix)
}

func (e Acceptance) concerns(advisory, cluster string) bool {
	if e.Advisory != advisory {
		return false
	}
	for _, c := range e.Clusters {
		if c == cluster {
			return true
		}
	}
	return len(e.Clusters) == 0
}
