package removal

import "github.com/fixline-dev/fixline/internal/core/finding"

// Verdict is the one answer about one object (or, of metrics and audit lines,
// one resource), whatever the number of places it was seen in.
type Verdict struct {
	Code     string // API-001...
	Severity finding.Severity
	// Object is "Ingress/ns/name", "Ingress/name" without a namespace, or
	// "ingresses.extensions" of requests.
	Object string
	// Use is the strongest place; Also are the others, strongest first.
	Use  Use
	Also []Use
	// Judgement of the API version of Use.
	Judgement Judgement
	// Message is one sentence about this object, Remedy what to do.
	Message, Remedy string
}
