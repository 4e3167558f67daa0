package apply

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/fixline-dev/fixline/internal/apply"
	"github.com/fixline-dev/fixline/internal/catalog"
	"github.com/fixline-dev/fixline/internal/cli/exit"
	"github.com/fixline-dev/fixline/internal/core/plan"
	"github.com/fixline-dev/fixline/internal/core/policy"
	"github.com/fixline-dev/fixline/internal/core/progress"
	"github.com/fixline-dev/fixline/internal/core/readiness"
	"github.com/fixline-dev/fixline/internal/planfile"
	"github.com/fixline-dev/fixline/internal/record"
)

// change is what a record says before anything is done.
type change struct {
	record record.Report
	plan   *plan.Plan
	events []progress.Event
	begun  bool // some step was
}

// change reads the record and its plan. A plan that is not what was written, or
// not legal, ends the run.
func (o *Options) change() (*change, error) {
	r, err := o.Keys.Verify(o.Factory, o.Dir)
	if err != nil {
		return nil, err
	}
	if r.State == record.Altered {
		return nil, exit.WithHint(&exit.Error{Code: exit.Findings, Err: fmt.Errorf("the record is not what was written: %s", r.Summary)}, "fixline record verify %s", o.Dir)
	}
	name := filepath.Join(o.Dir, record.PlanFile)
	f, err := os.Open(name)
	if err != nil {
		return nil, exit.BadInput(fmt.Errorf("reading the plan: %w", err))
	}
	defer f.Close()
	file, err := planfile.Read(f, name)
	if err != nil {
		return nil, exit.BadInput(fmt.Errorf("reading the plan: %w", err))
	}
	if file.Changed() {
		return nil, &exit.Error{Code: exit.Findings, Err: errors.New(file.Findings()[0].Message + ": it was changed after it was written")}
	}
	rules, err := catalog.SkewRules()
	if err != nil {
		return nil, err
	}
	if _, err := plan.Check(&file.Plan, rules, ""); err != nil {
		return nil, &exit.Error{Code: exit.Findings, Err: fmt.Errorf("the plan may not be carried out: %w", err)}
	}
	c := &change{record: r, plan: &file.Plan}
	if c.events, err = apply.Events(r.Entries(), c.plan.Hash); err != nil {
		return nil, exit.BadInput(err)
	}
	for _, e := range c.events {
		c.begun = c.begun || e.Kind == progress.Begun
	}
	return c, nil
}

// ready holds what must be before the first change: each row of the readiness,
// and the policy's windows. A change under way is not held up by what has grown
// old since: half a change is worse than an old catalogue.
func (o *Options) ready(c *change) error {
	if c.begun {
		return nil
	}
	if c.record.ReadinessWhy != "" {
		return exit.WithHint(&exit.Error{Code: exit.Findings, Err: fmt.Errorf("whether the change is ready cannot be judged: %s", c.record.ReadinessWhy)}, "fixline plan -O DIR makes a record that can be")
	}
	var missing []string
	for _, row := range c.record.Readiness {
		if row.State != readiness.Pass {
			missing = append(missing, fmt.Sprintf("  %-18s %-8s %s", row.Row, row.State, row.Why))
		}
	}
	if len(missing) > 0 {
		return exit.WithHint(&exit.Error{Code: exit.Findings, Err: fmt.Errorf("the change is not ready, so nothing was done:\n%s", strings.Join(missing, "\n"))}, "%s", o.nextOf(c))
	}
	if err := ignored(c); err != nil {
		return err
	}
	return o.window(c)
}

// ignored: what the plan ignores of kubeadm's preflight errors is still what the
// policy of the record allows.
func ignored(c *change) error {
	rules := c.record.Proofs().Policy
	for _, i := range c.plan.IgnorePreflightErrors {
		if _, may := rules.MayIgnore(i.Check); !may {
			return exit.WithHint(&exit.Error{Code: exit.Findings, Err: fmt.Errorf("the plan ignores the preflight check %s, which the policy of the record does not allow", i.Check)},
				"name it in the policy (%s), and plan anew", policy.PreflightKey)
		}
	}
	return nil
}

// nextOf is the command that closes the first row that does not pass.
func (o *Options) nextOf(c *change) string {
	for _, row := range c.record.Readiness {
		if row.State == readiness.Pass {
			continue
		}
		switch row.Row {
		case readiness.ProvenBackup:
			return fmt.Sprintf("fixline backup -O FOLDER --ssh HOST --recipient KEY --record %s", o.Dir)
		case readiness.Rehearsal:
			return fmt.Sprintf("fixline rehearse --backup FILE --record %s", o.Dir)
		case readiness.SignOffs:
			return fmt.Sprintf("fixline record sign %s, and name the signers' public keys with --trusted-keys or --key", o.Dir)
		case readiness.Compatibility:
			return fmt.Sprintf("fixline record show %s", o.Dir)
		}
	}
	return fmt.Sprintf("fixline plan --previous %s -O DIR plans it anew, as the cluster is now", o.Dir)
}

// window asks the policy of the record whether a change may begin now.
func (o *Options) window(c *change) error {
	rules, facts := c.record.Proofs().Policy, c.record.Proofs().Facts
	if rules == nil || facts == nil {
		return nil // said by the readiness
	}
	held := rules.Frozen(o.Factory.Now(), policy.Change{Environment: facts.Environment, Provider: facts.Provider,
		Severity: facts.Severity, Score: facts.Score, Affected: facts.Affected})
	if !held.Held || o.OutsideWindow != "" {
		return nil
	}
	until := ""
	if !held.Until.IsZero() {
		until = " until " + held.Until.Format("2006-01-02 15:04 MST")
	}
	return exit.WithHint(&exit.Error{Code: exit.Findings, Err: fmt.Errorf("the policy forbids to begin now: %s%s; %s", held.Window, until, held.Why)},
		"wait, or say why it cannot: --outside-window \"WHY\" (the record keeps it)")
}
