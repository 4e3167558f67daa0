package apply

import (
	"context"
	"time"

	v1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// kubelets bind pods to nodes that take them, report what is bound Ready with the image it asks for, and end what was
// told to end. Errors are of objects that changed meanwhile: the next round sees them anew.
func (l *lab) kubelets(ctx context.Context) {
	for ctx.Err() == nil {
		l.kubeletRound(ctx)
		select {
		case <-ctx.Done():
		case <-time.After(100 * time.Millisecond):
		}
	}
}

func (l *lab) kubeletRound(ctx context.Context) {
	nodes, err := l.admin.Core.Nodes().List(ctx, v1.ListOptions{})
	if err != nil {
		return
	}
	pods, err := l.admin.Core.Pods("").List(ctx, v1.ListOptions{})
	if err != nil {
		return
	}
	load := map[string]int{}
	for i := range pods.Items {
		load[pods.Items[i].Spec.NodeName]++
	}
	for i := range pods.Items {
		p := &pods.Items[i]
		switch {
		case p.DeletionTimestamp != nil:
			now := int64(0)
			_ = l.admin.Core.Pods(p.Namespace).Delete(ctx, p.Name, v1.DeleteOptions{GracePeriodSeconds: &now})
		case p.Spec.NodeName == "":
			target := ""
			if a := p.Spec.Affinity; a != nil { // the DaemonSet controller names the node
				target = a.NodeAffinity.RequiredDuringSchedulingIgnoredDuringExecution.NodeSelectorTerms[0].MatchFields[0].Values[0]
			}
			for i := range nodes.Items {
				if n := &nodes.Items[i]; p.Spec.Affinity == nil && n.Name != "cp1" && !n.Spec.Unschedulable && (target == "" || load[n.Name] < load[target]) {
					target = n.Name
				}
			}
			if target != "" {
				l.bind(ctx, p.Namespace, p.Name, target)
				load[target]++
			}
		case len(p.Status.ContainerStatuses) == 0 && p.Annotations["test/stuck"] == "":
			statuses := []any{}
			for _, c := range p.Spec.Containers {
				statuses = append(statuses, map[string]any{"name": c.Name, "image": c.Image, "imageID": "", "ready": true, "restartCount": 0,
					"state": map[string]any{"running": map[string]any{"startedAt": v1.Now().UTC().Format(time.RFC3339)}}})
			}
			_ = patchWith(ctx, l.admin.Core.Pods(p.Namespace).Patch, p.Name, map[string]any{"status": map[string]any{"phase": "Running", "containerStatuses": statuses,
				"conditions": []any{map[string]any{"type": "Ready", "status": "True", "lastTransitionTime": v1.Now().UTC().Format(time.RFC3339)}}}}, "status")
		}
	}
}

func (l *lab) bind(ctx context.Context, ns, pod, node string) {
	pods := schema.GroupVersionResource{Version: "v1", Resource: "pods"}
	_, _ = l.objects.Resource(pods).Namespace(ns).Create(ctx, &unstructured.Unstructured{Object: map[string]any{"apiVersion": "v1", "kind": "Binding",
		"metadata": map[string]any{"name": pod}, "target": map[string]any{"kind": "Node", "name": node}}}, v1.CreateOptions{}, "binding")
}
