package finding

// skewCodes are of the version-skew policy.
func skewCodes() []Code {
	return []Code{
		{"SKEW-001", Blocker, "API servers are more than one minor apart",
			"kube-apiserver instances may be at most one minor apart.",
			"move the older API servers first", skewPolicy + "#kube-apiserver"},
		{"SKEW-002", Blocker, "A kubelet is outside the version-skew policy",
			"A kubelet may not be newer than the API servers, and at most three minors older (two if it is itself below 1.25).",
			"move the component the message names, before anything else moves", skewPolicy + "#kubelet"},
		{"SKEW-003", Blocker, "A controller-manager or scheduler is outside the version-skew policy",
			"kube-controller-manager, kube-scheduler and cloud-controller-manager may not be newer than the API servers they talk to, and at most one minor older.",
			"move the component the message names, before anything else moves", skewPolicy + "#kube-controller-manager-kube-scheduler-and-cloud-controller-manager"},
		{"SKEW-004", Blocker, "A kube-proxy is outside the version-skew policy",
			"kube-proxy may not be newer than the API servers, at most three minors older, and at most three minors from its node's kubelet either way (two if it is itself below 1.25).",
			"move the component the message names, before anything else moves", skewPolicy + "#kube-proxy"},
		{"SKEW-005", Warning, "A kubectl is outside the version-skew policy",
			"kubectl may be one minor newer or older than the API servers. It is a client: the cluster itself is not in danger.",
			"install a kubectl of the cluster's minor on that host", skewPolicy + "#kubectl"},
		{"SKEW-006", Info, "A component is at the last legal version",
			"One more step of the API servers would make this component illegal.",
			"move it before the API servers' next minor", skewPolicy},
		{"SKEW-007", Info, "Version skew cannot be judged for a component",
			"Its own version, or that of what it is compared with, could not be read.",
			"provide the version: the gaps of the coverage say what was not readable", skewPolicy},
		{"SKEW-008", Blocker, "etcd members are more than one minor apart",
			"Members of one etcd cluster may be one minor apart, and only during an upgrade.",
			"bring the older members to the minor of the newer ones", "https://etcd.io/docs/latest/upgrades/"},
		{"SKEW-009", Blocker, "A step would skip a minor of the API server",
			"kube-apiserver moves one minor at a time, also where there is only one of it, and never down.",
			"go by way of the minor between", skewPolicy + "#kube-apiserver"},
		{"SKEW-010", Blocker, "A step would skip a minor of etcd",
			"etcd moves one minor at a time: its data is migrated from one to the next.",
			"go by way of the minor between", "https://etcd.io/docs/latest/upgrades/"},
	}
}
