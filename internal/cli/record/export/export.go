// Package export is the command `fixline record export`: the record as one
// document, for a ticket, a browser or an audit system. Start at [NewCmdExport].
package export

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

// Options of `fixline record export`.
type Options struct {
	Factory *factory.Factory
	Output  output.Options
	Keys    keys.Options
	Dir     string
}

// NewCmdExport builds the command.
func NewCmdExport(f *factory.Factory, runF func(context.Context, *Options) error) *cobra.Command {
	o := &Options{Factory: f}
	cmd := &cobra.Command{
		Use:   "export DIR",
		Short: "Write the record as one Markdown, HTML or JSON document",
		Long: `Write the whole record as one document: Markdown for a ticket, HTML as one page
that loads nothing from elsewhere, JSON for an audit system. Each begins with what
verifying it came to. Of evidence, plan and signatures it holds the sums, not the
content: the document is a copy to read, the folder is the record.

` + exit.Help(exit.OK, exit.Failed, exit.Usage, exit.Findings),
		Example: "  fixline record export change/ -o markdown\n  fixline record export change/ -o html --output-file change.html --trusted-keys keys.yaml",
		Args:    flags.Args("DIR"),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.Dir = args[0]
			if runF != nil {
				return runF(cmd.Context(), o)
			}
			return run(o)
		},
	}
	o.Output.AddForms(cmd, export.Formats())
	o.Output.Format.Value = string(report.Markdown)
	cmd.Flags().Lookup("output").DefValue = o.Output.Format.Value
	o.Keys.AddFlags(cmd)
	return cmd
}

func run(o *Options) error {
	r, err := o.Keys.Verify(o.Factory, o.Dir)
	if err != nil {
		return err
	}
	err = o.Output.To(o.Factory, func(w io.Writer, _ bool) error {
		return export.Write(w, report.Format(o.Output.Format.Value), r, export.Options{})
	})
	if err != nil {
		return err
	}
	if r.State != record.Verified {
		o.Factory.IO.Notef("note: the record is %s", r.Summary)
	}
	if r.State == record.Altered {
		return exit.Result(exit.Findings)
	}
	return nil
}
