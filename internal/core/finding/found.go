package finding

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
