package knowledge

import (
	"fmt"

	"github.com/fixline-dev/fixline/internal/cli/exit"
	"github.com/fixline-dev/fixline/internal/core/policy"
	"github.com/fixline-dev/fixline/internal/policyfile"
)

// decisions are what a team decided: deadlines, margins, accepted risks.
func (o *Options) decisions(facts *Facts) error {
	facts.Policy = policy.Default()
	if o.Policy != "" {
		p, err := policyfile.LoadPolicy(o.Policy)
		if err != nil {
			return exit.BadInput(fmt.Errorf("reading the policy: %w", err))
		}
		facts.Policy = p
	}
	for _, path := range o.Ignore {
		accepted, err := policyfile.LoadIgnore(path)
		if err != nil {
			return exit.BadInput(fmt.Errorf("reading the accepted risks: %w", err))
		}
		facts.Accepted = append(facts.Accepted, accepted...)
	}
	return nil
}
