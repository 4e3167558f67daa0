package plan

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/fixline-dev/fixline/internal/catalog"
	"github.com/fixline-dev/fixline/internal/cli/exit"
	"github.com/fixline-dev/fixline/internal/core/advisory"
	"github.com/fixline-dev/fixline/internal/core/assess"
	"github.com/fixline-dev/fixline/internal/core/disrupt"
	"github.com/fixline-dev/fixline/internal/core/plan"
	"github.com/fixline-dev/fixline/internal/core/skew"
	"github.com/fixline-dev/fixline/internal/core/version"
	"github.com/fixline-dev/fixline/internal/evidence/reading/packages"
)

// input is what the planner takes.
func (o *Options) input(a *answer) (plan.Input, error) {
	minutes, err := catalog.StepMinutes()
	if err != nil {
		return plan.Input{}, err
	}
	in := plan.Input{
		Cluster: a.cluster.Cluster, Target: a.target, Strategy: plan.Strategy(o.Strategy.Value), SkewPolicy: skew.Policy(o.Skew.Value),
		Rules: a.facts.Skew, AsOf: a.facts.AsOf, CatalogDate: a.facts.Info.Date, Brings: a.compat.Brings, Cautions: a.facts.Cautions,
		Registry: o.Registry, DrainControlPlanes: o.DrainControlPlanes, KeepEmptyDir: o.KeepEmptyDir, Minutes: minutes, Advisories: exposed(a),
	}
	if c := a.facts.Calendars["kubernetes"]; c != nil {
		in.Calendar = *c
	}
	told(&in, a)
	if a.cluster.Bundle != nil {
		in.Hosts = packages.Of(a.cluster.Bundle)
	}
	if in.Pools, err = o.pools(a); err != nil {
		return plan.Input{}, err
	}
	if in.Ignored, err = o.ignored(a.facts.Policy); err != nil {
		return plan.Input{}, err
	}
	in.Limits = limits(a.cluster.Facts.Upgrade.Drain)
	return in, nil
}

// told is what kubeadm was told of images. The flag goes before all of it.
func told(in *plan.Input, a *answer) {
	asked := in.Registry != ""
	own := func(repository string) string {
		if asked || repository == "registry.k8s.io" || repository == in.Registry {
			return ""
		}
		return repository
	}
	k := a.cluster.Facts.Upgrade.Kubeadm
	if k != nil && !asked {
		in.Registry = own(k.Repository)
	}
	if k != nil {
		in.DNSRegistry = own(k.DNS.Repository)
	}
	if etcd := a.cluster.Facts.Upgrade.Etcd; etcd != nil {
		in.EtcdTag, in.EtcdRegistry = etcd.Config.ImageTag, own(etcd.Config.ImageRepository)
	}
}

// pools are the limits of the command line; a pool nobody has is a mistake.
func (o *Options) pools(a *answer) ([]plan.Pool, error) {
	known := map[string]bool{}
	for _, i := range a.cluster.Instances {
		known[i.Pool] = true
	}
	var out []plan.Pool
	for _, name := range sorted(o.MaxUnavailable) {
		if !known[name] {
			return nil, exit.WithHint(exit.Usagef("--max-unavailable: the cluster has no pool %q", name), "%s", poolsOf(known))
		}
		if err := share(o.MaxUnavailable[name]); err != nil {
			return nil, exit.Usagef("--max-unavailable %s: %w", name, err)
		}
		out = append(out, plan.Pool{Name: name, MaxUnavailable: o.MaxUnavailable[name]})
	}
	return out, nil
}

// poolsOf says what may stand before the "=" of --max-unavailable.
func poolsOf(known map[string]bool) string {
	var named []string
	for _, name := range sorted(known) {
		if name != "" {
			named = append(named, strconv.Quote(name))
		}
	}
	switch {
	case len(named) == 0:
		return "no node has a pool: =N is for all of them"
	case known[""]:
		return "pools are " + strings.Join(named, ", ") + "; =N is for nodes without one"
	}
	return "pools are " + strings.Join(named, ", ")
}

// share refuses what is neither "2" nor "10%".
func share(text string) error {
	number, percent := strings.CutSuffix(text, "%")
	if n, err := strconv.Atoi(number); err != nil || n < 1 || percent && n > 100 {
		return fmt.Errorf("%q is neither a number of 1 or more nor a percentage of 1%% to 100%%", text)
	}
	return nil
}

// limits are the disruption budgets and the room of pools. Where a budget lets
// none go that is a finding; the plan still goes node by node.
func limits(c *disrupt.Cluster) []plan.Limit {
	if c == nil {
		return nil
	}
	all := disrupt.LimitsOf(c, disrupt.Question{})
	var out []plan.Limit
	for _, b := range all.Budgets {
		if len(b.Nodes) > 1 {
			out = append(out, plan.Limit{Object: "PodDisruptionBudget/" + b.Budget, Nodes: b.Nodes, Most: max(1, b.Most)})
		}
	}
	for _, p := range all.Pools {
		if p.Batch < len(p.Nodes) && p.Unknown == "" {
			out = append(out, plan.Limit{Object: "room of pool " + orNone(p.Pool), Nodes: p.Nodes, Most: max(1, p.Batch)})
		}
	}
	return out
}

func orNone(pool string) string {
	if pool == "" {
		return "(none)"
	}
	return pool
}

// exposed are the advisories an upgrade of Kubernetes closes here, with the
// versions each is open in.
func exposed(a *answer) []plan.Advisory {
	byID := map[string]*advisory.Advisory{}
	for _, adv := range a.facts.Advisories {
		byID[adv.ID] = adv
	}
	var out []plan.Advisory
	for _, r := range a.judged.Advisories {
		adv := byID[r.ID]
		open := r.Verdict == assess.Affected || r.Verdict == assess.NotReachable
		if adv == nil || !open || !slices.Contains(a.judged.Target.Fixes, r.ID) {
			continue
		}
		out = append(out, plan.Advisory{ID: r.ID, Affected: func(component string, v version.Version) bool { return adv.Covers(component, v) }})
	}
	return out
}
