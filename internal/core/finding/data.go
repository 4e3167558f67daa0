package finding

// dataCodes are of the facts Fixline judges by.
func dataCodes() []Code {
	return []Code{
		{"DATA-001", Warning, "The catalogue is stale",
			"The advisories were read through a day too long ago. What was published since is not known here.",
			"update: `fixline advisories update`, or import a newer file where there is no network", ""},
	}
}
