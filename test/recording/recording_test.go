// Package recording holds the tests that read the recorded real cluster from
// its files to its inventory, as `fixline demo` does.
package recording

import (
	"fmt"
	"slices"
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
	each := func(component, version, from string, nodes ...string) (rows []string) {
		for _, node := range nodes {
			rows = append(rows, strings.Join([]string{component, node, version, from}, " "))
		}
		return rows
	}
	controlPlanes, workers := []string{"cp1", "cp2", "cp3"}, []string{"w1", "w2"}
	all := append(slices.Clone(controlPlanes), workers...)
	moved := []string{"cp1", "cp2", "cp3", "w1"}
	want := slices.Concat(
		each("kube-apiserver", "1.35.4", "static pod image", controlPlanes...),
		each("kube-controller-manager", "1.35.4", "static pod image", controlPlanes...),
		each("kube-scheduler", "1.35.4", "static pod image", controlPlanes...),
		each("etcd", "3.6.6", "static pod image", controlPlanes...),
		each("kubelet", "1.35.4", "nodeInfo.kubeletVersion", moved...), each("kubelet", "1.34.2", "nodeInfo.kubeletVersion", "w2"),
		each("kube-proxy", "1.35.4", "pod image", all...),
		each("containerd", "1.6.20~ds1-1+deb12u3", "dpkg", all...),
		each("runc", "1.1.5+ds1-1+deb12u1", "dpkg", all...),
		each("kubeadm", "1.35.4", "dpkg", all...),
		each("kubectl", "1.35.4", "dpkg", moved...), each("kubectl", "1.34.2", "dpkg", "w2"),
		each("coredns", "1.13.1", "pod image", "cp1", "w1"),
	)
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
	for _, node := range all {
		if c.Facts.CgroupVersion[node] != "v1" {
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
		if s.Complete && s.Component != inventory.CoreDNS {
			complete++
		}
		if s.Component == inventory.Kubelet && !strings.HasPrefix(s.Source, "configz") {
			t.Errorf("kubelet settings of %s from %s", s.Node, s.Source)
		}
	}
	if complete != 23 {
		t.Errorf("%d complete settings, want 23: four static pods on each of three hosts, five kubelets, five kube-proxies, kubeadm", complete)
	}
}
