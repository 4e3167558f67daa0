// Package cluster carries out and looks at the steps of a plan that are done
// through the API of the cluster and disturb no workload: add-ons, pauses,
// verification and the tag of etcd's image. It holds the gates about API
// servers, nodes and add-ons, and watches the rollback triggers. What it cannot
// see it says; it never changes a node or a pod, which package drain does, and
// never decides what comes next. Start at [New].
package cluster

import (
	"cmp"
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/fixline-dev/fixline/internal/apply"
	"github.com/fixline-dev/fixline/internal/apply/client"
	"github.com/fixline-dev/fixline/internal/core/plan"
	"github.com/fixline-dev/fixline/internal/core/skew"
)

// namespace is kubeadm's: of the control plane, kube-proxy and CoreDNS.
const namespace = "kube-system"

// Options of [New]. Plan, Rules and Now are required.
type Options struct {
	Plan  *plan.Plan
	Rules skew.Rules // by which a verification judges what runs
	Now   func() time.Time
	// Start is how the cluster stood before the first step, which a run that goes
	// on must be told; nil = it is taken at the first question.
	Start *Start
	// Settle is how long a pause waits before it looks; 0 = 30 s, below = not at all.
	Settle time.Duration
	// Poll is between two looks at a rollout; 0 = 5 s.
	Poll time.Duration
	// Events is how far back a pause samples them; 0 = 10 min.
	Events time.Duration
	// Limits of the rollback triggers; 0 = 5 min each.
	NotReady, APIAway time.Duration
	// KubeletsWord takes for an API server whose own address is not reached from
	// here what the kubelet says of its pod. Where it is taken, it is said.
	KubeletsWord bool
}

// Cluster is the cluster a plan is carried out on. Its methods may be called
// from several goroutines.
type Cluster struct {
	api  *client.Client
	o    Options
	book *expected

	mu      sync.Mutex
	start   *Start
	settled map[string]bool // pauses and verifications of this run that were done
}

// New asks nothing yet.
func New(api *client.Client, o Options) *Cluster {
	o.Settle = cmp.Or(o.Settle, 30*time.Second)
	o.Poll = cmp.Or(o.Poll, 5*time.Second)
	o.Events = cmp.Or(o.Events, 10*time.Minute)
	o.NotReady = cmp.Or(o.NotReady, 5*time.Minute)
	o.APIAway = cmp.Or(o.APIAway, 5*time.Minute)
	return &Cluster{api: api, o: o, book: expectedOf(o.Plan), start: o.Start, settled: map[string]bool{}}
}

// Hands are those of a kind of step; nil for kinds that are not this package's.
func (c *Cluster) Hands(kind plan.Kind) apply.Hands {
	switch kind {
	case plan.Addon:
		return addon{c}
	case plan.Pause:
		return pause{c}
	case plan.VerifyStep:
		return verify{c}
	case plan.EtcdImageTag:
		return etcdTag{c}
	}
	return nil
}

// wait ends early with ctx, and counts in log as time spent on purpose.
func (c *Cluster) wait(ctx context.Context, log *apply.Log, d time.Duration) error {
	if d <= 0 {
		return nil
	}
	log.Waited(d)
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-time.After(d):
		return nil
	}
}

// ran keeps a request that changed something.
func (c *Cluster) ran(log *apply.Log, what string, began time.Time, err error) {
	log.Asked(c.api.Host, what, began, c.o.Now(), err)
}

// done tells that a step which leaves no trace in the cluster was done in this run.
func (c *Cluster) done(step string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.settled[step]
}

func (c *Cluster) mark(step string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.settled[step] = true
}

func doing(what string, err error) error { return fmt.Errorf("%s: %w", what, err) }
