package plan

import (
	"fmt"
	"slices"
	"strings"

	"github.com/fixline-dev/fixline/internal/core/inventory"
	"github.com/fixline-dev/fixline/internal/core/version"
)

// brings holds a step of kubeadm to what the program does, whatever the step
// lists: `upgrade node` goes to the version that `upgrade apply` wrote into
// ClusterConfiguration, and on a control plane both move all three components.
func (c *checker) brings(s *Step, to version.Version) {
	if s.Kind == KubeadmApply {
		c.applied[to.String()] = true
	}
	if s.Kind == KubeadmNode && !c.applied[to.String()] && !c.runs(to) {
		c.note(&Refusal{Code: "PLAN-005", Step: s.ID,
			Why: fmt.Sprintf("kubeadm upgrade node goes to the version of ClusterConfiguration, and no step before it applies %s", to)})
	}
	if len(c.w.at(inventory.KubeAPIServer, s.Node)) == 0 {
		return
	}
	for _, component := range movedByKubeadm() {
		v, ok := c.w.version(component, s.Node)
		if ok && v.Less(to) && !slices.Contains(s.Components, component) {
			c.note(&Refusal{Code: "PLAN-002", Step: s.ID, Why: fmt.Sprintf("kubeadm moves %s on %s as well, and the step does not list it", component, s.Node)})
		}
	}
}

// runs reports whether an API server is at a version: an upgrade that somebody
// began was applied.
func (c *checker) runs(to version.Version) bool {
	return slices.ContainsFunc(c.w.all[inventory.KubeAPIServer], func(i int) bool { return c.w.track.Version(i).Compare(to) == 0 })
}

// hop wants a backup and a rehearsal for each minor of the API servers: a
// backup from before the last hop leads back over two of them.
func (c *checker) hop(s *Step) {
	newest, known := c.w.newest(inventory.KubeAPIServer)
	to, ok := parsed(s.To)
	if !known || !ok || !slices.Contains(s.Components, inventory.KubeAPIServer) || newest.Minor().Compare(to.Minor()) >= 0 {
		return
	}
	if missing := []Kind{EtcdBackup, RehearseStep}; !c.hopSaved || !c.hopTried {
		if c.hopSaved {
			missing = missing[1:]
		}
		c.note(&Refusal{Code: "PLAN-008", Step: s.ID, Why: fmt.Sprintf("it takes the first API server to %s, and no step %s comes since the hop before", to.Minor(), missing[0])})
	}
	c.hopSaved, c.hopTried = false, false
}

// claims compares what a plan says of itself with what its steps do.
func (c *checker) claims(p *Plan) {
	tell := func(message string) {
		c.verdict.Findings = append(c.verdict.Findings, found("PLAN-014", "Plan/"+p.Cluster, message))
	}
	if from := c.start; !equal(p.From, from) {
		tell(fmt.Sprintf("it says it starts from %q; the oldest kube-apiserver of its inventory is at %s", p.From, from))
	}
	target, ok := parsed(p.Target)
	if !ok {
		tell(fmt.Sprintf("its target %q is no version", p.Target))
		return
	}
	if n := len(p.Hops); n > 0 && !equal(p.Hops[n-1], p.Target) {
		tell(fmt.Sprintf("its last hop is %s, and its target %s", p.Hops[n-1], p.Target))
	}
	if left := c.left(target); len(left) > 0 {
		message := "after its last step " + strings.Join(first(left, 3), ", ")
		if len(left) > 3 {
			message += fmt.Sprintf(" and %d more", len(left)-3)
		}
		tell(message + fmt.Sprintf(": below its target %s", target))
	}
}

// left is what stands below the target now.
func (c *checker) left(target version.Version) []string {
	out := []string{}
	for _, component := range []string{inventory.KubeAPIServer, inventory.KubeControllerManager, inventory.KubeScheduler, inventory.Kubelet, inventory.KubeProxy} {
		for _, i := range c.w.all[component] {
			if v := c.w.track.Version(i); v.Known() && v.Less(target) {
				out = append(out, fmt.Sprintf("%s on %s is at %s", component, c.w.track.Instances()[i].Where(), v))
			}
		}
	}
	return out
}
