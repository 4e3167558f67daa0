// Package show is the command `fixline record show`: what was decided and done,
// for the screen. Start at [NewCmdShow].
package show

import (
	"context"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/fixline-dev/fixline/internal/cli/exit"
	"github.com/fixline-dev/fixline/internal/cli/factory"
	"github.com/fixline-dev/fixline/internal/cli/flags"
	"github.com/fixline-dev/fixline/internal/cli/knowledge"
	"github.com/fixline-dev/fixline/internal/cli/output"
	"github.com/fixline-dev/fixline/internal/cli/record/keys"
	"github.com/fixline-dev/fixline/internal/record"
	"github.com/fixline-dev/fixline/internal/record/export"
	"github.com/fixline-dev/fixline/internal/report"
)

// Options of `fixline record show`.
type Options struct {
	Factory *factory.Factory
	Output  output.Options
	Keys    keys.Options
	Dir     string
}

// NewCmdShow builds the command.
func NewCmdShow(f *factory.Factory, runF func(context.Context, *Options) error) *cobra.Command {
	o := &Options{Factory: f}
	cmd := &cobra.Command{
		Use:   "show DIR",
		Short: "Show what was decided and done, and what is still missing",
		Long: `Show the record of a change: whether it is what was written, what is missing in
it, who signed, whether the change is ready now, what was decided and why, and the
last entries of its journal.
It ends with 0 for a record that is incomplete, too; fixline record verify is the
one that judges.

` + exit.Help(exit.OK, exit.Failed, exit.Usage, exit.Findings),
		Example: "  fixline record show change/\n  fixline record show change/ -o yaml",
		Args:    flags.Args("DIR"),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.Dir = args[0]
			if runF != nil {
				return runF(cmd.Context(), o)
			}
			return run(cmd.Context(), o)
		},
	}
	o.Output.AddDataFlags(cmd)
	o.Keys.AddFlags(cmd)
	return cmd
}

func run(ctx context.Context, o *Options) error {
	c, err := (&knowledge.Options{}).Catalog(ctx, o.Factory)
	if err != nil {
		return err
	}
	o.Keys.Data = c.Date.Format(time.DateOnly)
	r, err := o.Keys.Verify(o.Factory, o.Dir)
	if err != nil {
		return err
	}
	err = o.Output.Data(o.Factory, export.Of(r), func(w io.Writer) error {
		opts := export.Options{}
		if !o.Output.ToFile() {
			opts.Width = o.Factory.IO.Width()
		}
		return export.Write(w, report.Text, r, opts)
	})
	if err != nil {
		return err
	}
	if r.State == record.Altered {
		return exit.Result(exit.Findings)
	}
	return nil
}
