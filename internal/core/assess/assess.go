package assess

import (
	"time"

	"github.com/fixline-dev/fixline/internal/core/advisory"
	"github.com/fixline-dev/fixline/internal/core/inventory"
	"github.com/fixline-dev/fixline/internal/core/support"
	"github.com/fixline-dev/fixline/internal/core/version"
)

// Basis is what a judgement rests on besides the cluster: the same for every
// cluster of a run, never changed by one.
type Basis struct {
	AsOf       time.Time
	Catalog    CatalogInfo
	Advisories []*advisory.Advisory // public on AsOf; others do not exist yet
	Calendars  map[string]*support.Calendar
	// Only narrows the target to these advisory IDs; empty = all.
	Only []string
	// Target is the version the user asked about; the zero Version asks Fixline.
	Target version.Version
	// All lists not-affected advisories too.
	All bool
}

// Assessor judges clusters on one Basis. It is safe for concurrent use.
type Assessor struct {
	basis Basis
}

// New prepares a Basis for many clusters.
func New(b Basis) *Assessor { return &Assessor{basis: b} }

// Assess judges one cluster.
func (a *Assessor) Assess(c inventory.Cluster) ClusterResult {
	return ClusterResult{Name: c.Name}
}

// Join makes a run's Result of its clusters' results, in the order given:
// rollout order, and a rehearsal target for development clusters whose minor
// differs from production's. It may change the clusters' RehearsalTarget.
func (a *Assessor) Join(clusters []ClusterResult) Result {
	return Result{APIVersion: "fixline.dev/v1alpha1", Kind: "Assessment", AsOf: a.basis.AsOf.Format(time.DateOnly), Catalog: a.basis.Catalog, Clusters: clusters}
}

// Compare lists what differs from an earlier result of the same clusters.
func Compare(before, after Result) Since { return Since{AsOf: before.AsOf} }

// Highest is the highest severity of what a cluster's assessment found:
// "blocker", "warning", "info" or "none".
func (r *ClusterResult) Highest() string { return "none" }

// Clean reports whether nothing is left unsaid: no unknown verdict and no
// required coverage gap. The catalogue's age is the Result's to judge.
func (r *ClusterResult) Clean() bool { return false }
