package drain

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	v1 "k8s.io/api/core/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/fixline-dev/fixline/internal/apply"
	"github.com/fixline-dev/fixline/internal/core/plan"
)

// Gates are those about what a drain disturbs.
func (d *Drains) Gates() apply.Gates { return gates{d} }

type gates struct{ d *Drains }

// Holds implements [apply.Gates].
func (g gates) Holds(ctx context.Context, gate string, s *plan.Step) (bool, string, error) {
	switch gate {
	case plan.GateEvictable:
		return g.d.evictable(ctx, s)
	case plan.GatePodsBack:
		return g.d.back(ctx, s)
	}
	return false, "", &apply.UnknownGateError{Gate: gate}
}

// evictable: no pod is a person's, and no budget allows nothing.
func (d *Drains) evictable(ctx context.Context, s *plan.Step) (bool, string, error) {
	pods, err := d.pods(ctx, s.Node, ordersOf(s))
	if err != nil {
		return false, "", err
	}
	if len(pods.refused) > 0 {
		return false, (&RefusedError{s.Node, pods.refused}).Error(), nil
	}
	b := &budgets{d: d, read: map[string][]budget{}}
	held, order := map[string][]string{}, []budget{}
	for _, p := range pods.evict {
		covers, err := b.of(ctx, p)
		if err != nil {
			return false, "", err
		}
		if len(covers) > 1 && !unkept(p) {
			return false, fmt.Sprintf("%s/%s is covered by %d budgets (%s), and the Eviction API takes one", p.Namespace, p.Name, len(covers), names(covers)), nil
		}
		for _, x := range covers {
			if !x.forbids(p) {
				continue
			}
			if held[x.object()] == nil {
				order = append(order, x)
			}
			held[x.object()] = append(held[x.object()], p.Name)
		}
	}
	if len(order) == 0 {
		return true, fmt.Sprintf("%d pods on %s can be evicted one after the other", len(pods.evict), s.Node), nil
	}
	says := []string{}
	for _, x := range order {
		says = append(says, x.says()+"; it keeps "+strings.Join(held[x.object()], ", ")+d.usedBy(x.object(), s.Node))
	}
	return false, some(says), nil
}

// usedBy names the other drains under way that a budget waits for.
func (d *Drains) usedBy(budget, node string) string {
	d.mu.Lock()
	defer d.mu.Unlock()
	others := []string{}
	for n, all := range d.uses {
		if n != node && all[budget] {
			others = append(others, n)
		}
	}
	if len(others) == 0 {
		return ""
	}
	slices.Sort(others)
	return "; the drain of " + strings.Join(others, ", ") + " uses it now"
}

// back: what was evicted from the node of an uncordon step has as many ready pods
// as before, or says why not.
func (d *Drains) back(ctx context.Context, s *plan.Step) (bool, string, error) {
	all, known := d.evicted(s)
	if !known {
		return true, "unknown: what was evicted from " + s.Node + " was not written down (it was empty already, or a person took the drain as done), so nothing was compared", nil
	}
	missing, says, n := []string{}, []string{}, 0
	for _, w := range all {
		st, err := d.stands(ctx, w)
		if err != nil {
			return false, "", err
		}
		switch {
		case st.over != "":
			says = append(says, w.object()+" "+st.over)
		case st.ready >= w.Ready:
			n++
		case st.wanted >= 0 && st.wanted < w.Ready && st.ready >= st.wanted:
			says = append(says, fmt.Sprintf("%s was scaled to %d", w.object(), st.wanted))
		default:
			missing = append(missing, fmt.Sprintf("%s has %d ready, %d before the drain%s", w.object(), st.ready, w.Ready, d.why(ctx, w, st)))
		}
	}
	if len(missing) > 0 {
		return false, some(missing), nil
	}
	return true, strings.Join(append([]string{fmt.Sprintf("%d of %d workloads that had pods on %s have as many ready as before", n, len(all), s.Node)}, says...), "; "), nil
}

// evicted are the workloads of the drain that an uncordon step ends.
func (d *Drains) evicted(s *plan.Step) ([]workload, bool) {
	d.mu.Lock()
	all, ok := d.gone[s.Node]
	d.mu.Unlock()
	if ok {
		return all, true
	}
	text, ok := d.facts(s)[FactEvicted]
	if !ok || json.Unmarshal([]byte(text), &all) != nil {
		return nil, false
	}
	return all, true
}

// facts of the nearest drain of the same node before a step.
func (d *Drains) facts(s *plan.Step) map[string]string {
	id := ""
	for i := range d.o.Plan.Steps {
		x := &d.o.Plan.Steps[i]
		if x.ID == s.ID {
			break
		}
		if x.Kind == plan.Drain && x.Node == s.Node {
			id = x.ID
		}
	}
	if id == "" {
		return nil
	}
	return d.o.Facts(id)
}

// why is what the workload or the first of its pods says is wrong.
func (d *Drains) why(ctx context.Context, w workload, st stand) string {
	if st.says != "" {
		return ": " + st.says
	}
	if st.selector == nil {
		return ""
	}
	list, err := d.api.Core.Pods(w.Namespace).List(ctx, meta.ListOptions{LabelSelector: meta.FormatLabelSelector(st.selector)})
	if err != nil {
		return ""
	}
	for i := range list.Items {
		p := &list.Items[i]
		if isReady(p) || p.DeletionTimestamp != nil {
			continue
		}
		for _, c := range p.Status.Conditions {
			if c.Type == v1.PodScheduled && c.Status == v1.ConditionFalse {
				return ": " + p.Name + ": " + c.Message
			}
		}
		for _, c := range p.Status.ContainerStatuses {
			if c.State.Waiting != nil && c.State.Waiting.Reason != "" {
				return ": " + p.Name + ": " + c.State.Waiting.Reason
			}
		}
		return ": " + p.Name + " is not Ready yet"
	}
	return ""
}
