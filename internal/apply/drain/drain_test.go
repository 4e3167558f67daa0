package drain

import (
	"strings"
	"testing"
	"time"

	v1 "k8s.io/api/core/v1"
	policy "k8s.io/api/policy/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/fixline-dev/fixline/internal/core/plan"
)

func TestOrdersAreTheCommands(t *testing.T) {
	for command, want := range map[string]orders{
		"kubectl drain w1 --ignore-daemonsets --delete-emptydir-data --timeout=15m": {true, 15 * time.Minute},
		"kubectl drain w1 --ignore-daemonsets --timeout=90s":                        {false, 90 * time.Second},
		"kubectl drain w1 --timeout=soon":                                           {false, defaultTimeout},
	} {
		if got := ordersOf(&plan.Step{Commands: []string{command}}); got != want {
			t.Errorf("%s: %+v, want %+v", command, got, want)
		}
	}
}

// As the API server decides: kubernetes/pkg/registry/core/pod/storage/eviction.go.
func TestForbids(t *testing.T) {
	always := policy.AlwaysAllow
	ready := func(s v1.ConditionStatus, phase v1.PodPhase) *v1.Pod {
		return &v1.Pod{Status: v1.PodStatus{Phase: phase, Conditions: []v1.PodCondition{{Type: v1.PodReady, Status: s}}}}
	}
	deleted := ready("True", v1.PodRunning)
	deleted.DeletionTimestamp = &meta.Time{}
	for _, tt := range []struct {
		name   string
		pod    *v1.Pod
		budget policy.PodDisruptionBudget
		want   bool
	}{
		{"allows one", ready("True", v1.PodRunning), policy.PodDisruptionBudget{Status: policy.PodDisruptionBudgetStatus{DisruptionsAllowed: 1}}, false},
		{"allows none", ready("True", v1.PodRunning), policy.PodDisruptionBudget{}, true},
		{"has not been read since it changed", ready("True", v1.PodRunning), policy.PodDisruptionBudget{ObjectMeta: meta.ObjectMeta{Generation: 2},
			Status: policy.PodDisruptionBudgetStatus{DisruptionsAllowed: 1, ObservedGeneration: 1}}, true},
		{"a pod that waits for a node", ready("False", v1.PodPending), policy.PodDisruptionBudget{}, false},
		{"a pod that ends already", deleted, policy.PodDisruptionBudget{}, false},
		{"a sick pod of a healthy workload", ready("False", v1.PodRunning), policy.PodDisruptionBudget{Status: policy.PodDisruptionBudgetStatus{CurrentHealthy: 2, DesiredHealthy: 2}}, false},
		{"a sick pod of a sick workload", ready("False", v1.PodRunning), policy.PodDisruptionBudget{Status: policy.PodDisruptionBudgetStatus{CurrentHealthy: 1, DesiredHealthy: 2}}, true},
		{"whose owner lets it go", ready("False", v1.PodRunning), policy.PodDisruptionBudget{Spec: policy.PodDisruptionBudgetSpec{UnhealthyPodEvictionPolicy: &always},
			Status: policy.PodDisruptionBudgetStatus{CurrentHealthy: 1, DesiredHealthy: 2}}, false},
	} {
		if got := (budget{&tt.budget, nil}).forbids(tt.pod); got != tt.want {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
}

func TestMergedKeepsTheEarlierWord(t *testing.T) {
	got := merged([]workload{{Kind: "Deployment", Namespace: "b", Name: "x", UID: "1", Ready: 2}},
		[]workload{{Kind: "Deployment", Namespace: "b", Name: "x", UID: "1", Ready: 1}, {Kind: "Job", Namespace: "a", Name: "y", UID: "2"}})
	if len(got) != 2 || got[0].Name != "y" || got[1].Ready != 2 {
		t.Errorf("%+v", got)
	}
}

func TestAMarkThatCannotBeReadIsOne(t *testing.T) {
	n := &v1.Node{ObjectMeta: meta.ObjectMeta{Annotations: map[string]string{annotation: "{"}}}
	if !Under(n) || Under(&v1.Node{}) {
		t.Error("a node is under a drain where it carries a mark, readable or not")
	}
}

func TestFactsAreOfTheNearestDrainBefore(t *testing.T) {
	p := &plan.Plan{Steps: []plan.Step{{ID: "d1", Kind: plan.Drain, Node: "a"}, {ID: "u1", Kind: plan.Uncordon, Node: "a"}, {ID: "d2", Kind: plan.Drain, Node: "a"},
		{ID: "d3", Kind: plan.Drain, Node: "b"}, {ID: "u2", Kind: plan.Uncordon, Node: "a"}, {ID: "d4", Kind: plan.Drain, Node: "a"}}}
	asked := ""
	d := New(nil, Options{Plan: p, Facts: func(id string) map[string]string { asked = id; return nil }})
	for i, want := range map[int]string{1: "d1", 4: "d2"} {
		if d.facts(&p.Steps[i]); asked != want {
			t.Errorf("facts of %s: asked %s, want %s", p.Steps[i].ID, asked, want)
		}
	}
}

func TestBlockedErrorNamesWhatToDo(t *testing.T) {
	text := (&BlockedError{Node: "w1", After: time.Minute, Waits: []string{"shop/web"}}).Error()
	for _, part := range []string{"after 1m0s w1", "shop/web", "w1 stays cordoned", "kubectl uncordon w1"} {
		if !strings.Contains(text, part) {
			t.Errorf("%q does not say %q", text, part)
		}
	}
}

func TestABudgetSaysWhichOtherDrainUsesIt(t *testing.T) {
	d := New(nil, Options{Plan: &plan.Plan{}})
	d.using("w1", "shop/web")
	if got := d.usedBy("shop/web", "w2"); got != "; the drain of w1 uses it now" {
		t.Errorf("another node: %q", got)
	}
	if got := d.usedBy("shop/web", "w1"); got != "" {
		t.Errorf("its own node: %q", got)
	}
	d.release("w1")
	if got := d.usedBy("shop/web", "w2"); got != "" {
		t.Errorf("after the drain: %q", got)
	}
}
