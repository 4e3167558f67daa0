package policy

import "github.com/fixline-dev/fixline/internal/core/kubeadm"

// PreflightKey is where a policy file lists [Policy.Preflight].
const PreflightKey = "kubeadm.ignorePreflightErrors"

// Preflight is a preflight check of kubeadm whose errors a plan may ignore,
// where whoever makes the plan asks for it by name. Owner answers for it.
type Preflight struct{ Check, Owner, Reason string }

// MayIgnore is the entry that allows to ignore the errors of a preflight check;
// not ok where there is none: by default nothing is ignored.
func (p Policy) MayIgnore(check string) (Preflight, bool) {
	for _, e := range p.Preflight {
		if kubeadm.SamePreflight(e.Check, check) && kubeadm.Preflight(check) == nil {
			return e, true
		}
	}
	return Preflight{}, false
}
