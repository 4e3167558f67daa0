package scan

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/fixline-dev/fixline/internal/cli/exit"
	"github.com/fixline-dev/fixline/internal/cli/flags"
	"github.com/fixline-dev/fixline/internal/cli/knowledge"
	"github.com/fixline-dev/fixline/internal/cli/source"
	"github.com/fixline-dev/fixline/internal/core/compat"
	"github.com/fixline-dev/fixline/internal/core/inventory"
	"github.com/fixline-dev/fixline/internal/core/scan"
	"github.com/fixline-dev/fixline/internal/core/skew"
	"github.com/fixline-dev/fixline/internal/core/version"
	"github.com/fixline-dev/fixline/internal/evidence/reading/uses"
)

// clusterOptions say which cluster is scanned besides manifests, if any.
type clusterOptions struct {
	source.Options

	AuditLog   []string
	Helm       bool
	AddonRules []string

	asked bool // a cluster is scanned
}

func (c *clusterOptions) addFlags(cmd *cobra.Command) {
	fs := cmd.Flags()
	c.AddFlags(cmd)
	fs.StringSliceVar(&c.AuditLog, "audit-log", nil, "Take who calls from an API server's audit log `PATH`: a file of JSON lines, also gzip or zstd, or a folder of them; repeatable")
	fs.BoolVar(&c.Helm, "helm", false, "Read what a live cluster's Helm releases hold, too: needs the right to list Secrets and ConfigMaps")
	fs.StringSliceVar(&c.AddonRules, "addon-rules", nil, "Add what is known of add-ons and the Kubernetes they run on from a `FILE`; repeatable")
	fs.Lookup("namespace").Usage = "Accepted as in kubectl; the whole cluster is always read"
	flags.Path(fs, "audit-log", "addon-rules")
}

// complete decides whether a cluster is scanned, and which. Whoever names
// manifests alone means them alone, whatever the environment says: a run in a
// pipeline must not ask the cluster its kubeconfig happens to name.
func (c *clusterOptions) complete(cmd *cobra.Command, paths []string) error {
	fs := cmd.Flags()
	named := len(paths) > 0 || len(c.AuditLog) > 0
	asked := flags.Given(fs, "bundle", "inventory", "kubeconfig", "context", "cluster", "user", "as", "as-group", "helm")
	recorded := c.Bundle != "" || len(c.Inventories) > 0
	switch {
	case len(c.Contexts) > 0:
		return exit.WithHint(exit.Usagef("--contexts names several clusters, and a scan is of one"), "run once for each, with --context")
	case recorded && len(flags.Given(fs, "helm")) > 0:
		return exit.WithHint(exit.Usagef("--helm reads a live cluster, but %s reads none", recordedBy(c)), "a bundle holds the releases where it was collected with --helm")
	case named && len(asked) == 0:
		c.Bundle, c.Inventories = "", nil // of the environment
		return nil
	}
	c.asked = true
	return c.Complete(cmd)
}

func recordedBy(c *clusterOptions) string {
	if c.Bundle != "" {
		return "--bundle"
	}
	return "--inventory"
}

// addCluster takes in what the cluster and the audit logs show.
func (o *Options) addCluster(ctx context.Context, b *scan.Basis) error {
	if o.cluster.asked {
		// Facts first: what is wrong with a file of rules is said before a
		// cluster is asked.
		facts, err := knowledge.Compat(o.cluster.AddonRules)
		if err != nil {
			return err
		}
		r := uses.New(b.Table, b.Move())
		c, err := o.cluster.Whole(ctx, o.Factory, r, o.cluster.Helm)
		if err != nil {
			return noCluster(err, o)
		}
		o.addUses(b, r)
		if err := o.addBroken(b, c.Cluster, facts); err != nil {
			return err
		}
	}
	return o.addAuditLogs(ctx, b)
}

// noCluster says what else can be named where no cluster can be asked.
func noCluster(err error, o *Options) error {
	if o.cluster.Kube.Context != nil && *o.cluster.Kube.Context == "" && errors.Is(err, source.ErrNoCluster) {
		return exit.WithHint(err, "name files, folders, or - for standard input; or a cluster: --bundle PATH, --kubeconfig FILE")
	}
	return err
}

func (o *Options) addUses(b *scan.Basis, r *uses.Reader) {
	b.From = r.From()
	b.Counts.Objects += r.Objects()
	b.Counts.Releases += r.Releases()
	for _, u := range r.Uses() {
		b.Add(u)
	}
	if len(o.cluster.Inventories) > 0 {
		b.Gaps = append(b.Gaps, scan.Gap{Check: "objects, Helm releases and callers", Required: true, Reason: "an inventory declares versions and settings, and no objects"})
		return
	}
	for _, g := range r.Gaps(len(o.cluster.AuditLog) > 0) {
		b.Gaps = append(b.Gaps, clusterGap(g))
	}
}

func clusterGap(g uses.Gap) scan.Gap {
	out := scan.Gap{Check: g.Check, Reason: g.Reason, Required: g.Required}
	if g.Hint != "" {
		out.Hint = &g.Hint
	}
	return out
}

// addBroken judges what the upgrade would break of the cluster itself, on every
// hop from what runs to the target.
func (o *Options) addBroken(b *scan.Basis, c inventory.Cluster, facts compat.Facts) error {
	calendars, _, err := knowledge.Calendars(o.Factory)
	if err != nil {
		return err
	}
	hops := []version.Version{b.Target}
	from := c.Oldest(inventory.KubeAPIServer)
	switch {
	case !from.Known():
		b.Gaps = append(b.Gaps, scan.Gap{Check: "hops on the way to " + b.Target.String(), Required: true, Reason: "the version of the API servers was not read: what a hop before the target breaks was not looked at"})
	case from.Compare(b.Target) >= 0:
		b.Gaps = append(b.Gaps, scan.Gap{Check: "what the upgrade would break", Reason: fmt.Sprintf("the API servers run %s: there is no way up to %s", from, b.Target)})
		return nil
	case calendars["kubernetes"] != nil:
		way, err := skew.Path(from, b.Target, *calendars["kubernetes"], b.AsOf, c.Available)
		if errors.Is(err, skew.ErrNoHop) && c.Available != nil {
			// What a hop breaks does not depend on who offers it.
			b.Gaps = append(b.Gaps, scan.Gap{Check: "hops on the way to " + b.Target.String(), Reason: fmt.Sprintf("%v (%s): judged by the newest releases", err, c.AvailableSource)})
			way, err = skew.Path(from, b.Target, *calendars["kubernetes"], b.AsOf, nil)
		}
		if err != nil {
			b.Gaps = append(b.Gaps, scan.Gap{Check: "hops on the way to " + b.Target.String(), Required: true, Reason: err.Error() + ": only the target was looked at"})
			break
		}
		hops = way
	}
	broken := compat.Judge(c, compat.Question{AsOf: b.AsOf, Window: compat.Window, Hops: hops}, facts)
	b.Broken = append(b.Broken, broken...)
	for _, f := range broken {
		if f.Unread() {
			b.Gaps = append(b.Gaps, scan.Gap{Check: f.Code + " " + f.Object, Reason: f.Message, Required: true})
		}
	}
	return nil
}
