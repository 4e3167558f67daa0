// Package source joins the three sources of a cluster: the live API server,
// a bundle of recorded output, and declared inventories. It decides which one
// the user asked for and hands out clusters one at a time; what a cluster
// holds is the readers' business. Start at [Options.Open].
package source

import (
	"context"
	"io/fs"
	"iter"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"k8s.io/cli-runtime/pkg/genericclioptions"

	"github.com/fixline-dev/fixline/internal/cli/exit"
	"github.com/fixline-dev/fixline/internal/cli/factory"
	"github.com/fixline-dev/fixline/internal/cli/flags"
	"github.com/fixline-dev/fixline/internal/core/inventory"
)

// Options are the flags that say where clusters come from; the same for every
// command that analyses one.
type Options struct {
	Bundle      string
	Inventories []string
	Contexts    []string
	Kube        *genericclioptions.ConfigFlags

	// What a live cluster or a bundle cannot say of itself.
	Name, Owner string
	Environment flags.Enum
	Available   []string

	// Upgrade also reads of a live cluster what an upgrade would disturb.
	Upgrade bool

	// Embedded is a bundle inside the program, for the demo.
	Embedded fs.FS

	// Given on the command line itself; the environment may hold more.
	liveFlags, described []string
}

// Clusters yields clusters one at a time. An error ends the sequence.
type Clusters = iter.Seq2[inventory.Cluster, error]

// Environments in rollout order.
func Environments() []string { return []string{"development", "staging", "production"} }

// LiveNames are the flags that only make sense for a live cluster.
func LiveNames() []string {
	return []string{"kubeconfig", "context", "cluster", "user", "as", "as-group", "request-timeout", "namespace"}
}

// AddFlags adds the source flags to cmd.
func (o *Options) AddFlags(cmd *cobra.Command) {
	fs := cmd.Flags()
	fs.StringVar(&o.Bundle, "bundle", "", "Read a `PATH` instead of a live cluster: what collect wrote, or a folder of kubectl output")
	fs.StringSliceVarP(&o.Inventories, "inventory", "f", nil, "Read declared clusters from `FILE`, a folder, or - for standard input; repeatable")
	fs.StringSliceVar(&o.Contexts, "contexts", nil, "Read several live clusters, by kubeconfig `CONTEXT,...`")
	fs.StringVar(&o.Name, "name", "", "Name of a live or recorded cluster in the report")
	fs.StringVar(&o.Owner, "owner", "", "Who owns a live or recorded cluster")
	o.Environment.Allowed = Environments()
	flags.EnumVar(cmd, &o.Environment, "environment", "", "Environment of a live or recorded cluster")
	fs.StringSliceVar(&o.Available, "available", nil, "Kubernetes `VERSION,...` that your packages, mirror or provider offer a live or recorded cluster")

	o.Kube = KubeFlags()
	o.Kube.AddFlags(fs)
	flags.Path(fs, "bundle", "inventory", "kubeconfig")
	flags.Group(fs, "source", "recorded", "bundle")
	flags.Group(fs, "source", "declared", "inventory")
	flags.Group(fs, "source", "several", "contexts")
	flags.Group(fs, "source", "live", "context", "cluster", "user")
	fs.Lookup("namespace").Usage = "Accepted as in kubectl; an assessment always reads the whole cluster"
	// The only errors are flags that do not exist; those lines are above.
	_ = cmd.RegisterFlagCompletionFunc("context", CompleteContexts(o.Kube))
	_ = cmd.RegisterFlagCompletionFunc("contexts", CompleteContexts(o.Kube))
}

// KubeFlags are kubectl's own flags, those that say which cluster and who.
func KubeFlags() *genericclioptions.ConfigFlags {
	all := genericclioptions.NewConfigFlags(false)
	return &genericclioptions.ConfigFlags{
		KubeConfig: all.KubeConfig, Context: all.Context, ClusterName: all.ClusterName, AuthInfoName: all.AuthInfoName,
		Namespace: all.Namespace, Impersonate: all.Impersonate, ImpersonateGroup: all.ImpersonateGroup, Timeout: all.Timeout,
	}
}

// Complete notes which flags were given and finds contradictions: exactly one
// kind of source, and nothing that the chosen one would ignore. Call it
// before Open.
func (o *Options) Complete(cmd *cobra.Command) error {
	o.liveFlags = flags.Given(cmd.Flags(), LiveNames()...)
	o.described = flags.Given(cmd.Flags(), "name", "owner", "environment", "available")
	return o.validate()
}

func (o *Options) validate() error {
	var kinds []string
	if o.Bundle != "" {
		kinds = append(kinds, "--bundle")
	}
	if len(o.Contexts) > 0 {
		kinds = append(kinds, "--contexts")
	}
	if len(o.Inventories) > 0 {
		kinds = append(kinds, "--inventory")
	}
	switch {
	case len(kinds) == 0:
		return nil
	case len(kinds) > 1:
		return exit.WithHint(exit.Usagef("%s name different sources of clusters", and(kinds)), "use one of them; run once for each")
	case kinds[0] != "--contexts" && len(o.liveFlags) > 0:
		return exit.Usagef("%s chooses a live cluster, but %s reads none", and(o.liveFlags), kinds[0])
	case kinds[0] == "--contexts" && slices.Contains(o.liveFlags, "--context"):
		return exit.Usagef("--context and --contexts contradict each other; use one")
	case kinds[0] == "--contexts" && (o.Name != "" || len(o.Available) > 0):
		return exit.WithHint(exit.Usagef("--name and --available describe one cluster, --contexts names several"),
			"describe each context in fixline.yaml, under contexts")
	case kinds[0] == "--inventory" && len(o.described) > 0:
		return exit.WithHint(exit.Usagef("%s describes a live or recorded cluster; an inventory speaks for itself", and(o.described)),
			"set metadata.name, metadata.owner, spec.environment or spec.available in the inventory")
	}
	return nil
}

func and(s []string) string { return strings.Join(s, " and ") }

// Open gives the clusters. It does no work before the first is asked for.
func (o *Options) Open(ctx context.Context, f *factory.Factory) (Clusters, error) {
	switch {
	case len(o.Inventories) > 0:
		return o.declared(ctx, f)
	case o.Bundle != "" || o.Embedded != nil:
		return o.recorded(ctx, f)
	}
	return o.live(ctx, f)
}
