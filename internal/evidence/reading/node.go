package reading

import "github.com/fixline-dev/fixline/internal/evidence"

// nodeOS is linux, windows or "" where the node does not say.
func nodeOS(n evidence.Node) string {
	if os := n.Labels["kubernetes.io/os"]; os != "" {
		return os
	}
	return n.Status.NodeInfo.OperatingSystem
}

// nodePool is the pool as the provider's or Karpenter's label names it.
func nodePool(n evidence.Node) string {
	for _, label := range []string{
		"eks.amazonaws.com/nodegroup", "cloud.google.com/gke-nodepool", "kubernetes.azure.com/agentpool", "karpenter.sh/nodepool",
	} {
		if pool := n.Labels[label]; pool != "" {
			return pool
		}
	}
	return ""
}

// controlPlaneNode reports the role kubeadm, k3s and RKE2 label. The value is
// "" or "true"; master is the name before 1.24.
func controlPlaneNode(n evidence.Node) bool {
	for _, label := range []string{"node-role.kubernetes.io/control-plane", "node-role.kubernetes.io/master"} {
		if _, ok := n.Labels[label]; ok {
			return true
		}
	}
	return false
}
