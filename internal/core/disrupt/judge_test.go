package disrupt

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fixline-dev/fixline/internal/core/finding"
	"github.com/fixline-dev/fixline/internal/core/selector"
)

const gib = 1 << 30

// nodes are workers of 4 CPU and 8 GiB, named w1, w2...
func workers(n int) []Node {
	var out []Node
	for i := range n {
		out = append(out, Node{Name: fmt.Sprintf("w%d", i+1), Pool: "blue", Ready: Ready, Labels: map[string]string{}, Allocatable: Amounts{4000, 8 * gib, 110}})
	}
	return out
}

// pod of the Deployment web on a node.
func pod(name, node string, change ...func(*Pod)) Pod {
	p := Pod{Namespace: "shop", Name: name, Node: node, Labels: map[string]string{"app": "web"}, Workload: "Deployment/web", Ready: Ready, Requests: Amounts{1000, gib, 0}}
	for _, c := range change {
		c(&p)
	}
	return p
}

// budget of the pods of web: expected, healthy, desired and allowed as the
// status says.
func budget(name string, expected, healthy, desired, allowed int, change ...func(*Budget)) Budget {
	b := Budget{Namespace: "shop", Name: name, Selector: &selector.Selector{Labels: map[string]string{"app": "web"}}, Min: Bound{Set: true, Value: desired},
		Expected: expected, Healthy: healthy, Desired: desired, Allowed: allowed}
	for _, c := range change {
		c(&b)
	}
	return b
}

func maxUnavailable(value int, percent bool) func(*Budget) {
	return func(b *Budget) { b.Min, b.Max = Bound{}, Bound{Set: true, Value: value, Percent: percent} }
}

func said(all []finding.Found) []string {
	out := []string{}
	for _, f := range all {
		out = append(out, fmt.Sprintf("%s %s %s: %s", f.Code, f.Severity, f.Object, f.Message))
	}
	return out
}

// same holds each text to begin with what is wanted, and their number.
func same(t *testing.T, want, got []string) {
	t.Helper()
	ok := len(want) == len(got)
	for i := 0; ok && i < len(want); i++ {
		ok = strings.HasPrefix(got[i], want[i])
	}
	if !ok {
		t.Errorf("want %d findings that begin\n%s\ngot %d\n%s", len(want), strings.Join(want, "\n"), len(got), strings.Join(got, "\n"))
	}
}

