package reading

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/fixline-dev/fixline/internal/core/inventory"
	"github.com/fixline-dev/fixline/internal/core/version"
	"github.com/fixline-dev/fixline/internal/evidence"
)

// machines lists what runs on nodes outside of pods: kubelets and runtimes
// from node objects and host packages, programs from host packages alone.
func (r *reader) machines() {
	for _, n := range r.b.Nodes {
		info := n.Status.NodeInfo
		r.onNode(inventory.Kubelet, n.Name, info.KubeletVersion, "nodeInfo.kubeletVersion")
		name, ver, ok := strings.Cut(info.ContainerRuntimeVersion, "://")
		switch {
		case ok && name != "":
			r.onNode(name, n.Name, ver, "nodeInfo.containerRuntimeVersion")
		case info.ContainerRuntimeVersion == "":
			r.add(inventory.Instance{Component: inventory.Containerd, Node: n.Name, ReadFrom: "nodeInfo.containerRuntimeVersion",
				Unread: "the node reports no container runtime; which one runs is not known"})
		default:
			r.add(inventory.Instance{Component: info.ContainerRuntimeVersion, Node: n.Name, ReadFrom: "nodeInfo.containerRuntimeVersion",
				Unread: fmt.Sprintf("%q names no version", info.ContainerRuntimeVersion)})
		}
	}
	if !r.b.Was(evidence.Nodes) {
		r.unlistedNodes()
	} else {
		r.missingNodes()
	}
	for _, name := range slices.Sorted(maps.Keys(r.b.Hosts)) {
		r.onHost(name, r.b.Hosts[name])
	}
}

// unlistedNodes stands in for the node list: kubelets run wherever a pod or a
// host folder says there is a node.
func (r *reader) unlistedNodes() {
	why := "nodes were not read: " + r.b.Access[evidence.Nodes].Reason
	seen := map[string]bool{}
	for _, p := range r.b.Pods {
		seen[p.Spec.NodeName] = true
	}
	for name := range r.b.Hosts {
		seen[name] = true
	}
	delete(seen, "")
	for _, name := range slices.Sorted(maps.Keys(seen)) {
		if v, from := r.packaged(inventory.Kubelet, name); from != "" {
			r.add(inventory.Instance{Component: inventory.Kubelet, Node: name, Version: v, ReadFrom: from})
			continue
		}
		r.add(inventory.Instance{Component: inventory.Kubelet, Node: name, ReadFrom: "nodes", Unread: why})
	}
	for _, component := range []string{inventory.Kubelet, inventory.Containerd} {
		if !r.runs(component, "") {
			r.add(inventory.Instance{Component: component, ReadFrom: "nodes", Unread: why})
		}
	}
}

// missingNodes stands in for nodes that a list lacks though pods run on them:
// it was cut short or filtered, and what it does not name is not clean.
func (r *reader) missingNodes() {
	seen := map[string]bool{}
	for _, p := range r.b.Pods {
		if _, listed := r.nodes[p.Spec.NodeName]; !listed && p.Spec.NodeName != "" && !p.Done() {
			seen[p.Spec.NodeName] = true
		}
	}
	if len(seen) > 0 {
		r.gap("list nodes: nodes that pods run on", "the list does not name "+few(slices.Sorted(maps.Keys(seen))), true)
	}
	for _, name := range slices.Sorted(maps.Keys(seen)) {
		why := fmt.Sprintf("pods run on %s, but the list of nodes does not name it", name)
		for _, component := range []string{inventory.Kubelet, inventory.Containerd} {
			i := inventory.Instance{Component: component, Node: name, ReadFrom: "nodes", Unread: why}
			if v, from := r.packaged(component, name); from != "" {
				i.Version, i.ReadFrom, i.Unread = v, from, ""
			}
			r.add(i)
		}
	}
}

// onNode lists one program of a node. Where the host's package has the same
// base, the package is the fact: it names the build. Where it has another, the
// process was not restarted after the package changed; both are listed, since
// one is exposed now and the other after the next restart.
func (r *reader) onNode(component, node, reported, from string) {
	i := inventory.Instance{Component: component, Node: node, ReadFrom: from}
	v, err := version.Parse(reported)
	if err != nil {
		i.Unread = from + " of the node: " + err.Error()
		if reported == "" {
			i.Unread = from + " of the node is empty"
		}
	}
	i.Version = v
	installed, source := r.packaged(component, node)
	switch {
	case source == "":
		r.add(i)
	case v.Known() && v.Compare(installed) == 0 && installed.Kind() == version.Release:
		r.add(i) // the package says the same and no more
	case !v.Known() || v.Compare(installed) == 0:
		i.Version, i.Unread, i.ReadFrom = installed, "", source
		r.add(i)
	default:
		i.ReadFrom += " (running)"
		r.add(i)
		r.add(inventory.Instance{Component: component, Node: node, Version: installed, ReadFrom: source + " (installed, not running)"})
		r.observe(PackageNotRunning, "Node/"+node,
			fmt.Sprintf("%s %s is installed on %s, but %s runs: it was not restarted", component, installed, node, v),
			from+": "+reported, source+": "+installed.Raw())
	}
}

// packaged is what the host of a node says is installed; from is "" where it
// says nothing.
func (r *reader) packaged(component, node string) (v version.Version, from string) {
	host := r.b.Hosts[node]
	for _, name := range r.names.Packages {
		if name.Component != component {
			continue
		}
		for _, p := range host.Packages {
			if p.Name != name.Package {
				continue
			}
			if v, err := version.ParsePackage(p.Name, p.Version); err == nil {
				return v, host.PackagesFrom
			}
		}
	}
	said := map[string]string{inventory.Containerd: host.Containerd, inventory.Runc: host.Runc, inventory.CRIO: host.CRIO}[component]
	if v, err := version.Parse(said); err == nil {
		return v, component + " --version on the host"
	}
	return version.Version{}, ""
}

// onHost lists the programs only a host shows: runc, kubectl, kubeadm, CNI
// plugins.
func (r *reader) onHost(node string, host evidence.Host) {
	listed := []string{inventory.Kubelet, inventory.Containerd, inventory.CRIO}
	for _, name := range r.names.Packages {
		if slices.Contains(listed, name.Component) {
			continue
		}
		listed = append(listed, name.Component)
		i := inventory.Instance{Component: name.Component, Node: node}
		if _, ok := r.nodes[node]; !ok && r.b.Was(evidence.Nodes) {
			i.Node, i.Host = "", node
		}
		if i.Version, i.ReadFrom = r.packaged(name.Component, node); i.ReadFrom != "" {
			r.add(i)
			continue
		}
		for _, p := range host.Packages {
			if p.Name == name.Package {
				i.ReadFrom, i.Unread = host.PackagesFrom, fmt.Sprintf("package version %q is not readable", p.Version)
				r.add(i)
			}
		}
	}
	if fs := map[string]string{"tmpfs": "v1", "cgroup2fs": "v2"}[host.CgroupFS]; fs != "" {
		r.c.Facts.CgroupVersion[node] = fs
	}
	if _, ok := r.nodes[node]; !ok && r.b.Was(evidence.Nodes) {
		r.observe(HostWithoutNode, "Host/"+node, fmt.Sprintf("there are facts of a host %s, but no node of that name", node), "hosts/"+node)
	}
}
