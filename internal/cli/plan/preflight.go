package plan

import (
	"slices"
	"strings"

	"github.com/fixline-dev/fixline/internal/cli/exit"
	"github.com/fixline-dev/fixline/internal/core/kubeadm"
	"github.com/fixline-dev/fixline/internal/core/plan"
	"github.com/fixline-dev/fixline/internal/core/policy"
)

// ignored are the preflight checks of the command line with who allowed each; one
// that the policy does not allow is a mistake.
func (o *Options) ignored(p policy.Policy) ([]plan.IgnoredCheck, error) {
	var out []plan.IgnoredCheck
	for _, name := range o.IgnorePreflight {
		name = strings.TrimSpace(name)
		if err := kubeadm.Preflight(name); err != nil {
			return nil, exit.Usagef("--ignore-preflight-errors: %w", err)
		}
		entry, ok := p.MayIgnore(name)
		if !ok {
			return nil, exit.WithHint(exit.Usagef("--ignore-preflight-errors: the policy does not allow to ignore %s", name),
				"close what the check finds; or add to %s in the file of --policy: {check: %s, owner: WHO, reason: WHY}", policy.PreflightKey, name)
		}
		if !slices.ContainsFunc(out, func(have plan.IgnoredCheck) bool { return have.Check == entry.Check }) {
			out = append(out, plan.IgnoredCheck{Check: entry.Check, Owner: entry.Owner, Reason: entry.Reason})
		}
	}
	return out, nil
}
