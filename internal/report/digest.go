package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/fixline-dev/fixline/internal/core/assess"
	"github.com/fixline-dev/fixline/internal/core/version"
)

// tone is how urgent a word is, for colours in text and HTML.
type tone string

const (
	bad   tone = "bad"   // act
	warn  tone = "warn"  // look
	good  tone = "good"  // nothing to do
	muted tone = "muted" // for the record
)

// status is the one word a cluster's answer starts with.
type status struct {
	Word string
	Tone tone
}

// statusOf says the worst thing that is true of c, worst first. What is
// unknown or unread comes before everything that sounds like an all-clear.
func statusOf(c assess.ClusterResult, cat assess.CatalogInfo) status {
	n := countVerdicts(c)
	switch {
	case n[assess.Affected] > 0:
		return status{"AFFECTED", bad}
	case countFindings(c, "blocker") > 0:
		return status{"BLOCKED", bad}
	case n[assess.Unknown] > 0 || c.Decision.Affected == "unknown":
		return status{"UNKNOWN", warn}
	case !c.Coverage.Complete:
		return status{"INCOMPLETE", warn}
	case cat.Stale || undated(cat):
		return status{"STALE DATA", warn}
	case openMitigations(c) > 0:
		return status{"MITIGATE", warn}
	case n[assess.NotReachable] > 0:
		return status{"NOT REACHABLE", warn}
	case countFindings(c, "warning") > 0:
		return status{"WARNING", warn}
	case n[assess.MitigateOnly] > 0:
		return status{"ACCEPTED", muted}
	}
	return status{"CLEAN", good}
}

// openMitigations counts the advisories no version fixes and nobody accepted.
func openMitigations(c assess.ClusterResult) int {
	n := 0
	for _, a := range c.Advisories {
		if a.Verdict == assess.MitigateOnly && a.Accepted == nil {
			n++
		}
	}
	return n
}

// acceptedText says who accepted a and until when; "" where nobody did.
func acceptedText(a assess.AdvisoryResult) string {
	if a.Accepted == nil {
		return ""
	}
	return fmt.Sprintf("by %s until %s: %s", a.Accepted.Owner, a.Accepted.Expires, a.Accepted.Reason)
}

func countVerdicts(c assess.ClusterResult) map[assess.Verdict]int {
	n := map[assess.Verdict]int{}
	for _, a := range c.Advisories {
		n[a.Verdict]++
	}
	return n
}

func countFindings(c assess.ClusterResult, severity string) int {
	n := 0
	for _, f := range c.Findings {
		if f.Severity == severity {
			n++
		}
	}
	return n
}

// headline is the order in half a line: what to do, to which version, by when.
func headline(c assess.ClusterResult, cat assess.CatalogInfo) string {
	n := countVerdicts(c)
	var order string
	switch {
	case c.Target.Version != nil:
		order = "upgrade " + arrow(currentVersion(c), *c.Target.Version)
		if len(c.Target.Path) > 1 {
			order += fmt.Sprintf(" in %d hops", len(c.Target.Path))
		}
		if more := otherUpdates(c); len(more) > 0 {
			order += ", " + strings.Join(more, ", ")
		}
	case c.Target.Kind == "unreachable":
		order = "no fixed version can be reached" + strings.Replace(deadline(c), " by ", ", due ", 1)
		if c.Target.Wanted != nil {
			order += "; needed: " + oneLine(*c.Target.Wanted)
		}
		return order
	case len(otherUpdates(c)) > 0:
		order = "update " + strings.Join(otherUpdates(c), ", ")
	case n[assess.Affected] > 0:
		order = "affected, and no target version: see why below"
	case countFindings(c, "blocker") > 0:
		order = findingsLine(c, "blocker")
	case n[assess.Unknown] > 0:
		order = plural(n[assess.Unknown], "advisory", "advisories") + " cannot be decided: verify them"
	case c.Decision.Affected == "unknown":
		order = "it cannot be decided whether an advisory affects it"
	case !c.Coverage.Complete:
		order = "nothing found, but not everything could be read: not a clean bill"
	case undated(cat):
		order = "nothing found, but the catalogue has no date: not a clean bill"
	case cat.Stale:
		order = "nothing found, but the catalogue is too old: not a clean bill"
	case openMitigations(c) > 0:
		order = "no version fixes what remains: mitigate"
	case countFindings(c, "warning") > 0:
		order = findingsLine(c, "warning")
	case n[assess.MitigateOnly] > 0:
		return "no version fixes what remains; it was accepted"
	case n[assess.NotReachable] > 0:
		order = "in range, but not reachable"
	default:
		return "no known advisory affects it"
	}
	return order + deadline(c)
}

// findingsLine is the first finding of that severity, and how many follow.
func findingsLine(c assess.ClusterResult, severity string) string {
	n := countFindings(c, severity)
	i := slices.IndexFunc(c.Findings, func(f assess.Finding) bool { return f.Severity == severity })
	line := c.Findings[i].Code + ": " + oneLine(c.Findings[i].Message)
	if n > 1 {
		line += fmt.Sprintf(", and %d more", n-1)
	}
	return line
}

// deadline is " by 2025-12-16 (overdue)", or nothing.
func deadline(c assess.ClusterResult) string {
	if c.Due == nil {
		return ""
	}
	if c.Overdue {
		return " by " + *c.Due + " (overdue)"
	}
	return " by " + *c.Due
}

// otherUpdates are the moves that are urgent and certain; a build that may hold
// the fix already is a question, not an order.
func otherUpdates(c assess.ClusterResult) []string {
	var out []string
	for _, t := range c.OtherTargets {
		if t.Version != nil && t.Verdict == assess.Affected {
			out = append(out, oneLine(t.Component)+" "+arrow(t.Current, *t.Version))
		}
	}
	return out
}

func arrow(from, to string) string {
	if from == "" {
		return "to " + to
	}
	return oneLine(from) + " -> " + to
}

// currentVersion is the oldest API server's version, else the oldest
// kubelet's: where the upgrade starts. "" where neither could be read.
func currentVersion(c assess.ClusterResult) string {
	for _, component := range []string{"kube-apiserver", "kubelet"} {
		oldest := version.Version{}
		for _, i := range c.Instances {
			if i.Component != component || i.Version == nil {
				continue
			}
			if v, err := version.Parse(*i.Version); err == nil && (!oldest.Known() || v.Less(oldest)) {
				oldest = v
			}
		}
		if oldest.Known() {
			return oldest.String()
		}
	}
	return ""
}
