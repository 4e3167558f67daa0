package plan

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"sigs.k8s.io/yaml"

	"github.com/fixline-dev/fixline/internal/cli/build"
	"github.com/fixline-dev/fixline/internal/cli/exit"
	"github.com/fixline-dev/fixline/internal/cli/knowledge"
	"github.com/fixline-dev/fixline/internal/cli/scan"
	"github.com/fixline-dev/fixline/internal/cli/source"
	"github.com/fixline-dev/fixline/internal/core/assess"
	"github.com/fixline-dev/fixline/internal/core/compat"
	"github.com/fixline-dev/fixline/internal/core/finding"
	"github.com/fixline-dev/fixline/internal/core/plan"
	"github.com/fixline-dev/fixline/internal/core/readiness"
	scans "github.com/fixline-dev/fixline/internal/core/scan"
	"github.com/fixline-dev/fixline/internal/core/version"
	"github.com/fixline-dev/fixline/internal/planfile"
	"github.com/fixline-dev/fixline/internal/report"
)

// answer is everything a plan is made of and says.
type answer struct {
	now     time.Time
	facts   knowledge.Facts
	compat  compat.Facts
	target  version.Version
	cluster source.Evidence
	judged  assess.ClusterResult // as of the target
	scan    scans.Result         // API versions alone
	plan    plan.Plan
	notes   report.PlanNotes
	gaps    []string // required ones: the answer is not whole
	waived  []waived
	carried carried
	ready   readiness.Facts
}

// run does what the options say and ends with the code of the contract.
func (o *Options) run(ctx context.Context) error {
	a, err := o.make(ctx)
	if err != nil {
		return err
	}
	if o.Dir != "" {
		if err := o.record(a); err != nil {
			return err
		}
	}
	a.notes.Next = o.next(a)
	if err := o.write(a); err != nil {
		return err
	}
	code := o.code(a)
	if code == exit.Incomplete && (o.Output.ToFile() || o.Output.Format.Value != string(report.Text)) {
		o.Factory.IO.Notef("note: something that decides was not read: see what the plan says was not (exit code 4)")
	}
	return exit.Result(code)
}

// Make makes the plan, with what the reports say beside it; nothing is written.
func (o *Options) Make(ctx context.Context) (*plan.Plan, report.PlanNotes, error) {
	a, err := o.make(ctx)
	if err != nil {
		return nil, report.PlanNotes{}, err
	}
	a.notes.Next = o.next(a)
	return &a.plan, a.notes, a.hashed()
}

func (o *Options) make(ctx context.Context) (*answer, error) {
	a, err := o.gather(ctx)
	if err != nil {
		return nil, err
	}
	if err := o.build(a); err != nil {
		return nil, err
	}
	return a, nil
}

// hashed gives the plan its hash, where no file of it was written yet.
func (a *answer) hashed() (err error) {
	if a.plan.Hash == "" {
		if a.plan.Hash, err = planfile.Hash(&a.plan); err != nil {
			return fmt.Errorf("writing the plan: %w", err)
		}
	}
	return nil
}

// gather reads and judges. What is wrong with the command line or a file is
// said before the cluster is asked.
func (o *Options) gather(ctx context.Context) (*answer, error) {
	a := &answer{now: o.Knowledge.AsOf.Moment(o.Factory.Now())}
	var err error
	if a.facts, err = o.Knowledge.Load(ctx, o.Factory); err != nil {
		return nil, err
	}
	if _, err := o.ignored(a.facts.Policy); err != nil {
		return nil, err
	}
	if a.compat, err = knowledge.Compat(o.AddonRules); err != nil {
		return nil, err
	}
	if err := o.previous(a); err != nil {
		return nil, err
	}
	if o.Target == "" {
		err = o.choose(ctx, a)
	} else {
		err = o.named(a)
	}
	if err != nil {
		return nil, err
	}
	a.scan, a.cluster, err = scan.Ask(ctx, o.Factory, scan.Question{Source: o.Source, Target: a.target.String(), AsOf: o.Knowledge.AsOf,
		Rules: o.Rules, Addons: o.Addons, AuditLog: o.AuditLog, Helm: o.Helm})
	if err != nil {
		return nil, err
	}
	basis := basis(a)
	basis.Target = a.target
	a.judged = assess.New(basis).Assess(a.cluster.Cluster)
	return a, nil
}

// named is the target of the command line, which must be a release that is out.
func (o *Options) named(a *answer) (err error) {
	if a.target, err = version.Parse(o.Target); err != nil {
		return exit.Usagef("--target: %w", err)
	}
	if err := a.facts.CheckRelease(a.target); err != nil {
		return exit.WithHint(exit.Usagef("--target: %w", err), "fixline releases")
	}
	return nil
}

