package board

import (
	"context"
	"io"

	"github.com/fixline-dev/fixline/internal/catalog"
	"github.com/fixline-dev/fixline/internal/cli/build"
	"github.com/fixline-dev/fixline/internal/cli/exit"
	"github.com/fixline-dev/fixline/internal/cli/factory"
	"github.com/fixline-dev/fixline/internal/cli/knowledge"
	"github.com/fixline-dev/fixline/internal/core/board"
	"github.com/fixline-dev/fixline/internal/core/finding"
	"github.com/fixline-dev/fixline/internal/core/inventory"
	"github.com/fixline-dev/fixline/internal/core/skew"
	"github.com/fixline-dev/fixline/internal/core/version"
	"github.com/fixline-dev/fixline/internal/report"
)

// run does what the options say and ends with the code of the contract.
func (o *Options) run(ctx context.Context) error {
	basis, planOf, err := o.basis()
	if err != nil {
		return err
	}
	if o.Watch {
		return o.watch(ctx, basis, planOf)
	}
	clusters, err := o.read(ctx, o.Factory)
	if err != nil {
		return err
	}
	if o.Plan != "" && len(clusters) > 1 {
		return exit.WithHint(exit.Usagef("--plan is for one cluster, and %d were read", len(clusters)), "run once for each, with its own plan")
	}
	boards := make([]board.Board, len(clusters))
	var codes []exit.Code
	for i, c := range clusters {
		o.otherCluster(planOf, c.Name)
		boards[i] = o.board(basis, c)
		codes = append(codes, codeOf(boards[i], o.FailOn.Value))
	}
	err = o.Output.To(o.Factory, func(w io.Writer, screen bool) error {
		return report.WriteBoards(w, report.Format(o.Output.Format.Value), basis.AsOf, boards, o.shown(screen))
	})
	if err != nil {
		return err
	}
	code := exit.Worst(codes...)
	if code == exit.Incomplete && (o.Output.ToFile() || o.Output.Format.Value != string(report.Text)) {
		o.Factory.IO.Notef("note: not a clean bill: whether the board is legal could not be told (exit code 4)")
	}
	return exit.Result(code)
}

// basis is what every board rests on, and the cluster a plan is for. What is
// wrong with the command line is said before a cluster is read.
func (o *Options) basis() (in board.Input, planOf string, err error) {
	in = board.Input{AsOf: o.AsOf.Or(o.Factory.Now()), Policy: skew.Policy(o.Policy.Value)}
	if in.Rules, err = catalog.SkewRules(); err != nil {
		return in, "", err
	}
	calendars, file, err := knowledge.Calendars(o.Factory)
	if err != nil {
		return in, "", err
	}
	if c := calendars["kubernetes"]; c != nil {
		in.Calendar = *c
	}
	switch {
	case o.Plan != "":
		in.Goal, planOf, err = readPlan(o.Plan)
	case o.Target != "":
		facts := knowledge.Facts{AsOf: in.AsOf, Calendars: calendars}
		facts.Info.Date = file.Date
		in.Goal.Version, err = o.target(facts)
	}
	return in, planOf, err
}

// target must be a release that is out: to another one nobody can go.
func (o *Options) target(facts knowledge.Facts) (version.Version, error) {
	v, err := version.Parse(o.Target)
	if err != nil {
		return v, exit.Usagef("--target: %w", err)
	}
	if err := facts.CheckRelease(v); err != nil {
		return v, exit.WithHint(exit.Usagef("--target: %w", err), "fixline releases")
	}
	return v, nil
}

// read gives every cluster of the source.
func (o *Options) read(ctx context.Context, f *factory.Factory) ([]inventory.Cluster, error) {
	found, err := o.Source.Open(ctx, f)
	if err != nil {
		return nil, err
	}
	var clusters []inventory.Cluster
	for c, err := range found {
		if err != nil {
			return nil, err
		}
		clusters = append(clusters, c)
	}
	if len(clusters) == 0 {
		return nil, exit.Usagef("the source holds no cluster")
	}
	return clusters, nil
}

func (o *Options) board(basis board.Input, c inventory.Cluster) board.Board {
	basis.Cluster = c
	return board.Compute(basis)
}

// otherCluster says that a plan seems to be for another cluster: names are a
// sign only, since a context and a declared name may differ.
func (o *Options) otherCluster(planOf, name string) {
	if planOf != "" && planOf != name {
		o.Factory.IO.Notef("warning: the plan is for cluster %s, and this one is called %s", planOf, name)
	}
}

func (o *Options) shown(screen bool) report.Options {
	opts := report.Options{Program: o.Factory.Program, ToolVersion: build.Version()}
	if screen {
		opts.Width, opts.Colour = o.Factory.IO.Width(), o.Factory.IO.Color()
	}
	return opts
}

// codeOf is the exit code of one board: an illegal one is a blocker.
func codeOf(b board.Board, failOn string) exit.Code {
	switch highest := b.Highest().Rank(); {
	case failOn != "none" && highest > 0 && highest >= finding.Severity(failOn).Rank():
		return exit.Findings
	case !b.Complete():
		return exit.Incomplete
	}
	return exit.OK
}
