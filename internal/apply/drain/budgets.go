package drain

import (
	"context"
	"fmt"

	v1 "k8s.io/api/core/v1"
	policy "k8s.io/api/policy/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
)

// budgets are the disruption budgets of the namespaces that were asked for.
type budgets struct {
	d    *Drains
	read map[string][]budget
}

type budget struct {
	*policy.PodDisruptionBudget

	selector labels.Selector
}

// of are those that cover a pod. In policy/v1 no selector means none, an empty
// one every pod of the namespace.
func (b *budgets) of(ctx context.Context, p *v1.Pod) ([]budget, error) {
	all, ok := b.read[p.Namespace]
	if !ok {
		list, err := b.d.api.Policy.PodDisruptionBudgets(p.Namespace).List(ctx, meta.ListOptions{})
		if err != nil {
			return nil, fmt.Errorf("listing the disruption budgets of %s: %w", p.Namespace, err)
		}
		for i := range list.Items {
			selector, err := meta.LabelSelectorAsSelector(list.Items[i].Spec.Selector)
			if err != nil {
				return nil, fmt.Errorf("disruption budget %s/%s: %w", p.Namespace, list.Items[i].Name, err)
			}
			all = append(all, budget{&list.Items[i], selector})
		}
		b.read[p.Namespace] = all
	}
	var out []budget
	for _, x := range all {
		if x.selector.Matches(labels.Set(p.Labels)) {
			out = append(out, x)
		}
	}
	return out, nil
}

func (b budget) object() string { return b.Namespace + "/" + b.Name }

// says is what the budget asks for and allows.
func (b budget) says() string {
	asks := "nothing"
	switch {
	case b.Spec.MinAvailable != nil:
		asks = "minAvailable " + b.Spec.MinAvailable.String()
	case b.Spec.MaxUnavailable != nil:
		asks = "maxUnavailable " + b.Spec.MaxUnavailable.String()
	}
	return fmt.Sprintf("budget %s (%s) allows %d disruptions: %d of its %d pods are healthy and it needs %d",
		b.object(), asks, b.Status.DisruptionsAllowed, b.Status.CurrentHealthy, b.Status.ExpectedPods, b.Status.DesiredHealthy)
}

// forbids tells whether a budget stands against evicting a pod now, as the API
// server decides it (kubernetes/pkg/registry/core/pod/storage/eviction.go): pods
// that do not run are never kept; of those that run and are not Ready the
// budget's own policy says.
func (b budget) forbids(p *v1.Pod) bool {
	if unkept(p) {
		return false
	}
	if !isReady(p) {
		if u := b.Spec.UnhealthyPodEvictionPolicy; u != nil && *u == policy.AlwaysAllow {
			return false
		}
		if b.Status.CurrentHealthy >= b.Status.DesiredHealthy && b.Status.DesiredHealthy > 0 {
			return false
		}
	}
	return b.Status.ObservedGeneration < b.Generation || b.Status.DisruptionsAllowed <= 0
}

// unkept pods are evicted whatever any budget says.
func unkept(p *v1.Pod) bool {
	return p.DeletionTimestamp != nil || p.Status.Phase == v1.PodPending || p.Status.Phase == v1.PodSucceeded || p.Status.Phase == v1.PodFailed
}

func isReady(p *v1.Pod) bool {
	for _, c := range p.Status.Conditions {
		if c.Type == v1.PodReady {
			return c.Status == v1.ConditionTrue
		}
	}
	return false
}
