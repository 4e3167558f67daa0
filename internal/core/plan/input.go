package plan

import (
	"time"

	"github.com/fixline-dev/fixline/internal/core/assess"
	"github.com/fixline-dev/fixline/internal/core/inventory"
	"github.com/fixline-dev/fixline/internal/core/kubeadm"
	"github.com/fixline-dev/fixline/internal/core/skew"
	"github.com/fixline-dev/fixline/internal/core/support"
	"github.com/fixline-dev/fixline/internal/core/version"
)

// Input is all a plan is made from.
type Input struct {
	Cluster     inventory.Cluster
	Target      version.Version
	Strategy    Strategy // "" = steady
	SkewPolicy  skew.Policy
	Rules       skew.Rules
	Calendar    support.Calendar // of Kubernetes
	AsOf        time.Time
	CatalogDate string // YYYY-MM-DD
	// Brings says which etcd and CoreDNS a kubeadm brings; Cautions which
	// versions of etcd must be passed on the way.
	Brings   kubeadm.Table
	Cautions []assess.Caution
	// EtcdTag is etcd.local.imageTag of ClusterConfiguration; "" = not pinned.
	EtcdTag string
	// Registry is the image repository, with a path and without a slash at its
	// end; "" = registry.k8s.io. EtcdRegistry and DNSRegistry are those of etcd
	// and CoreDNS where they have their own, "" = they come from Registry.
	Registry, EtcdRegistry, DNSRegistry string
	// Hosts says what is known of packages, by node or host.
	Hosts map[string]Host
	// Pools limit how many nodes are away at once; a pool without a row has the default.
	Pools  []Pool
	Limits []Limit
	// DrainControlPlanes drains control planes for a patch as well.
	DrainControlPlanes bool
	// KeepEmptyDir leaves --delete-emptydir-data out of drains.
	KeepEmptyDir bool
	// Ignored are the preflight checks of kubeadm whose errors are ignored; who
	// may ask for one is the policy's to say.
	Ignored    []IgnoredCheck
	Advisories []Advisory
	// Minutes a step of a kind takes, waiting included; a kind without one takes none.
	Minutes map[Kind]float64
}

// Host is what is known of the packages of one host.
type Host struct {
	Packages   string            // apt | dnf; "" = apt
	Repository string            // file that names the package repository; "" = the documented one
	Exact      map[string]string // package version by Kubernetes version: "1.35.4" -> "1.35.4-1.1"
}

// Pool limits how many of its nodes are away at once.
type Pool struct {
	Name           string
	MaxUnavailable string // "2" or "10%"; "" = 10%
	Stateful       bool   // one node at a time
}

// Limit is a disruption budget or a lack of capacity: at most Most of these
// nodes may be away at once.
type Limit struct {
	Object string // "PodDisruptionBudget/shop/web", "capacity of pool general"
	Nodes  []string
	Most   int
}

// Advisory says which versions of which components are affected.
type Advisory struct {
	ID       string
	Affected func(component string, v version.Version) bool
}
