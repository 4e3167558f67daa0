package plan_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/fixline-dev/fixline/internal/core/inventory"
	"github.com/fixline-dev/fixline/internal/core/plan"
	"github.com/fixline-dev/fixline/internal/core/skew"
	"github.com/fixline-dev/fixline/internal/core/version"
)

// randomCluster draws clusters, most of them legal, at any stage of an upgrade.
func randomCluster(t *rapid.T) inventory.Cluster {
	n := rapid.SampledFrom([]int{1, 2, 3, 5}).Draw(t, "control planes")
	base := rapid.IntRange(28, 35).Draw(t, "minor")
	c := inventory.Cluster{Name: "random", Provider: "kubeadm"}
	add := func(name, node string, minor int) *inventory.Instance {
		ver := version.New(1, max(minor, 20), rapid.IntRange(0, 9).Draw(t, "patch"))
		c.Instances = append(c.Instances, inventory.Instance{Component: name, Node: node, Version: ver})
		return &c.Instances[len(c.Instances)-1]
	}
	wild := rapid.IntRange(0, 4).Draw(t, "wild") == 0 // else what the page allows, most of the time
	lag := func(most int, name string) int {
		if wild {
			most++
		}
		if most <= 0 || rapid.IntRange(0, 2).Draw(t, name+" lags") > 0 {
			return 0
		}
		return rapid.IntRange(0, most).Draw(t, name+" lag")
	}
	split := 0
	if n > 1 && rapid.IntRange(0, 3).Draw(t, "half-way") == 0 {
		split = 1
	}
	etcds := rapid.SampledFrom([]string{"3.5.15", "3.5.24", "3.5.26", "3.6.5"}).Draw(t, "etcd")
	for i := range n {
		node := fmt.Sprintf("cp%d", i)
		server := base - split*(i%2)
		add("kube-apiserver", node, server)
		for _, name := range []string{"kube-controller-manager", "kube-scheduler"} {
			add(name, node, server-lag(1, name)).Server = rapid.SampledFrom([]string{"", "own", "own", "own", "own", "all"}).Draw(t, "talks to")
		}
		c.Instances = append(c.Instances, inventory.Instance{Component: "etcd", Node: node, Version: version.MustParse(etcds)})
	}
	nodes := n + rapid.IntRange(0, 6).Draw(t, "workers")
	for i := range nodes {
		node := fmt.Sprintf("cp%d", i)
		if i >= n {
			node = fmt.Sprintf("w%d", i)
		}
		kubelet := add("kubelet", node, base-split-lag(2-split, "kubelet"))
		kubelet.Pool = rapid.SampledFrom([]string{"", "a", "b"}).Draw(t, "pool")
		kubelet.Zone = rapid.SampledFrom([]string{"", "x", "y"}).Draw(t, "zone")
		add("kube-proxy", node, base-split-lag(2-split, "proxy"))
		if rapid.Bool().Draw(t, "kubeadm") {
			add("kubeadm", node, base-lag(2, "kubeadm"))
		}
	}
	if rapid.Bool().Draw(t, "cloud") {
		add("cloud-controller-manager", "cp0", base-split-lag(1-split, "cloud"))
	}
	kubectl := add("kubectl", "", base-split-lag(1-split, "kubectl"))
	kubectl.Host = "bastion"
	return c
}

func randomInput(t *rapid.T, r skew.Rules) plan.Input {
	c := randomCluster(t)
	top := 0
	for _, i := range c.Instances {
		if i.Component == "kube-apiserver" {
			top = max(top, i.Version.Minor().Minor)
		}
	}
	c.Available = []version.Version{}
	for m := 20; m <= 39; m++ {
		c.Available = append(c.Available, version.New(1, m, 9), version.New(1, m, 12))
	}
	in := plan.Input{Cluster: c, Rules: r, Brings: brings(), Minutes: minutes(), Target: version.New(1, min(top+rapid.IntRange(0, 3).Draw(t, "up"), 37), 12)}
	in.Strategy = rapid.SampledFrom([]plan.Strategy{plan.Steady, plan.Fast, plan.Earliest}).Draw(t, "strategy")
	in.SkewPolicy = rapid.SampledFrom([]skew.Policy{skew.Upstream, skew.Conservative}).Draw(t, "policy")
	in.Cautions = cautions()
	return in
}

// TestNoPlanHoldsAnIllegalState: over random clusters and targets, no state of
// any plan is outside the policy, and only a start that is has no plan.
func TestNoPlanHoldsAnIllegalState(t *testing.T) {
	r := rules(t)
	built := 0
	rapid.Check(t, func(t *rapid.T) {
		in := randomInput(t, r)
		start := things(in.Cluster)
		conservative := in.SkewPolicy == skew.Conservative
		wrong := slices.DeleteFunc(wrongs(start, conservative), func(w string) bool { return w == "client" })
		p, err := plan.Build(in)
		var refusal *plan.Refusal
		switch {
		case len(wrong) > 0:
			if !errors.As(err, &refusal) || refusal.Step != "" || refusal.To == "" {
				t.Fatalf("the start is illegal (%v), and Build says %v", wrong, err)
			}
			restored(t, in, refusal, conservative)
			return
		case err != nil && unplannable(in.Cluster):
			return
		case err != nil:
			t.Fatalf("a legal start has no plan: %v", err)
		}
		built++
		if id, who, clients := replay(start, p.Steps, conservative); id != "" || clients && !slices.Contains(wrongs(start, conservative), "client") {
			t.Fatalf("step %q makes %s illegal (clients: %t) in\n%s", id, who, clients, lines(p.Steps))
		}
		arrived(t, p, in)
		if _, err := plan.Check(&p, in.Rules, in.SkewPolicy); err != nil {
			t.Fatalf("the plan is refused: %v\n%s", err, lines(p.Steps))
		}
	})
	if t.Logf("%d plans", built); built == 0 {
		t.Fatal("no plan was built")
	}
}