// choose takes the target that assess would choose. The cluster is read again
// for that target, so that what comes on standard input is kept.
func (o *Options) choose(ctx context.Context, a *answer) error {
	if slices.Contains(o.Source.Inventories, "-") {
		var kept bytes.Buffer
		o.Factory.IO.In = io.TeeReader(o.Factory.IO.In, &kept)
		defer func() { o.Factory.IO.In = &kept }()
	}
	c, err := o.Source.Whole(ctx, o.Factory, source.Nobody(), false)
	if err != nil {
		return err
	}
	r := assess.New(basis(a)).Assess(c.Cluster)
	if r.Target.Version == nil {
		return exit.WithHint(exit.Usagef("no target was named, and assess chooses none for %s: %s", c.Name, r.Target.Reason), "--target VERSION plans the way to a version of your choice")
	}
	a.target, err = version.Parse(*r.Target.Version)
	return err
}

// basis is what the cluster is judged on. What it would break on the way is
// asked once the plan is known.
func basis(a *answer) assess.Basis {
	f := a.facts
	return assess.Basis{AsOf: f.AsOf, Catalog: f.Info, Advisories: f.Advisories, Calendars: f.Calendars, Skew: f.Skew, Ownership: f.Ownership,
		Cautions: f.Cautions, Compat: a.compat, Policy: f.Policy, Accepted: f.Accepted, Only: f.Only}
}

// build makes the plan and everything it says.
func (o *Options) build(a *answer) error {
	in, err := o.input(a)
	if err != nil {
		return err
	}
	a.plan, err = plan.Build(in)
	if err != nil {
		return refused(err)
	}
	a.plan.Findings = append(a.plan.Findings, o.findings(a)...)
	sortFindings(a.plan.Findings)
	o.gapsOf(a)
	o.ready(a)
	o.held(a)
	return nil
}

// refused says how a plan that cannot be made ends the run: a start that is
// illegal is a finding of its own, with the move that comes first.
func refused(err error) error {
	var r *plan.Refusal
	switch {
	case errors.As(err, &r):
		return exit.WithHint(&exit.Error{Code: exit.Findings, Err: err}, "fixline board shows where everything stands, and what moves next")
	case errors.Is(err, plan.ErrProvider):
		return exit.BadInput(err)
	case errors.Is(err, plan.ErrUnread):
		return &exit.Error{Code: exit.Incomplete, Err: err}
	}
	return exit.BadInput(err)
}

// write writes the plan in the form asked for.
func (o *Options) write(a *answer) error {
	form := report.Format(o.Output.Format.Value)
	return o.Output.To(o.Factory, func(w io.Writer, screen bool) error {
		switch form {
		case report.JSON:
			return planfile.Write(w, &a.plan)
		case report.YAML:
			var file bytes.Buffer
			if err := planfile.Write(&file, &a.plan); err != nil {
				return err
			}
			text, err := yaml.JSONToYAML(file.Bytes())
			if err == nil {
				_, err = w.Write(text)
			}
			return err
		}
		if err := a.hashed(); err != nil {
			return err
		}
		opts := report.Options{Program: o.Factory.Program, ToolVersion: build.Version()}
		if screen {
			opts.Width, opts.Colour = o.Factory.IO.Width(), o.Factory.IO.Color()
		}
		return report.WritePlan(w, form, &a.plan, a.notes, opts)
	})
}

// code is how the run ends: by the findings, then by what was not read.
func (o *Options) code(a *answer) exit.Code {
	worst := finding.Severity("")
	for _, f := range a.plan.Findings {
		if s := finding.Severity(f.Severity); s.Rank() > worst.Rank() {
			worst = s
		}
	}
	switch {
	case o.FailOn.Value != "none" && worst.Rank() > 0 && worst.Rank() >= finding.Severity(o.FailOn.Value).Rank():
		return exit.Findings
	case len(a.gaps) > 0 || a.facts.Info.Stale:
		return exit.Incomplete
	}
	return exit.OK
}

// next are the commands that come after.
func (o *Options) next(a *answer) []string {
	if len(a.plan.Steps) == 0 {
		return nil
	}
	if o.Dir == "" {
		return []string{fmt.Sprintf("%s plan%s --target %s -O DIR     makes the change record", o.Factory.Program, o.Source.Words(), a.target)}
	}
	role := cmp.Or(first(a.facts.Policy.Signers(change(a))), "platform")
	return []string{
		fmt.Sprintf("%s backup --record %s ..., then rehearse --record %s ...", o.Factory.Program, o.Dir, o.Dir),
		fmt.Sprintf("%s record show %s", o.Factory.Program, o.Dir),
		fmt.Sprintf("%s record sign %s --key KEY --role %s --name NAME", o.Factory.Program, o.Dir, role),
		fmt.Sprintf("%s board --plan %s/plan.json", o.Factory.Program, o.Dir),
	}
}

func first(all []string) string {
	if len(all) == 0 {
		return ""
	}
	return all[0]
}
