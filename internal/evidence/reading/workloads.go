package reading

import (
	"fmt"
	"slices"
	"strings"

	"github.com/fixline-dev/fixline/internal/core/inventory"
	"github.com/fixline-dev/fixline/internal/core/version"
	"github.com/fixline-dev/fixline/internal/evidence"
)

// workloads lists the components that run as containers.
func (r *reader) workloads() {
	foreign := map[string]int{}
	for _, p := range r.pods() {
		if p.Done() || p.Spec.NodeName == "" { // ended, or on no node so far: nothing runs
			continue
		}
		for _, c := range p.Spec.Containers {
			component, ok := p.Component(c)
			if !ok {
				if component != "" && component != inventory.Etcd {
					foreign[p.Namespace]++
				}
				continue
			}
			r.add(r.container(p, c, component))
		}
	}
	for _, ns := range sortedKeys(foreign) {
		r.observe(ForeignControlPlane, "Namespace/"+ns,
			fmt.Sprintf("containers of a Kubernetes control plane run in namespace %s (%d): probably another cluster's; assess that one by itself", ns, foreign[ns]))
	}
	for _, d := range r.b.DaemonSets {
		if d.Namespace == "kube-system" && d.Name == inventory.KubeProxy && d.Status.Updated < d.Status.Desired {
			to := "another image"
			if cs := d.Spec.Template.Spec.Containers; len(cs) > 0 {
				to = cs[0].Image
			}
			r.observe(RollingOut, "DaemonSet/kube-system/kube-proxy",
				fmt.Sprintf("kube-proxy is rolling out to %s: %d of %d nodes have it", to, d.Status.Updated, d.Status.Desired))
		}
	}
}

// pods are the pods of the API or, where it was not asked, the static pods
// that hosts have manifests of.
func (r *reader) pods() []evidence.Pod {
	if r.b.Was(evidence.Pods) {
		return r.b.Pods
	}
	var out []evidence.Pod
	for _, node := range sortedKeys(r.b.Hosts) {
		for _, p := range r.b.Hosts[node].StaticPods {
			p.Spec.NodeName = node
			out = append(out, p)
		}
	}
	return out
}

// container is one running container as an instance. What the kubelet reports
// as running counts; the specification is only where it is going.
func (r *reader) container(p evidence.Pod, c evidence.Container, component string) inventory.Instance {
	i := inventory.Instance{Component: component, Node: p.Spec.NodeName, ReadFrom: "pod image"}
	switch {
	case p.Static() && r.b.Was(evidence.Pods):
		i.ReadFrom = "static pod image"
	case p.Static():
		i.ReadFrom = "static pod manifest"
	}
	i.Server = r.serverOf(p, component)
	spec, err := version.ParseImage(c.Image)
	if err != nil {
		spec.Unread = err.Error()
	}
	i.Version, i.Unread = spec.Version, spec.Unread
	running, why := runningImage(p, c.Name)
	if why != "" {
		i.ReadFrom += " (" + why + ")"
		return i
	}
	if running == "" || running == c.Image {
		return i
	}
	actual, err := version.ParseImage(running)
	switch {
	case err != nil || !actual.Version.Known():
		// An image id alone (the tag was moved since): the specification's tag
		// is the best there is.
		if i.Version.Known() {
			i.ReadFrom += " (specification; the status names " + short(running) + ")"
		}
	case spec.Version.Known() && spec.Version.Compare(actual.Version) != 0:
		r.observe(ImageNotRunning, "Pod/"+p.Namespace+"/"+p.Name,
			fmt.Sprintf("%s on %s runs %s, its specification says %s", component, p.Spec.NodeName, actual.Version, spec.Version),
			"status: "+running, "specification: "+c.Image)
		fallthrough
	default:
		i.Version, i.Unread = actual.Version, ""
	}
	return i
}

// runningImage is the image the kubelet reports for a container; why is set
// where the container is not running.
func runningImage(p evidence.Pod, name string) (image, why string) {
	for _, s := range p.Status.Containers {
		if s.Name != name {
			continue
		}
		switch {
		case s.State.Waiting != nil:
			return s.Image, strings.TrimSuffix("not running: "+s.State.Waiting.Reason, ": ")
		case s.State.Terminated != nil:
			return s.Image, strings.TrimSuffix("not running: "+s.State.Terminated.Reason, ": ")
		}
		return s.Image, ""
	}
	if p.Status.Phase == "Pending" {
		return "", "not running: Pending"
	}
	return "", ""
}

// serverOf is the API server a component talks to. kubeadm points controller
// manager and scheduler at the API server of their own node
// (https://kubernetes.io/docs/reference/setup-tools/kubeadm/implementation-details/);
// RKE2 and k3s use the loopback address.
func (r *reader) serverOf(p evidence.Pod, component string) string {
	beside := component == inventory.KubeControllerManager || component == inventory.KubeScheduler
	if beside && p.Static() && slices.Contains([]string{"kubeadm", "rke2", "k3s"}, r.c.Provider) {
		return "own"
	}
	return ""
}

func short(s string) string {
	if len(s) > 24 {
		return s[:24] + "..."
	}
	return s
}
