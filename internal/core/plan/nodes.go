package plan

import (
	"slices"

	"github.com/fixline-dev/fixline/internal/core/inventory"
	"github.com/fixline-dev/fixline/internal/core/version"
)

// follow brings every kubelet up to the API servers: control planes one by
// one, then workers batch by batch.
func (b *builder) follow(to version.Version) {
	behind := b.kubelets(func(v version.Version, _ string) bool { return v.Less(to) })
	b.nodes(behind, to)
}

// lateKubelets moves those that the next hop would leave outside the policy.
func (b *builder) lateKubelets(to version.Version, late map[place]bool) {
	behind := b.kubelets(func(v version.Version, node string) bool { return v.Less(to) && late[place{inventory.Kubelet, node}] })
	b.nodes(behind, to)
}

// kubelets are the nodes whose kubelet is wanted, in the inventory's order.
func (b *builder) kubelets(want func(version.Version, string) bool) []string {
	out := []string{}
	for _, i := range b.w.all[inventory.Kubelet] {
		inst := b.w.track.Instances()[i]
		if inst.Node != "" && inst.Version.Known() && want(inst.Version, inst.Node) {
			out = append(out, inst.Node)
		}
	}
	return out
}

func (b *builder) nodes(nodes []string, to version.Version) {
	if len(nodes) == 0 {
		return
	}
	wanted := map[string]bool{}
	for _, n := range nodes {
		wanted[n] = true
	}
	cps := false
	for _, cp := range b.cps {
		if wanted[cp] {
			b.node(cp, to, ControlPlane)
			cps = true
		}
	}
	batches := b.batches(nodes)
	if cps && len(batches) > 0 {
		b.pause(ControlPlane, "Let the control planes' own kubelets run for a while before workers follow")
	}
	for _, batch := range batches {
		b.count++
		b.batch, b.size = b.count, len(batch)
		for _, n := range batch {
			b.node(n, to, Workers)
		}
		b.batch, b.size = 0, 0
	}
	if len(batches) > 0 {
		b.pause(Workers, "Let the workers run for a while: look at evicted pods that did not come back")
	}
}

// node takes one node's kubelet to a version.
func (b *builder) node(node string, to version.Version, phase Phase) {
	from, _ := b.w.version(inventory.Kubelet, node)
	cp := b.isControlPlane(node)
	windows := b.windows(node)
	host := b.in.Hosts[node]
	b.kubeadmPackage(node, to)
	b.repository(node, to)
	if !cp {
		b.emit(b.words.nodeConfig(node, to, windows))
	}
	drain := !cp || b.in.DrainControlPlanes || from.Minor() != to.Minor()
	if drain {
		b.w.cordoned[node] = true
		b.emit(b.words.drain(node, to, phase, b.in.KeepEmptyDir))
	}
	b.emit(b.words.kubelet(host, node, from, to, phase, windows))
	if drain {
		delete(b.w.cordoned, node)
		b.emit(b.words.uncordon(node, phase))
	}
}

// addons moves what a DaemonSet or Deployment runs: kubeadm changes kube-proxy
// and CoreDNS itself, but only once the last API server is there.
func (b *builder) addons(l leg) {
	behind := false
	for _, i := range b.w.all[inventory.KubeProxy] {
		behind = behind || b.w.track.Version(i).Less(l.to)
	}
	also := []Move{}
	if brings, ok := b.in.Brings.At(l.to); ok {
		if v, known := b.w.oldest(inventory.CoreDNS); known && v.Less(brings.CoreDNS) {
			also = append(also, Move{Component: inventory.CoreDNS, From: b.w.same(inventory.CoreDNS, ""), To: brings.CoreDNS.String()})
		}
	}
	if behind || len(also) > 0 {
		s := Step{Phase: Addons, Kind: Addon, Also: also, To: l.to.String()}
		if behind {
			s.Components, s.From = []string{inventory.KubeProxy}, b.w.same(inventory.KubeProxy, "")
		}
		b.words.addons(&s, len(b.cps), l.to)
		b.emit(s)
	}
	b.clouds(l.to.Minor().First(), nil)
}

// proxies moves kube-proxy before a hop that would leave it too far behind.
func (b *builder) proxies(to version.Version, late map[place]bool) {
	for _, i := range b.w.all[inventory.KubeProxy] {
		inst := b.w.track.Instances()[i]
		if late[place{inst.Component, inst.Where()}] && inst.Version.Less(to) {
			b.emit(b.words.proxy(b.w.same(inventory.KubeProxy, ""), to, b.in.Registry))
			return
		}
	}
}

// clouds moves the cloud-controller-manager, whose releases follow the minors
// of Kubernetes and not its patches. late nil means all that are behind.
func (b *builder) clouds(to version.Version, late map[place]bool) {
	done := map[string]bool{}
	for _, i := range b.w.all[inventory.CloudControllerManager] {
		inst := b.w.track.Instances()[i]
		if inst.Version.Minor().Compare(to.Minor()) >= 0 || done[inst.Where()] || late != nil && !late[place{inst.Component, inst.Where()}] {
			continue
		}
		done[inst.Where()] = true
		b.emit(b.words.cloud(inst.Where(), b.w.same(inst.Component, inst.Where()), to.Minor().First()))
	}
}

// clients brings kubectl of every host up.
func (b *builder) clients(to version.Version) {
	hosts := []string{}
	for _, i := range b.w.all[inventory.Kubectl] {
		if inst := b.w.track.Instances()[i]; inst.Version.Known() && inst.Version.Less(to) && inst.Where() != "" {
			hosts = append(hosts, inst.Where())
		}
	}
	slices.Sort(hosts)
	for _, h := range slices.Compact(hosts) {
		b.kubectl(h, to)
	}
}

func (b *builder) kubectl(host string, to version.Version) {
	b.repository(host, to)
	b.emit(b.words.kubectl(b.in.Hosts[host], host, b.w.same(inventory.Kubectl, host), to, b.windows(host)))
}
