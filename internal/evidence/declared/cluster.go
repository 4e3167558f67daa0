package declared

import (
	"fmt"
	"strings"

	"github.com/fixline-dev/fixline/internal/core/inventory"
	"github.com/fixline-dev/fixline/internal/core/version"
	"github.com/fixline-dev/fixline/internal/strict"
)

const source = "inventory"

// cluster reads one ClusterInventory; mistakes are noted at n.
func cluster(n *strict.Node) inventory.Cluster {
	if !header(n) {
		return inventory.Cluster{}
	}
	n.Fields("apiVersion", "kind", "metadata", "spec")
	metadata := n.Get("metadata").Fields("name", "owner")
	spec := n.Get("spec").Fields("environment", "exposure", "provider", "available", "components", "facts")
	c := inventory.Cluster{
		Name:        metadata.Get("name").Required(),
		Owner:       metadata.Get("owner").Text(),
		Environment: spec.Get("environment").Enum("development", "staging", "production"),
		Provider:    spec.Get("provider").Enum("kubeadm", "eks", "gke", "aks", "rke2", "k3s", "other"),
		Instances:   instances(spec.Get("components")),
		Facts:       facts(spec.Get("facts")),
	}
	exposure := spec.Get("exposure").Fields("connected", "holds")
	connected, said := exposure.Get("connected").Bool()
	c.Connected = connected || !said
	c.Holds = exposure.Get("holds").Texts()
	c.Available, c.AvailableSource = available(spec.Get("available"))
	c.Provider, c.ProviderEvidence = provider(c)
	c.Gaps = gaps(c)
	return c
}

// header checks what the object is before anything in it is read as fields.
func header(n *strict.Node) bool {
	if n.Kind() != strict.Map {
		n.Report("is no ClusterInventory: expected a map", example)
		return false
	}
	apiVersion, kind := n.Get("apiVersion"), n.Get("kind")
	switch {
	case kind.Text() == "":
		kind.Report("is required", "write kind: "+Kind)
	case kind.Text() != Kind:
		kind.Report(fmt.Sprintf("%q is not a %s", kind.Text(), Kind), "an inventory file holds kind: "+Kind)
	case apiVersion.Text() != APIVersion:
		apiVersion.Report(fmt.Sprintf("%q is not understood", apiVersion.Text()), "write apiVersion: "+APIVersion)
	default:
		return true
	}
	return false
}

// available: an empty list says that nothing is offered, no list that nobody said.
func available(n *strict.Node) ([]version.Version, string) {
	if n.Kind() == strict.Absent || n.Kind() == strict.Null {
		return nil, ""
	}
	out := []version.Version{}
	for _, item := range n.Items() {
		if v, err := version.ParsePackage("kubeadm", item.Text()); err != nil {
			item.Report(err.Error(), `write each version in full, such as "1.34.4"`)
		} else {
			out = append(out, v)
		}
	}
	return out, source
}

// provider is what was declared, else what a version's suffix gives away.
func provider(c inventory.Cluster) (name, evidence string) {
	if c.Provider != "" {
		return c.Provider, "declared in the inventory"
	}
	for _, i := range c.Instances {
		for _, p := range [...]struct{ mark, name string }{{"eks-", "eks"}, {"gke.", "gke"}, {"rke2r", "rke2"}, {"k3s", "k3s"}} {
			if i.Version.Kind() == version.Vendor && strings.HasPrefix(i.Version.Suffix(), p.mark) {
				return p.name, fmt.Sprintf("version %s of %s", i.Version, i.Component)
			}
		}
	}
	return "unknown", "not declared in the inventory"
}

// gaps are what an inventory by its nature does not show, or this one left out.
func gaps(c inventory.Cluster) []inventory.Gap {
	out := []inventory.Gap{{Check: "roles and bindings", Reason: "an inventory does not declare RBAC"},
		{Check: "Pod Security levels of namespaces", Reason: "an inventory does not declare namespaces"}}
	add := func(missing bool, check, reason string) {
		if missing {
			out = append(out, inventory.Gap{Check: check, Reason: reason})
		}
	}
	for _, name := range [...]string{inventory.KubeAPIServer, inventory.Kubelet, inventory.Etcd} {
		add(!declares(c, name), "version of "+name, "no "+name+" is declared")
	}
	add(!declares(c, inventory.Containerd) && !declares(c, inventory.CRIO), "version of the container runtime", "no container runtime is declared")
	add(len(c.Facts.Settings) == 0, "flags and feature gates", "the inventory declares none under facts")
	add(len(c.Facts.Uses) == 0, "what the cluster's objects use", "the inventory declares nothing under facts.uses")
	return out
}

func declares(c inventory.Cluster, component string) bool {
	for _, i := range c.Instances {
		if i.Component == component {
			return true
		}
	}
	return false
}
