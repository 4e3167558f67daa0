package assess

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/fixline-dev/fixline/internal/core/version"
)

// turn is a cluster's place in a rollout: the environment whose failure costs
// least goes first, so that production receives what was rehearsed. A cluster
// that names none goes last.
func turn(c *ClusterResult) int {
	switch environment(c) {
	case "development":
		return 0
	case "staging":
		return 1
	case "production":
		return 2
	}
	return 3
}

// Join makes a run's Result of its clusters' results, in the order given:
// rollout order, and a rehearsal target for development clusters whose minor
// differs from production's.
func (a *Assessor) Join(clusters []ClusterResult) Result {
	r := Result{APIVersion: "fixline.dev/v1alpha1", Kind: "Assessment", AsOf: a.basis.AsOf.Format(time.DateOnly), Catalog: a.basis.Catalog, Clusters: clusters, Rollout: Rollout(clusters)}
	for i := range clusters {
		if c := &clusters[i]; environment(c) == "development" {
			c.RehearsalTarget = a.rehearsal(c, clusters)
		}
	}
	return r
}

// Rollout is the order in which clusters are upgraded, by name.
func Rollout(clusters []ClusterResult) []string {
	index := make([]int, len(clusters))
	for i := range clusters {
		index[i] = i
	}
	slices.SortStableFunc(index, func(x, y int) int {
		return cmp.Compare(turn(&clusters[x]), turn(&clusters[y]))
	})
	names := make([]string, len(clusters))
	for i, n := range index {
		names[i] = clusters[n].Name
	}
	return names
}

func environment(c *ClusterResult) string {
	if c.Environment == nil {
		return ""
	}
	return *c.Environment
}

// rehearsal is what production gets first of a later minor, for a development
// cluster: it may take the smallest fix of its own minor, or that. nil where no
// production cluster goes to a later minor than development runs.
func (a *Assessor) rehearsal(dev *ClusterResult, clusters []ClusterResult) *Target {
	if dev.Support.Minor == nil {
		return nil
	}
	from, err := version.ParseMinor(*dev.Support.Minor)
	if err != nil {
		return nil
	}
	var prod *Target
	var to version.Version
	for i := range clusters {
		c := &clusters[i]
		if environment(c) != "production" || c.Target.Version == nil {
			continue
		}
		v, err := version.Parse(*c.Target.Version)
		if err == nil && from.Compare(v.Minor()) < 0 && (prod == nil || v.Less(to)) {
			prod, to = &c.Target, v
		}
	}
	if prod == nil || dev.Target.Version != nil && *dev.Target.Version == *prod.Version {
		return nil
	}
	t := Target{Version: prod.Version, Kind: "minor", Path: []Hop{}, Fixes: []string{}, Remaining: []string{}, Rejected: []Rejected{}}
	for _, v := range a.table.Hops(from, to) {
		t.Path = append(t.Path, Hop{v.String(), releaseNotes(v)})
	}
	t.Fixes, t.Remaining = a.splitAt(dev, to)
	t.Reason = fmt.Sprintf("production goes to %s: taking it here first rehearses the same change; %s", *prod.Version, alone(dev))
	return &t
}

// splitAt says which of a cluster's advisories close when its Kubernetes
// components run v, and which stay open.
func (a *Assessor) splitAt(c *ClusterResult, v version.Version) (fixes, remaining []string) {
	fixes, remaining = []string{}, []string{}
	for _, r := range c.Advisories {
		i := slices.IndexFunc(a.asked, func(q question) bool { return q.adv.ID == r.ID })
		if i < 0 || !slices.ContainsFunc(r.Components, func(cv ComponentVerdict) bool { return isKubernetes(cv.Component) && cv.Verdict != NotAffected }) {
			continue
		}
		if slices.ContainsFunc(r.Components, func(cv ComponentVerdict) bool {
			return isKubernetes(cv.Component) && a.asked[i].adv.Covers(cv.Component, v.Base())
		}) {
			remaining = append(remaining, r.ID)
		} else {
			fixes = append(fixes, r.ID)
		}
	}
	return fixes, remaining
}

// alone is what the cluster would need were there no production to rehearse for.
func alone(dev *ClusterResult) string {
	switch {
	case dev.Target.Version != nil && dev.Target.Kind == "patch":
		return "the smallest fix of its own minor is " + *dev.Target.Version
	case dev.Target.Version != nil:
		return "alone it needs " + *dev.Target.Version
	case dev.Target.Kind == "unreachable":
		return "a fix for it alone is not to be had"
	}
	return "alone it needs no other version"
}
