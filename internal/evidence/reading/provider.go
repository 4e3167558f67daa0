package reading

import (
	"fmt"
	"strings"

	"github.com/fixline-dev/fixline/internal/evidence"
)

// sign is one mark of a provider on a node, a version or an object.
type sign struct {
	provider string
	found    func(b *evidence.Bundle) string // the evidence, "" = not found
}

// signs in order of how surely they tell. A cloud's machine alone is no sign
// of its managed service: kubeadm runs there as well.
func signs() []sign {
	return []sign{
		{"rke2", versionSign("+rke2")},
		{"k3s", versionSign("+k3s")},
		{"eks", versionSign("-eks-")},
		{"gke", versionSign("-gke.")},
		{"eks", labelSign("eks.amazonaws.com/")},
		{"gke", labelSign("cloud.google.com/gke-")},
		{"aks", labelSign("kubernetes.azure.com/cluster")},
		{"rke2", labelSign("rke2.io/")},
		{"k3s", labelSign("k3s.io/")},
		{"kubeadm", kubeadmConfig},
		{"kubeadm", kubeadmPods},
		{"aks", labelSign("kubernetes.azure.com/")},
		{"eks", managedMachines("aws://")},
		{"gke", managedMachines("gce://")},
		{"aks", managedMachines("azure://")},
	}
}

// provider is who runs the control plane, and the sign it was told by.
func provider(b *evidence.Bundle) (name, by string) {
	for _, s := range signs() {
		if by := s.found(b); by != "" {
			return s.provider, by
		}
	}
	return "unknown", "no sign of kubeadm, EKS, GKE, AKS, RKE2 or k3s was found"
}

func versionSign(mark string) func(*evidence.Bundle) string {
	return func(b *evidence.Bundle) string {
		if strings.Contains(b.Version.GitVersion, mark) {
			return "/version is " + b.Version.GitVersion
		}
		for _, n := range b.Nodes {
			if v := n.Status.NodeInfo.KubeletVersion; strings.Contains(v, mark) {
				return fmt.Sprintf("kubelet version %s of node %s", v, n.Name)
			}
		}
		return ""
	}
}

func labelSign(prefix string) func(*evidence.Bundle) string {
	return func(b *evidence.Bundle) string {
		for _, n := range b.Nodes {
			for _, labels := range []map[string]string{n.Labels, n.Annotations} {
				for _, name := range sortedKeys(labels) {
					if strings.HasPrefix(name, prefix) {
						return fmt.Sprintf("label or annotation %s of node %s", name, n.Name)
					}
				}
			}
		}
		return ""
	}
}

func kubeadmConfig(b *evidence.Bundle) string {
	if _, ok := b.ConfigMap("kubeadm-config"); ok {
		return "kubeadm-config ConfigMap in kube-system"
	}
	return ""
}

func kubeadmPods(b *evidence.Bundle) string {
	pods := b.Pods
	for _, host := range sortedKeys(b.Hosts) {
		pods = append(pods[:len(pods):len(pods)], b.Hosts[host].StaticPods...)
	}
	for _, p := range pods {
		for _, name := range sortedKeys(p.Annotations) {
			if strings.HasPrefix(name, "kubeadm.kubernetes.io/") {
				return fmt.Sprintf("annotation %s of pod %s", name, p.Name)
			}
		}
	}
	return ""
}

// managedMachines: machines of a cloud, and no control plane among the nodes.
func managedMachines(scheme string) func(*evidence.Bundle) string {
	return func(b *evidence.Bundle) string {
		if !b.Was(evidence.Pods) || len(b.Nodes) == 0 {
			return ""
		}
		for _, p := range b.Pods {
			if p.Static() && p.Namespace == "kube-system" && strings.HasPrefix(p.Name, "kube-apiserver") {
				return ""
			}
		}
		for _, n := range b.Nodes {
			if controlPlaneNode(n) || !strings.HasPrefix(n.Spec.ProviderID, scheme) {
				return ""
			}
		}
		return fmt.Sprintf("every node has a providerID %s... and none has the control-plane role", scheme)
	}
}
