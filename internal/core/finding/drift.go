package finding

// driftCodes are of members of one role that differ.
func driftCodes() []Code {
	return []Code{
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
	}
}
