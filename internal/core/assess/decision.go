package assess

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/fixline-dev/fixline/internal/core/inventory"
	"github.com/fixline-dev/fixline/internal/core/support"
)

// The answers of a decision.
const (
	yes     = "yes"
	no      = "no"
	unknown = "unknown"
)

func answer(s inventory.State) string {
	switch s {
	case inventory.Yes:
		return yes
	case inventory.No:
		return no
	}
	return unknown
}

// decide answers the four questions of a security upgrade: does the advisory
// affect a component that runs here, is the minor supported, is exploitation
// reachable, are blockers clear.
func decide(all []judged, s Support, target Target) Decision {
	status := support.Status(s.Status)
	d := Decision{Affected: affected(all), Reachable: reachable(all), Clear: unknown}
	switch {
	case status == support.Unknown:
		d.MinorSupported = unknown
	case status.Live():
		d.MinorSupported = yes
	default:
		d.MinorSupported = no
	}
	d.Action = action(d, target)
	d.Evidence = evidence(all, s)
	return d
}

// evidence is what each of the four answers rests on.
func evidence(all []judged, s Support) DecisionEvidence {
	count := map[Verdict]int{}
	var met, open []string
	for _, j := range all {
		count[j.verdict]++
		switch {
		case j.verdict != Affected && j.verdict != MitigateOnly:
		case j.reachable == inventory.Yes:
			met = append(met, j.adv.ID)
		default:
			open = append(open, j.adv.ID)
		}
	}
	e := DecisionEvidence{
		Affected:       fmt.Sprintf("advisories: %d affected, %d not reachable, %d mitigate-only, %d unknown", count[Affected], count[NotReachable], count[MitigateOnly], count[Unknown]),
		MinorSupported: "the minor of the oldest API server could not be read",
		Clear:          "what the upgrade would break has not been looked at by this command",
	}
	if s.Minor != nil {
		e.MinorSupported = fmt.Sprintf("%s is %s", *s.Minor, s.Status)
		if s.EndOfLife != nil {
			e.MinorSupported += ", end of life " + *s.EndOfLife
		}
	}
	switch {
	case len(met) > 0:
		e.Reachable = "every condition is met for " + nodes(met)
	case len(open) > 0:
		e.Reachable = "not every condition can be told for " + nodes(open)
	case count[Unknown] > 0:
		e.Reachable = fmt.Sprintf("%d verdicts are unknown", count[Unknown])
	case count[NotReachable] > 0:
		e.Reachable = "a condition of each advisory in range was checked and does not hold"
	default:
		e.Reachable = "nothing is in range"
	}
	return e
}

// affected is yes as soon as one version is in range, reachable or not.
func affected(all []judged) string {
	got := no
	for _, j := range all {
		switch j.verdict {
		case Affected, MitigateOnly, NotReachable:
			return yes
		case Unknown:
			got = unknown
		}
	}
	return got
}

// reachable is yes when every condition of some advisory is met, no when for
// each one that matters a condition was seen not to hold.
func reachable(all []judged) string {
	got := no
	for _, j := range all {
		switch j.verdict {
		case Affected, MitigateOnly:
			if j.reachable == inventory.Yes {
				return yes
			}
			got = unknown
		case Unknown:
			got = unknown
		}
	}
	return got
}

func action(d Decision, t Target) string {
	switch {
	case t.Kind == "unreachable":
		return "mitigate now; the version needed is not to be had yet"
	case t.Kind == "provider":
		return "move to the provider's fixed version, then upgrade the nodes"
	case t.Version != nil && d.Affected == no:
		return "upgrade to a supported minor"
	case t.Version != nil && d.Reachable == yes:
		return "upgrade now: shorten approval and maintenance windows"
	case t.Version != nil && d.Reachable == no:
		return "schedule the upgrade: not reachable today is not the same as not affected"
	case t.Version != nil:
		return "upgrade, and settle what could not be told about reachability"
	case d.Affected == yes:
		return "mitigate what no Kubernetes version fixes, and move the other components named"
	case d.Affected == unknown:
		return "find out: the verdicts that are unknown name what to ask"
	}
	return "document why nothing is affected, then monitor"
}

// due is the earliest day an upgrade must be done by: counted from the
// publication of each advisory that an upgrade closes, so that it does not
// slide. Zero when none asks for one.
func (a *Assessor) due(c inventory.Cluster, all []judged) (time.Time, bool) {
	var first time.Time
	for _, j := range all {
		if j.verdict != Affected && j.verdict != NotReachable {
			continue
		}
		if !fixable(j.adv) {
			continue // a gate or a mitigation closes it, no upgrade does
		}
		from := j.adv.Published
		if from.IsZero() {
			from = a.firstSeen()
		}
		state := answer(j.reachable)
		if j.verdict == NotReachable {
			state = no
		}
		d := a.basis.Policy.Due(from, j.adv.Score, j.adv.Vector != "", state, c.Environment)
		if first.IsZero() || d.Before(first) {
			first = d
		}
	}
	return first, !first.IsZero() && first.Before(a.basis.AsOf)
}

