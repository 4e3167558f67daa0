package plan

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/fixline-dev/fixline/internal/core/compat"
	"github.com/fixline-dev/fixline/internal/core/finding"
	"github.com/fixline-dev/fixline/internal/core/plan"
	"github.com/fixline-dev/fixline/internal/core/version"
)

// waived is a finding that a person accepted as the policy allows.
type waived struct {
	plan.Finding

	owner, role, reason, until string
}

// findings are what the upgrade would break and what is wrong today, without
// what steps of the plan take care of. What was waived is information.
func (o *Options) findings(a *answer) []plan.Finding {
	var out []plan.Finding
	seen := map[string]bool{}
	add := func(f plan.Finding) {
		if key := f.Code + "\x00" + f.Object; !seen[key] {
			seen[key] = true
			out = append(out, a.waive(f))
		}
	}
	for _, f := range compat.Judge(a.cluster.Cluster, a.question(), a.compat) {
		if f.Unread() {
			a.gaps = append(a.gaps, f.Code+" "+f.Object+": "+f.Message)
		}
		add(plan.Finding{Code: f.Code, Severity: string(f.Severity), Object: f.Object, Message: f.Message, Remedy: f.Remedy, Evidence: list(f.Evidence)})
	}
	for _, f := range a.scan.Findings {
		evidence := []string{"seen in " + f.Source}
		for _, s := range f.AlsoSeenIn {
			evidence = append(evidence, "also seen in "+s)
		}
		add(plan.Finding{Code: f.Code, Severity: f.Severity, Object: f.Object, Message: f.Message, Remedy: f.Remedy, Evidence: evidence})
	}
	for _, f := range a.judged.Findings {
		if !ofUpgrade(f.Code) { // these were judged anew, with the plan at hand
			add(plan.Finding{Code: f.Code, Severity: f.Severity, Object: f.Object, Message: f.Message, Remedy: f.Remedy, Evidence: list(f.Evidence)})
		}
	}
	return out
}

// ofUpgrade are the families package compat judges.
func ofUpgrade(code string) bool {
	family, _, _ := strings.Cut(code, "-")
	return slices.Contains([]string{"SET", "ADM", "CRD", "ADDON", "ETCD", "DRAIN"}, family)
}

// question is about the hops of the plan, and what its steps do to etcd.
func (a *answer) question() compat.Question {
	q := compat.Question{AsOf: a.facts.AsOf, Window: compat.Window, Planned: a.plan.EtcdActions()}
	for _, h := range a.plan.Hops {
		if v, err := version.Parse(h); err == nil && h != a.plan.From { // a stop at the start is no hop
			q.Hops = append(q.Hops, v)
		}
	}
	return q
}

// waive applies the ignore file as the policy allows: a waiver that the policy
// does not let hold is said, and the finding stays.
func (a *answer) waive(f plan.Finding) plan.Finding {
	for _, e := range a.facts.Accepted {
		ok, why := a.facts.Policy.Waives(e, f.Code, f.Object, "", a.facts.AsOf)
		switch {
		case ok:
			until := e.Expires.Format(time.DateOnly)
			a.waived = append(a.waived, waived{f, e.Owner, e.Role, e.Reason, until})
			f.Severity = string(finding.Info)
			f.Evidence = append(slices.Clip(f.Evidence), fmt.Sprintf("waived by %s (%s) until %s: %s", e.Owner, e.Role, until, e.Reason))
			return f
		case why != "":
			f.Evidence = append(slices.Clip(f.Evidence), "a waiver does not hold: "+why)
		}
	}
	return f
}

// sortFindings puts the worst first.
func sortFindings(all []plan.Finding) {
	slices.SortStableFunc(all, func(x, y plan.Finding) int {
		return cmp.Or(-cmp.Compare(finding.Severity(x.Severity).Rank(), finding.Severity(y.Severity).Rank()), cmp.Compare(x.Code, y.Code), cmp.Compare(x.Object, y.Object))
	})
}

// gapsOf lists what was not read: what is required makes the answer no whole one.
func (o *Options) gapsOf(a *answer) {
	for _, g := range a.scan.Coverage.Gaps {
		text := g.Check + ": " + g.Reason
		if g.Required {
			a.gaps = append(a.gaps, text)
		}
		a.notes.Gaps = append(a.notes.Gaps, text)
	}
	for _, g := range a.judged.Coverage.Gaps {
		text := g.Check + ": " + g.Reason
		if g.Required {
			a.gaps = append(a.gaps, text)
			a.notes.Gaps = append(a.notes.Gaps, text)
		}
	}
}

func list(all []string) []string {
	if all == nil {
		return []string{}
	}
	return all
}

func sorted[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
