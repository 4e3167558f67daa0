package finding

// hostCodes are of the machines.
func hostCodes() []Code {
	return []Code{
		{"HOST-001", Warning, "Kubernetes packages of a host are not held",
			"Any upgrade of the host's packages may move kubeadm, kubelet or kubectl on its own, out of order and past the version-skew policy.",
			"hold them: `apt-mark hold kubeadm kubelet kubectl`, or with dnf `exclude=` in the repository or versionlock", "https://kubernetes.io/docs/setup/production-environment/tools/kubeadm/install-kubeadm/"},
		{"HOST-002", Warning, "A host installs updates by itself, and Kubernetes packages are not held",
			"The next automatic run may move kubeadm, kubelet or kubectl without anybody having decided it.",
			"hold the packages, or leave them out of the automatic updates", "https://kubernetes.io/docs/setup/production-environment/tools/kubeadm/install-kubeadm/"},
		{"HOST-003", Info, "A newer patch release is offered than runs",
			"The API says which kubelet runs, the host's package source what it offers: these are two claims, and they differ.",
			"nothing, unless an advisory or the target of the assessment names the newer release", ""},
		{"HOST-004", Warning, "A host reads packages of another minor than it runs",
			"Each repository of Kubernetes packages holds one minor. No patch release of what runs can be installed from the one that is configured.",
			"point the package source at the minor the next step needs", "https://kubernetes.io/docs/tasks/administer-cluster/kubeadm/change-package-repository/"},
		{"HOST-005", Warning, "A host's clock is off",
			"Certificates, leases and tokens are judged by the clock of each host; etcd warns of more than a second between its members.",
			"synchronize the clock of the host (chrony, systemd-timesyncd)", "https://etcd.io/docs/latest/op-guide/hardware/"},
		{"HOST-006", Warning, "A certificate on a host has expired",
			"Whatever checks it refuses the connection. Some are not checked (a kubelet's self-signed serving certificate) or not in use any more.",
			"renew it: `kubeadm certs renew`, or let the kubelet rotate its own; remove it where nothing uses it", "https://kubernetes.io/docs/tasks/administer-cluster/kubeadm/kubeadm-certs/"},
		{"HOST-007", Warning, "A certificate on a host is about to expire",
			"It ends within 30 days. kubeadm renews the certificates it made at every upgrade; one that gets this old was missed.",
			"upgrade before that day, or renew it: `kubeadm certs renew`", "https://kubernetes.io/docs/tasks/administer-cluster/kubeadm/kubeadm-certs/"},
		{"HOST-008", Info, "Security updates of the operating system wait on a host",
			"The package lists on the host name newer versions from a security source. They may restart or replace what the maintenance relies on.",
			"install them in the same maintenance, or decide to leave them", ""},
	}
}