// firstSeen stands in for an unknown day of publication: the day the catalogue
// read its sources, which does not slide from run to run.
func (a *Assessor) firstSeen() time.Time {
	seen, err := time.Parse(time.DateOnly, a.basis.Catalog.AdvisoriesThrough)
	if err != nil || seen.After(a.basis.AsOf) {
		return a.basis.AsOf
	}
	return seen
}

// sentence is the whole assessment as one order a person can act on.
func sentence(r *ClusterResult, all []judged, from string, stale bool) string {
	var b strings.Builder
	t := r.Target
	switch {
	case t.Version != nil:
		fixed := "fixed version"
		if len(t.Fixes) == 0 {
			fixed = "supported version"
		}
		fmt.Fprintf(&b, "upgrade cluster %s from %s to %s %s", r.Name, from, fixed, *t.Version)
		if len(t.Path) > 1 {
			hops := make([]string, len(t.Path))
			for i, h := range t.Path {
				hops[i] = h.Version
			}
			fmt.Fprintf(&b, " (by way of %s)", strings.Join(hops[:len(hops)-1], ", "))
		}
	case t.Kind == "unreachable":
		fmt.Fprintf(&b, "cluster %s must go from %s to %s, and cannot yet (%s),", r.Name, from, *t.Wanted, t.Reason)
	case otherMoves(r, Affected) != "":
		fmt.Fprintf(&b, "on cluster %s leave Kubernetes at %s and move %s", r.Name, from, otherMoves(r, Affected))
	case otherMoves(r, NotReachable) != "":
		fmt.Fprintf(&b, "on cluster %s leave Kubernetes at %s and move, though it cannot be exploited today, %s", r.Name, from, otherMoves(r, NotReachable))
	case r.Decision.Affected == yes:
		fmt.Fprintf(&b, "on cluster %s no version fixes what remains: mitigate", r.Name)
	case r.Decision.Affected == unknown:
		return fmt.Sprintf("cluster %s cannot be cleared: settle the unknown verdicts first%s", r.Name, ownedBy(r))
	case !r.Coverage.Complete:
		return fmt.Sprintf("cluster %s cannot be cleared: nothing was found, but not everything could be read%s", r.Name, ownedBy(r))
	case stale:
		return fmt.Sprintf("cluster %s cannot be cleared: nothing was found, but the catalogue is too old to know%s", r.Name, ownedBy(r))
	default:
		return fmt.Sprintf("cluster %s needs no upgrade: nothing public on this day affects what was read of it%s", r.Name, ownedBy(r))
	}
	if r.Due != nil {
		fmt.Fprintf(&b, " by %s", *r.Due)
		if r.Overdue {
			b.WriteString(" (overdue)")
		}
	}
	if m := mitigations(all); m != "" {
		fmt.Fprintf(&b, ", using mitigations %s until completion", m)
	} else if t.Version != nil {
		b.WriteString(", without mitigations to use until completion")
	}
	fmt.Fprintf(&b, ", and validate with checks %s", checks(r))
	if also := otherMoves(r, Affected); also != "" && t.Version != nil {
		fmt.Fprintf(&b, "; also move %s", also)
	}
	return b.String() + ownedBy(r)
}

func ownedBy(r *ClusterResult) string {
	if r.Owner == nil {
		return "; owner: nobody is named"
	}
	return "; owner: " + *r.Owner
}

// otherMoves are the moves of other components with this verdict. Unknown ones
// are a question, not an order: the build may hold the fix already.
func otherMoves(r *ClusterResult, verdict Verdict) string {
	var s []string
	for _, o := range r.OtherTargets {
		if o.Version != nil && o.Verdict == verdict {
			s = append(s, fmt.Sprintf("%s from %s to %s", o.Component, o.Current, *o.Version))
		}
	}
	return strings.Join(s, ", ")
}

// mitigations are those worth putting in place until the upgrade: of what is
// exploitable or may be, and not known to be in place already.
func mitigations(all []judged) string {
	var s []string
	for _, j := range all {
		if j.verdict != Affected && j.verdict != MitigateOnly {
			continue
		}
		for _, m := range j.missing {
			text := inSentence(m)
			if !slices.Contains(s, text) {
				s = append(s, text)
			}
		}
	}
	if len(s) > 3 {
		s = append(s[:3], fmt.Sprintf("and %d more (listed with each advisory)", len(s)-3))
	}
	return strings.Join(s, "; ")
}

// inSentence is a sentence as part of another one.
func inSentence(text string) string {
	text = strings.TrimSuffix(text, ".")
	if len(text) > 1 && 'A' <= text[0] && text[0] <= 'Z' && 'a' <= text[1] && text[1] <= 'z' {
		return strings.ToLower(text[:1]) + text[1:]
	}
	return text
}

// checks prove that the order was carried out.
func checks(r *ClusterResult) string {
	var s []string
	if r.Target.Version != nil {
		s = append(s, fmt.Sprintf("every component at %s", *r.Target.Version))
	}
	again := "`fixline assess` finds none of what it fixes"
	if len(r.Target.Fixes) == 1 {
		again = fmt.Sprintf("`fixline assess --advisory %s` says not-affected", r.Target.Fixes[0])
	}
	s = append(s, again, "all nodes Ready, and what was denied before is denied still")
	return strings.Join(s, ", ")
}
