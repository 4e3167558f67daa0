package reading

import (
	"slices"

	"github.com/fixline-dev/fixline/internal/core/inventory"
	"github.com/fixline-dev/fixline/internal/evidence/reading/admission"
	"github.com/fixline-dev/fixline/internal/evidence/reading/custom"
	"github.com/fixline-dev/fixline/internal/evidence/reading/datastore"
	"github.com/fixline-dev/fixline/internal/evidence/reading/disrupt"
	"github.com/fixline-dev/fixline/internal/evidence/reading/kubeadm"
)

// upgrade gathers what an upgrade would meet, and which API server the clients
// of the control plane talk to.
func (r *reader) upgrade() {
	r.c.Facts.Upgrade = inventory.Upgrade{
		Admission: admission.Of(r.b), Custom: custom.Of(r.b), Etcd: datastore.Of(r.b), Drain: disrupt.Of(r.b), Kubeadm: kubeadm.Of(r.b),
	}
	servers := kubeadm.Servers(r.b)
	for n := range r.c.Instances {
		i := &r.c.Instances[n]
		to, read := servers[kubeadm.Client{Component: i.Component, Node: i.Node}]
		switch {
		case read:
			i.Server = to
		case r.c.Provider == inventory.Kubeadm && r.ownServer(i.Component) && i.Node != "" && r.b.Hosts[i.Node].Kubeconfigs == nil:
			// kubeadm writes the node's own address into these kubeconfigs
			// (https://github.com/kubernetes/kubernetes/pull/94398, since 1.20);
			// whoever changed that is seen where hosts are read.
			i.Server = "own"
		}
	}
}

func (r *reader) ownServer(component string) bool {
	return slices.Contains([]string{inventory.KubeControllerManager, inventory.KubeScheduler}, component)
}
