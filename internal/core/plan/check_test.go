package plan_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

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

// last is the index of the last step of a kind.
func last(t *testing.T, p *plan.Plan, kind plan.Kind) int {
	t.Helper()
	for i := len(p.Steps) - 1; i >= 0; i-- {
		if p.Steps[i].Kind == kind {
			return i
		}
	}
	t.Fatalf("no step %s", kind)
	return 0
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
		{"no backup for the second hop", "PLAN-008", "", func(t *testing.T, p *plan.Plan) { remove(p, last(t, p, plan.EtcdBackup)) }},
		{"no rehearsal for the second hop", "PLAN-008", "", func(t *testing.T, p *plan.Plan) { remove(p, last(t, p, plan.RehearseStep)) }},
		{"upgrade node before upgrade apply", "PLAN-005", "", func(t *testing.T, p *plan.Plan) {
			apply := p.Steps[at(t, p, plan.KubeadmApply, "cp1")]
			remove(p, at(t, p, plan.KubeadmApply, "cp1"))
			p.Steps = slices.Insert(p.Steps, at(t, p, plan.KubeadmNode, "cp2")+1, apply)
		}},
		{"kubeadm moves more than the step lists", "PLAN-002", "", func(t *testing.T, p *plan.Plan) {
			p.Steps[at(t, p, plan.KubeadmApply, "cp1")].Components = []string{"kube-apiserver"}
		}},
		{"control planes side by side", "PLAN-015", "", func(t *testing.T, p *plan.Plan) {
			p.Steps[at(t, p, plan.KubeadmApply, "cp1")].Batch, p.Steps[at(t, p, plan.KubeadmNode, "cp2")].Batch = 9, 9
		}},
		{"all of a pool side by side", "PLAN-015", "", func(_ *testing.T, p *plan.Plan) {
			for i := range p.Steps {
				if p.Steps[i].Phase == plan.Workers && p.Steps[i].Kind != plan.Pause {
					p.Steps[i].Batch = 1
				}
			}
		}},
		{"all of a pool one after the other", "PLAN-015", "", func(t *testing.T, p *plan.Plan) {
			i := at(t, p, plan.Drain, "w0002")
			drain := p.Steps[i]
			drain.Batch = 0
			remove(p, i)
			p.Steps = slices.Insert(p.Steps, at(t, p, plan.Drain, "w0001"), drain)
		}},
		{"kubeadm ignores everything", "PLAN-016", "", func(t *testing.T, p *plan.Plan) {
			p.Steps[at(t, p, plan.KubeadmApply, "cp1")].Commands[1] += ` --ignore_preflight-err"ors" ALL`
		}},
		{"kubeadm ignores what the plan does not name", "PLAN-016", "", func(t *testing.T, p *plan.Plan) {
			p.IgnorePreflightErrors = []plan.IgnoredCheck{{Check: "Mem", Owner: "ann", Reason: "small"}}
			p.Steps[at(t, p, plan.KubeadmNode, "w0001")].Commands = []string{"sudo kubeadm upgrade node --ignore-preflight-errors=mem,NumCPU"}
		}},
		{"kubeadm is given a file", "PLAN-016", "", func(t *testing.T, p *plan.Plan) {
			p.Steps[at(t, p, plan.KubeadmNode, "cp2")].Commands = []string{"sudo kubeadm upgrade node --config=/root/upgrade.yaml"}
		}},
		{"the plan's own list is everything", "PLAN-016", "", func(_ *testing.T, p *plan.Plan) {
			p.IgnorePreflightErrors = []plan.IgnoredCheck{{Check: "all", Owner: "ann", Reason: "hurry"}}
		}},
		{"the plan's own list names nobody", "PLAN-016", "", func(_ *testing.T, p *plan.Plan) {
			p.IgnorePreflightErrors = []plan.IgnoredCheck{{Check: "Mem", Reason: "small"}}
		}},
		{"what the file claims of states does not count", "SKEW-002", "kube-apiserver cp1", func(t *testing.T, p *plan.Plan) {
			toFront(p, at(t, p, plan.KubeletPackage, "w0001"))
			p.Steps[0].State = plan.State{Legal: true, Versions: plan.VersionsOf(map[string]map[string]string{"kube-apiserver": {"cp1": "1.35.4", "cp2": "1.35.4"}})}
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			target := "1.35.4"
			if strings.Contains(tc.name, "second hop") {
				target = "1.36.3"
			}
			in := input(t, cluster(2, 2, "1.34.2", "3.6.5"), target)
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
			if strings.HasSuffix(tc.name, "skip a minor") && r.To != "1.35" || tc.name == "etcd skips a minor" && r.To != "3.7" {
				t.Errorf("%v: to %q", r, r.To)
			}
			if r.Code != tc.code || first != tc.first || r.Step == "" && tc.name != "two steps of one id" && !strings.HasPrefix(tc.name, "the plan's own list") {
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

// TestClaims: what a plan says of itself is held to what its steps do.
func TestClaims(t *testing.T) {
	for _, tc := range []struct {
		name string
		edit func(p *plan.Plan)
		want []string
	}{
		{"nothing is changed", func(*plan.Plan) {}, nil},
		{"another target", func(p *plan.Plan) { p.Target = "1.35.9" }, []string{
			"its last hop is 1.35.4, and its target 1.35.9",
			"after its last step kube-apiserver on cp1 is at 1.35.4, kube-controller-manager on cp1 is at 1.35.4, kube-scheduler on cp1 is at 1.35.4 and 4 more: below its target 1.35.9"}},
		{"another start", func(p *plan.Plan) { p.From = "1.20.0" }, []string{`it says it starts from "1.20.0"; the oldest kube-apiserver of its inventory is at 1.34.2`}},
		{"a kubelet is left behind", func(p *plan.Plan) {
			p.Steps = slices.DeleteFunc(p.Steps, func(s plan.Step) bool { return s.Kind == plan.KubeletPackage && s.Node == "w0001" })
		}, []string{"after its last step kubelet on w0001 is at 1.34.2: below its target 1.35.4"}},
		{"no step at all", func(p *plan.Plan) { p.Steps, p.Target = nil, "soon" }, []string{`its target "soon" is no version`}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			in := input(t, cluster(1, 1, "1.34.2", "3.6.5"), "1.35.4")
			p := build(t, in)
			tc.edit(&p)
			verdict, err := plan.Check(&p, in.Rules, "")
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, f := range verdict.Findings {
				got = append(got, f.Message)
				if f.Code != "PLAN-014" {
					t.Errorf("%s: %s", f.Code, f.Message)
				}
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
