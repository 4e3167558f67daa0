// Package knowledge joins the facts a run judges by: the embedded catalogue,
// what the user imported, and the files of this run, as of one day. It decides
// which advisories count; what they say is the catalogue's business. It makes
// no network call. Start at [Options.Load].
package knowledge

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"github.com/fixline-dev/fixline/internal/catalog"
	"github.com/fixline-dev/fixline/internal/cli/factory"
	"github.com/fixline-dev/fixline/internal/cli/flags"
	"github.com/fixline-dev/fixline/internal/core/advisory"
	"github.com/fixline-dev/fixline/internal/core/assess"
	"github.com/fixline-dev/fixline/internal/core/policy"
	"github.com/fixline-dev/fixline/internal/core/skew"
	"github.com/fixline-dev/fixline/internal/core/support"
)

// Options are the flags that say which facts count.
type Options struct {
	AsOf     flags.Date
	Advisory []string // IDs or files
	Files    []string // --advisories
	Policy   string
	Ignore   []string
	// EmbeddedOnly leaves out what the user imported, so that the demo reads
	// the same everywhere.
	EmbeddedOnly bool
}

// Facts are what judgements rest on.
type Facts struct {
	AsOf       time.Time
	Info       assess.CatalogInfo
	Advisories []*advisory.Advisory
	Calendars  map[string]*support.Calendar
	Skew       skew.Rules
	Ownership  map[string][]assess.Ownership
	Cautions   []assess.Caution
	Policy     policy.Policy
	Accepted   []policy.Acceptance
	Only       []string // IDs of --advisory
}

// AddFlags adds the flags to cmd.
func (o *Options) AddFlags(cmd *cobra.Command) {
	fs := cmd.Flags()
	fs.Var(&o.AsOf, "as-of", "Judge as of a day: support, releases and public advisories (default today)")
	fs.StringSliceVar(&o.Advisory, "advisory", nil, "Narrow to an advisory, by `ID` or by a file that holds it; repeatable")
	fs.StringSliceVar(&o.Files, "advisories", nil, "Add advisories from a `FILE` or folder: OSV, the official CVE feed, CVE records or Fixline's own YAML; repeatable")
	fs.StringVar(&o.Policy, "policy", "", "`FILE` with your deadlines and margins")
	fs.StringSliceVar(&o.Ignore, "ignore", nil, "`FILE` with accepted risks, each with owner, reason and expiry; repeatable")
	flags.Path(fs, "advisories", "policy", "ignore")
	flags.NoTwin(fs, "ignore")
	// The only error is a flag that does not exist; it is above.
	_ = cmd.RegisterFlagCompletionFunc("advisory", Complete)
}

// Load joins the facts.
func (o *Options) Load(ctx context.Context, f *factory.Factory) (Facts, error) {
	facts := Facts{AsOf: o.AsOf.Or(f.Now())}
	var err error
	if facts.Skew, err = catalog.SkewRules(); err != nil {
		return Facts{}, err
	}
	if facts.Ownership, err = catalog.Ownership(); err != nil {
		return Facts{}, err
	}
	if facts.Cautions, err = catalog.Cautions(); err != nil {
		return Facts{}, err
	}
	if err := o.decisions(&facts); err != nil {
		return Facts{}, err
	}
	all, err := o.Catalog(ctx, f)
	if err != nil {
		return Facts{}, err
	}
	if all, facts.Only, err = o.narrow(f, all, facts.AsOf); err != nil {
		return Facts{}, err
	}
	resolve(f, all, facts.Accepted)
	facts.Calendars = all.Calendars
	public := all.AdvisoriesPublic(facts.AsOf)
	for i := range public {
		facts.Advisories = append(facts.Advisories, &public[i])
	}
	facts.Info = info(all, facts.AsOf, facts.Policy.StaleAfterDays)
	return facts, nil
}

// Catalog is the embedded catalogue with what the user imported and the files
// of this run on top.
func (o *Options) Catalog(_ context.Context, f *factory.Factory) (*catalog.Catalog, error) {
	c, err := catalog.Load()
	if err != nil {
		return nil, err
	}
	if !o.EmbeddedOnly {
		if c, err = stored(f, c); err != nil {
			return nil, err
		}
	}
	for _, path := range o.Files {
		if c, _, err = opened(f, c, path); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// Complete offers the IDs of the embedded catalogue to the shell.
func Complete(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	c, err := catalog.Load()
	if err != nil {
		return nil, cobra.ShellCompDirectiveError
	}
	return IDs(c), cobra.ShellCompDirectiveDefault
}

// info dates the facts. Age is never negative: a day before the sources were
// read through is served by them.
func info(c *catalog.Catalog, asOf time.Time, staleAfter int) assess.CatalogInfo {
	age := max(0, int(asOf.Sub(c.AdvisoriesThrough).Hours()/24))
	return assess.CatalogInfo{
		Date: c.Date.Format(time.DateOnly), AdvisoriesThrough: c.AdvisoriesThrough.Format(time.DateOnly),
		AgeDays: age, Stale: age > staleAfter,
	}
}
