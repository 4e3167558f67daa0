package finding

const (
	disruptions   = "https://kubernetes.io/docs/concepts/workloads/pods/disruptions/"
	budgets       = "https://kubernetes.io/docs/tasks/run-application/configure-pdb/"
	drainNode     = "https://kubernetes.io/docs/tasks/administer-cluster/safely-drain-node/"
	evictionAPI   = "https://kubernetes.io/docs/concepts/scheduling-eviction/api-eviction/"
	unhealthyPods = budgets + "#unhealthy-pod-eviction-policy"
)

// disruptionCodes are of what a drain would disturb.
func disruptionCodes() []Code {
	return []Code{
		{"DRAIN-001", Blocker, "A PodDisruptionBudget never allows an eviction",
			"It wants as many pods as there are, so a drain of any node that runs one of them waits for ever, also when every pod is healthy.",
			"add a replica, or lower minAvailable (raise maxUnavailable) by one for the time of the upgrade", budgets},
		{"DRAIN-002", Warning, "A PodDisruptionBudget allows no eviction now",
			"Some of its pods are not healthy. A drain waits until they are.",
			"bring its pods back to health before the nodes are drained", budgets},
		{"DRAIN-003", Warning, "Unhealthy pods that a drain cannot evict",
			"Fewer pods are healthy than their PodDisruptionBudget wants, and its unhealthyPodEvictionPolicy is not AlwaysAllow: then not even the broken pods may be evicted, and a drain waits until somebody mends them.",
			"mend the pods, or set unhealthyPodEvictionPolicy: AlwaysAllow", unhealthyPods},
		{"DRAIN-004", Blocker, "Several PodDisruptionBudgets select one pod",
			"The eviction API refuses such a pod with an internal error (500), whatever the budgets allow, so a drain of its node never ends.",
			"narrow the selectors so that each pod has one budget, or delete the one that is not wanted", evictionAPI},
		{"DRAIN-005", Info, "A PodDisruptionBudget selects no pod",
			"It protects nothing and blocks nothing: its workload has no pods, its selector is wrong, or it has none (policy/v1 then selects none; an empty one selects every pod of the namespace).",
			"correct the selector, or delete the budget", budgets},
		{"DRAIN-006", Warning, "Workloads with one replica will be away while they move",
			"The only pod ends before its successor starts elsewhere.",
			"scale to two for the time of the upgrade, or tell the owners when it happens", disruptions},
		{"DRAIN-007", Warning, "Pods with emptyDir volumes lose what is in them",
			"`kubectl drain` refuses such a node unless it is given --delete-emptydir-data, and the data is gone.",
			"make sure nothing in these volumes must stay, and drain with --delete-emptydir-data", drainNode},
		{"DRAIN-008", Warning, "Pods are bound to one node",
			"A volume on the node's own disk, or a selector that names the node, keeps the pod from any other: it waits until the node is back. It is information where only a hostPath is used, whose content stays behind.",
			"plan for these pods to be away while their node is, and keep the node's disk", "https://kubernetes.io/docs/concepts/storage/volumes/#local"},
		{"DRAIN-009", Warning, "Pods without a controller will not come back",
			"`kubectl drain` refuses such a node unless it is given --force, and nothing starts the pod elsewhere.",
			"delete them, or run them by a Deployment, Job or StatefulSet, before the node is drained", drainNode},
		{"DRAIN-010", Warning, "A drain needs the operator of a database or store to move first",
			"An operator keeps the PodDisruptionBudget, and opens it only when it has moved a primary, rebuilt a replica or rebalanced data.",
			"let the operator move it as its manual says, one node at a time, and wait for it between nodes", disruptions},
		{"DRAIN-011", Warning, "The pods of a node do not fit on the others",
			"Summed up, the other schedulable nodes have less free than the pods of this node request: some stay Pending while it is drained. Whether the pieces fit, affinities and spread constraints are not judged.",
			"add a node to the pool for the time of the upgrade, or scale something down", drainNode},
		{"DRAIN-012", Warning, "A node is cordoned already",
			"Nothing is scheduled there, so there is less room than it seems, and whoever cordoned it may have a reason.",
			"find out why, and uncordon it or finish that work first: `kubectl uncordon`", drainNode},
		{"DRAIN-013", Blocker, "A node is not ready",
			"Its kubelet does not answer: pods there cannot be ended properly and a drain waits. kubeadm refuses to upgrade while a control-plane node is not ready. It is a warning for a worker.",
			"bring the node back, or remove it from the cluster", "https://kubernetes.io/docs/reference/setup-tools/kubeadm/kubeadm-upgrade/"},
		{"DRAIN-014", Warning, "What a drain would disturb is not all known",
			"Something was not read, or not readable, that decides whether a node can be drained.",
			"give Fixline the right to list what the message names, or add its file to the recording", disruptions},
	}
}
