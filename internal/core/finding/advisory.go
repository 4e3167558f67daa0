package finding

// advisoryCodes are of advisories and what was accepted of them.
func advisoryCodes() []Code {
	return []Code{
		{"ADVISORY-001", Info, "The sources of an advisory disagree",
			"They name different versions, or a fix in a minor of which no earlier patch is named as affected. What they disagree on is unknown, the rest is judged.",
			"read what each source says, quoted with the advisory, and decide for the versions in question", ""},
		{"IGNORE-001", Warning, "An accepted advisory's acceptance has expired",
			"The ignore file accepted it until a day that has passed. It counts again.",
			"decide again: mitigate, or renew with owner, reason and expiry", ""},
	}
}