func TestBudgets(t *testing.T) {
	two := []Pod{pod("a", "w1"), pod("b", "w2")}
	operator := &Operator{Name: "CloudNativePG", Text: "it must switch over", Source: "https://example.invalid"}
	always := func(b *Budget) { b.AlwaysAllow = true }
	for name, c := range map[string]struct {
		pods    []Pod
		budgets []Budget
		q       Question
		want    []string
	}{
		"one may go": {two, []Budget{budget("web", 2, 2, 1, 1)}, Question{}, nil},
		"two of two": {two, []Budget{budget("web", 2, 2, 2, 0)}, Question{},
			[]string{"DRAIN-001 blocker PodDisruptionBudget/shop/web: minAvailable 2 of 2 pods never allows an eviction"}},
		"none may be away":        {two, []Budget{budget("web", 2, 2, 2, 0, maxUnavailable(0, false))}, Question{}, []string{"DRAIN-001 blocker PodDisruptionBudget/shop/web: maxUnavailable 0 of 2"}},
		"no percent may be away":  {two, []Budget{budget("web", 2, 2, 2, 0, maxUnavailable(0, true))}, Question{}, []string{"DRAIN-001"}},
		"percents are rounded up": {two, []Budget{budget("web", 2, 2, 1, 1, maxUnavailable(1, true))}, Question{}, nil},
		"all percents": {two, []Budget{budget("web", 2, 2, 2, 0, func(b *Budget) { b.Min = Bound{Set: true, Percent: true, Value: 100} })}, Question{},
			[]string{"DRAIN-001 blocker PodDisruptionBudget/shop/web: minAvailable 100% of 2"}},
		"percents that come to all":      {two, []Budget{budget("web", 2, 2, 2, 0, func(b *Budget) { b.Min = Bound{Set: true, Percent: true, Value: 51} })}, Question{}, []string{"DRAIN-001"}},
		"nothing of nothing":             {two, []Budget{budget("web", 0, 0, 1, 0)}, Question{}, nil},
		"healthy pods wait for one":      {two, []Budget{budget("web", 3, 2, 2, 0)}, Question{}, []string{"DRAIN-002 warning PodDisruptionBudget/shop/web: minAvailable 2 allows no eviction now: 2 of 3 pods are healthy, 2 must be"}},
		"broken pods hold each other":    {two, []Budget{budget("web", 3, 1, 2, 0)}, Question{}, []string{"DRAIN-003 warning PodDisruptionBudget/shop/web: 1 of 3 pods are healthy, 2 must be"}},
		"broken pods may go":             {two, []Budget{budget("web", 3, 1, 2, 0, always)}, Question{}, []string{"DRAIN-002"}},
		"its nodes are not drained":      {two, []Budget{budget("web", 2, 2, 2, 0)}, Question{Drain: []string{"w3"}}, nil},
		"what has not started may go":    {[]Pod{pod("a", "w1", func(p *Pod) { p.Pending = true })}, []Budget{budget("web", 1, 0, 1, 0)}, Question{}, nil},
		"what ends is no matter":         {[]Pod{pod("a", "w1", func(p *Pod) { p.Deleting = true })}, []Budget{budget("web", 1, 0, 1, 0)}, Question{}, nil},
		"a daemon's pod stays":           {[]Pod{pod("a", "w1", func(p *Pod) { p.Daemon = true })}, []Budget{budget("web", 1, 1, 1, 0)}, Question{}, nil},
		"an operator must move first":    {two, []Budget{budget("web", 1, 1, 1, 0, func(b *Budget) { b.Operator = operator })}, Question{}, []string{"DRAIN-010 warning PodDisruptionBudget/shop/web: CloudNativePG keeps it"}},
		"it selects no pod":              {two, []Budget{budget("ghost", 0, 0, 1, 0, func(b *Budget) { b.Selector.Labels["app"] = "gone" })}, Question{}, []string{"DRAIN-005 info PodDisruptionBudget/shop/ghost: no pod has"}},
		"it selects none by having none": {two, []Budget{budget("ghost", 0, 0, 1, 0, func(b *Budget) { b.Selector = nil })}, Question{}, []string{"DRAIN-005 info PodDisruptionBudget/shop/ghost: it has no selector"}},
		"an empty selector selects all":  {two, []Budget{budget("all", 2, 2, 2, 0, func(b *Budget) { b.Selector = &selector.Selector{} })}, Question{}, []string{"DRAIN-001"}},
		"another namespace's pods":       {two, []Budget{budget("ghost", 0, 0, 1, 0, func(b *Budget) { b.Namespace = "other" })}, Question{}, []string{"DRAIN-005"}},
		"two of one pod": {two, []Budget{budget("web", 2, 2, 1, 1), budget("all", 2, 2, 1, 1, func(b *Budget) {
			b.Selector = &selector.Selector{Expressions: []selector.Expression{{Key: "app", Operator: "Exists"}}}
		})}, Question{},
			[]string{"DRAIN-004 blocker PodDisruptionBudget/shop/all: 2 pods are in shop selected by all and web at once"}},
		"a number nobody can read": {two, []Budget{budget("web", 2, 2, 1, 1, func(b *Budget) { b.Min = Bound{Set: true, Unread: `"most"`} })}, Question{},
			[]string{`DRAIN-014 warning PodDisruptionBudget/shop/web: whether it ever allows an eviction is not known: it has minAvailable "most"`}},
	} {
		t.Run(name, func(t *testing.T) {
			same(t, c.want, said(Judge(&Cluster{Nodes: workers(4), Pods: c.pods, Budgets: c.budgets}, c.q)))
		})
	}
}

