// Package rehearse starts the target's API server on a private copy of the
// cluster's data, on loopback and with nothing else running, and asks it what an
// upgrade would show. It decides what is started in which order and takes
// everything away again; what the answers mean is core's. It never touches the
// cluster. Start at [Run].
package rehearse

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/fixline-dev/fixline/internal/core/finding"
	"github.com/fixline-dev/fixline/internal/core/rehearsal"
	"github.com/fixline-dev/fixline/internal/rehearse/hostfiles"
	"github.com/fixline-dev/fixline/internal/rehearse/scratch"
	"github.com/fixline-dev/fixline/internal/rehearse/staticpod"
)

// Source is what a rehearsal needs of a backup.
type Source interface {
	hostfiles.Source
	// Snapshot is the path of a plain etcd snapshot file.
	Snapshot() string
}

// Folder is a source of a snapshot file and a folder with what /etc/kubernetes
// of a control plane had.
type Folder struct {
	hostfiles.Folder
	File string
}

// Snapshot is the path of the snapshot file.
func (f Folder) Snapshot() string { return f.File }

// Manifest is where kubeadm keeps the static pod of the API server.
const Manifest = "/etc/kubernetes/manifests/kube-apiserver.yaml"

// Binary is a program to start, a file or one in an image.
type Binary struct {
	Path  string // of the file; "" = it is in the image
	Image string // reference
	// Digest of the image, SHA256 of the file, where they are known beforehand.
	Digest, SHA256 string
}

// Spec says what to rehearse.
type Spec struct {
	Source Source
	// Backup is what the source was taken out of: its snapshot is held to it; nil =
	// a bare file.
	Backup   *rehearsal.Backup
	Etcd     Binary // etcd, of a minor that reads the snapshot
	Baseline *Binary
	Hops     []Binary // in their order, on one copy

	Place scratch.Place
	// Sample is how many objects of one resource are written back at most.
	Sample int
	// Limit is how long a program may need until it is ready.
	Limit time.Duration

	// Answers and Refused are what is known of today without a baseline.
	Answers []Question
	Refused []Manifested

	Now func() time.Time
	// Say is told what is being done.
	Say func(format string, args ...any)
}

// Run rehearses and returns the evidence but for what its caller knows: who,
// when, by which catalogue. The error is of what kept the rehearsal from being
// made; a target that does not start is evidence.
func Run(ctx context.Context, spec Spec) (r rehearsal.Rehearsal, err error) {
	begun := spec.Now()
	run := &run{spec: spec}
	if err := run.open(ctx); err != nil {
		return r, errors.Join(err, run.close())
	}
	defer func() { err = errors.Join(err, run.close()) }()
	var hops []rehearsal.Hop
	findings := []rehearsal.Finding{}
	for i := range spec.Hops {
		hop, found, err := run.hop(ctx, i)
		if err != nil {
			return r, err
		}
		hops = append(hops, hop)
		for _, f := range found {
			findings = append(findings, rehearsal.Public(hop.Version, f))
		}
		if failed(hop, rehearsal.Start) {
			break // on a copy that this version did not start on, the next would say nothing
		}
	}
	r = run.evidence()
	r.Hops, r.Findings = hops, findings
	r.Target = hops[len(hops)-1].Version
	r.Result = rehearsal.Outcome(hops, findings)
	r.Seconds = seconds(spec.Now().Sub(begun))
	return r, nil
}

func failed(h rehearsal.Hop, name string) bool {
	for _, c := range h.Checks {
		if c.Check == name && c.State == rehearsal.Fail {
			return true
		}
	}
	return false
}

// seconds rounds to hundredths: more is noise.
func seconds(d time.Duration) float64 {
	return float64(d.Round(10*time.Millisecond)) / float64(time.Second)
}

// hop starts one version on the copy, asks it, and stops it.
func (r *run) hop(ctx context.Context, i int) (rehearsal.Hop, []finding.Found, error) {
	program, path, err := r.program(ctx, r.spec.Hops[i], fmt.Sprintf("hop%d", i+1))
	if err != nil {
		return rehearsal.Hop{}, nil, err
	}
	s := &rehearsal.Seen{Baseline: r.baseline != nil, Gaps: map[string]string{}, Seconds: map[string]float64{}}
	hop := rehearsal.Hop{Program: program, Resources: []rehearsal.Resource{}}
	api, err := r.start(ctx, path, r.main, fmt.Sprintf("hop%d", i+1), s)
	if err != nil {
		return hop, nil, err
	}
	hop.Version = s.Version
	if api != nil {
		defer api.Stop()
		if err := r.question(ctx, api, s, &hop); err != nil {
			if ended := api.Running(); ended != nil {
				err = fmt.Errorf("%w; %w", err, ended)
			}
			return hop, nil, err
		}
	}
	checks, found := rehearsal.Judge(*s)
	hop.Checks = checks
	return hop, found, nil
}

// changes are what is not taken as it is, for people.
func changes(list []staticpod.Change, said []string) []rehearsal.Change {
	out := []rehearsal.Change{}
	for _, c := range list {
		out = append(out, rehearsal.Change{What: c.Flag + " " + c.What, Why: c.Why})
	}
	for _, s := range said {
		out = append(out, rehearsal.Change{What: s, Why: "it would call another program"})
	}
	return out
}

// Changes says what of a control plane's settings a rehearsal does not take as
// it is, before anything is started.
func Changes(source hostfiles.Source) ([]string, error) {
	text, err := hostfiles.Read(source, Manifest)
	if err != nil {
		return nil, fmt.Errorf("reading the API server's static pod: %w", err)
	}
	pod, err := staticpod.Parse(text)
	if err != nil {
		return nil, fmt.Errorf("reading the API server's static pod %s: %w", Manifest, err)
	}
	command, err := pod.Rewrite(func(host string) string { return host })
	if err != nil {
		return nil, err
	}
	out := []string{}
	for _, c := range changes(command.Changes, nil) {
		out = append(out, c.What+": "+c.Why)
	}
	return out, nil
}
