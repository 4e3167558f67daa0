package apply

import (
	"context"
	"fmt"
	"time"

	"github.com/fixline-dev/fixline/internal/apply"
	"github.com/fixline-dev/fixline/internal/core/plan"
	"github.com/fixline-dev/fixline/internal/core/policy"
	"github.com/fixline-dev/fixline/internal/core/progress"
	"github.com/fixline-dev/fixline/internal/core/readiness"
	"github.com/fixline-dev/fixline/internal/record/journal"
)

// proofs are the hands of the steps that other commands do (a backup that was
// restored, a rehearsal) and the gates that ask for them: what the record holds.
// The record is locked while a plan is carried out, so such a step stops the run
// and says which command comes first.
type proofs struct {
	change *change
	dir    string
	now    time.Time
	// entries are those of the journal by now: a hop may have ended in this run.
	entries func() []journal.Entry
}

// Look says whether the record has what the step is to bring.
func (p proofs) Look(_ context.Context, s *plan.Step) (progress.Look, error) {
	proof, what := p.proof(s.Kind)
	after := p.hopBegan(s)
	switch {
	case proof.Optional:
		return progress.Look{State: progress.There, Says: "the policy asks for no " + what + " here: " + proof.Why}, nil
	case proof.At.IsZero():
		return progress.Look{State: progress.Before, Says: "the record has no " + what}, nil
	case proof.Failed != "" || proof.Expired != "":
		return progress.Look{State: progress.Before, Says: fmt.Sprintf("the %s of %s does not count: %s%s", what, stamp(proof.At), proof.Failed, proof.Expired)}, nil
	case proof.At.Before(after):
		return progress.Look{State: progress.Before, Says: fmt.Sprintf("the %s of %s is older than the hop before this one, which ended at %s: the data is another now", what, stamp(proof.At), stamp(after))}, nil
	}
	return progress.Look{State: progress.There, Says: fmt.Sprintf("the record has the %s of %s %s", what, stamp(proof.At), proof.Shown)}, nil
}

// Do says which command comes first.
func (p proofs) Do(ctx context.Context, s *plan.Step, _ *apply.Log) error {
	look, err := p.Look(ctx, s)
	if err != nil || look.State == progress.There {
		return err
	}
	return &missingError{look.Says, p.command(s)}
}

func (p proofs) command(s *plan.Step) string {
	if s.Kind == plan.EtcdBackup {
		return fmt.Sprintf("fixline backup -O FOLDER --ssh HOST --recipient KEY --record %s, then this command again", p.dir)
	}
	return fmt.Sprintf("fixline rehearse --backup FILE --record %s (to %s), then this command again", p.dir, s.To)
}

// missingError is a proof that another command brings.
type missingError struct{ says, command string }

func (e *missingError) Error() string { return e.says + "; first: " + e.command }

func (p proofs) proof(kind plan.Kind) (readiness.Proof, string) {
	found := p.change.record.Proofs()
	if found.Facts == nil || found.Policy == nil {
		return readiness.Proof{}, "plan facts"
	}
	// How old a proof may be was held before the first change; a later hop asks
	// for one that is younger than the hop before.
	rules := *found.Policy
	if p.change.begun {
		rules.Ages = policy.Ages{}
	}
	q := readiness.Question{Now: p.now, Policy: rules, Gate: policy.AtApply, Proofs: found.Proofs}
	if kind == plan.EtcdBackup {
		return found.Facts.Backup(q), "proven backup"
	}
	return found.Facts.Rehearsed(q), "rehearsal"
}

// hopBegan is when the hop before that of a step last changed the control plane,
// in this run or an earlier one;
// zero where there is none.
func (p proofs) hopBegan(s *plan.Step) time.Time {
	last := ""
	for i := range p.change.plan.Steps {
		one := &p.change.plan.Steps[i]
		if one.ID == s.ID {
			break
		}
		if one.Hop != s.Hop && (one.Kind == plan.KubeadmApply || one.Kind == plan.KubeadmNode) && len(one.Moves()) > 0 {
			last = one.ID
		}
	}
	if last == "" {
		return time.Time{}
	}
	return ended(p.entries(), p.change.plan.Hash, last)
}

// ended is when a step was done, or a person decided on it.
func ended(entries []journal.Entry, hash, step string) time.Time {
	var at time.Time
	for _, e := range entries {
		if e.Kind != journal.StepDone && e.Kind != apply.Decided {
			continue
		}
		if id, ok := apply.StepOf(e, hash); ok && id == step {
			at, _ = time.Parse(time.RFC3339, e.Time)
		}
	}
	return at
}

// Holds answers the gates: what the step that brings it saw.
func (p proofs) Holds(ctx context.Context, gate string, s *plan.Step) (bool, string, error) {
	kind := plan.EtcdBackup
	switch gate {
	case plan.GateBackupProven:
	case plan.GateRehearsed:
		kind = plan.RehearseStep
	default:
		return false, "", &apply.UnknownGateError{Gate: gate}
	}
	var step *plan.Step
	for i := range p.change.plan.Steps {
		one := &p.change.plan.Steps[i]
		if one.Kind == kind {
			step = one
		}
		if one.ID == s.ID {
			break
		}
	}
	if step == nil {
		return false, fmt.Sprintf("no step of kind %s comes before", kind), nil
	}
	look, err := p.Look(ctx, step)
	return look.State == progress.There, look.Says, err
}

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 MST") }
