package apply

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/fixline-dev/fixline/internal/apply"
	"github.com/fixline-dev/fixline/internal/apply/client"
	"github.com/fixline-dev/fixline/internal/apply/cluster"
	"github.com/fixline-dev/fixline/internal/apply/drain"
	"github.com/fixline-dev/fixline/internal/apply/host"
	"github.com/fixline-dev/fixline/internal/catalog"
	"github.com/fixline-dev/fixline/internal/cli/agree"
	"github.com/fixline-dev/fixline/internal/core/inventory"
	"github.com/fixline-dev/fixline/internal/core/plan"
	"github.com/fixline-dev/fixline/internal/record"
)

// wired are the parts of one run, joined.
type wired struct {
	engine   *apply.Engine
	host     *host.Hands
	cluster  *cluster.Cluster
	triggers apply.Triggers
	etcd     *etcd
	way      string
	end      func()
}

func (w *wired) close() {
	w.etcd.drop()
	w.end()
}

// wire joins hands and gates to an engine.
func (o *Options) wire(ctx context.Context, c *change, r *record.Record, api *client.Client) (*wired, error) {
	rules, err := catalog.SkewRules()
	if err != nil {
		return nil, err
	}
	entries := c.record.Entries()
	reach, way, end, err := o.reach(ctx, api)
	if err != nil {
		return nil, err
	}
	facts := func(step string) map[string]string { return apply.Facts(r.Entries(), c.plan.Hash, step) }
	live := cluster.New(api, cluster.Options{Plan: c.plan, Rules: rules, Now: o.Factory.Now, Start: startOf(entries, c.plan.Hash), KubeletsWord: true})
	begun := func(step string) bool { return begunOf(r.Entries(), c.plan.Hash, step) }
	hands := host.New(host.Options{Reach: reach, Cluster: versions{live}, Plan: c.plan.Hash, Begun: begun, Now: o.Factory.Now, Poll: 200 * time.Millisecond})
	drains := drain.New(api, drain.Options{Plan: c.plan, Now: o.Factory.Now, Facts: facts})
	held := proofs{c, o.Dir, o.Factory.Now(), r.Entries}
	members := &etcd{reach: reach, places: controlPlanes(c.plan)}
	w := &wired{host: hands, cluster: live, triggers: live.Triggers(), etcd: members, way: way, end: end}
	w.engine = &apply.Engine{
		Plan: c.plan, Journal: r, Now: o.Factory.Now,
		Gates:    apply.Joined{live.Gates(), drains.Gates(), members, held, packages{hands}},
		Patience: apply.Patience{Gate: o.GateTimeout, Look: o.StepTimeout, Poll: time.Second, Watch: 15 * time.Second},
		Hands: func(k plan.Kind) apply.Hands {
			switch {
			case slices.Contains(host.Kinds(), k):
				return hands
			case k == plan.EtcdBackup || k == plan.RehearseStep:
				return held
			}
			if h := live.Hands(k); h != nil {
				return h
			}
			return drains.Hands(k)
		},
		MaxFailures: o.MaxFailures, Until: plan.Phase(o.Until.Value), Only: o.Step,
	}
	if o.PauseAfter {
		w.engine.Pause = func(_ context.Context, s *plan.Step) error {
			if agree.Person(o.Factory, "Step "+s.ID+" is done.") != nil {
				return apply.ErrStop
			}
			return nil
		}
	}
	return w, nil
}

// versions are what runs on a node, as hands for hosts ask: of what is not ready
// nothing is known.
type versions struct{ *cluster.Cluster }

func (v versions) Running(ctx context.Context, node string) (map[string]string, error) {
	seen, err := v.Versions(ctx, node)
	out := map[string]string{}
	for name, r := range seen {
		if r.Ready || name == inventory.Kubelet {
			out[name] = r.Version
		}
	}
	return out, err
}

// packages hold the gates about packages on hosts.
type packages struct{ *host.Hands }

func (p packages) Holds(ctx context.Context, gate string, s *plan.Step) (bool, string, error) {
	if want, ok := plan.GateKubeadm(gate); ok {
		return p.Kubeadm(ctx, s.Node, want)
	}
	if gate == plan.GatePackageThere {
		return p.Offered(ctx, s)
	}
	return false, "", &apply.UnknownGateError{Gate: gate}
}

func controlPlanes(p *plan.Plan) []string {
	var out []string
	for _, i := range p.Start.Instances {
		if i.Component == inventory.KubeAPIServer && i.Node != "" && !slices.Contains(out, i.Node) {
			out = append(out, i.Node)
		}
	}
	return out
}

// hold stops what installs packages by itself on the hosts whose packages the
// plan moves, each written down before the next: also a killed run's is ended.
func (w *wired) hold(ctx context.Context, o *Options, c *change, r *record.Record) error {
	var nodes []string
	for i := range c.plan.Steps {
		if s := &c.plan.Steps[i]; onHost(s.Kind) && !slices.Contains(nodes, s.Node) {
			nodes = append(nodes, s.Node)
		}
	}
	for _, n := range nodes {
		o.Factory.Progress.Step("keeping packages from being installed by themselves on %s", n)
		units, err := w.host.Window(ctx, n)
		if err != nil {
			return err
		}
		if len(units) > 0 {
			if _, err := r.Append(windowHeld, Window{c.plan.Hash, n, units}); err != nil {
				return errors.Join(err, w.host.Release(ctx, n, units))
			}
		}
	}
	return nil
}

// release starts what was stopped, on every host that is reached. One that is not
// is told, and keeps its entry for the next run.
func (w *wired) release(ctx context.Context, c *change, r *record.Record) error {
	var failed []error
	held := windows(r.Entries(), c.plan.Hash)
	for n, units := range held {
		err := w.host.Release(ctx, n, units)
		if err == nil {
			_, err = r.Append(windowEnded, Window{c.plan.Hash, n, units})
		}
		failed = append(failed, err)
	}
	return errors.Join(failed...)
}
