package cluster

import (
	"context"
	"strings"

	v1 "k8s.io/api/core/v1"

	"github.com/fixline-dev/fixline/internal/core/inventory"
	"github.com/fixline-dev/fixline/internal/core/version"
)

// Running is one component on one node.
type Running struct {
	Version string // without v; "" = what runs does not say
	Ready   bool   // of its pod, or of the node for the kubelet
	Says    string // where it was read, or why it was not
}

// Versions are the components that run on a node now, by name: the kubelet as
// its node object says; what kubeadm runs as static pods, kube-proxy, CoreDNS and
// the cloud-controller-manager by the image of the container that runs and not
// the one that is asked for. What does not run there is missing. The error is of
// who could not look, or of a node that is not there.
func (c *Cluster) Versions(ctx context.Context, node string) (map[string]Running, error) {
	v, err := c.seeNode(ctx, node)
	if err != nil {
		return nil, doing("reading the versions on "+node, err)
	}
	out := map[string]Running{}
	for _, s := range v.sightings() {
		if have, twice := out[s.component]; !twice || s.Ready && !have.Ready {
			out[s.component] = s.Running
		}
	}
	return out, nil
}

// sighting is one component seen somewhere.
type sighting struct {
	component, node string

	Running
}

// sightings are all components of a view.
func (v *view) sightings() []sighting {
	out := []sighting{}
	for _, n := range v.nodes {
		out = append(out, sighting{inventory.Kubelet, n.Name, kubelet(n)})
	}
	for _, p := range v.pods {
		if p.Status.Phase == v1.PodSucceeded || p.Status.Phase == v1.PodFailed || p.Spec.NodeName == "" {
			continue
		}
		if component, container := componentOf(p); component != "" {
			out = append(out, sighting{component, p.Spec.NodeName, running(p, container)})
		}
	}
	return out
}

func kubelet(n *v1.Node) Running {
	r := Running{Ready: nodeReady(n), Says: "nodeInfo.kubeletVersion"}
	if v, err := version.Parse(n.Status.NodeInfo.KubeletVersion); err == nil && v.Known() {
		r.Version = v.String()
	} else {
		r.Says = "its nodeInfo.kubeletVersion is no version: " + n.Status.NodeInfo.KubeletVersion
	}
	return r
}

// componentOf knows a pod by the labels kubeadm gives
// (kubernetes/cmd/kubeadm/app/util/staticpod/utils.go, phases/addons), and the
// cloud-controller-manager by its image, since each provider labels its own way.
func componentOf(p *v1.Pod) (component, container string) {
	if p.Labels["tier"] == "control-plane" {
		switch name := p.Labels["component"]; name {
		case inventory.KubeAPIServer, inventory.KubeControllerManager, inventory.KubeScheduler, inventory.Etcd:
			return name, name
		}
	}
	switch p.Labels["k8s-app"] {
	case "kube-proxy":
		return inventory.KubeProxy, "kube-proxy"
	case "kube-dns":
		return inventory.CoreDNS, "coredns"
	}
	for _, c := range p.Spec.Containers {
		if i, err := version.ParseImage(c.Image); err == nil && strings.Contains(i.Name, inventory.CloudControllerManager) {
			return inventory.CloudControllerManager, c.Name
		}
	}
	return "", ""
}

// running reads the image of a container that runs. Runtimes give a digest alone
// where an image has several names; then the pod's own word stands, and is said.
func running(p *v1.Pod, container string) Running {
	r := Running{Ready: podReady(p)}
	for _, s := range p.Status.ContainerStatuses {
		if s.Name != container {
			continue
		}
		if s.State.Running == nil {
			r.Says = "container " + container + " of pod " + p.Name + " does not run"
			return r
		}
		if r.Version = tagOf(s.Image); r.Version != "" {
			r.Says = "image of the running container"
			return r
		}
	}
	for _, c := range p.Spec.Containers {
		if c.Name != container {
			continue
		}
		if r.Version = tagOf(c.Image); r.Version != "" && len(p.Status.ContainerStatuses) > 0 {
			r.Says = "image the pod asks for: the runtime names only a digest"
			return r
		}
	}
	r.Version, r.Says = "", "the image of pod "+p.Name+" names no version, or nothing is known of its containers yet"
	return r
}

// tagOf is the version an image's tag names, "" where it names none.
func tagOf(image string) string {
	i, err := version.ParseImage(image)
	if err != nil || i.Unread != "" {
		return ""
	}
	return i.Version.String()
}

// same compares versions as people write them.
func same(a, b string) bool {
	x, err := version.Parse(a)
	y, also := version.Parse(b)
	return err == nil && also == nil && x.Known() && y.Known() && x.Compare(y) == 0
}