// unplannable: what kubeadm cannot do within the policy. With several control
// planes it moves a controller-manager to a minor that other API servers it
// may be sent to do not have yet.
func unplannable(c inventory.Cluster) bool {
	servers := 0
	all := false
	for _, i := range c.Instances {
		if i.Component == "kube-apiserver" {
			servers++
		}
		all = all || i.Server == "all" && (i.Component == "kube-controller-manager" || i.Component == "kube-scheduler")
	}
	return servers > 1 && all
}

// restored: the one move a refusal names takes at least the component it names
// a step towards the policy.
func restored(t *rapid.T, in plan.Input, r *plan.Refusal, conservative bool) {
	after := things(in.Cluster)
	before := len(wrongs(after, conservative))
	for i := range after {
		if after[i].name == r.Component && (after[i].node == r.Node || after[i].host == r.Node) {
			after[i].minor, after[i].patch, _ = minorPatch(r.Component, r.To)
		}
	}
	if got := len(wrongs(after, conservative)); got > before {
		t.Fatalf("%v: %d were illegal, and %d are after the move", r, before, got)
	}
}

// arrived: at the end everything a plan moves is at the target.
func arrived(t *rapid.T, p plan.Plan, in plan.Input) {
	if len(p.Steps) == 0 {
		return
	}
	want := in.Target
	for r := range p.Steps[len(p.Steps)-1].State.Versions.All() {
		switch r[0] {
		case "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubelet", "kube-proxy", "kubectl":
			if version.MustParse(r[2]).Less(want) {
				t.Fatalf("%s on %s ends at %s, below %s\n%s", r[0], r[1], r[2], want, lines(p.Steps))
			}
		}
	}
}

// TestCheckAgreesOnEditedPlans: whatever somebody does to a plan, Check finds
// an illegal state where the page does, and nowhere else.
func TestCheckAgreesOnEditedPlans(t *testing.T) {
	r := rules(t)
	found := 0
	rapid.Check(t, func(t *rapid.T) {
		in := randomInput(t, r)
		p, err := plan.Build(in)
		if err != nil || len(p.Steps) == 0 {
			return
		}
		for range rapid.IntRange(1, 4).Draw(t, "edits") {
			edit(t, &p)
		}
		conservative := in.SkewPolicy == skew.Conservative
		id, who, _ := replay(things(in.Cluster), p.Steps, conservative)
		_, err = plan.Check(&p, in.Rules, in.SkewPolicy)
		var refusal *plan.Refusal
		illegal := errors.As(err, &refusal) && strings.HasPrefix(refusal.Code, "SKEW-")
		switch {
		case id == "" && illegal:
			t.Fatalf("nothing is illegal, and Check says %v\n%s", err, lines(p.Steps))
		case id != "" && !illegal:
			t.Fatalf("step %s makes %s illegal, and Check says %v\n%s", id, who, err, lines(p.Steps))
		case id != "" && refusal.Step != id:
			t.Fatalf("step %s makes %s illegal first, and Check names %s: %v\n%s", id, who, refusal.Step, err, lines(p.Steps))
		case illegal && refusal.Component == "":
			t.Fatalf("%v names nothing to move first", err)
		}
		if illegal {
			found++
		}
	})
	if t.Logf("%d illegal", found); found == 0 {
		t.Fatal("no edit made anything illegal")
	}
}

// edit does to a plan what people do.
func edit(t *rapid.T, p *plan.Plan) {
	if len(p.Steps) == 0 {
		return
	}
	at := func(name string) int { return rapid.IntRange(0, len(p.Steps)-1).Draw(t, name) }
	i := at("step")
	switch rapid.SampledFrom([]string{"swap", "remove", "to the front", "version", "components", "repeat"}).Draw(t, "edit") {
	case "swap":
		j := at("other")
		p.Steps[i], p.Steps[j] = p.Steps[j], p.Steps[i]
	case "remove":
		p.Steps = slices.Delete(slices.Clone(p.Steps), i, i+1)
	case "to the front":
		s := p.Steps[i]
		p.Steps = slices.Insert(slices.Delete(slices.Clone(p.Steps), i, i+1), 0, s)
	case "version":
		p.Steps[i].To = fmt.Sprintf("1.%d.%d", rapid.IntRange(26, 38).Draw(t, "minor"), rapid.IntRange(0, 12).Draw(t, "patch"))
	case "components":
		if p.Steps[i].Kind == plan.EtcdImageTag {
			return // its version is etcd's, and no program of Kubernetes has such
		}
		all := []string{"kubelet", "kube-proxy", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubectl"}
		p.Steps[i].Components = []string{rapid.SampledFrom(all).Draw(t, "component")}
	case "repeat":
		s := p.Steps[i]
		s.ID += "-again"
		p.Steps = append(slices.Clone(p.Steps), s)
	}
}

func lines(steps []plan.Step) string {
	var b strings.Builder
	for _, s := range steps {
		fmt.Fprintf(&b, "%s %s\n", s.ID, line(s))
	}
	return b.String()
}
