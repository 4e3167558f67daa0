package plan

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/fixline-dev/fixline/internal/core/inventory"
	"github.com/fixline-dev/fixline/internal/core/version"
)

// hold keeps the packages of every host from moving on their own.
func (b *builder) hold() {
	hosts := []string{}
	for host := range b.repo {
		if host != "" {
			hosts = append(hosts, host)
		}
	}
	slices.Sort(hosts)
	for _, host := range hosts {
		if b.windows(host) {
			continue // no package manager holds anything there
		}
		b.emit(b.words.hold(b.in.Hosts[host], host, b.phaseOf(host) == Clients))
	}
}

// prepare is everything that comes before the first change of a leg: packages
// and images can be had, the data is saved and was restored once.
func (b *builder) prepare(l leg) {
	for _, cp := range b.cps {
		b.repository(cp, l.to)
	}
	for _, cp := range b.cps {
		b.emit(b.words.images(cp, b.images(l), l.to))
	}
	b.emit(b.words.backup(b.cps[0], l.to))
	b.emit(b.words.rehearse(b.cps[0], l.to))
	switch {
	case l.tag != "":
		b.emit(b.words.setTag(b.cps[0], l.tag, l.why))
	case l.untag:
		b.emit(b.words.clearTag(b.cps[0], l.to, l.etcd))
	}
}

// images are those a control plane runs after a leg, as far as they are known.
func (b *builder) images(l leg) []string {
	registry := cmp.Or(b.in.Registry, "registry.k8s.io")
	out := []string{}
	for _, c := range []string{inventory.KubeAPIServer, inventory.KubeControllerManager, inventory.KubeScheduler, inventory.KubeProxy} {
		out = append(out, registry+"/"+c+":v"+l.to.String())
	}
	brings, ok := b.in.Brings.At(l.to)
	tag := l.tag
	switch {
	case tag != "" || !l.etcd.Known():
	case ok && l.etcd.Compare(brings.Etcd) == 0:
		tag = brings.EtcdTag
	case l.etcd.Compare(tagged(b.in.EtcdTag)) == 0:
		tag = b.in.EtcdTag // pinned, and newer than what the release brings
	}
	if tag != "" {
		out = append(out, cmp.Or(b.in.EtcdRegistry, registry)+"/etcd:"+tag)
	}
	if !ok {
		return out
	}
	coredns := cmp.Or(b.in.DNSRegistry, registry) + "/coredns"
	if b.in.Registry == "" && b.in.DNSRegistry == "" {
		coredns += "/coredns" // only the project's own registry nests it
	}
	return append(out, coredns+":v"+brings.CoreDNS.String(), registry+"/pause:"+brings.Pause)
}

// controlPlane takes the nodes with an API server through a leg, one by one.
func (b *builder) controlPlane(l leg) {
	first := true
	for _, cp := range b.cps {
		moves, etcd := b.due(cp, l)
		if len(moves) == 0 && len(etcd) == 0 {
			continue
		}
		b.kubeadmPackage(cp, l.to)
		s := Step{Phase: ControlPlane, Kind: KubeadmNode, Node: cp, Components: moves, Also: etcd, To: l.to.String()}
		if first {
			s.Kind = KubeadmApply
		}
		if len(moves) > 0 {
			s.From = b.common(moves, cp)
		}
		b.words.kubeadm(&s, len(b.cps), b.members(), l)
		b.emit(s)
		first = false
	}
}

// movedByKubeadm are the components that `kubeadm upgrade apply` and `node` take
// with them on a control plane, beside etcd.
func movedByKubeadm() []string {
	return []string{inventory.KubeAPIServer, inventory.KubeControllerManager, inventory.KubeScheduler}
}

// due is what a leg moves on a control plane.
func (b *builder) due(cp string, l leg) (moves []string, etcd []Move) {
	for _, c := range movedByKubeadm() {
		if v, ok := b.w.version(c, cp); ok && v.Less(l.to) {
			moves = append(moves, c)
		}
	}
	if v, ok := b.w.version(inventory.Etcd, cp); ok && l.etcd.Known() && v.Less(l.etcd) {
		etcd = append(etcd, Move{Component: inventory.Etcd, Node: cp, From: v.String(), To: l.etcd.String()})
	}
	return moves, etcd
}

