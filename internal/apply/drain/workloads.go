package drain

import (
	"context"
	"fmt"
	"slices"

	v1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// workload is what keeps pods that are evicted, and how many of them were ready
// before.
type workload struct {
	Kind      string `json:"kind"`
	Namespace string `json:"namespace"`
	Name      string `json:"name"`
	UID       string `json:"uid"`
	Ready     int    `json:"ready"`
}

func (w workload) object() string { return w.Kind + " " + w.Namespace + "/" + w.Name }

// stand is how a workload stands now.
type stand struct {
	ready, wanted int // wanted -1 = it does not say
	over          string
	selector      *meta.LabelSelector
	says          string // its own word on what is wrong
}

// workloads of pods, each once, with how many are ready now.
func (d *Drains) workloads(ctx context.Context, pods []*v1.Pod) ([]workload, error) {
	var out []workload
	sets := map[string]workload{}
	for _, p := range pods {
		o := meta.GetControllerOf(p)
		if o == nil {
			continue // ends already
		}
		w, known := sets[string(o.UID)]
		if !known {
			w = workload{Kind: o.Kind, Namespace: p.Namespace, Name: o.Name, UID: string(o.UID)}
			if o.Kind == "ReplicaSet" {
				above, err := d.above(ctx, w)
				if err != nil {
					return nil, err
				}
				w = above
			}
			sets[string(o.UID)] = w
		}
		if slices.ContainsFunc(out, func(x workload) bool { return x.UID == w.UID }) {
			continue
		}
		s, err := d.stands(ctx, w)
		if err != nil {
			return nil, err
		}
		w.Ready = s.ready
		out = append(out, w)
	}
	slices.SortFunc(out, byName)
	return out, nil
}

// above is the Deployment of a ReplicaSet, where it has one.
func (d *Drains) above(ctx context.Context, w workload) (workload, error) {
	r, err := d.api.Apps.ReplicaSets(w.Namespace).Get(ctx, w.Name, meta.GetOptions{})
	if apierrors.IsNotFound(err) {
		return w, nil
	}
	if err != nil {
		return w, fmt.Errorf("getting %s: %w", w.object(), err)
	}
	if o := meta.GetControllerOf(r); o != nil && o.Kind == "Deployment" {
		return workload{Kind: o.Kind, Namespace: w.Namespace, Name: o.Name, UID: string(o.UID)}, nil
	}
	return w, nil
}

// stands asks for a workload; of kinds that are not Kubernetes' own its pods are counted.
func (d *Drains) stands(ctx context.Context, w workload) (stand, error) {
	s, uid, err := d.own(ctx, w)
	switch {
	case apierrors.IsNotFound(err):
		return stand{over: "is gone", wanted: -1}, nil
	case err != nil:
		return stand{}, fmt.Errorf("getting %s: %w", w.object(), err)
	case uid != "" && uid != w.UID:
		return stand{over: "was replaced by another of the same name", wanted: -1}, nil
	case uid != "":
		return s, nil
	}
	list, err := d.api.Core.Pods(w.Namespace).List(ctx, meta.ListOptions{})
	if err != nil {
		return stand{}, fmt.Errorf("counting the pods of %s: %w", w.object(), err)
	}
	s.wanted = -1
	for i := range list.Items {
		if o := meta.GetControllerOf(&list.Items[i]); o != nil && string(o.UID) == w.UID && isReady(&list.Items[i]) && list.Items[i].DeletionTimestamp == nil {
			s.ready++
		}
	}
	return s, nil
}

// own asks for one of Kubernetes' own kinds; uid is "" for others.
func (d *Drains) own(ctx context.Context, w workload) (s stand, uid string, err error) {
	get := meta.GetOptions{}
	switch w.Kind {
	case "Deployment":
		x, err := d.api.Apps.Deployments(w.Namespace).Get(ctx, w.Name, get)
		if err != nil {
			return s, "", err
		}
		for _, c := range x.Status.Conditions {
			if c.Type == "ReplicaFailure" && c.Status == v1.ConditionTrue {
				s.says = c.Message
			}
		}
		s.ready, s.wanted, s.selector = int(x.Status.ReadyReplicas), wanted(x.Spec.Replicas), x.Spec.Selector
		return s, string(x.UID), nil
	case "StatefulSet":
		x, err := d.api.Apps.StatefulSets(w.Namespace).Get(ctx, w.Name, get)
		if err != nil {
			return s, "", err
		}
		return stand{ready: int(x.Status.ReadyReplicas), wanted: wanted(x.Spec.Replicas), selector: x.Spec.Selector}, string(x.UID), nil
	case "ReplicaSet":
		x, err := d.api.Apps.ReplicaSets(w.Namespace).Get(ctx, w.Name, get)
		if err != nil {
			return s, "", err
		}
		return stand{ready: int(x.Status.ReadyReplicas), wanted: wanted(x.Spec.Replicas), selector: x.Spec.Selector}, string(x.UID), nil
	case "ReplicationController":
		x, err := d.api.Core.ReplicationControllers(w.Namespace).Get(ctx, w.Name, get)
		if err != nil {
			return s, "", err
		}
		return stand{ready: int(x.Status.ReadyReplicas), wanted: wanted(x.Spec.Replicas), selector: &meta.LabelSelector{MatchLabels: x.Spec.Selector}}, string(x.UID), nil
	case "Job":
		x, err := d.api.Batch.Jobs(w.Namespace).Get(ctx, w.Name, get)
		if err != nil {
			return s, "", err
		}
		if x.Status.Ready != nil {
			s.ready = int(*x.Status.Ready)
		}
		for _, c := range x.Status.Conditions {
			if c.Status == v1.ConditionTrue && (c.Type == "Complete" || c.Type == "Failed") {
				s.over = "has ended (" + string(c.Type) + ")"
			}
		}
		s.wanted, s.selector = -1, x.Spec.Selector
		return s, string(x.UID), nil
	}
	return s, "", nil
}

func wanted(n *int32) int {
	if n == nil {
		return 1
	}
	return int(*n)
}

// merged keeps the earlier word on what both know.
func merged(earlier, later []workload) []workload {
	out := slices.Clone(earlier)
	for _, w := range later {
		if !slices.ContainsFunc(out, func(x workload) bool { return x.UID == w.UID }) {
			out = append(out, w)
		}
	}
	slices.SortFunc(out, byName)
	return out
}
