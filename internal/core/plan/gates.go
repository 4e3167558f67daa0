package plan

import "strings"

// Gates: what must hold before or after a step, as plans say it. An executor
// knows these, and [GateKubeadm]; a plan with another cannot be carried out.
const (
	GateHealthy      = "every API server answers /readyz"
	GateEtcdHealthy  = "every etcd member is healthy and all agree on a leader"
	GateNodesReady   = "every node that was Ready at the start is Ready"
	GateNoRegression = "no security probe is worse than in the baseline"
	GateBackupProven = "the backup was restored once and holds the same objects"
	GateRehearsed    = "the target version's control plane was ready on the restored copy"
	GateEvictable    = "no disruption budget forbids to evict what runs on the node"
	GatePackageThere = "the package repository offers the version"
	GateProxyRolled  = "every kube-proxy and CoreDNS pod runs the new version and is Ready"
	GateNodeReady    = "the node is Ready and its kubelet reports the version"
	GatePodsBack     = "what was evicted runs again elsewhere, or its owner says why not"
)

// The gate of a kubeadm package says a version in the middle.
const gateKubeadm = "kubeadm version -o short says v"

// GateKubeadm is the version that a host's kubeadm has to be for a gate; not ok
// where the gate is another one.
func GateKubeadm(gate string) (version string, ok bool) { return strings.CutPrefix(gate, gateKubeadm) }

func gates(g ...string) []string { return g }
