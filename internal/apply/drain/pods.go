package drain

import (
	"context"
	"fmt"
	"slices"

	v1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// pods are those of a node, by what a drain means for them. The rules are those
// of kubectl drain (k8s.io/kubectl/pkg/drain/filters.go) without --force.
type pods struct {
	evict    []*v1.Pod
	refused  []Refused
	daemons  int
	static   int
	finished int
}

// Refused is a pod that is left to a person.
type Refused struct{ Pod, Why string }

// RefusedError is a node with pods that nobody would start again elsewhere, or
// whose data would be lost; nothing was changed for them.
type RefusedError struct {
	Node string
	Pods []Refused
}

func (e *RefusedError) Error() string {
	text := []string{}
	for _, p := range e.Pods {
		text = append(text, p.Pod+" ("+p.Why+")")
	}
	return fmt.Sprintf("pods on %s are left to a person: %s. Move or delete them, with their owner, then run this again", e.Node, some(text))
}

func (d *Drains) pods(ctx context.Context, node string, o orders) (*pods, error) {
	list, err := d.api.Core.Pods("").List(ctx, meta.ListOptions{FieldSelector: "spec.nodeName=" + node})
	if err != nil {
		return nil, fmt.Errorf("listing the pods on %s: %w", node, err)
	}
	out, daemonSets := &pods{}, map[string]bool{}
	for i := range list.Items {
		p := &list.Items[i]
		owner := meta.GetControllerOf(p)
		_, mirror := p.Annotations[v1.MirrorPodAnnotationKey]
		switch {
		case mirror || owner != nil && owner.Kind == "Node":
			out.static++
		case p.Status.Phase == v1.PodSucceeded || p.Status.Phase == v1.PodFailed:
			out.finished++
		case owner != nil && owner.Kind == "DaemonSet":
			is, err := d.isThere(ctx, p.Namespace, owner.Name, daemonSets)
			if err != nil {
				return nil, err
			}
			if is {
				out.daemons++
			} else {
				out.refuse(p, "its DaemonSet "+owner.Name+" is gone, so nothing starts it again")
			}
		case p.DeletionTimestamp != nil: // on its way, whoever told it
			out.evict = append(out.evict, p)
		case owner == nil:
			out.refuse(p, "it has no controller that would start it again")
		case !o.emptyDir && slices.ContainsFunc(p.Spec.Volumes, func(v v1.Volume) bool { return v.EmptyDir != nil }):
			out.refuse(p, "it keeps data in an emptyDir, and the plan says that such data stays")
		default:
			out.evict = append(out.evict, p)
		}
	}
	return out, nil
}

func (p *pods) refuse(pod *v1.Pod, why string) {
	p.refused = append(p.refused, Refused{pod.Namespace + "/" + pod.Name, why})
}

func (p *pods) staying() string {
	return fmt.Sprintf("%d of DaemonSets, %d static and %d finished pods", p.daemons, p.static, p.finished)
}

func (d *Drains) isThere(ctx context.Context, ns, name string, known map[string]bool) (bool, error) {
	key := ns + "/" + name
	is, asked := known[key]
	if asked {
		return is, nil
	}
	_, err := d.api.Apps.DaemonSets(ns).Get(ctx, name, meta.GetOptions{})
	if err != nil && !apierrors.IsNotFound(err) {
		return false, fmt.Errorf("getting DaemonSet %s: %w", key, err)
	}
	known[key] = err == nil
	return known[key], nil
}
