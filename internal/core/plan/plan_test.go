package plan_test

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/fixline-dev/fixline/internal/core/assess"
	"github.com/fixline-dev/fixline/internal/core/inventory"
	"github.com/fixline-dev/fixline/internal/core/kubeadm"
	"github.com/fixline-dev/fixline/internal/core/plan"
	"github.com/fixline-dev/fixline/internal/core/skew"
	"github.com/fixline-dev/fixline/internal/core/version"
)

func v(s string) version.Version { return version.MustParse(s) }

// rules are the policy's shape; the numbers that ship are in catalog/data and
// tested there.
func rules(testing.TB) skew.Rules {
	two := 2
	old := func(newer int) *skew.Exception {
		return &skew.Exception{Minor: version.Minor{Major: 1, Minor: 25}, MaxNewer: newer, MaxOlder: 2}
	}
	const servers = "kube-apiserver"
	return skew.Rules{
		Rules: []skew.Rule{
			{Code: "SKEW-001", Component: servers, Against: servers, MaxNewer: 1, MaxOlder: 1},
			{Code: "SKEW-002", Component: "kubelet", Against: servers, MaxOlder: 3, Below: old(0), Conservative: &two},
			{Code: "SKEW-004", Component: "kube-proxy", Against: servers, MaxOlder: 3, Below: old(0), Conservative: &two},
			{Code: "SKEW-004", Component: "kube-proxy", Against: "kubelet", SameNode: true, MaxNewer: 3, MaxOlder: 3, Below: old(2), Conservative: &two},
			{Code: "SKEW-003", Component: "kube-controller-manager", Against: servers, MaxOlder: 1},
			{Code: "SKEW-003", Component: "kube-scheduler", Against: servers, MaxOlder: 1},
			{Code: "SKEW-003", Component: "cloud-controller-manager", Against: servers, MaxOlder: 1},
			{Code: "SKEW-005", Component: "kubectl", Against: servers, MaxNewer: 1, MaxOlder: 1, Client: true},
			{Code: "SKEW-008", Component: "etcd", Against: "etcd", MaxNewer: 1, MaxOlder: 1},
		},
		Steps: []skew.Step{{Code: "SKEW-009", Component: servers, MaxMinors: 1}, {Code: "SKEW-010", Component: "etcd", MaxMinors: 1}},
	}
}

// brings is what some releases of kubeadm bring.
func brings() kubeadm.Table {
	row := func(k, etcd, coredns string) kubeadm.Brings {
		return kubeadm.Brings{Kubernetes: v(k), Etcd: v(etcd), EtcdTag: etcd + "-0", MinExternalEtcd: v("3.5.24"), CoreDNS: v(coredns), Pause: "3.10.1"}
	}
	return kubeadm.New([]kubeadm.Brings{
		row("1.30.0", "3.5.12", "1.11.1"), row("1.31.0", "3.5.15", "1.11.3"), row("1.32.0", "3.5.16", "1.11.3"), row("1.32.13", "3.5.24", "1.11.3"),
		row("1.33.0", "3.5.21", "1.12.0"), row("1.33.13", "3.5.24", "1.12.0"), row("1.34.0", "3.6.4", "1.12.1"), row("1.34.4", "3.6.5", "1.12.1"),
		row("1.35.0", "3.6.6", "1.13.1"), row("1.35.4", "3.6.6", "1.13.1"), row("1.36.3", "3.6.8", "1.14.2"), row("1.37.1", "3.7.0", "1.14.6"),
	})
}

// cluster is a kubeadm cluster of one version.
func cluster(cps, workers int, kubernetes, etcd string) inventory.Cluster {
	c := inventory.Cluster{Name: "prod", Provider: "kubeadm", Connected: true, Available: []version.Version{
		v("1.30.14"), v("1.31.14"), v("1.32.13"), v("1.33.13"), v("1.34.4"), v("1.35.4"), v("1.36.3"), v("1.37.1")}}
	add := func(component, node, version string) {
		c.Instances = append(c.Instances, inventory.Instance{Component: component, Node: node, Version: v(version), OS: "linux"})
	}
	for i := range cps {
		n := fmt.Sprintf("cp%d", i+1)
		for _, name := range []string{"kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubelet", "kube-proxy", "kubeadm"} {
			add(name, n, kubernetes)
		}
		add("etcd", n, etcd)
		add("coredns", n, "1.11.1")
	}
	for i := range workers {
		n := fmt.Sprintf("w%04d", i+1)
		add("kubelet", n, kubernetes)
		add("kube-proxy", n, kubernetes)
		c.Instances[len(c.Instances)-2].Pool = "general"
		c.Instances[len(c.Instances)-2].Zone = string(rune('a' + i%3))
	}
	c.Instances = append(c.Instances, inventory.Instance{Component: "kubectl", Host: "bastion", Version: v(kubernetes)})
	return c
}

