package finding

// admissionCodes are of webhooks, PodSecurityPolicies and Pod Security levels.
func admissionCodes() []Code {
	return []Code{}
}
