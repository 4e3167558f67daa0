package plan

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/fixline-dev/fixline/internal/catalog"
	"github.com/fixline-dev/fixline/internal/cli/exit"
	"github.com/fixline-dev/fixline/internal/cli/factory"
	"github.com/fixline-dev/fixline/internal/cli/flags"
	"github.com/fixline-dev/fixline/internal/cli/output"
	"github.com/fixline-dev/fixline/internal/core/plan"
	"github.com/fixline-dev/fixline/internal/core/skew"
	"github.com/fixline-dev/fixline/internal/planfile"
)

// CheckOptions of `fixline plan check`.
type CheckOptions struct {
	Factory *factory.Factory
	Output  output.Options
	File    string
	Skew    flags.Enum
}

const checkLong = `Judge whether the steps of a plan may be carried out, also of one that a person
edited. Every state is computed anew from the plan's own start inventory by what
each step moves, and what the file claims of its states is ignored. The first
illegal state is an error that names the step, the rule, and the component that
has to move first.

A plan that was changed after it was written is said: its hash is another one, and
approvals of the old one do not hold for it.

`

const checkExample = `  # An edited plan
  fixline plan check plan.json

  # By the narrower policy
  fixline plan check plan.json --skew-policy conservative

  # From a program
  generate-plan | fixline plan check -`

// Checked is the answer of `fixline plan check -o json`.
type Checked struct {
	APIVersion string         `json:"apiVersion"`
	Kind       string         `json:"kind"` // PlanCheck
	Plan       string         `json:"plan"`
	Legal      bool           `json:"legal"`
	States     int            `json:"states"` // that were computed and judged
	Steps      int            `json:"steps"`
	Hash       string         `json:"hash"`    // of the plan as it is
	Changed    bool           `json:"changed"` // it is not the one written in the file
	Refused    *Refused       `json:"refused"`
	Findings   []plan.Finding `json:"findings"`
}

// Refused says why a plan may not be carried out.
type Refused struct {
	Code      string  `json:"code"`
	Step      *string `json:"step"`
	Component *string `json:"component"` // that moves first
	Node      *string `json:"node"`
	To        *string `json:"to"`
	Rule      *string `json:"rule"`
	Why       string  `json:"why"`
}

func newCmdCheck(f *factory.Factory, runF func(context.Context, *CheckOptions) error) *cobra.Command {
	o := &CheckOptions{Factory: f, Skew: flags.Enum{Allowed: []string{string(skew.Upstream), string(skew.Conservative)}}}
	cmd := &cobra.Command{
		Use:     "check FILE|-",
		Short:   "May the steps of this plan be carried out?",
		Long:    checkLong + exit.Help(exit.OK, exit.Failed, exit.Usage, exit.Findings, exit.Incomplete),
		Example: checkExample,
		Args:    flags.Args("FILE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.File = args[0]
			if runF != nil {
				return runF(cmd.Context(), o)
			}
			return o.run()
		},
	}
	flags.EnumVar(cmd, &o.Skew, "skew-policy", "", "Judge by this version-skew policy instead of the plan's own")
	o.Output.AddDataFlags(cmd)
	return cmd
}

func (o *CheckOptions) run() error {
	in, name := o.Factory.IO.In, "standard input"
	if o.File != "-" {
		f, err := os.Open(o.File)
		if err != nil {
			return exit.BadInput(fmt.Errorf("reading the plan: %w", err))
		}
		defer f.Close()
		in, name = f, o.File
	}
	file, err := planfile.Read(in, name)
	if err != nil {
		return exit.BadInput(fmt.Errorf("reading the plan: %w", err))
	}
	rules, err := catalog.SkewRules()
	if err != nil {
		return err
	}
	verdict, err := plan.Check(&file.Plan, rules, skew.Policy(o.Skew.Value))
	out := Checked{APIVersion: "fixline.dev/v1alpha1", Kind: "PlanCheck", Plan: name, Legal: err == nil, States: verdict.States, Steps: len(file.Plan.Steps),
		Hash: file.Hash, Changed: file.Changed(), Findings: append(append([]plan.Finding{}, file.Findings()...), verdict.Findings...)}
	var refusal *plan.Refusal
	switch {
	case errors.As(err, &refusal):
		out.Refused = &Refused{refusal.Code, orNull(refusal.Step), orNull(refusal.Component), orNull(refusal.Node), orNull(refusal.To), orNull(refusal.Rule), refusal.Why}
	case errors.Is(err, plan.ErrUnread):
		return &exit.Error{Code: exit.Incomplete, Err: err}
	case err != nil:
		return exit.BadInput(err)
	}
	if err := o.Output.Data(o.Factory, out, func(w io.Writer) error { return checkedText(w, out, &file.Plan) }); err != nil {
		return err
	}
	if refusal != nil {
		return exit.WithHint(&exit.Error{Code: exit.Findings, Err: err}, "move what it names in an earlier step, or make the plan anew: fixline plan")
	}
	return nil
}

func checkedText(w io.Writer, c Checked, p *plan.Plan) error {
	word := "LEGAL"
	if !c.Legal {
		word = "REFUSED"
	}
	_, err := fmt.Fprintf(w, "%s  plan of cluster %s, %s to %s: %d steps, %d states computed from its own start\n", word, p.Cluster, p.From, p.Target, c.Steps, c.States)
	for _, f := range c.Findings {
		if err == nil {
			_, err = fmt.Fprintf(w, "%s  %s %s: %s\n", f.Severity, f.Code, f.Object, f.Message)
		}
	}
	return err
}

func orNull(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
