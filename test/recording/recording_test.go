// Package recording holds the tests that read the recorded real cluster from
// its files to its inventory, as `fixline demo` does.
package recording

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fixline-dev/fixline/internal/core/inventory"
	"github.com/fixline-dev/fixline/internal/demo"
	"github.com/fixline-dev/fixline/internal/evidence/dump"
	"github.com/fixline-dev/fixline/internal/evidence/reading"
)

func TestRecording(t *testing.T) {
	b, err := dump.ReadFS(t.Context(), demo.Recording(), "the recording")
	if err != nil {
		t.Fatal(err)
	}
	c := reading.Cluster(b, reading.Options{Name: demo.Name})
	var got []string
	for _, i := range c.Instances {
		got = append(got, fmt.Sprintf("%s %s %s %s", i.Component, i.Node, i.Version, i.ReadFrom))
	}
	want := []string{
		"kube-apiserver cp1 1.35.4 static pod image",
		"kube-controller-manager cp1 1.35.4 static pod image",
		"kube-scheduler cp1 1.35.4 static pod image",
		"etcd cp1 3.6.6 static pod image",
		"kubelet cp1 1.34.2 nodeInfo.kubeletVersion", "kubelet w1 1.34.2 nodeInfo.kubeletVersion", "kubelet w2 1.34.2 nodeInfo.kubeletVersion",
		"kube-proxy cp1 1.35.4 pod image (not running: ContainerCreating)", "kube-proxy w1 1.34.4 pod image", "kube-proxy w2 1.34.4 pod image",
		"containerd cp1 1.6.20~ds1-1+deb12u3 dpkg", "containerd w1 1.6.20~ds1-1+deb12u3 dpkg", "containerd w2 1.6.20~ds1-1+deb12u3 dpkg",
		"runc cp1 1.1.5+ds1-1+deb12u1 dpkg", "runc w1 1.1.5+ds1-1+deb12u1 dpkg", "runc w2 1.1.5+ds1-1+deb12u1 dpkg",
		"kubeadm cp1 1.35.4 dpkg", "kubeadm w1 1.34.2 dpkg", "kubeadm w2 1.34.2 dpkg",
		"kubectl cp1 1.34.2 dpkg", "kubectl w1 1.34.2 dpkg", "kubectl w2 1.34.2 dpkg",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("instances (-want +got):\n%s", diff)
	}
	if c.Provider != "kubeadm" || c.Available != nil {
		t.Errorf("provider %s, available %v", c.Provider, c.Available)
	}
	for _, g := range c.Gaps {
		if g.Required {
			t.Errorf("required gap: %+v", g)
		}
	}
	for node, v := range map[string]string{"cp1": "v1", "w1": "v1", "w2": "v1"} {
		if c.Facts.CgroupVersion[node] != v {
			t.Errorf("cgroup version of %s: %q", node, c.Facts.CgroupVersion[node])
		}
	}
	for use, want := range map[string]inventory.State{
		inventory.UsePrivilegedPods: inventory.Yes, inventory.UseWindowsNodes: inventory.No, inventory.UseNetworkPolicies: inventory.Yes,
	} {
		if got := c.Facts.Uses[use]; got.State != want {
			t.Errorf("%s: %+v", use, got)
		}
	}
	complete := 0
	for _, s := range c.Facts.Settings {
		if s.Complete {
			complete++
		}
		if s.Component == inventory.Kubelet && !strings.HasPrefix(s.Source, "configz") {
			t.Errorf("kubelet settings of %s from %s", s.Node, s.Source)
		}
	}
	if complete != 10 {
		t.Errorf("%d complete settings, want 10: four static pods, three kubelets, three kube-proxies", complete)
	}
}
