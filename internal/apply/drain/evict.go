package drain

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	v1 "k8s.io/api/core/v1"
	policy "k8s.io/api/policy/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/fixline-dev/fixline/internal/apply"
)

// eviction is one node while it is emptied.
type eviction struct {
	d      *Drains
	node   string
	orders orders
	log    *apply.Log
	began  time.Time
	asked  map[string]*victim // by namespace, name and UID
}

// victim is a pod that has to go.
type victim struct {
	pod     *v1.Pod
	owner   string
	first   time.Time     // asked the first time
	next    time.Time     // not asked again before
	evicted bool          // the API server agreed
	delayed time.Duration // by budgets, until it did
	budgets map[string]string
	last    error // of the latest try, nil once it agreed
}

// run asks again and again until the node is empty or the deadline has passed.
func (e *eviction) run(ctx context.Context) error {
	for {
		pods, err := e.d.pods(ctx, e.node, e.orders)
		switch {
		case err == nil && len(pods.refused) > 0:
			return &RefusedError{e.node, pods.refused}
		case err == nil && len(pods.evict) == 0:
			return nil
		case err == nil:
			if err := e.round(ctx, pods.evict); err != nil {
				return err
			}
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if e.d.o.Now().Sub(e.began) >= e.orders.timeout {
			if err != nil {
				return err
			}
			return e.blocked(pods.evict)
		}
		e.log.Waited(e.d.o.Poll)
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(e.d.o.Poll):
		}
	}
}

// round asks once for each pod that is not on its way yet.
func (e *eviction) round(ctx context.Context, pods []*v1.Pod) error {
	b := &budgets{d: e.d, read: map[string][]budget{}}
	for _, p := range pods {
		v := e.victim(p)
		if p.DeletionTimestamp != nil || ctx.Err() != nil || e.d.o.Now().Before(v.next) {
			continue
		}
		// What is refused is asked for less often than looked at: a node may hold a
		// hundred pods that one budget keeps.
		v.next = e.d.o.Now().Add(5 * e.d.o.Poll / 2)
		if err := e.try(ctx, v, b); err != nil {
			return err
		}
	}
	return nil
}

func (e *eviction) victim(p *v1.Pod) *victim {
	key := p.Namespace + "/" + p.Name + "/" + string(p.UID)
	v := e.asked[key]
	if v == nil {
		v = &victim{first: e.d.o.Now(), owner: "no controller", budgets: map[string]string{}}
		if o := meta.GetControllerOf(p); o != nil {
			v.owner = o.Kind + " " + o.Name
		}
		e.asked[key] = v
	}
	v.pod = p
	return v
}

// try asks once. What a budget, a busy server or a controller that has not seen
// a budget yet refuses is tried again; an error is what no patience mends.
func (e *eviction) try(ctx context.Context, v *victim, b *budgets) error {
	covers, err := b.of(ctx, v.pod)
	if err != nil {
		v.last = err
		return nil //nolint:nilerr // kept for the end of the deadline: the next round asks again
	}
	for _, x := range covers {
		e.d.using(e.node, x.object())
	}
	began := e.d.o.Now()
	err = e.d.evict(ctx, v.pod)
	name := v.pod.Namespace + "/" + v.pod.Name
	switch {
	case err == nil:
		v.evicted, v.last = true, nil
		e.d.ran(e.log, "evict "+name, began, nil)
	case apierrors.IsNotFound(err), apierrors.IsConflict(err): // gone, or another pod of this name stands elsewhere
		v.last = nil
	case apierrors.IsTooManyRequests(err):
		v.last = err
		v.delayed = e.d.o.Now().Sub(v.first)
		for _, x := range covers {
			if x.forbids(v.pod) {
				v.budgets[x.object()] = x.says()
			}
		}
	case len(covers) > 1 && refusesForGood(err):
		e.d.ran(e.log, "evict "+name, began, err)
		return fmt.Errorf("evicting %s from %s: it is covered by %d budgets (%s), and the Eviction API takes one: its owner leaves one of them", name, e.node, len(covers), names(covers))
	case apierrors.IsForbidden(err) && !apierrors.HasStatusCause(err, v1.NamespaceTerminatingCause):
		e.d.ran(e.log, "evict "+name, began, err)
		return fmt.Errorf("evicting %s from %s: %w", name, e.node, err)
	default:
		v.last = err
	}
	return nil
}

