package finding

import "slices"

// Found is one finding of a registered code about one thing of a cluster.
type Found struct {
	Code     string
	Severity Severity
	Object   string // "Node/w1", "PodDisruptionBudget/shop/web"
	Message  string // what is the case here, one sentence without a full stop
	Remedy   string // what to do, the code's own where nothing better is known
	Evidence []string
}

// New is a Found of a registered code, with the severity and the remedy of the
// code. Whoever knows a better remedy sets it afterwards; the severity may only
// be lowered.
func New(code, object, message string, evidence ...string) Found {
	c := Lookup(code)
	return Found{Code: code, Severity: c.Severity, Object: object, Message: message, Remedy: c.Remedy, Evidence: evidence}
}

// Unread reports whether f says that something the cluster's API would show was
// not read, or that facts are lacking, so that an answer without other findings
// is no clean one. What only hosts show is listed, and nobody has to have asked
// there; what is information alone decides nothing.
func (f Found) Unread() bool {
	return f.Severity != Info && slices.Contains([]string{
		"ADM-005", "ADM-013", "CRD-008", "CRD-011", "ADDON-006", "DRAIN-014", "ETCD-006", "ETCD-007", "SET-016", "SET-026",
	}, f.Code)
}
