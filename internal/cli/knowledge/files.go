package knowledge

import (
	"fmt"
	"time"

	"github.com/fixline-dev/fixline/internal/catalog"
	"github.com/fixline-dev/fixline/internal/catalog/source"
	"github.com/fixline-dev/fixline/internal/cli/exit"
	"github.com/fixline-dev/fixline/internal/cli/factory"
	"github.com/fixline-dev/fixline/internal/policyfile"

	"github.com/fixline-dev/fixline/internal/core/policy"
)

// join puts what a file, folder or zip says on top of c.
func join(f *factory.Factory, c *catalog.Catalog, path string) (*catalog.Catalog, source.Loaded, error) {
	loaded, err := source.Open(path, today(f))
	if err != nil {
		return nil, source.Loaded{}, exit.BadInput(err)
	}
	for _, w := range loaded.Warnings {
		f.IO.Notef("warning: %s", w)
	}
	c, err = With(c, loaded)
	return c, loaded, err
}

// With merges what was read into a catalogue by the rules of package claim;
// what a person wrote by hand is laid over the outcome.
func With(c *catalog.Catalog, loaded source.Loaded) (*catalog.Catalog, error) {
	out, err := c.With(loaded.Claims)
	if err != nil {
		return nil, exit.BadInput(err)
	}
	for _, written := range loaded.Written {
		for i := range out.Advisories {
			if out.Advisories[i].ID == written.Claim.CVE {
				written.Overlay(&out.Advisories[i])
			}
		}
	}
	return out, nil
}

func today(f *factory.Factory) time.Time { return f.Now().UTC().Truncate(24 * time.Hour) }

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