// refusesForGood: the answer to a pod with several budgets is a 500 without a reason
// (kubernetes/pkg/registry/core/pod/storage/eviction.go).
func refusesForGood(err error) bool {
	var status apierrors.APIStatus
	return errors.As(err, &status) && status.Status().Code == 500
}

// evict asks the Eviction API for this very pod. The client's own retries stay
// out: they wait for what the deadline of a drain has to count.
func (d *Drains) evict(ctx context.Context, p *v1.Pod) error {
	uid := p.UID
	body := &policy.Eviction{ObjectMeta: meta.ObjectMeta{Name: p.Name, Namespace: p.Namespace},
		DeleteOptions: &meta.DeleteOptions{Preconditions: &meta.Preconditions{UID: &uid}}}
	return d.api.Policy.RESTClient().Post().AbsPath("/api/v1").Namespace(p.Namespace).Resource("pods").Name(p.Name).
		SubResource("eviction").Body(body).MaxRetries(0).Do(ctx).Error()
}

func names(list []budget) string {
	out := []string{}
	for _, b := range list {
		out = append(out, b.object())
	}
	return strings.Join(out, ", ")
}

// notes say what was evicted, by owner, and what budgets delayed.
func (e *eviction) notes() {
	byOwner := map[string][]string{}
	for _, key := range slices.Sorted(maps.Keys(e.asked)) {
		v := e.asked[key]
		if v.evicted {
			owner := v.owner + " in " + v.pod.Namespace
			byOwner[owner] = append(byOwner[owner], v.pod.Name)
		}
		for _, b := range slices.Sorted(maps.Keys(v.budgets)) {
			how := "delayed " + v.pod.Namespace + "/" + v.pod.Name + " (" + v.owner + ") for " + v.delayed.Round(time.Second).String()
			if !v.evicted {
				how = "kept " + v.pod.Namespace + "/" + v.pod.Name + " (" + v.owner + ") on the node"
			}
			e.log.Note(v.budgets[b] + "; it " + how)
		}
	}
	for _, owner := range slices.Sorted(maps.Keys(byOwner)) {
		e.log.Note(fmt.Sprintf("evicted from %s: %s (%s)", e.node, strings.Join(byOwner[owner], ", "), owner))
	}
}

// BlockedError is a node that was not empty when the deadline passed. It stays
// cordoned.
type BlockedError struct {
	Node  string
	After time.Duration
	Waits []string // by pod: which budget or what else keeps it
}

func (e *BlockedError) Error() string {
	return fmt.Sprintf("after %s %s is not empty: %s. %s stays cordoned. Choose with the owners: start more replicas, or wait until those that run are healthy; "+
		"let the budget allow a disruption (maxUnavailable 1, or a lower minAvailable); or move the pod by hand. Then run this again; kubectl uncordon %s gives the node back instead",
		e.After, e.Node, some(e.Waits), e.Node, e.Node)
}

func (e *eviction) blocked(pods []*v1.Pod) error {
	out := &BlockedError{Node: e.node, After: e.orders.timeout}
	for _, p := range pods {
		v := e.victim(p)
		name := p.Namespace + "/" + p.Name + " (" + v.owner + ")"
		switch {
		case p.DeletionTimestamp != nil:
			out.Waits = append(out.Waits, name+" was told to end and has not ended since "+p.DeletionTimestamp.UTC().Format("15:04:05"))
		case len(v.budgets) > 0:
			said := []string{}
			for _, b := range slices.Sorted(maps.Keys(v.budgets)) {
				said = append(said, v.budgets[b])
			}
			out.Waits = append(out.Waits, name+": "+strings.Join(said, ", "))
		case v.last != nil:
			out.Waits = append(out.Waits, name+": "+v.last.Error())
		default:
			out.Waits = append(out.Waits, name+" came while the node was emptied")
		}
	}
	slices.Sort(out.Waits)
	return out
}

func some(list []string) string {
	const most = 10
	if len(list) <= most {
		return strings.Join(list, "; ")
	}
	return fmt.Sprintf("%s; and %d more", strings.Join(list[:most], "; "), len(list)-most)
}

func list[T any](l []T) []T {
	if l == nil {
		return []T{}
	}
	return l
}

// byName orders workloads.
func byName(a, b workload) int {
	return cmp.Or(cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Name, b.Name))
}
