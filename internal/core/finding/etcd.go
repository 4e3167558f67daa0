package finding

const (
	etcdUpgrades = "https://etcd.io/docs/latest/upgrades/"
	etcdRecovery = "https://etcd.io/docs/latest/op-guide/recovery/"
	etcdSpace    = "https://etcd.io/docs/latest/op-guide/maintenance/#space-quota"
	kubeadmEtcd  = "https://github.com/kubernetes/kubernetes/blob/v1.34.2/cmd/kubeadm/app/phases/upgrade/staticpods.go"
)

// etcdCodes are of the cluster's store.
func etcdCodes() []Code {
	return []Code{
		{"ETCD-001", Blocker, "A hop would take etcd over a version it must stop at",
			"From an etcd below the release named, the step to the next minor is not safe: in some clusters members that were removed long ago come back and the cluster loses its quorum.",
			"set etcd.local.imageTag in the ConfigMap kubeadm-config to the release named, run `kubeadm upgrade` to the version the cluster has, and clear the tag before the hop", "https://etcd.io/blog/2025/zombie_members_upgrade/"},
		{"ETCD-002", Blocker, "A hop brings an older etcd than the one that runs",
			"kubeadm would leave the members as they are and print that it skips them, and a control plane that joins later would start the older version. etcd itself does not go down a minor without its downgrade procedure.",
			"set etcd.local.imageTag in the ConfigMap kubeadm-config to the version that runs, or choose a patch release that brings one as new", kubeadmEtcd},
		{"ETCD-003", Warning, "The image tag of etcd is pinned",
			"ClusterConfiguration sets etcd.local.imageTag, so kubeadm takes that version at every hop and not the one the release was tested with.",
			"clear etcd.local.imageTag in the ConfigMap kubeadm-config before the hop that brings a newer etcd", kubeadmEtcd},
		{"ETCD-004", Blocker, "The pinned image tag of etcd is not usable",
			"The tag is no semantic version, and then `kubeadm upgrade apply` ends with an error, or it is older than the oldest etcd the release accepts. It is a warning where only the patch is older.",
			"set etcd.local.imageTag in the ConfigMap kubeadm-config to a version the release accepts, or clear it", kubeadmEtcd},
		{"ETCD-005", Blocker, "The external etcd is older than the release accepts",
			"kubeadm does not move an external etcd, and refuses one below its minimum when a control plane is set up or joins. It is a warning where only the patch is older.",
			"upgrade the external etcd first, one minor at a time", "https://kubernetes.io/docs/setup/production-environment/tools/kubeadm/high-availability/"},
		{"ETCD-006", Warning, "The version of etcd is not known",
			"Whether a hop is legal and safe for etcd cannot be said without the version that runs.",
			"ask each member: `etcdctl endpoint status --cluster -w table`", etcdUpgrades},
		{"ETCD-007", Warning, "Which etcd a hop brings is not known",
			"Fixline knows the etcd of the kubeadm releases it has read, and of no other distribution. It is information where the neighbouring releases are known.",
			"look at SupportedEtcdVersion in constants.go of that release, or at the notes of the distribution", ""},
		{"ETCD-008", Blocker, "An etcd member is not ready",
			"kubeadm refuses to upgrade while etcd is not healthy, and each restart takes one more member away.",
			"bring the member back, or remove it, before anything restarts: `etcdctl endpoint health --cluster`", etcdRecovery},
		{"ETCD-009", Warning, "The number of etcd members leaves nothing to spare",
			"A member is away while it restarts. With one or two members that stops the API; an even number stands no more failures than the odd one below it.",
			"plan for the API to be away while a member restarts, or go to three members before the upgrade", "https://etcd.io/docs/latest/faq/#why-an-odd-number-of-cluster-members"},
		{"ETCD-010", Warning, "etcd members run different versions",
			"An upgrade of etcd was left half way. The cluster works at the level of the oldest member.",
			"finish the upgrade of the older members first: `kubeadm upgrade node` on their hosts", etcdUpgrades},
		{"ETCD-011", Blocker, "The database of etcd is at its quota",
			"At 95 % or more. At the quota etcd takes no more writes, and an upgrade writes.",
			"compact and defragment member by member, then look again; raise --quota-backend-bytes only with the memory for it", etcdSpace},
		{"ETCD-012", Warning, "The database of etcd is near its quota",
			"At 80 % or more. An upgrade writes every migrated object once more.",
			"compact and defragment member by member before the upgrade", etcdSpace},
		{"ETCD-013", Info, "What only etcd itself shows was not read",
			"Alarms, learners and whether the members agree are not in the Kubernetes API, so nothing is said about them.",
			"`etcdctl alarm list`, `etcdctl member list -w table` and `etcdctl endpoint status --cluster -w table` before the upgrade", etcdRecovery},
		{"ETCD-014", Info, "etcd images come from a repository of your own",
			"kubeadm asks that repository for the tag it brings, and waits for an image that is not there.",
			"have the image named in that repository before the hop", "https://kubernetes.io/docs/reference/config-api/kubeadm-config.v1beta4/"},
	}
}
