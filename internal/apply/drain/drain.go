// Package drain takes the pods off one node and lets pods onto it again: cordon,
// eviction through the Eviction API with a deadline, uncordon of what was
// cordoned here. A disruption budget is never passed by: no pod is deleted, and
// one that nobody would start again is left to a person. How the node stood
// before is kept on the node itself, in the request that cordons it, so that a
// killed run knows. Start at [New].
package drain

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	v1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/fixline-dev/fixline/internal/apply"
	"github.com/fixline-dev/fixline/internal/apply/client"
	"github.com/fixline-dev/fixline/internal/core/plan"
	"github.com/fixline-dev/fixline/internal/core/progress"
)

// Facts that a drain leaves for later steps and for the record.
const (
	FactCordonedBefore = "cordoned-before" // true | false
	FactEvicted        = "evicted"         // the workloads, JSON
)

// Options of [New]. Plan and Now are required.
type Options struct {
	Plan *plan.Plan
	Now  func() time.Time
	// Facts are what an earlier step noted, see [apply.Facts]; nil = nobody knows.
	Facts func(step string) map[string]string
	// Poll is between two looks at a node; 0 = 2 s. A refused eviction is tried
	// again after two and a half of them.
	Poll time.Duration
}

// Drains are the hands and gates about nodes that are emptied. Its methods may be
// called from several goroutines, for different nodes.
type Drains struct {
	api *client.Client
	o   Options

	mu   sync.Mutex
	uses map[string]map[string]bool // budgets by node, of drains under way
	gone map[string][]workload      // evicted, by node, once its mark is taken away
}

// New asks nothing yet.
func New(api *client.Client, o Options) *Drains {
	o.Poll = cmp.Or(o.Poll, 2*time.Second)
	if o.Facts == nil {
		o.Facts = func(string) map[string]string { return nil }
	}
	return &Drains{api: api, o: o, uses: map[string]map[string]bool{}, gone: map[string][]workload{}}
}

// Hands are those of a kind of step; nil for kinds that are not this package's.
func (d *Drains) Hands(kind plan.Kind) apply.Hands {
	switch kind {
	case plan.Drain:
		return hands{d}
	case plan.Uncordon:
		return uncordon{d}
	}
	return nil
}

// orders are what the commands of a step ask for, in the words of kubectl drain.
type orders struct {
	emptyDir bool // pods whose emptyDir goes with them may be evicted
	timeout  time.Duration
}

// defaultTimeout is the planner's, where a plan was edited and names none.
const defaultTimeout = 15 * time.Minute

func ordersOf(s *plan.Step) orders {
	o := orders{timeout: defaultTimeout}
	for _, c := range s.Commands {
		for word := range strings.FieldsSeq(c) {
			if word == "--delete-emptydir-data" {
				o.emptyDir = true
			}
			if text, ok := strings.CutPrefix(word, "--timeout="); ok {
				if t, err := time.ParseDuration(text); err == nil && t > 0 {
					o.timeout = t
				}
			}
		}
	}
	return o
}

// hands drain.
type hands struct{ d *Drains }

// Look implements [apply.Hands].
func (h hands) Look(ctx context.Context, s *plan.Step) (progress.Look, error) {
	n, err := h.d.node(ctx, s.Node)
	if apierrors.IsNotFound(err) {
		return progress.Look{State: progress.Unclear, Says: s.Node + " is no node any more"}, nil
	}
	if err != nil {
		return progress.Look{}, err
	}
	pods, err := h.d.pods(ctx, s.Node, ordersOf(s))
	if err != nil {
		return progress.Look{}, err
	}
	left := len(pods.evict) + len(pods.refused)
	_, marked := markOf(n)
	switch {
	case n.Spec.Unschedulable && left == 0:
		return progress.Look{State: progress.There, Says: s.Node + " is cordoned and empty but for " + pods.staying()}, nil
	case n.Spec.Unschedulable || marked:
		return progress.Look{State: progress.Partly, Says: fmt.Sprintf("%s is cordoned, with %d pods still to go", s.Node, left)}, nil
	}
	return progress.Look{State: progress.Before, Says: fmt.Sprintf("%s takes pods, and %d of them have to go", s.Node, left)}, nil
}

// Do implements [apply.Hands]. Its errors are a [*RefusedError], before anything
// changed, or a [*BlockedError], when the deadline passed.
func (h hands) Do(ctx context.Context, s *plan.Step, log *apply.Log) error {
	o := ordersOf(s)
	pods, err := h.d.pods(ctx, s.Node, o)
	if err != nil {
		return err
	}
	if len(pods.refused) > 0 {
		return &RefusedError{s.Node, pods.refused}
	}
	before, err := h.d.workloads(ctx, pods.evict)
	if err != nil {
		return fmt.Errorf("draining %s: %w", s.Node, err)
	}
	m, err := h.d.cordon(ctx, s.Node, before, log)
	if err != nil {
		return err
	}
	log.Fact(FactCordonedBefore, fmt.Sprint(m.CordonedBefore))
	log.Fact(FactEvicted, m.text())
	if m.CordonedBefore {
		log.Note(s.Node + " was cordoned by somebody else before: it stays so after the change")
	}
	defer h.d.release(s.Node)
	e := &eviction{d: h.d, node: s.Node, orders: o, log: log, began: h.d.o.Now(), asked: map[string]*victim{}}
	defer e.notes()
	return e.run(ctx)
}

func (d *Drains) node(ctx context.Context, name string) (*v1.Node, error) {
	n, err := d.api.Core.Nodes().Get(ctx, name, meta.GetOptions{})
	if err != nil {
		return nil, fmt.Errorf("getting node %s: %w", name, err)
	}
	return n, nil
}

// uses a budget while a node is drained.
func (d *Drains) using(node, budget string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.uses[node] == nil {
		d.uses[node] = map[string]bool{}
	}
	d.uses[node][budget] = true
}

func (d *Drains) release(node string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.uses, node)
}

// ran keeps a request that changed something.
func (d *Drains) ran(log *apply.Log, what string, began time.Time, err error) {
	log.Asked(d.api.Host, what, began, d.o.Now(), err)
}
