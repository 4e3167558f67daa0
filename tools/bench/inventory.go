package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
)

// instance is a row of every generated cluster; version picks one by what kind of version it has.
type instance struct {
	component, node string
	version         func(v versions) string
}

// versions are those of one cluster.
type versions struct{ controlPlane, kubelet, etcd, containerd, coredns string }

// instances are the twelve of a small kubeadm cluster.
func instances() []instance {
	return []instance{
		{"kube-apiserver", "cp1", func(v versions) string { return v.controlPlane }},
		{"kube-controller-manager", "cp1", func(v versions) string { return v.controlPlane }},
		{"kube-scheduler", "cp1", func(v versions) string { return v.controlPlane }},
		{"etcd", "cp1", func(v versions) string { return v.etcd }},
		{"coredns", "cp1", func(v versions) string { return v.coredns }},
		{"kubelet", "cp1", func(v versions) string { return v.kubelet }},
		{"kubelet", "w1", func(v versions) string { return v.kubelet }},
		{"kubelet", "w2", func(v versions) string { return v.kubelet }},
		{"kube-proxy", "w1", func(v versions) string { return v.kubelet }},
		{"kube-proxy", "w2", func(v versions) string { return v.kubelet }},
		{"containerd", "w1", func(v versions) string { return v.containerd }},
		{"containerd", "w2", func(v versions) string { return v.containerd }},
	}
}

// fleet is what the clusters run, in turn: old and new minors, kubelets behind, a vendor build, a pre-release. The count
// is a prime, so that it is in step with no other cycle of the generator.
func fleet() []versions {
	return []versions{
		{"v1.34.1", "v1.34.1", "3.6.4", "1.7.27", "1.12.1"},
		{"v1.34.2", "v1.33.6", "3.6.5", "2.1.1", "1.12.1"},
		{"v1.33.13", "v1.33.13", "3.5.24", "1.7.27", "1.12.0"},
		{"v1.31.14", "v1.31.14", "3.5.24", "1.6.36", "1.11.3"},
		{"v1.28.15+rke2r1", "v1.28.15+rke2r1", "3.5.13", "1.7.23", "1.11.1"},
		{"v1.35.4", "v1.34.4", "3.6.6", "2.2.0", "1.13.1"},
		{"v1.36.3", "v1.36.3", "3.6.8", "2.2.0", "1.14.2"},
		{"v1.37.0", "v1.37.0", "3.7.0", "2.2.1", "1.14.6"},
		{"v1.37.1", "v1.36.4", "3.7.0", "2.2.1", "1.14.6"},
		{"v1.27.4-eks-2d98532", "v1.27.4-eks-2d98532", "3.5.9", "1.6.19", "1.10.1"},
		{"v1.36.0-rc.0", "v1.35.4", "3.6.8", "2.1.1", "1.13.1"},
	}
}

// environments has a length that is no divisor of the fleet's.
func environments() []string { return []string{"development", "staging", "production"} }

// writeFile writes an inventory of n clusters, one YAML document each, and returns its size. It streams: see process.Measure.
func writeFile(path string, n int) (size int64, err error) {
	file, err := os.Create(path)
	if err != nil {
		return 0, err
	}
	defer file.Close()
	w := bufio.NewWriter(file)
	for i := range n {
		write(w, i)
	}
	if err := w.Flush(); err != nil { // holds the first error of all writes
		return 0, err
	}
	info, err := file.Stat()
	if err != nil {
		return 0, err
	}
	return info.Size(), file.Close()
}

func write(w io.Writer, i int) {
	fleet, environments := fleet(), environments()
	v := fleet[i%len(fleet)]
	fmt.Fprintf(w, "---\napiVersion: fixline.dev/v1alpha1\nkind: ClusterInventory\nmetadata: {name: c%05d, owner: team-%d}\n", i, i%17)
	fmt.Fprintf(w, "spec:\n  environment: %s\n  provider: kubeadm\n  components:\n", environments[i%len(environments)])
	for _, row := range instances() {
		fmt.Fprintf(w, "  - {component: %s, version: %q, node: %s, os: linux}\n", row.component, row.version(v), row.node)
	}
}
