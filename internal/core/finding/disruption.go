package finding

// disruptionCodes are of what a drain would disturb.
func disruptionCodes() []Code {
	return []Code{}
}