// minutes are an estimate for tests.
func minutes() map[plan.Kind]float64 {
	return map[plan.Kind]float64{plan.KubeadmApply: 5, plan.KubeadmNode: 3, plan.Drain: 5, plan.KubeletPackage: 2, plan.EtcdBackup: 5, plan.RehearseStep: 10, plan.Pause: 15}
}

func input(t testing.TB, c inventory.Cluster, target string) plan.Input {
	return plan.Input{Cluster: c, Target: v(target), Rules: rules(t), AsOf: time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC), CatalogDate: "2026-11-20",
		Brings: brings(), Minutes: minutes(), Cautions: cautions()}
}

func cautions() []assess.Caution {
	return []assess.Caution{{Component: "etcd", Below: v("3.5.26"), Crossing: v("3.6.0"), Text: "go to 3.5.26 or later first", Source: "https://github.com/etcd-io/etcd/issues/20793"}}
}

func build(t testing.TB, in plan.Input) plan.Plan {
	t.Helper()
	p, err := plan.Build(in)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := plan.Check(&p, in.Rules, in.SkewPolicy); err != nil {
		t.Fatalf("the plan that was built is refused: %v", err)
	}
	return p
}

// line is a step on one line.
func line(s plan.Step) string {
	out := fmt.Sprintf("%s %s %s", s.Phase, s.Kind, s.Node)
	for _, m := range s.Moves() {
		out += fmt.Sprintf(" %s:%s->%s", m.Component, m.From, m.To)
	}
	return strings.TrimSpace(out)
}

// large is 5 control planes and 5,000 nodes over three hops.
func large(t testing.TB) plan.Input {
	return input(t, cluster(5, 5000, "1.33.5", "3.5.26"), "1.36.3")
}

// BenchmarkBuild plans it; live-MB is what the plan and its states hold.
func BenchmarkBuild(b *testing.B) {
	for _, advisories := range []int{0, 2} {
		b.Run(fmt.Sprintf("advisories=%d", advisories), func(b *testing.B) {
			in := large(b)
			for k := range advisories {
				in.Advisories = append(in.Advisories, plan.Advisory{ID: fmt.Sprintf("CVE-%d", k), Affected: func(c string, ver version.Version) bool {
					return c == "kubelet" && ver.Less(v("1.35.4"))
				}})
			}
			b.ReportAllocs()
			var p plan.Plan
			for b.Loop() {
				var err error
				if p, err = plan.Build(in); err != nil {
					b.Fatal(err)
				}
			}
			var m runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&m)
			b.ReportMetric(float64(len(p.Steps)), "steps")
			b.ReportMetric(float64(m.HeapAlloc)/1e6, "live-MB")
			runtime.KeepAlive(p)
		})
	}
}

// BenchmarkCheck judges the same plan again.
func BenchmarkCheck(b *testing.B) {
	in := large(b)
	p, err := plan.Build(in)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := plan.Check(&p, in.Rules, ""); err != nil {
			b.Fatal(err)
		}
	}
}

// TestLargePlansShowWholeStatesSparsely: of a large cluster only some steps show
// all of it, among them the first of each phase and the last of all, and what
// the others show adds up to the same.
func TestLargePlansShowWholeStatesSparsely(t *testing.T) {
	p := build(t, input(t, cluster(3, 300, "1.34.2", "3.6.5"), "1.36.3"))
	now, wholes := map[string]string{}, 0
	for i, s := range p.Steps {
		for r := range s.State.Versions.All() {
			key := r[0] + " " + r[1]
			if was, known := now[key]; !s.State.Partial && i > 0 && known && was != r[2] && !moves(s, r[0]) {
				t.Fatalf("step %s shows %s at %s, by the steps before it is at %s", s.ID, key, r[2], was)
			}
			now[key] = r[2]
		}
		if !s.State.Partial {
			wholes++
		}
		if first := i == 0 || p.Steps[i-1].Phase != s.Phase; first && s.State.Partial || i == len(p.Steps)-1 && s.State.Partial {
			t.Errorf("step %s does not show the whole cluster", s.ID)
		}
	}
	if wholes > len(p.Steps)/20 {
		t.Errorf("%d of %d steps show the whole cluster", wholes, len(p.Steps))
	}
}

func moves(s plan.Step, component string) bool {
	for _, m := range s.Moves() {
		if m.Component == component {
			return true
		}
	}
	return false
}
