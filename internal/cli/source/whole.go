package source

import (
	"context"
	"fmt"
	"io"

	"github.com/fixline-dev/fixline/internal/cli/build"
	"github.com/fixline-dev/fixline/internal/cli/exit"
	"github.com/fixline-dev/fixline/internal/cli/factory"
	"github.com/fixline-dev/fixline/internal/core/inventory"
	"github.com/fixline-dev/fixline/internal/evidence"
	"github.com/fixline-dev/fixline/internal/evidence/dump"
	"github.com/fixline-dev/fixline/internal/evidence/helm"
	"github.com/fixline-dev/fixline/internal/evidence/kube"
	"github.com/fixline-dev/fixline/internal/evidence/reading"
)

// Evidence is one cluster with what it was read out of.
type Evidence struct {
	inventory.Cluster

	Bundle *evidence.Bundle // nil where the cluster was declared
}

// Whole reads one cluster from end to end, everything that collect reads of its
// API, and gives also each file as it comes; a declared cluster has none. With
// releases a live cluster's Helm releases are read, too. A source of several
// clusters is a usage error: what is made of the answer concerns one.
func (o *Options) Whole(ctx context.Context, f *factory.Factory, also evidence.Sink, releases bool) (Evidence, error) {
	switch {
	case len(o.Contexts) > 0:
		return Evidence{}, exit.WithHint(exit.Usagef("--contexts names several clusters, and this concerns one"), "use --context")
	case len(o.Inventories) > 0:
		c, err := o.onlyDeclared(ctx, f)
		return Evidence{Cluster: c}, err
	}
	available, err := o.offered()
	if err != nil {
		return Evidence{}, err
	}
	var c Evidence
	if o.Bundle != "" || o.Embedded != nil {
		c, err = o.wholeRecorded(ctx, f, also)
	} else {
		c, err = o.wholeLive(ctx, f, also, releases)
	}
	if err != nil {
		return Evidence{}, err
	}
	o.describe(&c.Cluster, available)
	return c, nil
}

// onlyDeclared is the one cluster of the inventory files.
func (o *Options) onlyDeclared(ctx context.Context, f *factory.Factory) (inventory.Cluster, error) {
	all, err := o.declared(ctx, f)
	if err != nil {
		return inventory.Cluster{}, err
	}
	var only []inventory.Cluster
	for c, err := range all {
		if err != nil {
			return inventory.Cluster{}, err
		}
		only = append(only, c)
	}
	if len(only) != 1 {
		return inventory.Cluster{}, exit.WithHint(exit.Usagef("the inventory declares %d clusters, and this concerns one", len(only)), "give a file with that cluster alone")
	}
	return only[0], nil
}

func (o *Options) wholeRecorded(ctx context.Context, f *factory.Factory, also evidence.Sink) (Evidence, error) {
	b, err := o.readBundle(ctx, f)
	if err == nil {
		if o.Embedded != nil {
			_, err = dump.ReplayFS(ctx, o.Embedded, "the embedded recording", also)
		} else {
			_, err = dump.Replay(ctx, o.Bundle, also)
		}
	}
	if err != nil {
		return Evidence{}, inputError(ctx, fmt.Errorf("reading the bundle: %w", err))
	}
	name := b.Name
	if name == "" {
		name = bundleName(o.Bundle)
	}
	c := reading.Cluster(b, reading.Options{Name: name})
	configured(&c, f, b.Name)
	return Evidence{c, b}, nil
}

func (o *Options) wholeLive(ctx context.Context, f *factory.Factory, also evidence.Sink, releases bool) (Evidence, error) {
	if err := Reachable(o.Kube, *o.Kube.Context, f); err != nil {
		return Evidence{}, err
	}
	at, err := Connect(o.Kube, *o.Kube.Context)
	if err != nil {
		return Evidence{}, err
	}
	b, err := Stream(ctx, f, at, also, releases)
	if err != nil {
		return Evidence{}, err
	}
	c := reading.Cluster(b, reading.Options{Name: at.Label})
	configured(&c, f, at.Context)
	return Evidence{c, b}, nil
}

// Stream reads a live cluster into also, as collect does, and returns what a
// judgement of the cluster itself takes of it. Helm's releases are read where
// asked; they are in also alone.
func Stream(ctx context.Context, f *factory.Factory, at Connection, also evidence.Sink, releases bool) (*evidence.Bundle, error) {
	f.Progress.Step("reading cluster %s", at.Label)
	defer f.Progress.Done()
	sink := dump.NewSink(at.Config.Host)
	known, err := kube.Collect(ctx, at.Config, evidence.Tee(also, sink), kube.CollectOptions{Version: build.Version(), Timeout: at.Timeout, Now: f.Now,
		Progress: func(p kube.Progress) { f.Progress.Step("reading cluster %s: %s, %d to go", at.Label, p.Asked, p.Left) }})
	if err != nil {
		return nil, LiveError(ctx, fmt.Errorf("reading cluster %s: %w", at.Label, err))
	}
	for _, w := range known.Warnings {
		f.IO.Notef("warning from the API server of %s: %s", at.Label, w)
	}
	b := sink.Bundle()
	b.Source, b.Warnings, b.Clocks = known.Server, known.Warnings, known.Clocks
	if !releases {
		return b, nil
	}
	return b, helm.Collect(ctx, at.Config, also, helm.Options{Version: build.Version(), By: known.By, Timeout: at.Timeout, Now: f.Now,
		Progress: func(done, all int) {
			f.Progress.Step("reading cluster %s: Helm releases, %d of %d", at.Label, done, all)
		}})
}

// Nobody is the reader along of a cluster nobody reads along.
func Nobody() evidence.Sink { return nobody{} }

type nobody struct{}

func (nobody) Note(evidence.Check) {}

func (nobody) File(_ string, _ evidence.Origin, fill func(io.Writer) (int, error)) error {
	_, err := fill(io.Discard)
	return err
}