// common is the version several components of a node share, else "".
func (b *builder) common(components []string, node string) string {
	from := b.w.same(components[0], node)
	for _, c := range components[1:] {
		if b.w.same(c, node) != from {
			return ""
		}
	}
	return from
}

// members is how many etcd members run on control planes; 0 = none is known.
func (b *builder) members() int {
	n := 0
	for _, cp := range b.cps {
		n += len(b.w.at(inventory.Etcd, cp))
	}
	return n
}

// catchUp moves first what the API servers' hop would leave outside the policy:
// nodes, proxies and clients that are too far behind already.
func (b *builder) catchUp(l leg) {
	at, _ := b.w.oldest(inventory.KubeAPIServer)
	if l.to.Minor().Compare(at.Minor()) <= 0 {
		return
	}
	late := b.late(l.to)
	b.proxies(at, late)
	b.clouds(at, late)
	b.lateKubelets(at, late)
	for _, i := range b.w.all[inventory.Kubectl] {
		host, v := b.w.track.Instances()[i].Where(), b.w.track.Version(i)
		if host != "" && v.Known() && v.Minor().Next().Compare(l.to.Minor()) < 0 {
			b.kubectl(host, at)
		}
	}
}

// late are the components and nodes that a hop of the API servers, and of all
// that moves with them, would make illegal. It tries the moves and takes them
// back: a second world of thousands of nodes costs more than the moves.
func (b *builder) late(to version.Version) map[place]bool {
	out := map[place]bool{}
	moved := make([]trial, 0, len(b.w.track.Instances()))
	for _, c := range movedByKubeadm() {
		moved = b.try(moved, c, to)
	}
	b.collect(out)
	// The proxies follow at the end of the hop, and then stand beside kubelets
	// that do not.
	moved = b.try(moved, inventory.KubeProxy, to)
	b.collect(out)
	for _, t := range slices.Backward(moved) {
		b.w.track.Move(t.instance, t.was)
	}
	return out
}

// trial is an instance that was moved to see what it would mean.
type trial struct {
	instance int
	was      version.Version
}

func (b *builder) try(list []trial, component string, to version.Version) []trial {
	for _, i := range b.w.all[component] {
		if was := b.w.track.Version(i); was.Less(to) {
			list = append(list, trial{i, was})
			b.w.track.Move(i, to)
		}
	}
	return list
}

func (b *builder) collect(out map[place]bool) {
	if b.w.track.Legal() {
		return
	}
	for _, v := range b.w.track.Violations() {
		for _, i := range []int{v.Index, v.First} {
			inst := b.w.track.Instances()[i]
			out[place{inst.Component, inst.Where()}] = true
		}
	}
}

// kubeadmPackage brings kubeadm of a host to the version it is to apply:
// kubeadm upgrades to its own minor and to no patch above its own.
func (b *builder) kubeadmPackage(node string, to version.Version) {
	if v, ok := b.w.version(inventory.Kubeadm, node); ok && v.Minor() == to.Minor() && !v.Less(to) {
		return
	}
	b.repository(node, to)
	b.emit(b.words.kubeadmPackage(b.in.Hosts[node], node, b.w.same(inventory.Kubeadm, node), to, b.windows(node), b.isControlPlane(node)))
	if b.silent || b.in.Hosts[node].Exact[to.String()] != "" || b.windows(node) {
		return
	}
	b.find("PLAN-013", "Version/"+to.String(), fmt.Sprintf("the exact package version of %s was not read on some hosts; their commands take the newest revision of it", to))
}

// repository points the packages of a host at a minor.
func (b *builder) repository(node string, to version.Version) {
	was, known := b.repo[node]
	if known && was == to.Minor() || b.windows(node) {
		return
	}
	b.repo[node] = to.Minor()
	b.emit(b.words.repository(b.in.Hosts[node], node, was, to, b.phaseOf(node)))
}

// phaseOf is the phase in which the packages of a host come from elsewhere.
func (b *builder) phaseOf(host string) Phase {
	switch {
	case b.isControlPlane(host):
		return Prepare
	case len(b.w.places[place{inventory.Kubelet, host}]) > 0:
		return Workers
	}
	return Clients
}

func (b *builder) isControlPlane(node string) bool { return slices.Contains(b.cps, node) }

func (b *builder) windows(node string) bool {
	at := b.w.places[place{inventory.Kubelet, node}]
	return len(at) > 0 && strings.EqualFold(b.w.track.Instances()[at[0]].OS, "windows")
}
