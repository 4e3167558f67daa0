// Package compat joins what an upgrade would break in one cluster, hop by hop:
// settings, admission, custom resources and add-ons, etcd, and what a drain
// would disturb. Each is judged by its own package; this one asks them all the
// same question, so that assess, scan and plan give one answer. API versions
// are not among it: they concern manifests and callers as well. It reads
// nothing. Start at [Judge].
package compat

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/fixline-dev/fixline/internal/core/admission"
	"github.com/fixline-dev/fixline/internal/core/custom"
	"github.com/fixline-dev/fixline/internal/core/datastore"
	"github.com/fixline-dev/fixline/internal/core/disrupt"
	"github.com/fixline-dev/fixline/internal/core/finding"
	"github.com/fixline-dev/fixline/internal/core/inventory"
	"github.com/fixline-dev/fixline/internal/core/kubeadm"
	"github.com/fixline-dev/fixline/internal/core/settings"
	"github.com/fixline-dev/fixline/internal/core/version"
)

// Facts are what every cluster is judged by.
type Facts struct {
	Settings  settings.Facts
	Lost      settings.LostFacts // its CoreDNS, Known, AsOf and Window are set from the rest
	Admission admission.Facts
	Addons    []custom.Rule
	Brings    kubeadm.Table
	Stops     []datastore.Stop
}

// Question is what is asked of a cluster.
type Question struct {
	AsOf time.Time
	// Window is how long after AsOf the upgrade may last: a certificate that ends
	// within it is a finding.
	Window time.Duration
	// Hops are the versions the upgrade passes through, the target last.
	Hops []version.Version
	// Planned is what the steps of a plan do to etcd beforehand.
	Planned []datastore.Action
}

// Window is how long an upgrade may last, where nobody says it: certificates
// that end within it are looked at.
const Window = 30 * 24 * time.Hour

// Judge gives everything an upgrade along q.Hops would meet, worst first, then by
// code and object. Without hops there is no upgrade, and no finding. A part of
// the cluster nothing was read of is a finding or a gap of the package that
// judges it, never silence.
func Judge(c inventory.Cluster, q Question, f Facts) []finding.Found {
	if len(q.Hops) == 0 {
		return nil
	}
	out := ofSettings(c, q, f)
	out = append(out, admission.Judge(c.Facts.Upgrade.Admission, admission.Question{AsOf: q.AsOf, Window: q.Window, Hops: q.Hops, Facts: f.Admission, RBAC: c.Facts.RBAC})...)
	out = append(out, custom.Judge(c.Facts.Upgrade.Custom, custom.Question{AsOf: q.AsOf, Window: q.Window, Hops: q.Hops, Rules: f.Addons})...)
	out = append(out, datastore.Judge(etcd(c), Etcd(c, q, f))...)
	out = append(out, disrupt.Judge(c.Facts.Upgrade.Drain, disrupt.Question{Drain: drained(c, q.Hops)})...)
	slices.SortStableFunc(out, func(x, y finding.Found) int {
		return cmp.Or(-cmp.Compare(x.Severity.Rank(), y.Severity.Rank()), cmp.Compare(x.Code, y.Code), cmp.Compare(x.Object, y.Object))
	})
	return out
}

// etcd is what was read of the cluster's etcd; where it was declared, its
// members by their versions alone.
func etcd(c inventory.Cluster) *datastore.Cluster {
	if c.Facts.Upgrade.Etcd != nil {
		return c.Facts.Upgrade.Etcd
	}
	out := &datastore.Cluster{Provider: c.Provider, Config: datastore.Config{Unread: "an inventory does not hold it"}}
	for _, i := range c.Instances {
		if i.Component == inventory.Etcd {
			out.Members = append(out.Members, datastore.Member{Name: i.Where(), Version: i.Version, Unread: i.Unread, QuotaUnread: "an inventory does not hold it"})
		}
	}
	if len(out.Members) == 0 {
		return nil
	}
	return out
}

// Etcd is the question about a cluster's etcd.
func Etcd(c inventory.Cluster, q Question, f Facts) datastore.Question {
	return datastore.Question{From: c.Oldest(inventory.KubeAPIServer), Hops: q.Hops, Brings: f.Brings, Stops: f.Stops, Planned: q.Planned}
}

// drained are the nodes that are drained on the way: all where a minor is
// crossed, since a kubelet may not change its minor under running pods, and for
// a patch those that are no control planes
// (https://kubernetes.io/docs/tasks/administer-cluster/kubeadm/upgrading-linux-nodes/).
func drained(c inventory.Cluster, hops []version.Version) []string {
	from := c.Oldest(inventory.KubeAPIServer)
	if !from.Known() || from.Minor() != hops[len(hops)-1].Minor() || c.Facts.Upgrade.Drain == nil {
		return nil
	}
	out := []string{}
	for _, n := range c.Facts.Upgrade.Drain.Nodes {
		if !n.ControlPlane {
			out = append(out, n.Name)
		}
	}
	return out
}

// ofSettings are what each hop does to settings, and what kubeadm would drop.
func ofSettings(c inventory.Cluster, q Question, f Facts) []finding.Found {
	var out []finding.Found
	for _, s := range settings.Judge(c, q.Hops, f.Settings) {
		out = append(out, setting(s))
	}
	lost := f.Lost
	lost.AsOf, lost.Window, lost.Known = q.AsOf, q.Window, f.Settings
	lost.CoreDNS = func(k version.Version) (version.Version, bool) {
		b, ok := f.Brings.At(k)
		return b.CoreDNS, ok && b.CoreDNS.Known()
	}
	return append(out, settings.Lost(c, c.Facts.Upgrade.Kubeadm, q.Hops, lost)...)
}

func setting(s settings.Finding) finding.Found {
	object := s.Component + "/" + s.Name
	if s.Value != "" {
		object += "=" + s.Value
	}
	f := finding.New(s.Code, object, s.Message, placesOf(s)...)
	if s.Hop.Known() {
		f.Message = fmt.Sprintf("at the hop to %s: %s", s.Hop, s.Message)
	}
	if s.Remedy != "" {
		f.Remedy = s.Remedy
	}
	if s.Source != "" {
		f.Evidence = append(f.Evidence, s.Source)
	}
	return f
}

// placesOf are the places of a setting, enough of them to begin with.
func placesOf(s settings.Finding) []string {
	const enough = 20
	out := []string{}
	for i, p := range s.Places {
		if i == enough {
			return append(out, fmt.Sprintf("and %d more", len(s.Places)-enough))
		}
		switch {
		case p.Node != "" && p.Source != "":
			out = append(out, p.Node+": "+p.Source)
		case p.Node != "" || p.Source != "":
			out = append(out, p.Node+p.Source)
		}
	}
	return out
}
