package plan

import (
	"fmt"

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

// withEtcd follows etcd over the legs and puts in what its rules need. A
// pinned tag is cleared as soon as kubeadm brings nothing older.
func (b *builder) withEtcd(legs []leg) ([]leg, error) {
	current, stacked := b.stackedEtcd()
	if !stacked {
		b.checkExternal(legs)
		return legs, nil
	}
	pinned := b.in.EtcdTag
	at, _ := b.w.oldest(inventory.KubeAPIServer)
	out := []leg{}
	for i := 0; i < len(legs); i++ {
		l := legs[i]
		brings, ok := b.in.Brings.At(l.to)
		if !ok || !brings.Etcd.Known() {
			b.unsureEtcd(l.to, "which etcd it brings is not known, so the plan moves none")
			out = append(out, l)
			at = l.to
			continue
		}
		if !brings.Sure(kubeadm.Etcd) {
			b.unsureEtcd(l.to, brings.Why)
		}
		if brings.Etcd.Less(current) {
			out = append(out, l) // kubeadm then leaves etcd as it is
			at = l.to
			continue
		}
		stop, why, err := b.etcdStop(current, brings.Etcd, l.to)
		if err != nil {
			return nil, err
		}
		if stop == "" {
			l.untag, pinned = pinned != "", ""
			l.etcd, current = brings.Etcd, brings.Etcd
			out = append(out, l)
			at = l.to
			continue
		}
		v, _ := parsed(stop)
		// The leg before, where there is one, can carry the stop; its own etcd
		// would be below it.
		if n := len(out); n > 0 && out[n-1].tag == "" {
			out[n-1].tag, out[n-1].etcd, out[n-1].untag, out[n-1].why = stop, v, false, why
		} else {
			out = append(out, leg{to: at, tag: stop, etcd: v, why: why})
		}
		pinned, current = stop, v
		i-- // judge the leg again from there
	}
	return out, nil
}

// etcdStop is the image tag etcd has to pass before it may go from one version
// to another; "" where it may go at once.
func (b *builder) etcdStop(from, to, kubernetes version.Version) (tag, why string, err error) {
	if code, because := b.in.Rules.Step(inventory.Etcd, from, to); code != "" {
		for m := kubernetes.Minor(); m.Minor > 0; m.Minor-- {
			brings, ok := b.in.Brings.At(m.Patch(1 << 20))
			if c, _ := b.in.Rules.Step(inventory.Etcd, from, brings.Etcd); ok && from.Less(brings.Etcd) && c == "" {
				next, text, err := b.etcdStop(from, brings.Etcd, m.First())
				if next != "" || err != nil {
					return next, text, err
				}
				return brings.EtcdTag, because, nil
			}
		}
		return "", "", &Refusal{Code: code, Why: because + ", and no release of kubeadm is known that brings one between"}
	}
	for _, c := range b.in.Cautions {
		if c.Component == inventory.Etcd && from.Less(c.Below) && !to.Less(c.Crossing) && from.Less(c.Crossing) {
			return c.Below.String() + "-0", fmt.Sprintf("etcd %s to %s: %s (%s)", from, to, c.Text, c.Source), nil
		}
	}
	return "", "", nil
}

// stackedEtcd is the oldest etcd on a control plane; not ok where etcd is external.
func (b *builder) stackedEtcd() (version.Version, bool) {
	var best version.Version
	for _, cp := range b.cps {
		if v, ok := b.w.version(inventory.Etcd, cp); ok && (!best.Known() || v.Less(best)) {
			best = v
		}
	}
	return best, best.Known()
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

func (b *builder) unsureEtcd(v version.Version, why string) {
	b.find("PLAN-010", "Version/"+v.String(), fmt.Sprintf("kubeadm %s: %s", v, why))
}
