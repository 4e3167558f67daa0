package rehearse

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"strings"
	"time"

	"github.com/fixline-dev/fixline/internal/cli/agree"
	"github.com/fixline-dev/fixline/internal/cli/build"
	"github.com/fixline-dev/fixline/internal/cli/exit"
	"github.com/fixline-dev/fixline/internal/cli/knowledge"
	"github.com/fixline-dev/fixline/internal/cli/record/keys"
	"github.com/fixline-dev/fixline/internal/core/finding"
	"github.com/fixline-dev/fixline/internal/core/readiness"
	"github.com/fixline-dev/fixline/internal/core/rehearsal"
	"github.com/fixline-dev/fixline/internal/record"
	"github.com/fixline-dev/fixline/internal/record/journal"
	"github.com/fixline-dev/fixline/internal/record/proof"
	"github.com/fixline-dev/fixline/internal/rehearse"
	"github.com/fixline-dev/fixline/internal/rehearse/hostfiles"
	"github.com/fixline-dev/fixline/internal/rehearse/scratch"
	"github.com/fixline-dev/fixline/internal/rehearse/store"
	"github.com/fixline-dev/fixline/internal/report"
)

// run does what the options say and ends with the code of the contract.
func (o *Options) run(ctx context.Context) (err error) {
	cat, err := (&knowledge.Options{}).Catalog(ctx, o.Factory)
	if err != nil {
		return err
	}
	spec, err := o.spec()
	if err != nil {
		return err
	}
	change, err := o.change()
	if err != nil {
		return err
	}
	if !o.DryRun {
		if err := o.sweep(spec.Place.Dir); err != nil {
			return err
		}
	}
	var b *opened
	if o.Backup != "" {
		if b, err = o.openBackup(ctx, &spec); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, b.close()) }()
		spec.Source, spec.Backup = b.source(o.Kubernetes), b.evidence()
		o.Name = cmp.Or(o.Name, b.manifest.Cluster)
	}
	if err := o.same(change); err != nil {
		return err
	}
	in, err := o.intent(ctx, &spec, b)
	if err != nil {
		return err
	}
	if o.DryRun {
		return o.Output.Data(o.Factory, in, in.text)
	}
	if err := agree.To(o.Factory, o.Yes, in.Hash, in.text); err != nil {
		return err
	}
	at := o.Factory.Now().UTC()
	r, err := rehearse.Run(ctx, spec)
	o.Factory.Progress.Done()
	if err != nil {
		return kept(err)
	}
	r.At, r.Program = at.Format(time.RFC3339), "fixline "+build.Version()
	r.Catalogue = rehearsal.Catalog{Date: cat.Date.Format(time.DateOnly), AdvisoriesThrough: cat.AdvisoriesThrough.Format(time.DateOnly)}
	if o.Name != "" {
		r.Cluster = &o.Name
	}
	if err := o.keep(r, at); err != nil {
		return err
	}
	err = o.Output.To(o.Factory, func(w io.Writer, screen bool) error {
		opts := report.Options{Program: o.Factory.Program, ToolVersion: build.Version()}
		if screen {
			opts.Width, opts.Colour = o.Factory.IO.Width(), o.Factory.IO.Color()
		}
		return report.WriteRehearsal(w, report.Format(o.Output.Format.Value), r, opts)
	})
	if err != nil {
		return err
	}
	return exit.Result(codeOf(r, o.FailOn.Value))
}

// spec is what the options name.
func (o *Options) spec() (rehearse.Spec, error) {
	spec := rehearse.Spec{
		Source: rehearse.Folder{Folder: hostfiles.Folder(o.Kubernetes), File: o.Snapshot},
		Etcd:   rehearse.Binary{Path: o.Etcd, Image: o.EtcdImage},
		Place:  scratch.Place{Dir: scratch.Memory}, Sample: o.Sample, Limit: o.StartTimeout,
		Now: o.Factory.Now, Say: o.Factory.Progress.Step,
	}
	if o.Baseline != "" || o.BaselineImage != "" {
		spec.Baseline = &rehearse.Binary{Path: o.Baseline, Image: o.BaselineImage}
	}
	for _, path := range o.Binaries {
		spec.Hops = append(spec.Hops, rehearse.Binary{Path: path})
	}
	for _, ref := range o.Images {
		spec.Hops = append(spec.Hops, rehearse.Binary{Image: ref})
	}
	if o.Scratch != "" {
		spec.Place = scratch.Place{Dir: o.Scratch, Accepted: true}
	}
	var err error
	if spec.Answers, err = readAnswers(o.Answers); err != nil {
		return spec, err
	}
	if spec.Refused, err = readRefused(o.Refused); err != nil {
		return spec, err
	}
	for _, path := range []*string{&spec.Etcd.Path, &spec.Place.Dir} {
		if err := whole(path); err != nil {
			return spec, err
		}
	}
	for i := range spec.Hops {
		if err := whole(&spec.Hops[i].Path); err != nil {
			return spec, err
		}
	}
	if spec.Baseline != nil {
		return spec, whole(&spec.Baseline.Path)
	}
	return spec, nil
}

