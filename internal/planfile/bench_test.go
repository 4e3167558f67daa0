package planfile_test

import (
	"bytes"
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/fixline-dev/fixline/internal/core/inventory"
	"github.com/fixline-dev/fixline/internal/core/plan"
	"github.com/fixline-dev/fixline/internal/core/version"
	"github.com/fixline-dev/fixline/internal/planfile"
)

// thousand is a plan of a control plane and a thousand workers.
func thousand(b *testing.B) plan.Plan {
	b.Helper()
	c := inventory.Cluster{Name: "large", Provider: "kubeadm", Connected: true}
	add := func(name, node string) {
		c.Instances = append(c.Instances, inventory.Instance{Component: name, Node: node, Version: version.New(1, 34, 2), OS: "linux"})
	}
	for _, name := range []string{"kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubelet", "kube-proxy"} {
		add(name, "cp1")
	}
	for i := range 1000 {
		add("kubelet", fmt.Sprintf("w%04d", i))
		add("kube-proxy", fmt.Sprintf("w%04d", i))
	}
	p, err := plan.Build(plan.Input{Cluster: c, Target: version.New(1, 35, 4), Rules: rules(b), AsOf: time.Unix(0, 0)})
	if err != nil {
		b.Fatal(err)
	}
	return p
}

func BenchmarkWrite(b *testing.B) {
	p := thousand(b)
	b.ReportAllocs()
	for b.Loop() {
		if err := planfile.Write(io.Discard, &p); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkRead(b *testing.B) {
	p := thousand(b)
	var out bytes.Buffer
	if err := planfile.Write(&out, &p); err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(out.Len()))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := planfile.Read(bytes.NewReader(out.Bytes()), "plan.json"); err != nil {
			b.Fatal(err)
		}
	}
}
