package policyfile

import (
	"fmt"
	"slices"

	"github.com/fixline-dev/fixline/internal/core/kubeadm"
	"github.com/fixline-dev/fixline/internal/core/policy"
	"github.com/fixline-dev/fixline/internal/strict"
)

// preflight are the checks whose errors may be ignored: each says who answers
// for it and why.
func preflight(n *strict.Node) []policy.Preflight {
	var out []policy.Preflight
	for _, item := range n.Items() {
		item.Fields("check", "owner", "reason")
		e := policy.Preflight{Check: item.Get("check").Required(), Owner: item.Get("owner").Required(), Reason: item.Get("reason").Required()}
		if err := kubeadm.Preflight(e.Check); err != nil && e.Check != "" {
			item.Get("check").Report(err.Error(), "write it as kubeadm does where it fails: [ERROR SystemVerification]")
		}
		if slices.ContainsFunc(out, func(have policy.Preflight) bool { return kubeadm.SamePreflight(have.Check, e.Check) }) {
			item.Get("check").Report(fmt.Sprintf("%q is there already", e.Check), "keep one entry, so that one owner answers for it")
		}
		out = append(out, e)
	}
	return out
}
