// Package board is the command `fixline board`: it joins a source of clusters,
// the rules of the version-skew policy and a target into the board of each
// cluster, once or again and again while somebody upgrades. It decides what is
// read, when it is read again, and how the run ends; what is legal and what
// comes next is decided in internal/core. Start at [NewCmdBoard].
package board

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"github.com/fixline-dev/fixline/internal/cli/exit"
	"github.com/fixline-dev/fixline/internal/cli/factory"
	"github.com/fixline-dev/fixline/internal/cli/flags"
	"github.com/fixline-dev/fixline/internal/cli/output"
	"github.com/fixline-dev/fixline/internal/cli/source"
	"github.com/fixline-dev/fixline/internal/core/skew"
	"github.com/fixline-dev/fixline/internal/report"
)

// Options of `fixline board`.
type Options struct {
	Factory *factory.Factory

	Source   source.Options
	Output   output.Options
	Target   string
	Plan     string
	Policy   flags.Enum
	AsOf     flags.Date
	FailOn   flags.Enum
	Watch    bool
	Interval time.Duration
}

const long = `Show where every component on every node stands under the version-skew policy:
its version, where it is to go, whether it is legal, the last legal one, illegal
or done, and the one move that comes next. An illegal board says which move makes
it legal again, before anything else.

The cluster is the live one of your kubeconfig, a bundle (--bundle), or declared
facts (-f). It is only read. The target comes from --target, or from a plan, whose
order the next move then follows. Without a plan the next move is the one that
needs the fewest drains: API servers one by one and minor by minor, what runs
beside each, then kubelets, unless one of them must move before.

--watch looks again and again at a live cluster until you interrupt it. On a
terminal the board is drawn in place; into a pipe it is written once, and then a
line for each change. While the API server does not answer, that is said and the
last board stays.

`

const example = `  # Is every component of the cluster legal beside the others?
  fixline board

  # What moves next on the way to a version?
  fixline board --target 1.35.4

  # Follow an upgrade, by its plan
  fixline board --plan plan.json --watch

  # To paste into a ticket
  fixline board --bundle prod.tar.zst --target 1.35.4 -o markdown`

// NewCmdBoard builds the command.
func NewCmdBoard(f *factory.Factory, runF func(context.Context, *Options) error) *cobra.Command {
	o := &Options{Factory: f, FailOn: flags.Enum{Value: "blocker", Allowed: []string{"blocker", "warning", "info", "none"}},
		Policy: flags.Enum{Value: string(skew.Upstream), Allowed: []string{string(skew.Upstream), string(skew.Conservative)}}}
	cmd := &cobra.Command{
		Use:     "board",
		Short:   "Which component is legal beside the others, and which one moves next?",
		Long:    long + exit.Help(exit.OK, exit.Failed, exit.Usage, exit.Findings, exit.Incomplete, exit.Interrupted),
		Example: example,
		Args:    flags.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := o.complete(cmd); err != nil {
				return err
			}
			if runF != nil {
				return runF(cmd.Context(), o)
			}
			return o.run(cmd.Context())
		},
	}
	o.Source.AddFlags(cmd)
	o.Output.AddForms(cmd, report.BoardFormats())
	fs := cmd.Flags()
	fs.StringVar(&o.Target, "target", "", "The `VERSION` of Kubernetes the cluster is to go to")
	fs.StringVar(&o.Plan, "plan", "", "Take target and order from a plan, the `FILE` of a plan -o json")
	fs.Var(&o.AsOf, "as-of", "Judge as of a day: which releases are out (default today)")
	fs.BoolVar(&o.Watch, "watch", false, "Look again and again at a live cluster, until interrupted")
	fs.DurationVar(&o.Interval, "interval", 5*time.Second, "Pause between two looks of --watch, 1s or longer")
	flags.EnumVar(cmd, &o.Policy, "skew-policy", "", "How kubelets and kube-proxies are held: three minors as upstream, or two")
	flags.EnumVar(cmd, &o.FailOn, "fail-on", "", "Lowest severity that ends with exit code 3")
	flags.Group(fs, "goal", "target", "target")
	flags.Group(fs, "goal", "plan", "plan")
	flags.Path(fs, "plan")
	return cmd
}

// complete finds what contradicts itself before anything is read.
func (o *Options) complete(cmd *cobra.Command) error {
	if err := o.Source.Complete(cmd); err != nil {
		return err
	}
	recorded := o.Source.Bundle != "" || len(o.Source.Inventories) > 0
	switch {
	case o.Target != "" && o.Plan != "":
		return exit.Usagef("--target and --plan both say where the cluster is to go; use one")
	case !o.Watch:
		return nil
	case recorded:
		return exit.WithHint(exit.Usagef("--watch looks at a live cluster again and again, but --bundle and --inventory never change"), "leave --watch out")
	case len(o.Source.Contexts) > 0:
		return exit.WithHint(exit.Usagef("--watch looks at one cluster, --contexts names several"), "use --context, and run once for each")
	case o.Output.Format.Value != string(report.Text) || o.Output.ToFile():
		return exit.WithHint(exit.Usagef("--watch writes text to the screen or into a pipe"), "leave --output and --output-file out")
	case o.Interval < time.Second:
		return exit.Usagef("--interval: %s is too often; 1s is the least", o.Interval)
	}
	return nil
}
