package cluster

import (
	"context"
	"fmt"

	v1 "k8s.io/api/core/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// view is the cluster at one moment: its nodes, and what runs in kube-system.
type view struct {
	nodes []*v1.Node
	pods  []*v1.Pod
}

// see lists both.
func (c *Cluster) see(ctx context.Context) (*view, error) {
	nodes, err := c.api.Core.Nodes().List(ctx, meta.ListOptions{})
	if err != nil {
		return nil, fmt.Errorf("listing nodes: %w", err)
	}
	v := &view{}
	for i := range nodes.Items {
		v.nodes = append(v.nodes, &nodes.Items[i])
	}
	return v, c.podsOf(ctx, v, "")
}

// seeNode gets one node, and lists what runs there.
func (c *Cluster) seeNode(ctx context.Context, name string) (*view, error) {
	node, err := c.api.Core.Nodes().Get(ctx, name, meta.GetOptions{})
	if err != nil {
		return nil, fmt.Errorf("getting node %s: %w", name, err)
	}
	v := &view{nodes: []*v1.Node{node}}
	return v, c.podsOf(ctx, v, "spec.nodeName="+name)
}

func (c *Cluster) podsOf(ctx context.Context, v *view, fields string) error {
	pods, err := c.api.Core.Pods(namespace).List(ctx, meta.ListOptions{FieldSelector: fields})
	if err != nil {
		return fmt.Errorf("listing pods of %s: %w", namespace, err)
	}
	for i := range pods.Items {
		v.pods = append(v.pods, &pods.Items[i])
	}
	return nil
}

func (v *view) node(name string) *v1.Node {
	for _, n := range v.nodes {
		if n.Name == name {
			return n
		}
	}
	return nil
}

// failing are containers that do not start or start again and again, and why.
// Their key is the same for the pod that replaces one: the owner's and not the
// pod's name, since a rollout gives each pod another.
func (v *view) failing() map[string]string {
	out := map[string]string{}
	for _, p := range v.pods {
		who := "Pod/" + p.Name
		if o := meta.GetControllerOf(p); o != nil && o.Kind != "Node" {
			who = o.Kind + "/" + o.Name + " on " + p.Spec.NodeName
		}
		for _, list := range [][]v1.ContainerStatus{p.Status.InitContainerStatuses, p.Status.ContainerStatuses} {
			for _, s := range list {
				if w := s.State.Waiting; w != nil && (w.Reason == "CrashLoopBackOff" || w.Reason == "ImagePullBackOff" || w.Reason == "ErrImagePull") {
					out[who+", container "+s.Name] = w.Reason
				}
			}
		}
	}
	return out
}

func nodeReady(n *v1.Node) bool {
	c := readiness(n)
	return c != nil && c.Status == v1.ConditionTrue
}

// readiness is the condition Ready of a node; nil = nobody has said anything.
func readiness(n *v1.Node) *v1.NodeCondition {
	for i := range n.Status.Conditions {
		if n.Status.Conditions[i].Type == v1.NodeReady {
			return &n.Status.Conditions[i]
		}
	}
	return nil
}

func podReady(p *v1.Pod) bool {
	if p.DeletionTimestamp != nil {
		return false
	}
	for _, c := range p.Status.Conditions {
		if c.Type == v1.PodReady {
			return c.Status == v1.ConditionTrue
		}
	}
	return false
}

// because is what a node says of its not being Ready.
func because(n *v1.Node) string {
	c := readiness(n)
	if c == nil {
		return ": its kubelet has reported nothing yet"
	}
	return fmt.Sprintf(": %s %s, since %s", c.Reason, c.Message, c.LastTransitionTime.UTC().Format("15:04:05"))
}
