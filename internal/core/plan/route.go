package plan

import (
	"cmp"
	"fmt"

	"github.com/fixline-dev/fixline/internal/core/assess"
	"github.com/fixline-dev/fixline/internal/core/datastore"
	"github.com/fixline-dev/fixline/internal/core/inventory"
	"github.com/fixline-dev/fixline/internal/core/kubeadm"
	"github.com/fixline-dev/fixline/internal/core/skew"
	"github.com/fixline-dev/fixline/internal/core/version"
)

// leg is one hop of the control plane.
type leg struct {
	to version.Version
	// tag is set as etcd's image tag before the leg; untag clears the pin. Both
	// empty leave it as it is.
	tag   string
	untag bool
	etcd  version.Version // the members are at after the leg; unknown = they stay
	why   string          // of a stop inside a minor, a sentence
}

// route is the legs from here to the target, with the stops that rules ask for.
func (b *builder) route() ([]leg, error) {
	from, _ := b.w.oldest(inventory.KubeAPIServer)
	newest, _ := b.w.newest(inventory.KubeAPIServer)
	if b.in.Target.Less(newest) {
		return nil, fmt.Errorf("planning %s to %s: a kube-apiserver runs %s: %w", from, b.in.Target, newest, skew.ErrDown)
	}
	hops, err := skew.Path(from, b.in.Target, b.in.Calendar, b.in.AsOf, b.in.Cluster.Available)
	if err != nil {
		return nil, err
	}
	legs := []leg{}
	if why := b.uneven(hops); why != "" {
		legs = append(legs, leg{to: from, why: why})
	}
	for _, h := range hops {
		legs = append(legs, leg{to: h})
	}
	if len(legs) == 0 && b.behind(b.in.Target) {
		legs = append(legs, leg{to: b.in.Target})
	}
	for _, l := range legs {
		if len(b.cps) > 1 && len(b.w.all[inventory.KubeProxy]) > 0 && from.Minor().Compare(l.to.Minor()) < 0 && l.to.Minor().Compare(version.Minor{Major: 1, Minor: 28}) < 0 {
			return nil, &Refusal{Code: "PLAN-005", Why: fmt.Sprintf("kubeadm below 1.28 moves kube-proxy and CoreDNS with the first control plane of several (kubernetes/kubernetes#116570), "+
				"so kube-proxy %s would run beside older API servers; a plan by kubeadm alone cannot keep to the policy", l.to)}
		}
	}
	return b.withEtcd(legs)
}

// uneven says why the control plane has to become even before its first hop:
// kubeadm moves the API server of a node first, and what is a minor behind it
// would then be two.
func (b *builder) uneven(hops []version.Version) string {
	if len(hops) == 0 {
		return ""
	}
	for _, c := range []string{inventory.KubeControllerManager, inventory.KubeScheduler} {
		for _, i := range b.w.all[c] {
			v := b.w.track.Version(i)
			if v.Minor().Next().Compare(hops[0].Minor()) < 0 {
				return fmt.Sprintf("%s on %s is a minor behind its API server and would be two behind it in the next hop: the control plane is made even first",
					c, b.w.track.Instances()[i].Where())
			}
		}
	}
	return ""
}

// behind reports whether anything that a plan moves is below a version.
func (b *builder) behind(v version.Version) bool {
	for _, c := range []string{inventory.KubeAPIServer, inventory.KubeControllerManager, inventory.KubeScheduler, inventory.KubeProxy, inventory.Kubelet, inventory.Kubectl} {
		if oldest, ok := b.w.oldest(c); ok && oldest.Less(v) {
			return true
		}
	}
	return false
}

// withEtcd puts what etcd needs into the legs: package datastore says what,
// this function where.
func (b *builder) withEtcd(legs []leg) ([]leg, error) {
	members := b.stackedEtcd()
	if len(members) == 0 {
		b.checkExternal(legs)
		return legs, nil
	}
	at, _ := b.w.oldest(inventory.KubeAPIServer)
	q := datastore.Question{From: at, Brings: b.in.Brings, Stops: stops(b.in.Cautions)}
	for _, l := range legs {
		q.Hops = append(q.Hops, l.to)
	}
	out := []leg{}
	needs := datastore.Needs(&datastore.Cluster{Provider: b.in.Cluster.Provider, Config: datastore.Config{ImageTag: b.in.EtcdTag}, Members: members}, q)
	for i, need := range needs {
		l := legs[i]
		if need.Refused != "" {
			return nil, &Refusal{Code: "SKEW-010", Why: need.Refused}
		}
		b.unsureEtcd(l.to)
		tag := b.in.EtcdTag
		actions := need.Actions()
		for k, a := range actions {
			// What a stop is for was said with it; what a pin is cleared for, before.
			switch why := need.Why[max(0, len(need.Why)-len(actions)+k)]; {
			case a.Stop:
				tag = cmp.Or(a.Set, tag)
				out = stopAt(out, leg{to: at, tag: tag, etcd: tagged(tag), why: why})
			case a.Set != "":
				l.tag, l.why = a.Set, why
			}
			l.untag = a.Clear && l.tag == ""
		}
		l.etcd = need.To
		out = append(out, l)
		at = l.to
	}
	return out, nil
}

// stopAt adds a stop. The leg before, where there is one, can carry it: its own
// etcd would be of the same minor and no newer.
func stopAt(legs []leg, stop leg) []leg {
	if n := len(legs); n > 0 {
		l := &legs[n-1]
		if l.tag == "" && l.etcd.Known() && l.etcd.Minor() == stop.etcd.Minor() && !stop.etcd.Less(l.etcd) {
			l.tag, l.etcd, l.untag, l.why = stop.tag, stop.etcd, false, stop.why
			return legs
		}
	}
	return append(legs, stop)
}

// tagged is the version that an image tag such as 3.5.26-0 names.
func tagged(tag string) version.Version {
	v, _ := parsed(tag)
	return v.Base()
}

// stops are the cautions that speak of etcd.
func stops(cautions []assess.Caution) []datastore.Stop {
	var out []datastore.Stop
	for _, c := range cautions {
		if c.Component == inventory.Etcd {
			out = append(out, datastore.Stop{Below: c.Below, Crossing: c.Crossing, Text: c.Text, Source: c.Source})
		}
	}
	return out
}

// stackedEtcd are the members on control planes; none where etcd is external,
// or not known.
func (b *builder) stackedEtcd() []datastore.Member {
	var out []datastore.Member
	for _, cp := range b.cps {
		if v, ok := b.w.version(inventory.Etcd, cp); ok {
			out = append(out, datastore.Member{Name: cp, Version: v})
		}
	}
	return out
}

func (b *builder) checkExternal(legs []leg) {
	oldest, ok := b.w.oldest(inventory.Etcd)
	for _, l := range legs {
		brings, known := b.in.Brings.At(l.to)
		if ok && known && oldest.Less(brings.MinExternalEtcd) {
			b.find("PLAN-012", "Etcd", fmt.Sprintf("external etcd %s is below %s, the oldest that kubeadm %s accepts", oldest, brings.MinExternalEtcd, l.to), brings.Source)
			return
		}
	}
}

func (b *builder) unsureEtcd(v version.Version) {
	switch brings, ok := b.in.Brings.At(v); {
	case !ok || !brings.Etcd.Known():
		b.find("PLAN-010", "Version/"+v.String(), fmt.Sprintf("which etcd kubeadm %s brings is not known, so the plan moves none", v))
	case !brings.Sure(kubeadm.Etcd):
		b.find("PLAN-010", "Version/"+v.String(), brings.Why)
	}
}
