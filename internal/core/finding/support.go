package finding

// supportCodes are of whether releases are supported.
func supportCodes() []Code {
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
	}
}
