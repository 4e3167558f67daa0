package reading

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/fixline-dev/fixline/internal/core/inventory"
	"github.com/fixline-dev/fixline/internal/evidence"
)

// A list of nodes that was cut short or filtered leaves no kubelet out: where
// pods run there is one.
func TestNodesThatTheListLacksAreUnknown(t *testing.T) {
	b := bundle(t, filepath.Join("testdata", "kubeadm-drifting.yaml"))
	b.Nodes = nil
	running, done := evidence.Pod{}, evidence.Pod{}
	running.Name, running.Spec.NodeName, running.Status.Phase = "a", "lost", "Running"
	done.Name, done.Spec.NodeName, done.Status.Phase = "b", "gone", "Succeeded"
	b.Pods = append(b.Pods, running, done)
	unread := map[string]string{}
	c := Cluster(b, Options{Name: "test"})
	if !slices.ContainsFunc(c.Gaps, func(g inventory.Gap) bool { return g.Required && strings.Contains(g.Reason, "lost") }) {
		t.Errorf("no required gap names it: %v", c.Gaps)
	}
	for _, i := range c.Instances {
		if i.Component == inventory.Kubelet {
			unread[i.Node] = i.Unread
		}
	}
	if !strings.Contains(unread["lost"], "pods run on lost, but the list of nodes does not name it") {
		t.Errorf("kubelet on lost: %q of %v", unread["lost"], unread)
	}
	if _, listed := unread["gone"]; listed {
		t.Error("a pod that ended proves no node")
	}
}
