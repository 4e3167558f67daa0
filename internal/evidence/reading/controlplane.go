package reading

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/fixline-dev/fixline/internal/core/inventory"
	"github.com/fixline-dev/fixline/internal/core/version"
	"github.com/fixline-dev/fixline/internal/evidence"
)

// controlPlane lists what no pod shows: the API server a provider runs, the
// programs k3s holds inside one process, an external etcd, and a control-plane
// node whose pods are missing.
func (r *reader) controlPlane() {
	answered, err := version.Parse(r.b.Version.GitVersion)
	switch {
	case r.c.Provider == "k3s":
		r.insideK3s()
	case r.runs(inventory.KubeAPIServer, ""):
		r.missingStaticPods()
	}
	if !r.runs(inventory.KubeAPIServer, "") {
		i := inventory.Instance{Component: inventory.KubeAPIServer, Version: answered, ReadFrom: "/version"}
		if err != nil {
			i.Unread = "/version was not read: " + r.b.Access[evidence.ServerVersionFile].Reason
			if r.b.Version.GitVersion != "" {
				i.Unread = "/version: " + err.Error()
			}
		}
		r.add(i)
	} else if answered.Known() {
		r.compareVersion(answered)
	}
	hidden := []string{inventory.KubeControllerManager, inventory.KubeScheduler}
	if !r.b.Was(evidence.Pods) {
		hidden = append(hidden, inventory.KubeProxy)
	}
	for _, component := range hidden {
		if !r.runs(component, "") {
			r.add(inventory.Instance{Component: component, ReadFrom: "pods", Unread: r.hidden(), Hidden: r.c.Managed() && r.b.Was(evidence.Pods)})
		}
	}
	r.store()
}

// hidden says why a control-plane program has no pod.
func (r *reader) hidden() string {
	switch {
	case !r.b.Was(evidence.Pods):
		return "pods were not read: " + r.b.Access[evidence.Pods].Reason
	case r.c.Managed():
		return "the provider runs it and shows its version nowhere"
	}
	return "no pod of kube-system runs it: it runs where the API does not show it"
}

// compareVersion notes an answer of /version that none of the listed API
// servers gives: one is missing from the list.
func (r *reader) compareVersion(answered version.Version) {
	var seen []string
	for _, i := range r.c.Instances {
		if i.Component != inventory.KubeAPIServer {
			continue
		}
		if !i.Version.Known() || i.Version.Compare(answered) == 0 {
			return
		}
		seen = append(seen, i.Version.String()+" on "+i.Node)
	}
	r.observe(VersionDisagrees, "Cluster", fmt.Sprintf("/version answers %s, but the API servers listed run %s", answered, strings.Join(seen, ", ")),
		"/version: "+r.b.Version.GitVersion)
}

// missingStaticPods lists programs a control-plane node must run and no pod shows.
func (r *reader) missingStaticPods() {
	if !slices.Contains([]string{"kubeadm", "rke2"}, r.c.Provider) {
		return
	}
	why := "the node has the control-plane role, but no pod of kube-system runs it there"
	components := []string{inventory.KubeAPIServer, inventory.KubeControllerManager, inventory.KubeScheduler}
	if !r.b.Was(evidence.Pods) {
		why = r.hidden()
		if r.runs(inventory.Etcd, "") { // beside one API server means beside each
			components = append(components, inventory.Etcd)
		}
	}
	for _, n := range r.b.Nodes {
		if !controlPlaneNode(n) {
			continue
		}
		for _, component := range components {
			if !r.runs(component, n.Name) {
				r.add(inventory.Instance{Component: component, Node: n.Name, ReadFrom: "pods", Unread: why})
			}
		}
	}
}

// insideK3s lists what k3s runs inside its one process
// (https://docs.k3s.io/architecture): the control plane on servers, kube-proxy
// everywhere. The version is the node's own.
func (r *reader) insideK3s() {
	for _, n := range r.b.Nodes {
		components := []string{inventory.KubeProxy}
		if controlPlaneNode(n) {
			components = append(components, inventory.KubeAPIServer, inventory.KubeControllerManager, inventory.KubeScheduler)
		}
		v, err := version.Parse(n.Status.NodeInfo.KubeletVersion)
		for _, component := range components {
			if r.runs(component, n.Name) {
				continue
			}
			i := inventory.Instance{Component: component, Node: n.Name, Version: v, ReadFrom: "nodeInfo.kubeletVersion (one process in k3s)"}
			if err != nil {
				i.Unread = err.Error()
			}
			r.add(i)
		}
	}
}

// store lists an etcd that is no pod of the cluster. Behind a provider's API
// there may be another store, so nothing is listed there; it is a gap.
func (r *reader) store() {
	if r.runs(inventory.Etcd, "") {
		return
	}
	for _, endpoint := range externalEtcd(r.b) {
		r.add(inventory.Instance{Component: inventory.Etcd, Host: endpoint, ReadFrom: "kubeadm-config",
			Unread: "etcd runs outside the cluster (" + endpoint + "); its version is not in the API"})
	}
	switch {
	case r.runs(inventory.Etcd, ""):
	case !r.b.Was(evidence.Pods):
		r.add(inventory.Instance{Component: inventory.Etcd, ReadFrom: "pods", Unread: r.hidden()})
	case r.c.Provider == "kubeadm":
		r.add(inventory.Instance{Component: inventory.Etcd, ReadFrom: "pods", Unread: "no pod of kube-system runs etcd and kubeadm-config names no external one"})
	default:
		r.gap("version of the cluster's store", "no pod runs etcd; what keeps the cluster's data, and in which version, is not in the API", false)
	}
}

func externalEtcd(b *evidence.Bundle) []string {
	c, _ := b.ConfigMap("kubeadm-config")
	var doc struct {
		Etcd struct {
			External *struct {
				Endpoints []string `yaml:"endpoints"`
			} `yaml:"external"`
		} `yaml:"etcd"`
	}
	if err := yaml.Unmarshal([]byte(c.Data["ClusterConfiguration"]), &doc); err != nil || doc.Etcd.External == nil {
		return nil
	}
	return doc.Etcd.External.Endpoints
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
