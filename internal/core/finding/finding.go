// Package finding is the register of finding codes: stable names that scripts,
// ignore files and change records may rely on. A code is never reused and its
// severity never rises without a new one. It finds nothing itself. Start at
// [Lookup].
package finding

// Severity of a finding.
type Severity string

const (
	Blocker Severity = "blocker" // must be closed first
	Warning Severity = "warning" // must be known
	Info    Severity = "info"    // may be of use
)

// Rank orders severities from 0 (nothing found) to 3; what is no severity
// ranks highest, so that a mistake is never quiet.
func (s Severity) Rank() int {
	switch s {
	case "", "none":
		return 0
	case Info:
		return 1
	case Warning:
		return 2
	}
	return 3
}

// Code is one registered finding.
type Code struct {
	Code     string
	Severity Severity
	Title    string
	Means    string // what it says about the cluster, one or two sentences
	Remedy   string // what to do
	Source   string // URL of the rule it rests on, "" for Fixline's own
}

const (
	skewPolicy       = "https://kubernetes.io/releases/version-skew-policy/"
	deprecationGuide = "https://kubernetes.io/docs/reference/using-api/deprecation-guide/"
)

// All lists every code, in the order of the documentation.
func All() []Code {
	return []Code{
		{"SUPPORT-001", Warning, "The minor release is end of life",
			"The oldest API server runs a minor that gets no more fixes. What is found there stays open for good.",
			"upgrade to a supported minor; `fixline assess` names the way", "https://kubernetes.io/releases/patch-releases/"},
		{"SUPPORT-002", Warning, "The minor release is about to leave support",
			"The oldest API server's minor leaves support within the margin of the policy (14 days by default).",
			"plan the next minor now", "https://kubernetes.io/releases/patch-releases/"},
		{"SUPPORT-003", Warning, "A connected development cluster is outside the support window",
			"Development clusters hold credentials and deployment paths. One that is connected is part of the attack surface of what it can reach.",
			"upgrade it first, as the rehearsal of the others, or cut it off and declare `exposure: {connected: false}`", ""},
		{"SUPPORT-004", Warning, "A version is newer than the catalogue knows",
			"Nothing can be said about a release that is not in the catalogue: its verdicts are unknown, never clean.",
			"update the catalogue: `fixline advisories update` or a newer fixline", ""},
		{"SUPPORT-005", Warning, "A line of etcd or of a container runtime is end of life",
			"The line gets no more fixes from its project. A distribution may still maintain its own package of it.",
			"move to a supported line, or confirm that the distribution still maintains the package", "https://endoflife.date"},
		{"DRIFT-001", Warning, "Members of one role or pool run different versions",
			"Different versions in one role may be legal, but a fix then does not protect every member alike.",
			"bring every member to the target, and find out what moved some of them alone", ""},
		{"DRIFT-002", Warning, "The host's package and what runs differ",
			"The package on the host is another version than the one reported as running: installed and not restarted, or reported wrongly.",
			"restart the component on that host, then read again", ""},
		{"DRIFT-003", Warning, "A pod runs another image than its specification names",
			"What the kubelet reports as running differs from the pod's specification. The running version counts.",
			"find out why the container was not started again with the image it should have", ""},
		{"DRIFT-004", Info, "A component is rolling out",
			"A component is on its way to another version; not every node has it yet.",
			"wait for the rollout, or find out what holds it (kubectl -n kube-system rollout status)", ""},
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
		{"ADVISORY-001", Info, "The sources of an advisory disagree",
			"They name different versions, or a fix in a minor of which no earlier patch is named as affected. What they disagree on is unknown, the rest is judged.",
			"read what each source says, quoted with the advisory, and decide for the versions in question", ""},
		{"IGNORE-001", Warning, "An accepted advisory's acceptance has expired",
			"The ignore file accepted it until a day that has passed. It counts again.",
			"decide again: mitigate, or renew with owner, reason and expiry", ""},
		{"READ-001", Warning, "The API servers listed are not the one that answered",
			"/version names a version that no listed API server runs: one is missing from the list, or was replaced while it was read.",
			"read again; look for API servers that are no pods of kube-system", ""},
		{"READ-002", Info, "Control-plane hosts are offered different versions",
			"A version that one control-plane host's package source lacks does not count as available.",
			"bring the package sources of these hosts to the same state", ""},
		{"READ-003", Info, "Host facts of a machine that is no node",
			"There are facts of a host, but the cluster has no node of that name. They are listed, and belong to no node.",
			"name the folder after the node, or remove it", ""},
		{"READ-004", Info, "Another cluster's control plane runs here",
			"Containers of a Kubernetes control plane run outside kube-system: a hosted or virtual cluster. They are not judged as part of this one.",
			"assess that cluster by itself", ""},
		{"READ-005", Warning, "The API server answered with a warning",
			"Fixline requests nothing deprecated, so a warning header is a defect of this program or a policy of the cluster.",
			"report it with the text of the warning", ""},
		{"READ-006", Warning, "Clocks disagree",
			"The clock of an API server and that of the machine that collected differ by more than reading them can explain. Certificates are judged valid too early or too late, leases and tokens expire at the wrong moment, and times in the evidence cannot be compared.",
			"set the clock (chrony or systemd-timesyncd: `timedatectl`); where all hosts are off by the same, it is that of the machine that collected", ""},
		{"READ-007", Warning, "The evidence is younger than the day it is judged as of",
			"The bundle was finished after that day: the answer mixes the cluster of one day with the releases and advisories of an earlier one, or a clock was wrong.",
			"judge as of the day of the bundle or a later one: `--as-of`", ""},
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
		{"API-001", Blocker, "An API version is used that the target does not serve",
			"A manifest, a writer or a caller uses it. After the upgrade what it asks for is refused, and stored objects stay only where another version serves them.",
			"write the replacement before the upgrade, where the cluster serves it already; then apply, and let what writes or calls move with it", deprecationGuide},
		{"API-002", Blocker, "A Helm release holds an API version that the target does not serve",
			"Helm compares with the manifest it stored. Once the version is gone, the next `helm upgrade` or rollback of this release fails, whatever the live object looks like.",
			"before the upgrade: `helm upgrade` to a chart that writes the replacement; where there is none, rewrite the stored release with the mapkubeapis plugin", "https://helm.sh/docs/topics/kubernetes_apis/"},
		{"API-003", Warning, "A deprecated API version is used",
			"The target still serves it, and a later release does not.",
			"write the replacement, where the cluster serves it already", deprecationGuide},
		{"API-004", Warning, "A manifest names an API version that the target does not serve yet",
			"It was written for a newer release. Applying it at the target is refused.",
			"write the version the target serves, or apply it after a later upgrade", deprecationGuide},
		{"API-005", Info, "Only a trace of an old API version is left",
			"The last-applied annotation or an entry of managedFields is a copy of what was once written. Everybody who writes the object now does so in another version, or the old one is gone already.",
			"nothing for the upgrade; `kubectl apply` of a current manifest replaces the annotation", "https://kubernetes.io/docs/reference/using-api/server-side-apply/"},
		{"API-006", Warning, "An API version that the target does not serve was requested at some time",
			"The gauge apiserver_requested_deprecated_apis stays 1 from the first request until the API server's process ends, so it tells neither who nor when.",
			"read the audit log for the caller (annotation k8s.io/deprecated), or restart the API server and look again after a day", "https://kubernetes.io/blog/2020/09/03/warnings/"},
		{"API-007", Info, "Only callers that depend on no API version use an old one",
			"The garbage collector, backups and scanners read or write every version a server offers. They take what is left after the upgrade.",
			"nothing", "https://github.com/kubernetes/kubernetes/issues/106668"},
		{"API-008", Warning, "What becomes of an API version is not known",
			"Its group is one of Kubernetes, but the table holds no such version or kind, or it does not reach the target.",
			"look whether apiVersion and kind are written rightly, and whether a newer fixline knows the target", ""},
		{"API-009", Warning, "An add-on's API version is going away, and the add-on's version is not known",
			"A rule says in which version of the add-on it is deprecated or removed, and nobody said which version the cluster is to run.",
			"write the replacement the rule names, or say which version is meant", ""},
		{"API-010", Info, "A deprecated API without an announced removal is used",
			"It is served by every release that is known, and something newer exists.",
			"nothing for the upgrade; new manifests use the replacement", deprecationGuide},
		{"API-011", Info, "An API version is served only where it is switched on",
			"Alpha versions, and beta versions introduced since 1.24, are off unless every API server is told to serve them with --runtime-config.",
			"write a stable version, where the target serves one; else see that the flag survives the upgrade", "https://github.com/kubernetes/enhancements/tree/master/keps/sig-architecture/3136-beta-apis-off-by-default"},
		{"API-012", Warning, "A last-applied annotation holds an API version that the target does not serve",
			"It may be an old copy, or what somebody is going to apply again. Who writes the object now could not be read, so nobody can say which.",
			"find the manifest it came from and write the replacement there; reading managedFields (`kubectl get --show-managed-fields`) decides", "https://kubernetes.io/docs/reference/using-api/server-side-apply/"},
		{"API-013", Warning, "A file holds a request or answer of an API version that the target does not use",
			"AdmissionReview, TokenReview and their like are sent and never stored, so no object is lost. A program that still speaks the version stops working.",
			"find out whether it is test data or says what a webhook speaks, and move that program", deprecationGuide},
		{"SET-001", Blocker, "A component is given a flag that the target does not know",
			"A program that is given an unknown flag does not start: the hop ends with a control plane or a node that is down.",
			"remove or replace the flag where the finding says it is, before that hop", "https://kubernetes.io/docs/reference/using-api/deprecation-policy/#deprecating-a-flag-or-cli"},
		{"SET-002", Blocker, "A feature gate is set that the target does not know",
			"A component that is given an unknown feature gate does not start. Gates of stable features are removed some releases after they are locked.",
			"remove the gate from --feature-gates or featureGates before that hop", "https://kubernetes.io/docs/reference/command-line-tools-reference/feature-gates-removed/"},
		{"SET-003", Blocker, "A feature gate is set against the value the target has it locked to",
			"The component refuses the value and does not start. What the gate switched off can no longer be switched off, or the other way round.",
			"find out what depended on it, then remove the gate before that hop", "https://kubernetes.io/docs/reference/command-line-tools-reference/feature-gates/"},
		{"SET-004", Warning, "A feature gate is set that no longer does anything",
			"It is locked to the value it is set to. A later release removes it, and what still sets it does not start then.",
			"remove the gate with this upgrade", "https://kubernetes.io/docs/reference/command-line-tools-reference/feature-gates/"},
		{"SET-005", Info, "A feature gate is set to what has become its default",
			"It could be set to the other value, but what it is set to is what the target does anyway.",
			"remove the gate after the upgrade", "https://kubernetes.io/docs/reference/command-line-tools-reference/feature-gates/"},
		{"SET-006", Info, "Defaults of feature gates change on the way",
			"Whoever sets nothing gets another behaviour with that hop. The list is of the release, not of what this cluster uses.",
			"look through the list for what the cluster relies on", "https://kubernetes.io/docs/reference/command-line-tools-reference/feature-gates/"},
		{"SET-007", Blocker, "A setting has a value that the target refuses",
			"The flag or field still exists, but a component that is given this value does not start.",
			"change the value before that hop, as the finding says", "https://kubernetes.io/docs/reference/using-api/deprecation-policy/#deprecating-a-flag-or-cli"},
		{"SET-008", Blocker, "A node is on cgroup v1, which the target's kubelet refuses",
			"From 1.35 on the kubelet does not start on a host with cgroup v1 unless failCgroupV1: false is written down.",
			"move the node to an operating system with cgroup v2, or write failCgroupV1: false into kubelet-config and the node's own file before that hop", "https://kubernetes.io/docs/concepts/architecture/cgroups/"},
		{"SET-009", Warning, "A node is on cgroup v1 by an exception",
			"failCgroupV1: false keeps the kubelet running there. Support is to be removed altogether.",
			"move the node to an operating system with cgroup v2", "https://kubernetes.io/docs/concepts/architecture/cgroups/"},
		{"SET-010", Warning, "A container runtime is older than the target works well with",
			"The target still talks to it, but not everything works, or a later release will not.",
			"upgrade the runtime as the finding says", "https://containerd.io/releases/#kubernetes-support"},
		{"SET-011", Warning, "kube-proxy runs in a mode that is going away",
			"The mode is deprecated and a later release removes it.",
			"move to another mode, node by node, outside the upgrade itself", "https://kubernetes.io/docs/reference/networking/virtual-ips/#proxy-modes"},
		{"SET-012", Blocker, "kubeadm's configuration is of a form the target's kubeadm does not read",
			"An API version of kubeadm.k8s.io or one of its feature gates is gone: `kubeadm upgrade` and `kubeadm join` end with an error.",
			"`kubeadm config migrate` with the kubeadm the finding names, before that hop", "https://kubernetes.io/docs/reference/config-api/kubeadm-config.v1beta4/"},
		{"SET-013", Warning, "A setting is ignored or deprecated at the target",
			"The component starts with it, but it no longer does anything or will be removed.",
			"remove or replace it with this upgrade", "https://kubernetes.io/docs/reference/using-api/deprecation-policy/#deprecating-a-flag-or-cli"},
		{"SET-014", Warning, "A setting means something else at the target",
			"The component starts with it and behaves differently, or something beside it no longer holds.",
			"do what the finding says before that hop", "https://kubernetes.io/releases/"},
		{"SET-015", Warning, "What a component is started with is not fully known",
			"Its command line, its configuration or its node was not read, or in part. A flag or gate that would stop it is then not seen, so this is not a clean answer.",
			"collect from the hosts or with the kubelets' configz, then judge again", ""},
		{"SET-016", Warning, "The facts about settings end before the target",
			"What a release beyond them does to flags and feature gates is not known here.",
			"update fixline, and read the release's urgent upgrade notes", "https://github.com/kubernetes/kubernetes/tree/master/CHANGELOG"},
		{"SET-017", Warning, "A flag goes away that kubeadm removes where kubeadm wrote it",
			"The `kubeadm upgrade` of that hop takes it out of kubeadm-flags.env. The same flag in kubeletExtraArgs, in KUBELET_EXTRA_ARGS or in a systemd drop-in stays, and stops the kubelet.",
			"look for it in kubeletExtraArgs, /etc/default/kubelet and drop-ins before that hop", "https://github.com/kubernetes/kubernetes/pull/133778"},
		{"DATA-001", Warning, "The catalogue is stale",
			"The advisories were read through a day too long ago. What was published since is not known here.",
			"update: `fixline advisories update`, or import a newer file where there is no network", ""},
	}
}

// Lookup is the registered code. An unregistered one is a programming error
// that a test catches; it comes back with severity warning, never silent.
func Lookup(code string) Code {
	for _, c := range All() {
		if c.Code == code {
			return c
		}
	}
	return Code{Code: code, Severity: Warning, Title: "unregistered finding", Remedy: "report this as a defect of fixline"}
}
