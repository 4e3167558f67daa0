// Package verify is the command `fixline record verify`: is the record what was
// written and signed, and is anything missing in it? Start at [NewCmdVerify].
package verify

import (
	"context"
	"io"

	"github.com/spf13/cobra"

	"github.com/fixline-dev/fixline/internal/cli/exit"
	"github.com/fixline-dev/fixline/internal/cli/factory"
	"github.com/fixline-dev/fixline/internal/cli/flags"
	"github.com/fixline-dev/fixline/internal/cli/output"
	"github.com/fixline-dev/fixline/internal/cli/record/keys"
	"github.com/fixline-dev/fixline/internal/record"
	"github.com/fixline-dev/fixline/internal/record/export"
	"github.com/fixline-dev/fixline/internal/report"
)

// Options of `fixline record verify`.
type Options struct {
	Factory *factory.Factory
	Output  output.Options
	Keys    keys.Options
	Dir     string
}

// NewCmdVerify builds the command.
func NewCmdVerify(f *factory.Factory, runF func(context.Context, *Options) error) *cobra.Command {
	o := &Options{Factory: f}
	cmd := &cobra.Command{
		Use:   "verify DIR",
		Short: "Is the record what was written and signed, and is anything missing in it?",
		Long: `Check every file of the record against its journal, the journal against itself,
and both against the signatures. Nothing but the folder and the keys you name is
read, and nothing is written.

A record is verified (0) when all of it matches, trusted keys have signed for
every role that has to sign and for the whole journal, the backup is proven, the
checks after the change passed, and no finding waits for a person. It is altered
(3) when something is not what was written or signed: the first such thing is
named by file, entry and byte. It is incomplete (4) when something is missing or
a key is not known. Without --key and --trusted-keys every key is unknown.

` + exit.Help(exit.OK, exit.Failed, exit.Usage, exit.Findings, exit.Incomplete),
		Example: "  fixline record verify change/ --trusted-keys keys.yaml\n  fixline record verify change/ --key ada.pub -o json",
		Args:    flags.Args("DIR"),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.Dir = args[0]
			if runF != nil {
				return runF(cmd.Context(), o)
			}
			return run(o)
		},
	}
	o.Output.AddDataFlags(cmd)
	o.Keys.AddFlags(cmd)
	return cmd
}

func run(o *Options) error {
	r, err := o.Keys.Verify(o.Factory, o.Dir)
	if err != nil {
		return err
	}
	err = o.Output.Data(o.Factory, r, func(w io.Writer) error {
		opts := export.Options{Brief: true}
		if !o.Output.ToFile() {
			opts.Width = o.Factory.IO.Width()
		}
		return export.Write(w, report.Text, r, opts)
	})
	if err != nil {
		return err
	}
	return exit.Result(Code(r.State))
}

// Code is what a verification ends with.
func Code(s record.State) exit.Code {
	switch s {
	case record.Verified:
		return exit.OK
	case record.Incomplete:
		return exit.Incomplete
	}
	return exit.Findings
}
