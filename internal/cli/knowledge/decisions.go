package knowledge

import (
	"fmt"

	"github.com/fixline-dev/fixline/internal/catalog"
	"github.com/fixline-dev/fixline/internal/cli/exit"
	"github.com/fixline-dev/fixline/internal/cli/factory"
	"github.com/fixline-dev/fixline/internal/core/policy"
	"github.com/fixline-dev/fixline/internal/policyfile"
)

// decisions are what a team decided: deadlines, margins, accepted risks.
func (o *Options) decisions(facts *Facts) error {
	var err error
	if facts.Policy, err = policyfile.DefaultPolicy(); err != nil {
		return err
	}
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

// resolve gives each accepted risk the name the catalogue knows its advisory
// by. An entry of no known advisory accepts nothing, and that is said.
func resolve(f *factory.Factory, c *catalog.Catalog, accepted []policy.Acceptance) {
	for i := range accepted {
		if accepted[i].Finding != "" {
			continue
		}
		if a, ok := c.Advisory(accepted[i].Advisory); ok {
			accepted[i].Advisory = a.ID
			continue
		}
		f.IO.Notef("warning: the ignore file accepts %s, which is no advisory the catalogue knows", accepted[i].Advisory)
	}
}
