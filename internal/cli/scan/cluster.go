package scan

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"
	"k8s.io/cli-runtime/pkg/genericclioptions"

	"github.com/fixline-dev/fixline/internal/cli/build"
	"github.com/fixline-dev/fixline/internal/cli/exit"
	"github.com/fixline-dev/fixline/internal/cli/flags"
	"github.com/fixline-dev/fixline/internal/cli/source"
	"github.com/fixline-dev/fixline/internal/core/scan"
	"github.com/fixline-dev/fixline/internal/evidence"
	"github.com/fixline-dev/fixline/internal/evidence/dump"
	"github.com/fixline-dev/fixline/internal/evidence/helm"
	"github.com/fixline-dev/fixline/internal/evidence/kube"
	"github.com/fixline-dev/fixline/internal/evidence/reading/uses"
)

// clusterOptions say which cluster is scanned besides manifests, if any.
type clusterOptions struct {
	Bundle   string
	AuditLog []string
	Helm     bool
	Kube     *genericclioptions.ConfigFlags

	live bool // a live cluster is read
}

func (c *clusterOptions) addFlags(cmd *cobra.Command) {
	fs := cmd.Flags()
	fs.StringVar(&c.Bundle, "bundle", "", "Scan the cluster recorded at `PATH`: what collect wrote, or a folder of kubectl output")
	fs.StringSliceVar(&c.AuditLog, "audit-log", nil, "Take who calls from an API server's audit log `PATH`: a file of JSON lines, also gzip or zstd, or a folder of them; repeatable")
	fs.BoolVar(&c.Helm, "helm", false, "Read what a live cluster's Helm releases hold, too: needs the right to list Secrets and ConfigMaps")
	c.Kube = source.KubeFlags()
	c.Kube.AddFlags(fs)
	fs.Lookup("namespace").Usage = "Accepted as in kubectl; the whole cluster is always read"
	flags.Path(fs, "bundle", "audit-log", "kubeconfig")
	flags.Group(fs, "source", "recorded", "bundle")
	flags.Group(fs, "source", "live", "context", "cluster", "user")
	// The only error is a flag that does not exist; the lines above made it.
	_ = cmd.RegisterFlagCompletionFunc("context", source.CompleteContexts(c.Kube))
}

// complete decides whether a cluster is scanned, and which. Whoever names
// manifests alone means them alone, whatever the environment says: a run in a
// pipeline must not ask the cluster its kubeconfig happens to name.
func (c *clusterOptions) complete(cmd *cobra.Command, paths []string) error {
	fs := cmd.Flags()
	live := flags.Given(fs, source.LiveNames()...)
	asked := flags.Given(fs, "kubeconfig", "context", "cluster", "user", "as", "as-group", "helm")
	named := len(paths) > 0 || len(c.AuditLog) > 0
	switch {
	case c.Bundle != "" && len(live) > 0:
		return exit.Usagef("%s chooses a live cluster, but --bundle reads none", live[0])
	case c.Bundle != "" && len(flags.Given(fs, "helm")) > 0:
		return exit.WithHint(exit.Usagef("--helm reads a live cluster, but --bundle reads none"), "a bundle holds the releases where it was collected with --helm")
	case named && c.Bundle != "" && len(flags.Given(fs, "bundle")) == 0:
		c.Bundle = "" // of the environment
	}
	c.live = c.Bundle == "" && (!named || len(asked) > 0)
	return nil
}

// addCluster takes in what the cluster and the audit logs show.
func (o *Options) addCluster(ctx context.Context, b *scan.Basis) error {
	if o.cluster.live || o.cluster.Bundle != "" {
		r := uses.New(b.Table, b.Move())
		read := o.live
		if o.cluster.Bundle != "" {
			read = o.recorded
		}
		if err := read(ctx, r); err != nil {
			return err
		}
		b.From = r.From()
		b.Counts.Objects += r.Objects()
		b.Counts.Releases += r.Releases()
		for _, u := range r.Uses() {
			b.Add(u)
		}
		for _, g := range r.Gaps(len(o.cluster.AuditLog) > 0) {
			b.Gaps = append(b.Gaps, clusterGap(g))
		}
	}
	return o.addAuditLogs(ctx, b)
}

func clusterGap(g uses.Gap) scan.Gap {
	out := scan.Gap{Check: g.Check, Reason: g.Reason, Required: g.Required}
	if g.Hint != "" {
		out.Hint = &g.Hint
	}
	return out
}

// recorded reads a bundle.
func (o *Options) recorded(ctx context.Context, to evidence.Sink) error {
	o.Factory.Progress.Step("reading %s", o.cluster.Bundle)
	defer o.Factory.Progress.Done()
	_, err := dump.Replay(ctx, o.cluster.Bundle, to)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		return exit.BadInput(fmt.Errorf("reading the bundle: %w", err))
	}
	return nil
}

// live reads the current context, as collect does, and keeps no file.
func (o *Options) live(ctx context.Context, to evidence.Sink) error {
	f, k := o.Factory, o.cluster.Kube
	if err := source.Reachable(k, *k.Context, f); err != nil {
		if *k.Context == "" {
			err = exit.WithHint(err, "name files, folders, or - for standard input; or a cluster: --bundle PATH, --kubeconfig FILE")
		}
		return err
	}
	at, err := source.Connect(k, *k.Context)
	if err != nil {
		return err
	}
	f.Progress.Step("reading cluster %s", at.Label)
	defer f.Progress.Done()
	known, err := kube.Collect(ctx, at.Config, to, kube.CollectOptions{Version: build.Version(), Timeout: at.Timeout, Now: f.Now,
		Progress: func(p kube.Progress) { f.Progress.Step("reading cluster %s: %s, %d to go", at.Label, p.Asked, p.Left) }})
	if err != nil {
		return source.LiveError(ctx, fmt.Errorf("reading cluster %s: %w", at.Label, err))
	}
	for _, w := range known.Warnings {
		f.IO.Notef("warning from the API server of %s: %s", at.Label, w)
	}
	if !o.cluster.Helm {
		return nil
	}
	return helm.Collect(ctx, at.Config, to, helm.Options{Version: build.Version(), By: known.By, Timeout: at.Timeout, Now: f.Now,
		Progress: func(done, all int) {
			f.Progress.Step("reading cluster %s: Helm releases, %d of %d", at.Label, done, all)
		}})
}
