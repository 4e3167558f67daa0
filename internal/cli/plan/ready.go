package plan

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/fixline-dev/fixline/internal/core/assess"
	"github.com/fixline-dev/fixline/internal/core/finding"
	"github.com/fixline-dev/fixline/internal/core/inventory"
	"github.com/fixline-dev/fixline/internal/core/plan"
	"github.com/fixline-dev/fixline/internal/core/policy"
	"github.com/fixline-dev/fixline/internal/core/readiness"
	"github.com/fixline-dev/fixline/internal/core/version"
)

// ready fills the table that ends the plan.
func (o *Options) ready(a *answer) {
	a.ready = o.readiness(a)
	q := readiness.Question{Now: a.now, Policy: a.facts.Policy, Gate: policy.AtPlan, Data: a.facts.Info.Date}
	if a.carried.whole() {
		q.Proofs = a.carried.report.Proofs().Proofs
	}
	for _, r := range a.ready.Judge(q) {
		age := ""
		if r.Age != nil {
			age = *r.Age
		}
		a.plan.Readiness = append(a.plan.Readiness, plan.Readiness{Row: r.Row, State: string(r.State), Age: age})
		a.notes.Rows = append(a.notes.Rows, r.Why)
	}
}

// readiness are the facts that the table is judged by, now and whenever the
// record is looked at.
func (o *Options) readiness(a *answer) readiness.Facts {
	f := readiness.Facts{
		APIVersion: "fixline.dev/v1alpha1", Kind: readiness.FactsKind, Planned: o.Factory.Now().UTC().Truncate(time.Second).Format(time.RFC3339),
		Cluster: a.cluster.Name, Environment: a.cluster.Environment, Provider: a.cluster.Provider, From: a.plan.From, Target: a.plan.Target, Hops: []string{},
		Running: running(a.cluster.Cluster), Unread: list(unread(a.cluster.Cluster)), OfferedSource: a.cluster.AvailableSource,
		Catalogue: a.catalogued().UTC().Format(time.RFC3339), Documented: notesOf(a.judged.Target, a.target),
		Blockers: []string{}, Waived: []string{}, Unchecked: list(a.gaps), SignOffs: list(a.facts.Policy.Signers(change(a))),
	}
	c := change(a)
	f.Severity, f.Score, f.Affected = c.Severity, c.Score, c.Affected
	for _, h := range a.plan.Hops {
		if h != a.plan.From { // a stop at the start is no hop
			f.Hops = append(f.Hops, h)
		}
	}
	if at := a.seen(); !at.IsZero() {
		text := at.UTC().Format(time.RFC3339)
		f.Evidence = &text
	}
	if a.cluster.Available != nil {
		f.Offered = texts(a.cluster.Available)
	}
	for _, one := range a.plan.Findings {
		if one.Severity == string(finding.Blocker) {
			f.Blockers = append(f.Blockers, one.Code+" "+one.Object)
		}
	}
	for _, w := range a.waived {
		f.Waived = append(f.Waived, w.Code+" "+w.Object)
	}
	if a.carried.continues(f) {
		f.Planned = a.carried.report.Proofs().Facts.Planned
	}
	return f
}

// seen is when the cluster was read; zero where it was declared, since nobody
// says when that was true.
func (a *answer) seen() time.Time {
	if a.cluster.Bundle == nil {
		return time.Time{}
	}
	taken, err := time.Parse(time.RFC3339, a.cluster.Taken)
	if err != nil || taken.After(a.now) {
		return a.now
	}
	return taken
}

func (a *answer) catalogued() time.Time {
	day, err := time.Parse(time.DateOnly, a.facts.Info.AdvisoriesThrough)
	if err != nil || day.After(a.now) {
		return a.now
	}
	return day
}

// running are the versions of what the policy speaks of, each once.
func running(c inventory.Cluster) map[string][]string {
	out := map[string][]string{}
	for _, i := range c.Instances {
		if !even(i.Component) || !i.Version.Known() || slices.Contains(out[i.Component], i.Version.String()) {
			continue
		}
		out[i.Component] = append(out[i.Component], i.Version.String())
	}
	for name := range out {
		slices.Sort(out[name])
	}
	return out
}

func even(component string) bool {
	return slices.Contains([]string{inventory.KubeAPIServer, inventory.KubeControllerManager, inventory.KubeScheduler, inventory.Kubelet,
		inventory.KubeProxy, inventory.Etcd}, component)
}

func unread(c inventory.Cluster) []string {
	var out []string
	for _, i := range c.Instances {
		if even(i.Component) && !i.Version.Known() {
			out = append(out, i.Component+" on "+cmp.Or(i.Where(), "an unknown node"))
		}
	}
	return out
}

// notesOf are the release notes of the target; "" where none are known.
func notesOf(t assess.Target, target version.Version) string {
	for _, h := range t.Path {
		if h.Version == target.String() {
			return h.ReleaseNotes
		}
	}
	return ""
}

func texts(all []version.Version) []string {
	out := make([]string, 0, len(all))
	for _, v := range all {
		out = append(out, v.String())
	}
	return out
}

// held says what keeps the change waiting at the moment of planning: a freeze,
// or no maintenance window. Whoever carries the plan out is held to it again
// then; nothing was approved yet, so nothing overrides it here.
func (o *Options) held(a *answer) {
	h := a.facts.Policy.Frozen(a.now, change(a))
	if !h.Held {
		return
	}
	by, until := h.Window, ""
	if !h.Until.IsZero() {
		until = " until " + h.Until.Format("2006-01-02 15:04 MST")
	}
	a.notes.Held = fmt.Sprintf("by the policy: %s%s; %s", by, until, h.Why)
}

// change is what the policy is asked about: the worst advisory the plan closes.
func change(a *answer) policy.Change {
	c := policy.Change{Environment: a.cluster.Environment, Provider: a.cluster.Provider}
	for _, adv := range answered(a) {
		score, vector := 0.0, adv.Score != nil
		if vector {
			score = *adv.Score
		}
		severity := policy.SeverityOf(score, vector)
		worse := slices.Index(policy.Severities(), severity) >= 0 && (score > c.Score || c.Severity == "" || c.Severity == "unknown")
		if worse || c.Severity == "" {
			c.Severity, c.Score = severity, score
		}
		c.Affected = c.Affected || adv.Verdict == assess.Affected
	}
	return c
}

// answered are the advisories in range that the target closes.
func answered(a *answer) []assess.AdvisoryResult {
	return slices.DeleteFunc(slices.Clone(a.judged.Advisories), func(r assess.AdvisoryResult) bool {
		return !slices.Contains(a.judged.Target.Fixes, r.ID)
	})
}
