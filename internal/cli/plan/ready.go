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
	for _, r := range readiness.Judge(o.readiness(a)) {
		age := ""
		if r.Age != nil {
			age = *r.Age
		}
		a.plan.Readiness = append(a.plan.Readiness, plan.Readiness{Row: r.Row, State: string(r.State), Age: age})
		a.notes.Rows = append(a.notes.Rows, r.Why)
	}
}

func (o *Options) readiness(a *answer) readiness.Input {
	in := readiness.Input{
		Now: a.now, Target: a.target.String(), Evidence: readiness.Seen{At: a.seen(), Max: a.age(policy.Evidence)},
		Running: running(a.cluster.Cluster), Unread: unread(a.cluster.Cluster), OfferedSource: a.cluster.AvailableSource,
		Catalogue: readiness.Seen{At: a.catalogued(), Max: a.age(policy.Catalogue)}, Documented: notesOf(a.judged.Target, a.target),
		Unchecked: a.gaps, Required: a.facts.Policy.Signers(change(a)),
	}
	if a.cluster.Available != nil {
		in.Offered = texts(a.cluster.Available)
	}
	for _, f := range a.plan.Findings {
		if f.Severity == string(finding.Blocker) {
			in.Blockers = append(in.Blockers, f.Code+" "+f.Object)
		}
	}
	for _, w := range a.waived {
		in.Waived = append(in.Waived, w.Code+" "+w.Object)
	}
	in.Backup = readiness.Proof{Why: "no policy, flag or emergency takes it away on a kubeadm cluster"}
	required, why := a.facts.Policy.RehearsalRequired(a.cluster.Environment, a.cluster.Provider)
	in.Rehearsal = readiness.Proof{Optional: !required, Why: why}
	return in
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

// age is the oldest a kind of evidence may be when a plan is made; 0 = any.
func (a *answer) age(kind string) time.Duration {
	age, _ := a.facts.Policy.MaxAge(kind, policy.AtPlan)
	return age
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
