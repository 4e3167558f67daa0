// Package assess joins the judgements of one cluster: which advisory affects
// what runs here, is it reachable, is the minor supported, which target closes
// it, by when. It is a pure function of (cluster, catalogue, date, policy).
// Start at [Assessor.Assess].
package assess

import (
	"cmp"
	"slices"
	"time"

	"github.com/fixline-dev/fixline/internal/core/advisory"
	"github.com/fixline-dev/fixline/internal/core/compat"
	"github.com/fixline-dev/fixline/internal/core/inventory"
	"github.com/fixline-dev/fixline/internal/core/policy"
	"github.com/fixline-dev/fixline/internal/core/skew"
	"github.com/fixline-dev/fixline/internal/core/support"
	"github.com/fixline-dev/fixline/internal/core/target"
	"github.com/fixline-dev/fixline/internal/core/version"
)

// Basis is what a judgement rests on besides the cluster: the same for every
// cluster of a run, never changed by one.
type Basis struct {
	AsOf       time.Time
	Catalog    CatalogInfo
	Advisories []*advisory.Advisory // public on AsOf; others do not exist yet
	// Calendars by product; "kubernetes" must be there.
	Calendars map[string]*support.Calendar
	Skew      skew.Rules
	Policy    policy.Policy
	// Accepted are the ignore file's entries: mitigate-only advisories a named
	// person accepted until a day.
	Accepted []policy.Acceptance
	// Ownership says who moves which part, by provider.
	Ownership map[string][]Ownership
	// Cautions are what to mind where another component crosses a version.
	Cautions []Caution
	// Compat is what releases break; judged on the way to Target.
	Compat compat.Facts
	// Only narrows the run to these advisory IDs; empty = all.
	Only []string
	// Target is the version the user asked about; the zero Version asks Fixline.
	Target version.Version
	// All lists not-affected advisories too.
	All bool
}

// Caution is a step of a component that needs care: from below Below to
// Crossing or later.
type Caution struct {
	Component       string
	Below, Crossing version.Version
	// BroughtBy is the first Kubernetes version whose kubeadm takes the step,
	// with the cluster's own upgrade.
	BroughtBy    version.Version
	Text, Source string
}

// Assessor judges clusters on one Basis. It remembers what they have in common,
// so it must not be used by two goroutines at once: each takes a [Assessor.Fork].
type Assessor struct {
	basis       Basis
	kubernetes  *support.Calendar
	asked       []question                      // what the run is about
	byComponent map[string][]*advisory.Advisory // of everything public
	upgrades    map[string][]version.Version    // versions other components can move to, ascending
	names       map[string]string               // other names of components -> their name
	table       *target.Table
	memo        *memo
}

// memo remembers what many clusters of a fleet have in common.
type memo struct {
	versions map[versionKey]*byVersion
	targets  map[string]Target
	others   map[placeless]OtherTarget // without nodes
}

func newMemo() *memo {
	return &memo{versions: map[versionKey]*byVersion{}, targets: map[string]Target{}, others: map[placeless]OtherTarget{}}
}

// New prepares a Basis for many clusters.
func New(b Basis) *Assessor {
	a := &Assessor{basis: b, kubernetes: b.Calendars["kubernetes"], byComponent: map[string][]*advisory.Advisory{}, upgrades: map[string][]version.Version{}, names: map[string]string{}, memo: newMemo()}
	if a.kubernetes == nil {
		a.kubernetes = &support.Calendar{Product: "kubernetes"}
	}
	var defects []target.Defect
	for _, adv := range b.Advisories {
		if a.counts(adv) {
			a.asked = append(a.asked, newQuestion(adv))
		}
		for _, of := range adv.Affected {
			for _, name := range append([]string{of.Component}, of.Aliases...) {
				a.byComponent[name] = append(a.byComponent[name], adv)
				a.names[name] = of.Component
			}
			if !isKubernetes(of.Component) {
				a.upgrades[of.Component] = append(a.upgrades[of.Component], of.Fixed...)
			}
		}
		defects = append(defects, target.Defect{ID: adv.ID, Fixable: fixable(adv), Open: adv.Covers})
	}
	a.table = target.NewTable(a.kubernetes, b.AsOf, movesTogether(), defects)
	for name, cal := range b.Calendars {
		if !isKubernetes(name) && len(a.byComponent[name]) > 0 {
			for _, m := range cal.Minors {
				for _, p := range cal.Public(m.Minor, b.AsOf) {
					a.upgrades[name] = append(a.upgrades[name], p.Version)
				}
			}
		}
	}
	for name, vs := range a.upgrades {
		slices.SortFunc(vs, version.Version.Compare)
		a.upgrades[name] = slices.DeleteFunc(slices.CompactFunc(vs, func(x, y version.Version) bool { return x.Compare(y) == 0 }), func(v version.Version) bool {
			return v.Base().Kind() != version.Release || a.notYet(name, v)
		})
	}
	// Clients are released with Kubernetes.
	a.upgrades[inventory.Kubectl], a.upgrades[inventory.Kubeadm] = a.table.Released(), a.table.Released()
	return a
}

// Fork is another Assessor on the same Basis, for another goroutine. It costs
// next to nothing.
func (a *Assessor) Fork() *Assessor {
	f := *a
	f.memo = newMemo()
	return &f
}

// fixable: some Kubernetes version closes it.
func fixable(adv *advisory.Advisory) bool {
	if adv.Fix == advisory.Never {
		return false
	}
	for _, of := range adv.Affected {
		if n := len(of.Ranges); n > 0 && of.Ranges[n-1].Before.Known() {
			return true
		}
	}
	return false
}

