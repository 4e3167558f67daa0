package finding

// readCodes are of how the evidence was read.
func readCodes() []Code {
	return []Code{
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
	}
}
