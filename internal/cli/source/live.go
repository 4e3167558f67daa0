package source

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"
	"k8s.io/cli-runtime/pkg/genericclioptions"
	"k8s.io/client-go/tools/clientcmd"

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
		if err := reachable(inContext(o.Kube, name), f); err != nil {
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
	known := f.Config.Contexts[name]
	setIf(&c.Name, known.Name)
	setIf(&c.Owner, known.Owner)
	setIf(&c.Environment, known.Environment)
	return c
}

// readLive reads one context; "" is the current one.
func (o *Options) readLive(ctx context.Context, f *factory.Factory, name string) (inventory.Cluster, error) {
	flags := inContext(o.Kube, name)
	name, err := currentContext(flags)
	if err != nil {
		return inventory.Cluster{}, err
	}
	timeout, err := requestTimeout(flags)
	if err != nil {
		return inventory.Cluster{}, err
	}
	cfg, err := flags.ToRESTConfig()
	if err != nil {
		return inventory.Cluster{}, exit.WithHint(exit.BadInput(fmt.Errorf("reading the kubeconfig: %w", err)),
			"name a cluster with --kubeconfig or --context, or assess without one: --bundle FOLDER, -f FILE, fixline demo")
	}
	label := name
	if label == "" {
		label = cfg.Host
	}
	f.Progress.Step("reading cluster %s", label)
	b, err := kube.Read(ctx, cfg, kube.Options{
		Version: build.Version(), Timeout: timeout,
		Progress: func(line string) { f.Progress.Step("reading cluster %s: %s", label, line) },
	})
	f.Progress.Done()
	if err != nil {
		return inventory.Cluster{}, liveError(ctx, fmt.Errorf("reading cluster %s: %w", label, err))
	}
	for _, w := range b.Warnings {
		f.IO.Notef("warning from the API server of %s: %s", label, w)
	}
	c := reading.Cluster(b, reading.Options{Name: label})
	if known, ok := f.Config.Contexts[name]; ok {
		setIf(&c.Name, known.Name)
		setIf(&c.Owner, known.Owner)
		setIf(&c.Environment, known.Environment)
	}
	return c, nil
}

// liveError: an interrupted run is that, whatever the request said; a client
// configuration that cannot work is the user's to correct; the rest failed.
func liveError(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if e, ok := errors.AsType[*kube.Error](err); ok && e.Kind == kube.BadConfig {
		return exit.BadInput(err)
	}
	return err
}

// inContext are the same flags for another context. ConfigFlags caches what it
// loads, so each context needs its own.
func inContext(k *genericclioptions.ConfigFlags, name string) *genericclioptions.ConfigFlags {
	return &genericclioptions.ConfigFlags{
		KubeConfig: k.KubeConfig, Context: &name, ClusterName: k.ClusterName, AuthInfoName: k.AuthInfoName,
		Namespace: k.Namespace, Impersonate: k.Impersonate, ImpersonateGroup: k.ImpersonateGroup, Timeout: k.Timeout,
	}
}

// reachable finds what is wrong before anything is asked: a context nobody
// defined, or no kubeconfig at all, where client-go would try localhost:8080.
func reachable(flags *genericclioptions.ConfigFlags, f *factory.Factory) error {
	if _, err := currentContext(flags); err != nil {
		return err
	}
	raw, err := flags.ToRawKubeConfigLoader().RawConfig()
	if err == nil && len(raw.Clusters) == 0 && f.Getenv("KUBERNETES_SERVICE_HOST") == "" {
		return exit.WithHint(exit.Usagef("no kubeconfig names a cluster"),
			"name one with --kubeconfig or KUBECONFIG; or assess without a connection: --bundle FOLDER, -f FILE, fixline demo")
	}
	return nil
}

// currentContext is the name of the kubeconfig context in use; "" where there
// is no kubeconfig, as inside a pod.
func currentContext(flags *genericclioptions.ConfigFlags) (string, error) {
	raw, err := flags.ToRawKubeConfigLoader().RawConfig()
	if err != nil {
		return "", exit.BadInput(fmt.Errorf("reading the kubeconfig: %w", err))
	}
	name := *flags.Context
	if name == "" {
		return raw.CurrentContext, nil
	}
	if _, ok := raw.Contexts[name]; !ok {
		return "", exit.WithHint(exit.Usagef("no context %q in the kubeconfig", name), "kubectl config get-contexts")
	}
	return name, nil
}

// requestTimeout is --request-timeout as a duration; 0 = not given. clientcmd
// itself would silently turn a bad one into none.
func requestTimeout(flags *genericclioptions.ConfigFlags) (time.Duration, error) {
	if flags.Timeout == nil || *flags.Timeout == "" || *flags.Timeout == "0" {
		return 0, nil
	}
	d, err := clientcmd.ParseTimeout(*flags.Timeout)
	if err != nil || d < 0 {
		return 0, exit.Usagef("--request-timeout: %q is not a duration such as 30s", *flags.Timeout)
	}
	return d, nil
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

// completeContexts offers the kubeconfig's contexts to the shell.
func (o *Options) completeContexts(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	raw, err := o.Kube.ToRawKubeConfigLoader().RawConfig()
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	var names []string
	for name := range raw.Contexts {
		names = append(names, name)
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}
