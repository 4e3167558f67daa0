package plan_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/fixline-dev/fixline/internal/core/plan"
)

// at is the index of the first step of a kind on a node ("" = any).
func at(t *testing.T, p *plan.Plan, kind plan.Kind, node string) int {
	t.Helper()
	i := slices.IndexFunc(p.Steps, func(s plan.Step) bool { return s.Kind == kind && (node == "" || s.Node == node) })
	if i < 0 {
		t.Fatalf("no step %s on %q", kind, node)
	}
	return i
}

// TestCheckRefuses: what people do to plans, and what the refusal names.
func TestCheckRefuses(t *testing.T) {
	toFront := func(p *plan.Plan, i int) {
		s := p.Steps[i]
		p.Steps = slices.Insert(slices.Delete(p.Steps, i, i+1), 0, s)
	}
	remove := func(p *plan.Plan, i int) { p.Steps = slices.Delete(p.Steps, i, i+1) }
	for _, tc := range []struct {
		name, code, first string // first: component and node to move first
		edit              func(t *testing.T, p *plan.Plan)
	}{
		{"a kubelet goes first", "SKEW-002", "kube-apiserver cp1", func(t *testing.T, p *plan.Plan) { toFront(p, at(t, p, plan.KubeletPackage, "w0001")) }},
		{"kube-proxy goes before the last API server", "SKEW-004", "kube-apiserver cp2", func(t *testing.T, p *plan.Plan) {
			proxy := p.Steps[at(t, p, plan.Addon, "")]
			remove(p, at(t, p, plan.Addon, ""))
			p.Steps = slices.Insert(p.Steps, at(t, p, plan.KubeadmNode, "cp2"), proxy)
		}},
		{"a controller-manager goes before its API server", "SKEW-003", "kube-apiserver cp1", func(t *testing.T, p *plan.Plan) {
			i := at(t, p, plan.KubeadmApply, "cp1")
			alone := p.Steps[i]
			alone.ID, alone.Components, alone.Also = "early", []string{"kube-controller-manager"}, nil
			p.Steps[i].Components = []string{"kube-apiserver", "kube-scheduler"}
			p.Steps = slices.Insert(p.Steps, i, alone)
		}},
		{"API servers skip a minor", "SKEW-009", "kube-apiserver cp1", func(t *testing.T, p *plan.Plan) { p.Steps[at(t, p, plan.KubeadmApply, "cp1")].To = "1.36.3" }},
		{"etcd skips a minor", "SKEW-010", "etcd cp1", func(t *testing.T, p *plan.Plan) {
			p.Steps[at(t, p, plan.KubeadmApply, "cp1")].Also[0].To = "3.8.0"
		}},
		{"a step starts from elsewhere", "PLAN-001", "", func(t *testing.T, p *plan.Plan) { p.Steps[at(t, p, plan.KubeletPackage, "w0001")].From = "1.33.0" }},
		{"an unknown node", "PLAN-002", "", func(t *testing.T, p *plan.Plan) { p.Steps[at(t, p, plan.Drain, "w0001")].Node = "w9" }},
		{"an unknown component", "PLAN-002", "", func(t *testing.T, p *plan.Plan) {
			p.Steps[at(t, p, plan.KubeletPackage, "w0001")].Components = []string{"kubelett"}
		}},
		{"an unknown kind", "PLAN-002", "", func(t *testing.T, p *plan.Plan) { p.Steps[at(t, p, plan.Pause, "")].Kind = "reboot" }},
		{"a kind that moves nothing", "PLAN-002", "", func(t *testing.T, p *plan.Plan) { p.Steps[at(t, p, plan.KubeletPackage, "w0001")].Kind = plan.Pause }},
		{"two steps of one id", "PLAN-002", "", func(_ *testing.T, p *plan.Plan) { p.Steps[1].ID = p.Steps[0].ID }},
		{"a kubelet goes down", "PLAN-003", "", func(t *testing.T, p *plan.Plan) {
			p.Steps[at(t, p, plan.KubeletPackage, "w0001")].To = "1.33.0"
		}},
		{"no version", "PLAN-004", "", func(t *testing.T, p *plan.Plan) { p.Steps[at(t, p, plan.KubeletPackage, "w0001")].To = "latest" }},
		{"kubeadm is older than what it is to bring", "PLAN-005", "kubeadm cp1", func(t *testing.T, p *plan.Plan) { remove(p, at(t, p, plan.KubeadmPackage, "cp1")) }},
		{"kubeadm is not known", "PLAN-005", "kubeadm w0001", func(t *testing.T, p *plan.Plan) { remove(p, at(t, p, plan.KubeadmPackage, "w0001")) }},
		{"kubeadm is a minor too new", "PLAN-005", "kubeadm cp1", func(t *testing.T, p *plan.Plan) { p.Steps[at(t, p, plan.KubeadmPackage, "cp1")].To = "1.36.3" }},
		{"a kubelet changes under its pods", "PLAN-006", "", func(t *testing.T, p *plan.Plan) {
			remove(p, at(t, p, plan.Drain, "w0001"))
			remove(p, at(t, p, plan.Uncordon, "w0001"))
		}},
		{"an uncordon too many", "PLAN-007", "", func(t *testing.T, p *plan.Plan) { toFront(p, at(t, p, plan.Uncordon, "w0001")) }},
		{"a node stays cordoned", "PLAN-007", "", func(t *testing.T, p *plan.Plan) { remove(p, at(t, p, plan.Uncordon, "w0002")) }},
		{"no backup", "PLAN-008", "", func(t *testing.T, p *plan.Plan) { remove(p, at(t, p, plan.EtcdBackup, "")) }},
		{"no rehearsal", "PLAN-008", "", func(t *testing.T, p *plan.Plan) { remove(p, at(t, p, plan.RehearseStep, "")) }},
		{"what the file claims of states does not count", "SKEW-002", "kube-apiserver cp1", func(t *testing.T, p *plan.Plan) {
			toFront(p, at(t, p, plan.KubeletPackage, "w0001"))
			p.Steps[0].State = plan.State{Legal: true, Versions: plan.VersionsOf(map[string]map[string]string{"kube-apiserver": {"cp1": "1.35.4", "cp2": "1.35.4"}})}
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			in := input(t, cluster(2, 2, "1.34.2", "3.6.5"), "1.35.4")
			p := build(t, in)
			tc.edit(t, &p)
			_, err := plan.Check(&p, in.Rules, "")
			var r *plan.Refusal
			if !errors.As(err, &r) {
				t.Fatalf("Check says %v, want %s", err, tc.code)
			}
			first := r.Component
			if r.Node != "" && first != "" {
				first += " " + r.Node
			}
			if r.Code != tc.code || first != tc.first || r.Step == "" && tc.name != "two steps of one id" {
				t.Errorf("%v: code %s, first %q; want %s, %q", r, r.Code, first, tc.code, tc.first)
			}
		})
	}
}

// TestClientsOnlyWarn: a kubectl left behind is told of, and refuses nothing.
func TestClientsOnlyWarn(t *testing.T) {
	in := input(t, cluster(1, 1, "1.34.2", "3.6.5"), "1.36.3")
	p := build(t, in)
	p.Steps = slices.DeleteFunc(p.Steps, func(s plan.Step) bool { return s.Kind == plan.KubectlPackage })
	verdict, err := plan.Check(&p, in.Rules, "")
	if err != nil || len(verdict.Findings) != 1 || verdict.Findings[0].Code != "SKEW-005" || verdict.States == 0 {
		t.Errorf("%+v, %v", verdict, err)
	}
}

// TestConservativePolicy: the policy asked for goes before the plan's own.
func TestConservativePolicy(t *testing.T) {
	in := input(t, cluster(1, 1, "1.33.5", "3.5.26"), "1.36.3")
	in.Strategy = plan.Fast
	p := build(t, in)
	if _, err := plan.Check(&p, in.Rules, "conservative"); err == nil {
		t.Error("kubelets three minors behind pass the conservative policy")
	}
}
