// Package keys is what the commands that look at a change record share: which
// keys are believed, and as of which day. It decides how an error of a record
// ends the run; what a record is worth, package record says. Start at [Options].
package keys

import (
	"errors"

	"github.com/spf13/cobra"

	"github.com/fixline-dev/fixline/internal/cli/exit"
	"github.com/fixline-dev/fixline/internal/cli/factory"
	"github.com/fixline-dev/fixline/internal/cli/flags"
	"github.com/fixline-dev/fixline/internal/record"
	"github.com/fixline-dev/fixline/internal/record/decision"
	"github.com/fixline-dev/fixline/internal/record/journal"
	"github.com/fixline-dev/fixline/internal/record/signature"
	"github.com/fixline-dev/fixline/internal/strict"
)

// Options are --key, --trusted-keys and --as-of.
type Options struct {
	Keys    []string
	Trusted string
	AsOf    flags.Date
	// Data is the day of the data that a rehearsal is held to, YYYY-MM-DD; "" = it
	// is not asked.
	Data string
}

// AddFlags adds the flags.
func (o *Options) AddFlags(cmd *cobra.Command) {
	fs := cmd.Flags()
	fs.StringSliceVar(&o.Keys, "key", nil, "Believe the public key in `FILE` (PEM), whatever role it signs for; repeatable")
	fs.StringVar(&o.Trusted, "trusted-keys", "", "Believe the keys in `FILE`, each for its name and roles")
	fs.Var(&o.AsOf, "as-of", "Judge waivers and ages as of a day (default now)")
	flags.Path(fs, "key", "trusted-keys")
	flags.NoTwin(fs, "key")
}

// Verify verifies the record dir with those keys.
func (o *Options) Verify(f *factory.Factory, dir string) (record.Report, error) {
	v := record.VerifyOptions{AsOf: o.AsOf.Or(f.Now()), Now: o.AsOf.Moment(f.Now()), Data: o.Data}
	if o.Trusted != "" {
		trusted, err := signature.LoadTrusted(o.Trusted, decision.Roles())
		if err != nil {
			return record.Report{}, exit.BadInput(err)
		}
		v.Keys = trusted
	}
	for _, path := range o.Keys {
		p, err := signature.LoadPublic(path)
		if err != nil {
			return record.Report{}, exit.BadInput(err)
		}
		v.Keys = append(v.Keys, signature.Trusted{Public: p})
	}
	r, err := record.Verify(dir, v)
	return r, Ended(err)
}

// Ended gives an error of a record its exit code: what a person wrote or named
// is bad input, what the machine did not do has failed.
func Ended(err error) error {
	_, locked := errors.AsType[*record.LockedError](err)
	_, altered := errors.AsType[*journal.BadEntry](err)
	_, unusable := errors.AsType[*record.Error](err)
	_, key := errors.AsType[*signature.KeyError](err)
	_, one := errors.AsType[*strict.Error](err)
	switch {
	case err == nil, locked:
		return err
	case altered:
		return &exit.Error{Code: exit.Findings, Err: err}
	case unusable, key, one:
		return exit.BadInput(err)
	}
	return err
}
