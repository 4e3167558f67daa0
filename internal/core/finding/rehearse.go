package finding

// rehearseCodes are of rehearsals: the target's control plane on a copy of the
// cluster's data.
func rehearseCodes() []Code {
	const upgrade = "https://kubernetes.io/docs/tasks/administer-cluster/cluster-upgrade/"
	return []Code{
		{"REHEARSE-001", Blocker, "The API server of the target does not start",
			"With the flags, keys and data of this cluster it ended, or was not ready in time. On the first control plane of the upgrade the same would happen.",
			"take out of the static pod and the kubeadm configuration what its message names, and rehearse again", upgrade},
		{"REHEARSE-002", Blocker, "A stored object cannot be read at the target",
			"The API server of the target finds it in etcd and cannot decode it, or cannot list its resource. Lists of the resource and everything that watches it may fail with it.",
			"read the object with the version that runs now and write it anew, or delete it, before the upgrade", "https://kubernetes.io/docs/concepts/overview/working-with-objects/storage-version/"},
		{"REHEARSE-003", Blocker, "The target lists another number of objects than are stored",
			"At one revision etcd holds more or fewer objects of a resource than the API server of the target lists.",
			"compare the keys in etcd with the list of the version that runs now before the upgrade", ""},
		{"REHEARSE-004", Blocker, "Objects are stored of a resource that the target does not serve",
			"They stay in etcd and nobody can read, change or delete them any more. It is a warning where it is not known to be served today.",
			"move the objects to the resource that replaces theirs, or delete them, while the version that runs now can still read them", "https://kubernetes.io/docs/reference/using-api/deprecation-guide/"},
		{"REHEARSE-005", Warning, "Objects change when they are written back",
			"The target fills in, drops or changes fields of an object that is read and written without a change, or reads it otherwise than today's version does. The first controller that touches it makes the change.",
			"look at the fields named, and at who relies on them", ""},
		{"REHEARSE-006", Blocker, "An object cannot be written back at the target",
			"The target refuses an object of this cluster as it is stored, so every controller and deployment that updates it fails. It is a warning where it is not known whether today's version accepts it, and information where that refuses it too.",
			"correct the object as the message says before the upgrade", ""},
		{"REHEARSE-007", Blocker, "Who may do what changes with the target",
			"The same question about a subject and a verb is answered differently. It is a warning for subjects of Kubernetes itself, whose roles each release brings.",
			"look at the roles and bindings of the subject, and at the authorizers, before the upgrade", "https://kubernetes.io/docs/reference/access-authn-authz/rbac/#auto-reconciliation"},
		{"REHEARSE-008", Blocker, "The target admits what must be refused",
			"An admission policy or Pod Security refuses it today, or must by its label, and at the target it passes.",
			"look at the policies, their bindings and the labels of the namespace, and at what the release says of them, before the upgrade", "https://kubernetes.io/docs/concepts/security/pod-security-admission/"},
		{"REHEARSE-009", Warning, "The target refuses what is admitted today",
			"The same request passes on today's version. Workloads that are made anew may be refused after the upgrade.",
			"compare the message with what the release changes, and correct the workload or the policy", ""},
		{"REHEARSE-010", Blocker, "An API version that clients write objects in is not served at the target",
			"The objects name it as what somebody last wrote them through. Whoever still does fails after the upgrade. It is a warning where it is not known to be served today, and information where it is not.",
			"move the client named to an API version the target serves: `fixline scan --target VERSION`", "https://kubernetes.io/docs/reference/using-api/deprecation-guide/"},
		{"REHEARSE-011", Info, "A part of the cluster was not rehearsed",
			"What calls other programs is left out of a rehearsal, and so is what their answers decide.",
			"test it where it runs, right after the first control plane was upgraded", ""},
		{"REHEARSE-012", Warning, "A check of the rehearsal gave no answer",
			"It is not known whether what it looks at holds at the target.",
			"see why, and rehearse again", ""},
	}
}