func TestPods(t *testing.T) {
	elsewhere := Question{Drain: []string{"w4"}}
	operator := &Operator{Name: "Rook", Text: "it rebalances", Source: "https://example.invalid"}
	for name, c := range map[string]struct {
		cluster Cluster
		want    string // the one finding, when w1 is drained
	}{
		"nothing":                    {Cluster{Pods: []Pod{pod("a", "w1")}}, ""},
		"emptyDir":                   {Cluster{Pods: []Pod{pod("a", "w1", func(p *Pod) { p.EmptyDir = true })}}, "DRAIN-007 warning Pods: 1 pod has an emptyDir"},
		"a local volume":             {Cluster{Pods: []Pod{pod("a", "w1", func(p *Pod) { p.Local = "pv-1" }), pod("b", "w1", func(p *Pod) { p.Local = "pv-2" })}}, "DRAIN-008 warning Pods: 2 pods can run on their own node only"},
		"its node by name":           {Cluster{Pods: []Pod{pod("a", "w1", func(p *Pod) { p.Selector = map[string]string{hostname: "w1"} })}}, "DRAIN-008 warning Pods: 1 pod can run"},
		"hostPath":                   {Cluster{Pods: []Pod{pod("a", "w1", func(p *Pod) { p.HostPath = true })}}, "DRAIN-008 info Pods/hostPath: 1 pod uses a directory"},
		"no controller":              {Cluster{Pods: []Pod{pod("a", "w1", func(p *Pod) { p.Workload = "" })}}, "DRAIN-009 warning Pods: 1 pod has no controller"},
		"a static pod stays":         {Cluster{Pods: []Pod{pod("a", "w1", func(p *Pod) { p.Workload, p.Static, p.HostPath = "", true, true })}}, ""},
		"a daemon stays":             {Cluster{Pods: []Pod{pod("a", "w1", func(p *Pod) { p.Daemon, p.EmptyDir = true, true })}}, ""},
		"one replica":                {Cluster{Pods: []Pod{pod("a", "w1")}, Workloads: []Workload{{"Deployment", "shop", "web", 1}, {"Deployment", "shop", "other", 1}}}, "DRAIN-006 warning Workloads: 1 workload of one replica"},
		"two replicas":               {Cluster{Pods: []Pod{pod("a", "w1")}, Workloads: []Workload{{"Deployment", "shop", "web", 2}, {"StatefulSet", "shop", "web", 1}, {"Deployment", "bank", "web", 1}}}, ""},
		"an operator's pods":         {Cluster{Pods: []Pod{pod("a", "w1", func(p *Pod) { p.Operator = operator })}}, "DRAIN-010 warning Operator/Rook: Rook manages 1 pod here: it rebalances"},
		"quantities nobody can read": {Cluster{Pods: []Pod{pod("a", "w1", func(p *Pod) { p.Unknown = `cpu "many"` })}}, "DRAIN-014 warning Pods/requests: quantities of 1 pod cannot"},
	} {
		t.Run(name, func(t *testing.T) {
			var want []string
			if c.want != "" {
				want = []string{c.want}
			}
			c.cluster.Nodes = workers(4)
			same(t, want, said(Judge(&c.cluster, Question{Drain: []string{"w1"}})))
			if strings.HasPrefix(c.want, "DRAIN-014") {
				return // it is of the whole cluster
			}
			same(t, nil, said(Judge(&c.cluster, elsewhere)))
		})
	}
}

// Hundreds alike are one finding with the first names.
func TestAlikeFindingsAreOne(t *testing.T) {
	c := Cluster{Nodes: workers(2)}
	for i := range 300 {
		c.Pods = append(c.Pods, pod(fmt.Sprintf("p%03d", i), "w1", func(p *Pod) { p.Workload, p.Requests = fmt.Sprintf("Deployment/d%03d", i), Amounts{} }))
		c.Workloads = append(c.Workloads, Workload{"Deployment", "shop", fmt.Sprintf("d%03d", i), 1})
	}
	c.Nodes[1].Allocatable.Pods = 1000
	got := Judge(&c, Question{})
	if len(got) != 1 || got[0].Message != "300 workloads of one replica" || len(got[0].Evidence) != enough+1 || got[0].Evidence[0] != "Deployment/shop/d000 on w1" || got[0].Evidence[enough] != "and 290 more" {
		t.Errorf("%+v", got)
	}
}

func TestNodes(t *testing.T) {
	c := Cluster{Nodes: workers(4), Unread: []string{"poddisruptionbudgets: forbidden", "pods: forbidden"}}
	c.Nodes[0].Cordoned, c.Nodes[1].Ready, c.Nodes[2].Ready, c.Nodes[2].ControlPlane, c.Nodes[3].Unknown = true, NotReady, NotReady, true, "no cpu"
	same(t, []string{
		"DRAIN-013 warning Node/w2", "DRAIN-013 blocker Node/w3", "DRAIN-012 warning Nodes: 1 node is cordoned already",
		"DRAIN-014 warning Cluster: not read: poddisruptionbudgets and pods", "DRAIN-014 warning Nodes/allocatable: quantities of 1 node cannot",
	}, said(Judge(&c, Question{})))
	if p := LimitsOf(&c, Question{}).Pools[0]; p.Unknown != "not read: pods: forbidden" {
		t.Errorf("the room is known: %+v", p)
	}
	same(t, []string{"DRAIN-014 warning Cluster: nothing was read"}, said(Judge(nil, Question{})))
}

func TestQuantity(t *testing.T) {
	for text, want := range map[string]int64{"1": 1000, "250m": 250, "0.1": 100, "1.5": 1500, "1500u": 2, "2n": 1, "1k": 1_000_000, "0": 0, "+3": 3000, "1e3": 1_000_000, "5E-1": 500, ".5": 500, "2.": 2000} {
		if got, err := Quantity(text, 1000, true); err != nil || got != want {
			t.Errorf("%q of CPU: %d, %v; want %d", text, got, err, want)
		}
	}
	for text, want := range map[string]int64{"128Mi": 128 << 20, "1Gi": gib, "1.5Gi": 3 * gib / 2, "24581692Ki": 24581692 << 10, "1G": 1e9, "1T": 1e12, "100m": 1, "1Ei": 1 << 60, "129e6": 129e6, "25171652608": 25171652608} {
		if got, err := Quantity(text, 1, true); err != nil || got != want {
			t.Errorf("%q of memory: %d, %v; want %d", text, got, err, want)
		}
	}
	if got, err := Quantity("1500u", 1000, false); err != nil || got != 1 {
		t.Errorf("rounded down: %d, %v", got, err)
	}
	for _, text := range []string{"", "Gi", "-", ".", "1.2.3", "1-2", "1 Gi", "1gi", "1KiB", "-1", "many", "1e", "1e999", "99999999999999999999Ei", "1/2", "0x10", "1_000"} {
		if got, err := Quantity(text, 1, true); err == nil {
			t.Errorf("%q is read as %d", text, got)
		}
	}
}