// Assess judges one cluster.
func (a *Assessor) Assess(c inventory.Cluster) ClusterResult {
	oldest, floor := servers(c.Instances)
	all := a.judgeAll(&c)
	r := ClusterResult{
		Name: c.Name, Environment: orNull(c.Environment), Owner: orNull(c.Owner),
		Provider: c.Provider, ProviderEvidence: c.ProviderEvidence,
		Ownership:  emptied(a.basis.Ownership[c.Provider]),
		Instances:  instances(c.Instances),
		Advisories: []AdvisoryResult{},
		Coverage:   coverage(c),
	}
	for _, j := range all {
		if j.verdict != NotAffected || a.basis.All {
			r.Advisories = append(r.Advisories, j.result)
		}
	}
	r.Support = a.support(oldest)
	r.Target = a.target(c, all, oldest, floor)
	broken := a.upgradeFindings(c, r.Target)
	r.Findings = emptied(a.findings(c, oldest, slices.Concat(a.acceptanceFindings(c.Name, all), disputed(all), broken)))
	r.OtherTargets = a.otherTargets(c, all)
	r.Decision = decide(all, r.Support, r.Target)
	r.Decision.clear(broken, a.basis.Target.Known())
	if first := illegal(r.Findings); first != "" {
		r.Decision.Action = "restore a supported version skew first: " + first + "; then " + r.Decision.Action
	}
	if due, overdue := a.due(c, all); !due.IsZero() {
		r.Due, r.Overdue = day(due), overdue
	}
	from := oldest.Version.String()
	if from == "" {
		from = "an unknown version"
	}
	r.Sentence = sentence(&r, all, from, a.basis.Catalog.Stale)
	return r
}

// servers are the oldest API server, whose minor the cluster counts as, and
// the newest Kubernetes component, below which no target goes. Where no API
// server was read the oldest Kubernetes component stands in.
func servers(all []inventory.Instance) (oldest, floor inventory.Instance) {
	hasServer := slices.ContainsFunc(all, func(i inventory.Instance) bool {
		return i.Component == inventory.KubeAPIServer && i.Version.Known()
	})
	for _, i := range all {
		if !isKubernetes(i.Component) || !i.Version.Known() {
			continue
		}
		if i.Component == inventory.KubeAPIServer || !hasServer {
			if !oldest.Version.Known() || i.Version.Less(oldest.Version) {
				oldest = i
			}
		}
		if !floor.Version.Known() || floor.Version.Less(i.Version) {
			floor = i
		}
	}
	return oldest, floor
}

func (a *Assessor) support(oldest inventory.Instance) Support {
	if !oldest.Version.Known() {
		return Support{Status: string(support.Unknown)}
	}
	m := oldest.Version.Minor()
	status, row := a.kubernetes.Status(m, a.basis.AsOf)
	return Support{Minor: ptr(m.String()), Status: string(status), EndOfLife: day(row.EndOfLife)}
}

func instances(all []inventory.Instance) []InstanceResult {
	out := make([]InstanceResult, 0, len(all))
	for _, i := range all {
		out = append(out, InstanceResult{i.Component, orNull(i.Where()), orNull(i.Version.String()), i.ReadFrom, orNull(i.Unread)})
	}
	return out
}

// coverage is what was not read: the reader's gaps, and every instance without
// a readable version, which leaves its verdicts open.
func coverage(cl inventory.Cluster) Coverage {
	c := Coverage{Complete: true, Gaps: []Gap{}}
	for _, g := range cl.Gaps {
		c.Gaps = append(c.Gaps, Gap{g.Check, g.Reason, g.Required})
	}
	for _, i := range cl.Instances {
		if i.Version.Known() {
			continue
		}
		check := "version of " + i.Component
		if w := i.Where(); w != "" {
			check += " on " + w
		}
		c.Gaps = append(c.Gaps, Gap{check, cmp.Or(i.Unread, "it could not be read"), !i.Hidden})
	}
	if !slices.ContainsFunc(cl.Instances, func(i inventory.Instance) bool { return isKubernetes(i.Component) }) {
		c.Gaps = append(c.Gaps, Gap{"version of Kubernetes", "nothing of the control plane and no kubelet was read or declared", true})
	}
	for _, g := range c.Gaps {
		c.Complete = c.Complete && !g.Required
	}
	return c
}

func emptied[T any](s []T) []T {
	if s == nil {
		return []T{}
	}
	return s
}

// calendarOf is the release calendar a component's versions belong to.
func (a *Assessor) calendarOf(component string) *support.Calendar {
	if isKubernetes(component) || component == inventory.Kubectl || component == inventory.Kubeadm {
		return a.kubernetes
	}
	return a.basis.Calendars[a.canonical(component)]
}

// canonical is the name advisories and calendars know a component by.
func (a *Assessor) canonical(name string) string {
	return cmp.Or(a.names[name], name)
}

// notYet reports whether the calendar knows that v came after the as-of day.
// What it does not hold, or holds without a date, may have been out.
func (a *Assessor) notYet(component string, v version.Version) bool {
	cal := a.calendarOf(component)
	return cal != nil && cal.Released(v, a.basis.AsOf) == support.NotYet
}

// Known implements advisory.Releases.
func (a *Assessor) Known(component string, v version.Version) bool {
	cal := a.calendarOf(component)
	return cal == nil || len(cal.Minors) == 0 || !cal.Newer(v)
}

// EndOfLife implements advisory.Releases.
func (a *Assessor) EndOfLife(component string, m version.Minor) time.Time {
	cal := a.calendarOf(component)
	if cal == nil {
		return time.Time{}
	}
	row, _ := cal.Minor(m)
	return row.EndOfLife
}
