// Package show is the command `fixline advisories show ID`. Start at
// [NewCmdShow].
package show

import (
	"context"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/fixline-dev/fixline/internal/cli/exit"
	"github.com/fixline-dev/fixline/internal/cli/factory"
	"github.com/fixline-dev/fixline/internal/cli/flags"
	"github.com/fixline-dev/fixline/internal/cli/knowledge"
	"github.com/fixline-dev/fixline/internal/cli/output"
)

// Options of `fixline advisories show`.
type Options struct {
	Factory *factory.Factory
	Output  output.Options
	Files   []string
	ID      string
}

// NewCmdShow builds the command.
func NewCmdShow(f *factory.Factory, runF func(context.Context, *Options) error) *cobra.Command {
	o := &Options{Factory: f}
	cmd := &cobra.Command{
		Use:   "show ID",
		Short: "Show everything known of one advisory, and what each source says",
		Long: `Show one advisory: ranges by component, fixed versions, score and vector,
exploit conditions, mitigations, and what each source says where they disagree.

` + exit.Help(exit.OK, exit.Failed, exit.Usage),
		Example: "  fixline advisories show CVE-2025-13281\n  fixline advisories show CVE-2025-13281 -o json",
		Args:    flags.Args("ID"),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.ID = args[0]
			if runF != nil {
				return runF(cmd.Context(), o)
			}
			return run(cmd.Context(), o)
		},
		ValidArgsFunction: knowledge.Complete,
	}
	o.Output.AddDataFlags(cmd)
	cmd.Flags().StringSliceVar(&o.Files, "advisories", nil, "Add advisories from a `FILE` or folder; repeatable")
	flags.Path(cmd.Flags(), "advisories")
	return cmd
}

func run(ctx context.Context, o *Options) error {
	c, err := (&knowledge.Options{Files: o.Files}).Catalog(ctx, o.Factory)
	if err != nil {
		return err
	}
	a, ok := c.Advisory(o.ID)
	if !ok {
		a, ok = c.Advisory(strings.ToUpper(o.ID))
	}
	if !ok {
		return exit.WithHint(exit.Usagef("no advisory %q in the catalogue%s", o.ID, flags.Suggest(strings.ToUpper(o.ID), knowledge.IDs(c))),
			"fixline advisories list")
	}
	d := describe(a)
	return o.Output.Data(o.Factory, d, func(w io.Writer) error { return text(w, d) })
}
