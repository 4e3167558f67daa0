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
	if r.c.Facts.Upgrade.Etcd != nil {
		r.c.Facts.Upgrade.Etcd.Provider = r.c.Provider
	}
	// What a kubeconfig on the host says goes before what kubeadm writes there.
	servers := kubeadm.Servers(r.b)
	for n := range r.c.Instances {
		i := &r.c.Instances[n]
		if r.b.Hosts[i.Node].Kubeconfigs != nil && slices.Contains([]string{inventory.KubeControllerManager, inventory.KubeScheduler}, i.Component) {
			i.Server = servers[kubeadm.Client{Component: i.Component, Node: i.Node}]
		}
	}
}
