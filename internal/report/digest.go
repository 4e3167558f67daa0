package report

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
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
	order := ""
	switch {
	case c.Target.Version != nil:
		order = "upgrade " + arrow(currentVersion(c), *c.Target.Version)
		if len(c.Target.Path) > 1 {
			order += fmt.Sprintf(" in %d hops", len(c.Target.Path))
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

func otherUpdates(c assess.ClusterResult) []string {
	var out []string
	for _, t := range c.OtherTargets {
		if t.Version != nil {
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

// undated: nobody can say what these facts cover.
func undated(cat assess.CatalogInfo) bool { return cat.Date == "" || cat.AdvisoriesThrough == "" }

// catalogLine dates the facts; every form carries it.
func catalogLine(cat assess.CatalogInfo) string {
	if undated(cat) {
		return "Catalogue without a date"
	}
	return fmt.Sprintf("Catalogue of %s, advisories read through %s (%s old)",
		cat.Date, cat.AdvisoriesThrough, plural(cat.AgeDays, "day", "days"))
}

// staleLine warns of facts that are too old; "" when they are not.
func staleLine(cat assess.CatalogInfo) string {
	if undated(cat) {
		return "The catalogue names no day its advisories were read through: nobody can say what it covers."
	}
	if !cat.Stale {
		return ""
	}
	return fmt.Sprintf("The catalogue is stale: advisories published in the last %s are unknown to it. "+
		"What it does not report may still affect you.", plural(cat.AgeDays, "day", "days"))
}

// coverageLine says whether the answer saw everything it asked for.
func coverageLine(c assess.ClusterResult) string {
	required, other := splitGaps(c)
	if c.Coverage.Complete && len(required) == 0 {
		if len(other) == 0 {
			return "Complete: everything that was asked was read."
		}
		return "Complete for what was asked; not looked at:"
	}
	if len(required) == 0 {
		return "INCOMPLETE: the answer may be wrong."
	}
	return fmt.Sprintf("INCOMPLETE: %s could not be answered, so the answer may be wrong there.",
		plural(len(required), "required check", "required checks"))
}

func splitGaps(c assess.ClusterResult) (required, other []assess.Gap) {
	for _, g := range c.Coverage.Gaps {
		if g.Required {
			required = append(required, g)
		} else {
			other = append(other, g)
		}
	}
	return required, other
}

// unread lists the instances whose version nobody could read.
func unread(c assess.ClusterResult) []assess.InstanceResult {
	var out []assess.InstanceResult
	for _, i := range c.Instances {
		if i.Version == nil {
			out = append(out, i)
		}
	}
	return out
}

// supportLine is the release-calendar state of the minor in words.
func supportLine(s assess.Support) string {
	if s.Minor == nil {
		return "The minor of the API server could not be read, so its support is unknown."
	}
	end := func(before string) string {
		if s.EndOfLife == nil {
			return ""
		}
		return before + *s.EndOfLife
	}
	switch s.Status {
	case "supported":
		return *s.Minor + " is supported" + end(" until ")
	case "maintenance":
		return *s.Minor + " is in maintenance, critical fixes only" + end(", until ")
	case "end-of-life":
		return *s.Minor + " is end-of-life" + end(" since ") + ": no more fixes"
	}
	return "Support of " + *s.Minor + " is unknown: the release calendar does not know it"
}

// question is one of the four of a security upgrade.
type question struct {
	Text, Answer string
	Note         string // why an answer is not known; "" where it says itself
	Tone         tone
}

func questions(d assess.Decision) []question {
	q := func(text, answer, fine string) question {
		switch answer {
		case fine:
			return question{Text: text, Answer: answer, Tone: good}
		case "unknown":
			return question{Text: text, Answer: answer, Tone: warn}
		}
		return question{Text: text, Answer: answer, Tone: bad}
	}
	clear := q("Is the way clear of blockers?", d.Clear, "yes")
	if d.Clear == "unknown" {
		clear.Note = "compatibility checks have not run"
	}
	return []question{
		q("Does it affect a component you run?", d.Affected, "no"),
		q("Is the minor supported?", d.MinorSupported, "yes"),
		q("Is exploitation reachable here?", d.Reachable, "no"),
		clear,
	}
}

// shared: somebody else than the reader moves a part of the cluster.
func shared(c assess.ClusterResult) bool {
	return slices.ContainsFunc(c.Ownership, func(o assess.Ownership) bool { return o.By != "you" })
}

// targetTitle names the target: "1.34.2, a patch release".
func targetTitle(t assess.Target) string {
	if t.Version == nil {
		if t.Kind == "unreachable" {
			return "None can be reached"
		}
		return "No other version" // that none is needed is for the reason to say
	}
	kinds := map[string]string{"patch": "a patch release of the same minor", "minor": "a new minor", "provider": "the provider's release"}
	if k := kinds[t.Kind]; k != "" {
		return *t.Version + ", " + k
	}
	return *t.Version
}

// sortedAdvisories are those to show, most urgent first: by verdict, score, ID.
func sortedAdvisories(c assess.ClusterResult, all bool) []assess.AdvisoryResult {
	var out []assess.AdvisoryResult
	for _, a := range c.Advisories {
		if all || a.Verdict != assess.NotAffected {
			out = append(out, a)
		}
	}
	slices.SortStableFunc(out, func(a, b assess.AdvisoryResult) int {
		return cmp.Or(cmp.Compare(verdictRank(a.Verdict), verdictRank(b.Verdict)),
			cmp.Compare(scoreOr(b, -1), scoreOr(a, -1)), cmp.Compare(a.ID, b.ID))
	})
	return out
}

func verdictRank(v assess.Verdict) int {
	order := []assess.Verdict{assess.Affected, assess.Unknown, assess.MitigateOnly, assess.NotReachable, assess.NotAffected}
	return slices.Index(order, v)
}

func verdictTone(v assess.Verdict) tone {
	switch v {
	case assess.Affected:
		return bad
	case assess.NotAffected:
		return good
	}
	return warn
}

func scoreOr(a assess.AdvisoryResult, none float64) float64 {
	if a.Score == nil {
		return none
	}
	return *a.Score
}

// scoreText is "5.8", or "-" where nobody scored it.
func scoreText(a assess.AdvisoryResult) string {
	if a.Score == nil {
		return "-"
	}
	return strconv.FormatFloat(*a.Score, 'f', 1, 64)
}

// fixedText says which version closes a here: what the instances need, else
// every fixed version there is.
func fixedText(a assess.AdvisoryResult) string {
	if a.FixState == "never" {
		return "no version"
	}
	var here []string
	for _, c := range a.Components {
		if c.FixedIn != nil && c.Verdict != assess.NotAffected && !slices.Contains(here, *c.FixedIn) {
			here = append(here, *c.FixedIn)
		}
	}
	if len(here) == 0 {
		here = a.Fixed
	}
	text := strings.Join(here, ", ")
	switch {
	case a.FixState == "gate" && text == "":
		return "a feature gate"
	case a.FixState == "gate":
		return text + " with a feature gate"
	case text == "":
		return "not known"
	}
	return text
}

func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + many
}

func deref(s *string, none string) string {
	if s == nil {
		return none
	}
	return *s
}
