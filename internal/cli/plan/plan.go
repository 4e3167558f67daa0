// Package plan is the command `fixline plan`: it joins one cluster, the facts,
// the judgements of what an upgrade would break and the planner into a plan and
// its change record. It decides what is read, what is written and how the run
// ends; which steps there are, and whether they are legal, is core/plan's.
// Start at [NewCmdPlan].
package plan

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/fixline-dev/fixline/internal/cli/exit"
	"github.com/fixline-dev/fixline/internal/cli/factory"
	"github.com/fixline-dev/fixline/internal/cli/flags"
	"github.com/fixline-dev/fixline/internal/cli/knowledge"
	"github.com/fixline-dev/fixline/internal/cli/output"
	"github.com/fixline-dev/fixline/internal/cli/source"
	"github.com/fixline-dev/fixline/internal/core/plan"
	"github.com/fixline-dev/fixline/internal/core/skew"
	"github.com/fixline-dev/fixline/internal/report"
)

// Options of `fixline plan`.
type Options struct {
	Factory *factory.Factory

	Source    source.Options
	Knowledge knowledge.Options
	Output    output.Options

	Target   string
	Dir      string // of the record; "" = none is made
	Previous string
	Reason   string
	Strategy flags.Enum
	Skew     flags.Enum
	FailOn   flags.Enum

	Helm       bool
	AuditLog   []string
	Rules      []string
	Addons     map[string]string
	AddonRules []string

	Registry           string
	MaxUnavailable     map[string]string
	DrainControlPlanes bool
	KeepEmptyDir       bool
	// IgnorePreflight are names of kubeadm's preflight checks.
	IgnorePreflight []string
}

const long = `Plan the upgrade of a kubeadm cluster to a version: ordered steps with the
commands of each, what must hold before and after it, how it is undone, and the
versions of the whole cluster after it. Every state on the way, also those in the
middle of a step, is legal under the version-skew policy; where that cannot be had
there is no plan, but the move that has to come first.

The plan is data: -o json is the file that board, plan check and later verbs take.
With --out a change record is made of it, a folder to read, commit and sign: why,
what was rejected, what would break and who accepted it, when to go back, who must
sign (fixline record). Nothing in the cluster is changed.

Without --target it is the version assess chooses. Of several hops each but the
last goes to the newest patch release of its minor. --strategy steady lets nodes
follow every hop, fast takes the control plane through first, earliest is the one
of the two that closes the advisories' exposure sooner; the exposure of both is
shown. The plan ends with what is still missing: pass, fail or unknown.

`

const example = `  # The steps to a version, for the cluster of the current kubeconfig context
  fixline plan --target 1.35.4

  # Of a bundle, with its change record
  fixline plan --bundle prod.tar.zst --target 1.35.4 -O changes/prod-1.35.4

  # What closes one advisory, with nodes last where that is sooner
  fixline plan --advisory CVE-2026-2270 --strategy earliest -o json --output-file plan.json

  # May an edited plan still be carried out?
  fixline plan check plan.json`

// New are options with the command's defaults.
func New(f *factory.Factory) *Options {
	return &Options{Factory: f,
		FailOn:   flags.Enum{Value: "blocker", Allowed: []string{"blocker", "warning", "info", "none"}},
		Strategy: flags.Enum{Value: string(plan.Steady), Allowed: []string{string(plan.Steady), string(plan.Fast), string(plan.Earliest)}},
		Skew:     flags.Enum{Value: string(skew.Upstream), Allowed: []string{string(skew.Upstream), string(skew.Conservative)}},
	}
}

// NewCmdPlan builds the command.
func NewCmdPlan(f *factory.Factory, runF func(context.Context, *Options) error) *cobra.Command {
	o := New(f)
	cmd := &cobra.Command{
		Use:     "plan",
		Short:   "Which steps take this cluster to a version, each state of it legal?",
		Long:    long + exit.Help(exit.OK, exit.Failed, exit.Usage, exit.Findings, exit.Incomplete, exit.Interrupted),
		Example: example,
		Args:    flags.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := o.Source.Complete(cmd); err != nil {
				return err
			}
			if runF != nil {
				return runF(cmd.Context(), o)
			}
			return o.run(cmd.Context())
		},
	}
	o.Source.AddFlags(cmd)
	o.Knowledge.AddFlags(cmd)
	o.Output.AddForms(cmd, report.PlanFormats())
	fs := cmd.Flags()
	fs.StringVar(&o.Target, "target", "", "The `VERSION` to go to (default what assess chooses)")
	fs.StringVarP(&o.Dir, "out", "O", "", "Make a change record in the folder `DIR`, which must not be there yet")
	fs.StringVar(&o.Previous, "previous", "", "Begin with what the earlier change record `DIR` left open")
	fs.StringVar(&o.Reason, "reason", "", "Why the change is made, in `WORDS`, beside the advisories it answers")
	flags.EnumVar(cmd, &o.Strategy, "strategy", "", "When nodes follow the control plane")
	flags.EnumVar(cmd, &o.Skew, "skew-policy", "", "The version-skew policy to keep to")
	flags.EnumVar(cmd, &o.FailOn, "fail-on", "", "Lowest severity that ends with exit code 3")
	fs.BoolVar(&o.Helm, "helm", false, "Read what a live cluster's Helm releases hold, too: needs the right to list Secrets and ConfigMaps")
	fs.StringSliceVar(&o.AuditLog, "audit-log", nil, "Take who calls from an API server's audit log `PATH`; repeatable")
	fs.StringSliceVar(&o.Rules, "rules", nil, "Add rules about API versions from a `FILE`; repeatable")
	fs.StringToStringVar(&o.Addons, "addon", nil, "The version of an add-on to be moved to, `NAME=VERSION`; repeatable")
	fs.StringSliceVar(&o.AddonRules, "addon-rules", nil, "Add what is known of add-ons and the Kubernetes they run on from a `FILE`; repeatable")
	fs.StringVar(&o.Registry, "registry", "", "`REPOSITORY` the control plane's images are pulled from (default what kubeadm was told)")
	fs.StringToStringVar(&o.MaxUnavailable, "max-unavailable", nil, "How many nodes of a pool may be away at once, `POOL=N` or POOL=N% (default 10%); repeatable")
	fs.BoolVar(&o.DrainControlPlanes, "drain-control-planes", false, "Drain control planes for a patch release, too")
	fs.BoolVar(&o.KeepEmptyDir, "keep-emptydir-data", false, "Leave pods with emptyDir volumes to a person: drain without --delete-emptydir-data")
	fs.StringSliceVar(&o.IgnorePreflight, "ignore-preflight-errors", nil, "Let kubeadm go on where the preflight check `NAME` fails, which the policy must allow; repeatable")
	flags.NoTwin(fs, "ignore-preflight-errors")
	flags.Path(fs, "out", "previous", "audit-log", "rules", "addon-rules")
	fs.Lookup("namespace").Usage = "Accepted as in kubectl; the whole cluster is always read"
	cmd.AddCommand(newCmdCheck(f, nil))
	return cmd
}
