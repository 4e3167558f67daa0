// Package assess is the command `fixline assess`, the main job: it joins a
// source of clusters, the catalogue, the judgement and a report. It decides
// what is read and how the run ends; verdicts are made in internal/core.
// Start at [NewCmdAssess].
package assess

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/fixline-dev/fixline/internal/cli/exit"
	"github.com/fixline-dev/fixline/internal/cli/factory"
	"github.com/fixline-dev/fixline/internal/cli/flags"
	"github.com/fixline-dev/fixline/internal/cli/knowledge"
	"github.com/fixline-dev/fixline/internal/cli/output"
	"github.com/fixline-dev/fixline/internal/cli/source"
)

// Options of `fixline assess`.
type Options struct {
	Factory *factory.Factory

	Source    source.Options
	Knowledge knowledge.Options
	Output    output.Options

	Target string
	All    bool
	Since  string
	FailOn flags.Enum
}

const long = `Judge what runs in a cluster against every known advisory: is it affected, is
the minor supported, is exploitation reachable here, and which is the smallest
version that fixes it, is supported and can be reached. The answer ends in one
sentence: upgrade cluster X from A to B by date C, using mitigations D until
completion, and validate with checks E.

The cluster is the live one of your kubeconfig, a folder of recorded kubectl
output (--bundle), or declared facts (-f). It is only read. What could not be
read is listed as a gap; a required gap, an unknown verdict and data older than
45 days end with exit code 4, never with a clean bill.

"not-reachable" is not "not-affected": the version is in range, but a condition
of the advisory was checked and does not hold; the upgrade is still planned.

`

const example = `  # The cluster of the current kubeconfig context
  fixline assess

  # Recorded kubectl output, as of a day
  fixline assess --bundle recordings/prod --as-of 2026-03-15

  # Declared clusters from standard input, for a program
  cat fleet.yaml | fixline assess -f - -o json

  # Only one advisory; fail a CI job on warnings too
  fixline assess --advisory CVE-2025-13281 --fail-on warning

  # What would a version of your choice leave open?
  fixline assess --target 1.35.4

  # What changed since last week
  fixline assess --since last-week.json`

// NewCmdAssess builds the command.
func NewCmdAssess(f *factory.Factory, runF func(context.Context, *Options) error) *cobra.Command {
	o := &Options{Factory: f, FailOn: flags.Enum{Value: "blocker", Allowed: []string{"blocker", "warning", "info", "none"}}}
	cmd := &cobra.Command{
		Use:     "assess",
		Short:   "Is this cluster affected, and what is the smallest version that fixes it?",
		Long:    long + exit.Help(exit.OK, exit.Failed, exit.Usage, exit.Findings, exit.Incomplete, exit.Interrupted),
		Example: example,
		Args:    flags.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := o.Source.Complete(cmd); err != nil {
				return err
			}
			o.Source.Upgrade = o.Target != ""
			if runF != nil {
				return runF(cmd.Context(), o)
			}
			return Run(cmd.Context(), o)
		},
	}
	o.Source.AddFlags(cmd)
	o.Knowledge.AddFlags(cmd)
	o.Output.AddFlags(cmd)
	fs := cmd.Flags()
	fs.StringVar(&o.Target, "target", "", "Ask about `VERSION` instead of the smallest fixed one")
	fs.BoolVar(&o.All, "all", false, "List advisories that do not affect the cluster too, with the reason")
	fs.StringVar(&o.Since, "since", "", "Report only what changed since an earlier result, the `FILE` of an assess -o json")
	flags.EnumVar(cmd, &o.FailOn, "fail-on", "", "Lowest severity that ends with exit code 3")
	flags.Path(fs, "since")
	return cmd
}