func TestSelector(t *testing.T) {
	labels := map[string]string{"app": "web", "tier": "front"}
	for name, c := range map[string]struct {
		s    *selector.Selector
		want bool
	}{
		"none":       {nil, false},
		"empty":      {&selector.Selector{}, true},
		"a label":    {&selector.Selector{Labels: map[string]string{"app": "web"}}, true},
		"another":    {&selector.Selector{Labels: map[string]string{"app": "api"}}, false},
		"in":         {&selector.Selector{Expressions: []selector.Expression{{Key: "app", Operator: "In", Values: []string{"api", "web"}}}}, true},
		"not in":     {&selector.Selector{Expressions: []selector.Expression{{Key: "app", Operator: "NotIn", Values: []string{"web"}}}}, false},
		"absent":     {&selector.Selector{Expressions: []selector.Expression{{Key: "zone", Operator: "NotIn", Values: []string{"a"}}}}, true},
		"exists":     {&selector.Selector{Expressions: []selector.Expression{{Key: "zone", Operator: "Exists"}}}, false},
		"not exists": {&selector.Selector{Expressions: []selector.Expression{{Key: "zone", Operator: "DoesNotExist"}}}, true},
		"unheard of": {&selector.Selector{Expressions: []selector.Expression{{Key: "app", Operator: "Like", Values: []string{"w*"}}}}, false},
		"all must":   {&selector.Selector{Labels: map[string]string{"app": "web"}, Expressions: []selector.Expression{{Key: "tier", Operator: "In", Values: []string{"back"}}}}, false},
	} {
		if got := selects(c.s, labels); got != c.want {
			t.Errorf("%s: %t", name, got)
		}
	}
}

func TestLimits(t *testing.T) {
	c := Cluster{Nodes: workers(3), Budgets: []Budget{budget("web", 2, 2, 2, 0)}, Pods: []Pod{
		pod("a", "w1"), pod("b", "w2"), pod("d", "w1", func(p *Pod) { p.Daemon = true }), pod("free", "w1", func(p *Pod) { p.Labels = nil }),
	}}
	c.Nodes[2].Pool = "red"
	got := LimitsOf(&c, Question{})
	want := Limits{
		Nodes: []NodeLimit{
			{Node: "w1", Pool: "blue", Evict: []string{"shop/a", "shop/free"}, Blocked: []string{"shop/web"}},
			{Node: "w2", Pool: "blue", Evict: []string{"shop/b"}, Blocked: []string{"shop/web"}},
			{Node: "w3", Pool: "red", Evict: []string{}, Blocked: []string{}},
		},
		Pools:   []PoolLimit{{Pool: "blue", Nodes: []string{"w1", "w2"}, Batch: 2}, {Pool: "red", Nodes: []string{"w3"}, Batch: 1}},
		Budgets: []BudgetLimit{{Budget: "shop/web", Nodes: []string{"w1", "w2"}}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := LimitsOf(nil, Question{}); len(got.Unread) != 1 {
		t.Errorf("nothing read: %+v", got)
	}
}

func TestBudgetLimits(t *testing.T) {
	spread := []Pod{pod("a", "w1"), pod("b", "w1"), pod("c", "w2"), pod("d", "w3")}
	for name, c := range map[string]struct {
		budget Budget
		want   int
	}{
		"one may go":        {budget("web", 4, 4, 3, 1), 1}, // w1 has two: its drain goes on as they come up
		"two":               {budget("web", 4, 4, 2, 2), 1},
		"three":             {budget("web", 4, 4, 1, 3), 2},
		"all":               {budget("web", 4, 4, 0, 4), 3},
		"none now":          {budget("web", 4, 3, 3, 0), 0},
		"none ever":         {budget("web", 4, 4, 4, 0), 0},
		"it counts nothing": {budget("web", 0, 0, 1, 0), 3},
	} {
		got := LimitsOf(&Cluster{Nodes: workers(4), Pods: spread, Budgets: []Budget{c.budget}}, Question{}).Budgets
		if len(got) != 1 || got[0].Most != c.want || len(got[0].Nodes) != 3 {
			t.Errorf("%s: %+v, want %d", name, got, c.want)
		}
	}
}
