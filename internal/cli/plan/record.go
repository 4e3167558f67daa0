package plan

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/fixline-dev/fixline/internal/cli/build"
	"github.com/fixline-dev/fixline/internal/cli/exit"
	"github.com/fixline-dev/fixline/internal/core/assess"
	"github.com/fixline-dev/fixline/internal/planfile"
	"github.com/fixline-dev/fixline/internal/policyfile"
	"github.com/fixline-dev/fixline/internal/record"
	"github.com/fixline-dev/fixline/internal/record/decision"
	"github.com/fixline-dev/fixline/internal/record/journal"
	"github.com/fixline-dev/fixline/internal/record/proof"
)

// record makes the change record: the decision, the plan, and what both rest on.
func (o *Options) record(a *answer) (err error) {
	rules, hash, err := o.policy()
	if err != nil {
		return err
	}
	var file bytes.Buffer
	if err := planfile.Write(&file, &a.plan); err != nil {
		return fmt.Errorf("making the change record: %w", err)
	}
	r, err := record.Create(o.Dir, o.decide(a, hash), file.Bytes(), record.Options{Now: o.Factory.Now, Program: "fixline " + build.Version()})
	if err != nil {
		return exit.BadInput(fmt.Errorf("making the change record: %w", err))
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	for _, e := range []struct {
		name string
		data any
	}{
		{"assessment.json", assess.Result{APIVersion: "fixline.dev/v1alpha1", Kind: "Assessment", AsOf: a.facts.AsOf.Format(time.DateOnly),
			Catalog: a.facts.Info, Clusters: []assess.ClusterResult{a.judged}, Rollout: []string{a.judged.Name}}},
		{"scan.json", a.scan},
		{proof.FactsFile, a.ready},
	} {
		text, err := json.MarshalIndent(e.data, "", "  ")
		if err == nil {
			_, err = r.AddEvidence(e.name, bytes.NewReader(append(text, '\n')))
		}
		if err != nil {
			return fmt.Errorf("making the change record: %s: %w", e.name, err)
		}
	}
	if _, err := r.AddEvidence(proof.PolicyFile, bytes.NewReader(rules)); err != nil {
		return fmt.Errorf("making the change record: %w", err)
	}
	if err := o.noteBundle(r); err != nil {
		return fmt.Errorf("making the change record: %w", err)
	}
	if a.carried.continues(a.ready) {
		if err := r.Carry(o.Previous, *a.carried.report); err != nil {
			return fmt.Errorf("making the change record: %w", err)
		}
	}
	o.Factory.IO.Verbosef("wrote %s", o.Dir)
	return nil
}

// noteBundle keeps the sum of the bundle the plan was made from, so that it can
// be held against the record later. A folder has a sum for each file already.
func (o *Options) noteBundle(r *record.Record) error {
	info, err := os.Stat(o.Source.Bundle)
	if o.Source.Bundle == "" || err != nil || !info.Mode().IsRegular() {
		return nil // it was read a moment ago; what is no plain file has no sum
	}
	f, err := os.Open(o.Source.Bundle)
	if err != nil {
		return err
	}
	defer f.Close()
	sum := sha256.New()
	n, err := io.Copy(sum, f)
	if err != nil {
		return err
	}
	_, err = r.Append(journal.Note, map[string]any{"text": "the plan was made from this bundle", "bundle": filepath.Base(o.Source.Bundle),
		"bytes": n, "sha256": hex.EncodeToString(sum.Sum(nil))})
	return err
}

// policy is the text of the policy file, the default one where none was named,
// and its sum.
func (o *Options) policy() (text []byte, hash string, err error) {
	text = []byte(policyfile.DefaultText())
	if o.Knowledge.Policy != "" {
		if text, err = os.ReadFile(o.Knowledge.Policy); err != nil {
			return nil, "", exit.BadInput(fmt.Errorf("reading the policy: %w", err))
		}
	}
	sum := sha256.Sum256(text)
	return text, hex.EncodeToString(sum[:]), nil
}

// decide is record.yaml: what was decided, and why.
func (o *Options) decide(a *answer, policyHash string) decision.Decision {
	d := decision.Decision{
		ID: identifier(a), Created: o.Factory.Now().UTC().Truncate(time.Second).Format(time.RFC3339), AsOf: a.facts.AsOf.Format(time.DateOnly),
		Catalog: decision.Text(a.facts.Info.Date), Sentence: a.judged.Sentence, PolicyHash: decision.Text(policyHash),
		Cluster: decision.Cluster{Name: a.cluster.Name, Environment: decision.Text(a.cluster.Environment), Owner: decision.Text(a.cluster.Owner), Provider: decision.Text(a.cluster.Provider)},
		Change:  decision.Change{From: a.plan.From, Target: a.plan.Target, Hops: a.plan.Hops, Why: decision.Text(a.judged.Target.Reason)},
		Backup: decision.Backup{Required: true, // a plan is of kubeadm's clusters alone: see [policy.BackupAlways]
			Location: "said by the journal once a backup was proven",
			Restore:  "in the manifest of the backup: it names every member of this cluster"},
		Rollback: decision.Rollback{Triggers: a.facts.Policy.Rollback.Triggers, NotTriggers: a.facts.Policy.Rollback.NotTriggers},
		SignOffs: a.facts.Policy.Signers(change(a)), FollowUps: append([]decision.FollowUp{}, a.carried.followUps...),
	}
	if a.judged.Due != nil {
		d.Change.Due = decision.Text(*a.judged.Due)
	}
	d.Rejected = rejected(a)
	if a.cluster.Owner != "" {
		d.Owners = []decision.Owner{{Part: "cluster", Name: a.cluster.Owner}}
	}
	d.Reason, d.Mapping = o.reason(a)
	d.Findings, d.Waivers = recorded(a)
	d.Skew = expectedSkew(a)
	d.Checks = checks(a)
	d.Mitigations = mitigations(a)
	if a.notes.Held != "" {
		d.FollowUps = append(d.FollowUps, decision.FollowUp{Text: "before the change: it was held when it was planned, " + a.notes.Held})
	}
	return d
}

// rejected are the versions that assess turns down for this cluster, each with
// why. Judged as of a target that is settled there are none, so it is asked
// anew; where a person named another version than it chooses, that is said.
func rejected(a *answer) []decision.Rejected {
	free := assess.New(basis(a)).Assess(a.cluster.Cluster).Target
	var out []decision.Rejected
	for _, r := range free.Rejected {
		if r.Version != a.plan.Target {
			out = append(out, decision.Rejected(r))
		}
	}
	if free.Version != nil && *free.Version != a.plan.Target {
		out = append(out, decision.Rejected{Version: *free.Version, Reason: "assess chooses it; " + a.plan.Target + " was named instead"})
	}
	return out
}

// identifier names the change: the cluster, the target and the day.
func identifier(a *answer) string {
	plain := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '.' || r == '-' || r == '_' {
			return r
		}
		return '-'
	}, a.cluster.Name)
	return fmt.Sprintf("%s-%s-%s", cmp.Or(strings.Trim(plain, "-._"), "cluster"), a.target, a.facts.AsOf.Format("20060102"))
}

// reason is why: the advisories in range that the target closes, else words.
func (o *Options) reason(a *answer) (decision.Reason, []decision.Mapping) {
	r := decision.Reason{Text: decision.Text(o.Reason)}
	var all []decision.Mapping
	for _, adv := range a.judged.Advisories {
		m := decision.Mapping{Advisory: adv.ID, Verdict: string(adv.Verdict), FixedIn: adv.Fixed} // why is in the assessment
		for _, c := range adv.Components {
			text := c.Component
			if c.Node != nil {
				text += " on " + *c.Node
			}
			m.Components = append(m.Components, text)
		}
		for _, id := range a.judged.Target.Fixes {
			if id == adv.ID {
				m.Target = decision.Text(a.plan.Target)
				r.Advisories = append(r.Advisories, adv.ID)
			}
		}
		all = append(all, m)
	}
	if len(r.Advisories) == 0 && r.Text == "" {
		r.Text = decision.Text("maintenance: " + a.judged.Decision.Action)
	}
	return r, all
}
