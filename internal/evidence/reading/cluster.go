// Package reading turns evidence into the inventory judgements take: every
// component instance with where its version was read, facts, and gaps. It is
// a pure function; it decides no verdict, and what it cannot read it lists as
// unread instead of leaving it out. Start at [Cluster].
package reading

import (
	"github.com/fixline-dev/fixline/internal/core/inventory"
	"github.com/fixline-dev/fixline/internal/evidence"
)

// Options are what only the user knows.
type Options struct {
	// Name of the cluster in the result.
	Name string
	// Owner and Environment as the configuration names them; may be empty.
	Owner, Environment string
}

// Cluster is what b says of a cluster.
func Cluster(b *evidence.Bundle, opts Options) inventory.Cluster {
	r := reader{b: b, names: load(), nodes: map[string]evidence.Node{}, listed: map[inventory.Instance]bool{}, running: map[place]bool{}, counts: trustedCounts(b)}
	for _, n := range b.Nodes {
		r.nodes[n.Name] = n
	}
	r.c = inventory.Cluster{
		Name: opts.Name, Owner: opts.Owner, Environment: opts.Environment, Connected: true,
		Facts: inventory.Facts{Uses: map[string]inventory.Answer{}, CgroupVersion: map[string]string{}},
		Taken: b.Taken,
	}
	r.c.Provider, r.c.ProviderEvidence = provider(b)
	r.machines()
	r.workloads()
	r.controlPlane()
	r.available()
	r.hostStates()
	r.settings()
	r.uses()
	r.policy()
	r.upgrade()
	r.clocks()
	r.gaps()
	r.order()
	return r.c
}

// reader fills one inventory. Each method adds one kind of thing and reads
// only the bundle and what the methods before it found.
type reader struct {
	b     *evidence.Bundle
	names names
	nodes map[string]evidence.Node
	c     inventory.Cluster
	// counts are the server's own counts, where they can be trusted.
	counts map[string]int64
	// What is in c.Instances, found quickly: clusters have thousands of nodes.
	listed  map[inventory.Instance]bool
	running map[place]bool
}

// place is a component on a node; node "" stands for anywhere.
type place struct{ component, node string }

// add lists an instance and fills in what its node says. A second copy of the
// same version on the same node, read the same way, says nothing new.
func (r *reader) add(i inventory.Instance) {
	if n, ok := r.nodes[i.Node]; ok {
		i.OS, i.Pool, i.Zone = nodeOS(n), nodePool(n), n.Labels["topology.kubernetes.io/zone"]
	}
	if r.listed[i] {
		return
	}
	r.listed[i], r.running[place{i.Component, ""}], r.running[place{i.Component, i.Node}] = true, true, true
	r.c.Instances = append(r.c.Instances, i)
}

func (r *reader) observe(code, object, message string, evidence ...string) {
	r.c.Observed = append(r.c.Observed, inventory.Observation{Code: code, Object: object, Message: message, Evidence: evidence})
}

func (r *reader) gap(check, reason string, required bool) {
	r.c.Gaps = append(r.c.Gaps, inventory.Gap{Check: check, Reason: reason, Required: required})
}

// runs reports whether an instance of component is listed, on node unless "".
func (r *reader) runs(component, node string) bool { return r.running[place{component, node}] }
