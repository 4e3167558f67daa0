package source

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/spf13/cobra"
	"k8s.io/cli-runtime/pkg/genericclioptions"

	"github.com/fixline-dev/fixline/internal/cli/build"
	"github.com/fixline-dev/fixline/internal/cli/exit"
	"github.com/fixline-dev/fixline/internal/cli/factory"
	"github.com/fixline-dev/fixline/internal/core/inventory"
	"github.com/fixline-dev/fixline/internal/core/version"
	"github.com/fixline-dev/fixline/internal/evidence/kube"
	"github.com/fixline-dev/fixline/internal/evidence/reading"
)

// live reads the current context, or each of --contexts, one after another.
func (o *Options) live(ctx context.Context, f *factory.Factory) (Clusters, error) {
	available, err := o.offered()
	if err != nil {
		return nil, err
	}
	if o.Kube.Namespace != nil && *o.Kube.Namespace != "" {
		f.IO.Notef("note: --namespace does not narrow an assessment; the whole cluster is read")
	}
	contexts := o.Contexts
	if len(contexts) == 0 {
		contexts = []string{*o.Kube.Context}
	}
	for i, name := range contexts { // a misspelt one is said before any is read
		if slices.Contains(contexts[:i], name) {
			return nil, exit.Usagef("--contexts: %q is named twice", name)
		}
		if err := Reachable(o.Kube, name, f); err != nil {
			return nil, err
		}
	}
	return func(yield func(inventory.Cluster, error) bool) {
		var failures []error
		var left []inventory.Cluster
		for _, name := range contexts {
			c, err := o.readLive(ctx, f, name)
			switch {
			case err != nil && (len(contexts) == 1 || ctx.Err() != nil):
				yield(c, err)
				return
			case err != nil:
				// One cluster that does not answer must not hide the others.
				f.IO.Notef("warning: %v", err)
				failures = append(failures, err)
				left = append(left, unanswered(f, name, err))
				continue
			}
			o.describe(&c, available)
			if !yield(c, nil) {
				return
			}
		}
		if len(failures) == len(contexts) {
			yield(inventory.Cluster{}, errors.Join(failures...))
			return
		}
		for _, c := range left {
			if !yield(c, nil) {
				return
			}
		}
	}, nil
}

// unanswered stands for a cluster of a fleet that could not be read: nothing of
// it is known, and the report says so.
func unanswered(f *factory.Factory, name string, err error) inventory.Cluster {
	c := inventory.Cluster{
		Name: name, Connected: true, Provider: "unknown", ProviderEvidence: "the cluster could not be read",
		Gaps: []inventory.Gap{{Check: "read the cluster", Reason: err.Error(), Required: true}},
	}
	configured(&c, f, name)
	return c
}

// readLive reads one context; "" is the current one.
func (o *Options) readLive(ctx context.Context, f *factory.Factory, name string) (inventory.Cluster, error) {
	at, err := Connect(o.Kube, name)
	if err != nil {
		return inventory.Cluster{}, err
	}
	f.Progress.Step("reading cluster %s", at.Label)
	b, err := kube.Read(ctx, at.Config, kube.Options{
		Version: build.Version(), Timeout: at.Timeout, Upgrade: o.Upgrade,
		Progress: func(line string) { f.Progress.Step("reading cluster %s: %s", at.Label, line) },
	})
	f.Progress.Done()
	if err != nil {
		return inventory.Cluster{}, LiveError(ctx, fmt.Errorf("reading cluster %s: %w", at.Label, err))
	}
	for _, w := range b.Warnings {
		f.IO.Notef("warning from the API server of %s: %s", at.Label, w)
	}
	c := reading.Cluster(b, reading.Options{Name: at.Label})
	configured(&c, f, at.Context)
	return c, nil
}

// configured sets what fixline.yaml says of a kubeconfig context.
func configured(c *inventory.Cluster, f *factory.Factory, context string) {
	known := f.Config.Contexts[context]
	setIf(&c.Name, known.Name)
	setIf(&c.Owner, known.Owner)
	setIf(&c.Environment, known.Environment)
}

// LiveError says how an error of reading a live cluster ends the run: an interrupted run is that, whatever the request said; a client
// configuration that cannot work is the user's to correct; the rest failed.
func LiveError(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if e, ok := errors.AsType[*kube.Error](err); ok && e.Kind == kube.BadConfig {
		return exit.BadInput(err)
	}
	return err
}

// offered reads --available; nil = not given.
func (o *Options) offered() ([]version.Version, error) {
	var out []version.Version
	for _, s := range o.Available {
		v, err := version.Parse(s)
		if err != nil {
			return nil, exit.Usagef("--available: %w", err)
		}
		out = append(out, v)
	}
	return out, nil
}

// describe sets what only the user knows.
func (o *Options) describe(c *inventory.Cluster, available []version.Version) {
	setIf(&c.Name, o.Name)
	setIf(&c.Owner, o.Owner)
	setIf(&c.Environment, o.Environment.Value)
	if available != nil {
		c.Available, c.AvailableSource = available, "--available"
	}
}

func setIf(to *string, value string) {
	if value != "" {
		*to = value
	}
}

// CompleteContexts offers the kubeconfig's contexts to the shell.
func CompleteContexts(k *genericclioptions.ConfigFlags) cobra.CompletionFunc {
	return func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		raw, err := k.ToRawKubeConfigLoader().RawConfig()
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return slices.Sorted(maps.Keys(raw.Contexts)), cobra.ShellCompDirectiveNoFileComp
	}
}