// whole makes a path whole: programs are started in a folder of their own.
func whole(path *string) error {
	if *path == "" {
		return nil
	}
	abs, err := filepath.Abs(*path)
	*path = abs
	return err
}

// change is the name of the cluster whose record --record names; "" = none was named.
func (o *Options) change() (string, error) {
	if o.Record == "" {
		return "", nil
	}
	return keys.Cluster(o.Record)
}

// same: a rehearsal on another cluster's data says nothing of this change. It is
// told before an hour is spent on it.
func (o *Options) same(change string) error {
	switch {
	case change == "" || change == o.Name:
		return nil
	case o.Name == "":
		return exit.WithHint(exit.Usagef("--record: the record is of the cluster %q, and a bare snapshot does not say of which it is", change), "--name %s, if it is that cluster's", change)
	}
	return exit.WithHint(exit.Usagef("--record: the record is of the cluster %q, the data of %q", change, o.Name), "--name %s, if they are one cluster by two names", change)
}

// sweep removes what killed runs left.
func (o *Options) sweep(dir string) error {
	swept, err := scratch.Sweep(dir)
	for _, path := range swept {
		o.Factory.IO.Notef("note: removed %s, which a rehearsal left that was killed", path)
	}
	if errors.Is(err, fs.ErrNotExist) {
		return exit.BadInput(err)
	}
	return err
}

// kept tells what the user can correct from what failed.
func kept(err error) error {
	_, space := errors.AsType[*scratch.SpaceError](err)
	_, snapshot := errors.AsType[*store.BadSnapshotError](err)
	if space || snapshot || errors.Is(err, fs.ErrNotExist) || errors.Is(err, hostfiles.ErrKMS) {
		return exit.BadInput(err)
	}
	return err
}

// keep adds the evidence to the record.
func (o *Options) keep(r rehearsal.Rehearsal, at time.Time) (err error) {
	if o.Record == "" {
		return nil
	}
	rec, err := record.Open(o.Record, record.Options{Now: o.Factory.Now, Program: r.Program})
	if err != nil {
		return keys.Ended(err)
	}
	defer func() { err = errors.Join(err, rec.Close()) }()
	var text bytes.Buffer
	if err := report.WriteRehearsal(&text, report.JSON, r, report.Options{}); err != nil {
		return err
	}
	name := fmt.Sprintf("rehearsal-%s-%s.json", r.Target, strings.ToLower(at.Format("20060102T150405Z")))
	if _, err := rec.AddEvidence(name, &text); err != nil {
		return err
	}
	if _, err = rec.Append(journal.Rehearsal, proof.Rehearsed{Target: r.Target, Result: r.Result, Why: r.Failed(), At: r.At, Evidence: []string{record.EvidenceDir + "/" + name}}); err != nil {
		return err
	}
	return keys.Counts(o.Factory, o.Record, readiness.Rehearsal, r.Catalogue.Date)
}

func codeOf(r rehearsal.Rehearsal, failOn string) exit.Code {
	highest := 0
	for _, f := range r.Findings {
		highest = max(highest, finding.Severity(f.Severity).Rank())
	}
	switch {
	case r.Result == rehearsal.Fail && failOn != "none":
		return exit.Findings
	case failOn != "none" && highest > 0 && highest >= finding.Severity(failOn).Rank():
		return exit.Findings
	case r.Result != rehearsal.Pass:
		return exit.Incomplete
	}
	return exit.OK
}
