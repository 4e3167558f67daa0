// Package apply is the command `fixline apply`: it joins the plan of a change
// record, the hosts and the cluster it is about into one run, holds it to what
// must be before it begins, asks once, and says how it goes. It decides what is
// refused and how the run ends; which step is next, and how each is done, is
// internal/core/progress's and internal/apply's. Start at [NewCmdApply].
package apply

import (
	"context"
	"time"

	"github.com/spf13/cobra"
	"k8s.io/cli-runtime/pkg/genericclioptions"

	"github.com/fixline-dev/fixline/internal/cli/exit"
	"github.com/fixline-dev/fixline/internal/cli/factory"
	"github.com/fixline-dev/fixline/internal/cli/flags"
	"github.com/fixline-dev/fixline/internal/cli/hosts"
	"github.com/fixline-dev/fixline/internal/cli/output"
	"github.com/fixline-dev/fixline/internal/cli/record/keys"
	"github.com/fixline-dev/fixline/internal/cli/source"
	"github.com/fixline-dev/fixline/internal/core/plan"
)

// Options of `fixline apply`.
type Options struct {
	Factory *factory.Factory

	Dir    string
	Hosts  hosts.Options
	Kube   *genericclioptions.ConfigFlags
	Keys   keys.Options
	Output output.Options

	DryRun      bool
	Yes         string
	Step        string
	Until       flags.Enum
	PauseAfter  bool
	MaxFailures int
	GateTimeout time.Duration
	StepTimeout time.Duration
	TakeOver    bool

	TakeAsDone, DoAgain string // steps a person decides on
	By, Why             string
	// OutsideWindow says why a change freeze or maintenance window is not kept.
	OutsideWindow string
}

const long = `Carry out the plan of a change record, step by step: what must hold before a step
is held, the journal says what is about to begin, the step is done, and the world
is looked at before the journal says that it is done. A step that is done is never
done again. After Ctrl-C, a crash, a lost connection or a reboot the same command
goes on: what was half done is looked at first.

Commands run on the hosts over SSH (or on this one), as they stand in the plan and
as root, apart from the connection: they go on when it is lost, and are found
again. Nodes are drained by eviction, never by deletion. Steps of one batch run
side by side.

Nothing is changed before the backup is proven, the target rehearsed and everybody
has signed who must (as the policy in the record says), before every host was
asked whether its packages can be had, and before you agreed to the plan's hash.
A second run is refused while one is under way, and another change of the same
cluster until this one is finished.

The first Ctrl-C lets the step in flight end and stops (5: run it again to go on);
the second stops at once and says what is in flight. Where a person has to decide
(6) it is said what to look at; --done or --again STEP tell what came of it.

`

const example = `  # What would run on which host, and the HASH for --yes
  fixline apply changes/prod-1.35.4 --dry-run

  # Over SSH to every node by its internal address, asking once
  fixline apply changes/prod-1.35.4 --ssh root@nodes --key platform.pub

  # The control plane only, by a machine
  fixline apply changes/prod-1.35.4 --ssh root@nodes --until control-plane --yes 3f6c0d...

  # A step was left half done, and a person finished it by hand
  fixline apply changes/prod-1.35.4 --done 0017-kubelet-package-w2 --by platform --why "dpkg --configure -a, kubelet restarted"`

// NewCmdApply builds the command.
func NewCmdApply(f *factory.Factory, runF func(context.Context, *Options) error) *cobra.Command {
	phases := []string{}
	for _, p := range plan.Phases() {
		phases = append(phases, string(p))
	}
	o := &Options{Factory: f, Until: flags.Enum{Allowed: phases}, Kube: source.KubeFlags()}
	cmd := &cobra.Command{
		Use:     "apply DIR",
		Short:   "Carry out the plan of a change record, with checkpoints",
		Long:    long + exit.Help(exit.OK, exit.Failed, exit.Usage, exit.Findings, exit.Incomplete, exit.Stopped, exit.Decide, exit.Interrupted),
		Example: example,
		Args:    flags.Args("DIR"),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.Dir = args[0]
			if err := o.validate(); err != nil {
				return err
			}
			if runF != nil {
				return runF(cmd.Context(), o)
			}
			return o.run(cmd.Context())
		},
	}
	fs := cmd.Flags()
	o.Hosts.AddNodeFlags(fs)
	fs.BoolVar(&o.DryRun, "dry-run", false, "Say every command of every host, and the HASH for --yes, and do nothing")
	fs.StringVar(&o.Yes, "yes", "", "Agree to the plan, by its `HASH`, which --dry-run prints")
	fs.StringVar(&o.Step, "step", "", "Do the one step `ID`, which must be next")
	flags.EnumVar(cmd, &o.Until, "until", "", "Stop once the steps of a phase of the hop under way are done")
	fs.BoolVar(&o.PauseAfter, "pause-after-each", false, "Ask after each step whether to go on")
	fs.IntVar(&o.MaxFailures, "max-failures", 1, "Begin nothing more once `N` steps of this run failed")
	fs.DurationVar(&o.GateTimeout, "gate-timeout", 10*time.Minute, "How long what must hold around a step may take to")
	fs.DurationVar(&o.StepTimeout, "step-timeout", 15*time.Minute, "How long what a step did may take to show")
	fs.BoolVar(&o.TakeOver, "take-over", false, "Take the cluster's lock from another change that will not go on")
	fs.StringVar(&o.TakeAsDone, "done", "", "Say that the step `ID` is done, whoever did it; with --by and --why")
	fs.StringVar(&o.DoAgain, "again", "", "Say that the step `ID` may be done again as the world is; with --by and --why")
	fs.StringVar(&o.By, "by", "", "`NAME` or role of who decides that")
	fs.StringVar(&o.Why, "why", "", "Why, in `WORDS`")
	fs.StringVar(&o.OutsideWindow, "outside-window", "", "Begin although the policy's windows forbid it now; say why in `WORDS`")
	o.Keys.AddFlags(cmd)
	o.Output.AddDataFlags(cmd)
	o.Kube.AddFlags(fs)
	fs.Lookup("namespace").Usage = "Accepted as in kubectl; the whole cluster is upgraded"
	flags.NoTwin(fs, "yes", "take-over", "done", "again", "outside-window", "by", "why")
	flags.Path(fs, "kubeconfig")
	// The only error is a flag that does not exist; the line above made it.
	_ = cmd.RegisterFlagCompletionFunc("context", source.CompleteContexts(o.Kube))
	return cmd
}

// validate finds what is wrong with the command line before anything is read.
func (o *Options) validate() error {
	decides := o.TakeAsDone != "" || o.DoAgain != ""
	switch {
	case o.TakeAsDone != "" && o.DoAgain != "":
		return exit.Usagef("--done and --again say two things at once: name one")
	case decides && (o.By == "" || o.Why == ""):
		return exit.Usagef("--done and --again go with --by and --why: the record keeps who decided, and why")
	case !decides && (o.By != "" || o.Why != ""):
		return exit.Usagef("--by and --why go with --done or --again")
	case o.Step != "" && o.Until.Value != "":
		return exit.Usagef("--step does one step, --until more than one: name one")
	case o.DryRun && o.Yes != "":
		return exit.Usagef("--dry-run does nothing, so there is nothing for --yes to agree to")
	case o.MaxFailures < 1:
		return exit.Usagef("--max-failures: at least 1")
	case decides, o.DryRun:
		return nil
	}
	return o.Hosts.Validate()
}
