package disrupt

import (
	"fmt"
	"testing"
)

// full are n nodes, each with pods that request so many thousandths of a CPU.
func full(n int, milli ...int64) *Cluster {
	c := &Cluster{Nodes: workers(n)}
	for i := range n {
		for j, m := range milli {
			c.Pods = append(c.Pods, pod(fmt.Sprintf("p%d-%d", i, j), c.Nodes[i].Name, func(p *Pod) { p.Requests = Amounts{m, gib / 8, 0} }))
		}
	}
	return c
}

func TestRoom(t *testing.T) {
	control := Taint{Key: "node-role.kubernetes.io/control-plane", Effect: "NoSchedule"}
	for name, c := range map[string]struct {
		cluster func() *Cluster
		want    []string
		batch   map[string]int
	}{
		"half full":   {func() *Cluster { return full(4, 1000, 1000) }, nil, map[string]int{"blue": 2}},
		"nearly full": {func() *Cluster { return full(4, 3000) }, nil, map[string]int{"blue": 1}},
		"too full":    {func() *Cluster { return full(4, 3500) }, []string{"DRAIN-011 warning Pool/blue: while w1 is drained the other schedulable nodes lack 2 CPU"}, map[string]int{"blue": 0}},
		"the only node": {func() *Cluster { return full(1, 1000) },
			[]string{"DRAIN-011 warning Pool/blue: while w1 is drained the other schedulable nodes lack 1 CPU, 128 MiB of memory and places for 1 pod"}, map[string]int{"blue": 0}},
		"places for pods": {func() *Cluster {
			c := full(2, 0, 0, 0)
			c.Nodes[0].Allocatable.Pods, c.Nodes[1].Allocatable.Pods = 5, 4
			return c
		}, []string{"DRAIN-011 warning Pool/blue: while w1 is drained the other schedulable nodes lack places for 2 pods"}, map[string]int{"blue": 0}},
		"a daemon does not move, and takes room": {func() *Cluster {
			c := full(2, 1500)
			c.Pods = append(c.Pods, pod("d", "w2", func(p *Pod) { p.Daemon, p.Requests = true, Amounts{2000, 0, 0} }))
			return c
		}, []string{"DRAIN-011 warning Pool/blue: while w1 is drained the other schedulable nodes lack 1 CPU"}, map[string]int{"blue": 0}},
		"cordoned and broken nodes have no room": {func() *Cluster {
			c := full(3, 1000)
			c.Nodes[1].Cordoned, c.Nodes[2].Ready = true, NotReady
			return c
		}, []string{"DRAIN-011 warning Pool/blue: while w1 is drained the other schedulable nodes lack 1 CPU", "DRAIN-013", "DRAIN-012"}, map[string]int{"blue": 0}},
		"a taint keeps pods off": {func() *Cluster {
			c := full(2, 1000)
			c.Nodes[1].Taints, c.Nodes[1].ControlPlane = []Taint{control}, true
			c.Pods = c.Pods[:1]
			return c
		}, []string{"DRAIN-011 warning Pool/blue"}, map[string]int{"blue": 0}},
		"and a toleration lets them on": {func() *Cluster {
			c := full(2, 1000)
			c.Nodes[1].Taints, c.Nodes[1].ControlPlane = []Taint{control}, true
			c.Pods = c.Pods[:1]
			c.Pods[0].Tolerations = []Toleration{{Key: control.Key, Exists: true}}
			return c
		}, nil, map[string]int{"blue": 1}},
		"a selector keeps pods to their own": {func() *Cluster {
			c := full(3, 1000)
			c.Nodes[0].Labels["disk"], c.Nodes[1].Labels["disk"] = "ssd", "ssd"
			c.Pods[0].Requests.MilliCPU, c.Pods[1].Requests.MilliCPU = 2500, 2500
			for i := range 2 {
				c.Pods[i].Selector = map[string]string{"disk": "ssd"}
			}
			return c
		}, []string{"DRAIN-011 warning Pool/blue: while w1 is drained the other schedulable nodes lack 1 CPU"}, map[string]int{"blue": 0}},
		"groups share what both may use": {func() *Cluster {
			c := full(3, 0)
			c.Nodes[0].Labels["disk"], c.Nodes[1].Labels["disk"] = "ssd", "ssd"
			c.Pods = []Pod{
				pod("ssd", "w1", func(p *Pod) { p.Requests, p.Selector = Amounts{3500, 0, 0}, map[string]string{"disk": "ssd"} }),
				pod("any", "w1", func(p *Pod) { p.Requests = Amounts{600, 0, 0} }),
				pod("w3", "w3", func(p *Pod) { p.Requests = Amounts{3900, 0, 0} }),
				pod("w2", "w2", func(p *Pod) { p.Requests = Amounts{100, 0, 0} }),
			}
			return c
		}, []string{"DRAIN-011 warning Pool/blue: while w1 is drained the other schedulable nodes lack 0.1 CPU"}, map[string]int{"blue": 0}},
		"what is bound goes nowhere": {func() *Cluster {
			c := full(1, 1000)
			c.Pods[0].Local = "pv"
			return c
		}, []string{"DRAIN-008"}, map[string]int{"blue": 1}},
	} {
		t.Run(name, func(t *testing.T) {
			same(t, c.want, said(Judge(c.cluster(), Question{})))
			got := map[string]int{}
			for _, p := range LimitsOf(c.cluster(), Question{}).Pools {
				if !p.ControlPlane {
					got[p.Pool] = p.Batch
				}
			}
			for pool, want := range c.batch {
				if got[pool] != want {
					t.Errorf("batch of %s: %d, want %d", pool, got[pool], want)
				}
			}
		})
	}
}

// large is the cluster the speed of the package is held to.
func large() *Cluster {
	c := &Cluster{Nodes: workers(5000)}
	for i := range 50000 {
		c.Pods = append(c.Pods, pod(fmt.Sprintf("p%d", i), c.Nodes[i%5000].Name, func(p *Pod) {
			p.Labels = map[string]string{"app": fmt.Sprintf("a%d", i/50), "pod-template-hash": "x"}
			p.Workload, p.Requests = fmt.Sprintf("Deployment/a%d", i/50), Amounts{200, gib / 4, 0}
			p.Tolerations = []Toleration{{Key: "node.kubernetes.io/not-ready", Effect: "NoExecute", Exists: true}}
		}))
	}
	for i := range 1000 {
		c.Budgets = append(c.Budgets, budget(fmt.Sprintf("b%d", i), 50, 50, 49, 1, func(b *Budget) { b.Selector.Labels["app"] = fmt.Sprintf("a%d", i) }))
		c.Workloads = append(c.Workloads, Workload{"Deployment", "shop", fmt.Sprintf("a%d", i), 50})
	}
	return c
}

func BenchmarkJudge(b *testing.B) {
	c := large()
	for b.Loop() {
		if got := Judge(c, Question{}); len(got) != 0 {
			b.Fatal(said(got))
		}
	}
}

func BenchmarkLimits(b *testing.B) {
	c := large()
	for b.Loop() {
		LimitsOf(c, Question{})
	}
}
