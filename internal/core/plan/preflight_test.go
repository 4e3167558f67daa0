package plan_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/fixline-dev/fixline/internal/core/plan"
)

// TestIgnoredPreflight: every kubeadm upgrade of a plan is told of the checks,
// nothing else is, the plan says who allowed it, and its own check lets it pass.
func TestIgnoredPreflight(t *testing.T) {
	in := input(t, cluster(2, 2, "1.34.2", "3.6.5"), "1.35.4")
	for i := range in.Cluster.Instances {
		if c := &in.Cluster.Instances[i]; c.Node == "w0002" {
			c.OS = "windows"
		}
	}
	with := func(checks ...plan.IgnoredCheck) plan.Plan {
		in.Ignored = checks
		return build(t, in)
	}
	const flag = " --ignore-preflight-errors=SystemVerification,Mem"
	without := with()
	p := with(plan.IgnoredCheck{Check: "SystemVerification", Owner: "ann", Reason: "cgroup v1"}, plan.IgnoredCheck{Check: "Mem", Owner: "bob", Reason: "small"})
	told := 0
	for i, s := range p.Steps {
		for k, c := range s.Commands {
			if takes := strings.Contains(c, "kubeadm upgrade") && !strings.Contains(c, "upgrade diff"); takes != strings.HasSuffix(c, flag) {
				t.Errorf("%s: %s", s.ID, c)
			}
			if was := without.Steps[i].Commands[k]; strings.TrimSuffix(c, flag) != was {
				t.Errorf("%s: %s, without the list %s", s.ID, c, was)
			} else if was != c {
				told++
			}
		}
	}
	if told != 5 { // plan and apply on cp1, node on cp2 and both workers
		t.Errorf("%d commands are told", told)
	}
	verdict, err := plan.Check(&p, in.Rules, "")
	if err != nil {
		t.Fatal(err)
	}
	for _, list := range [][]plan.Finding{p.Findings, verdict.Findings} {
		for _, want := range []string{"SystemVerification fails: ann allowed it in the policy: cgroup v1", "Mem fails: bob allowed it in the policy: small"} {
			if !slices.ContainsFunc(list, func(f plan.Finding) bool {
				return f.Code == "PLAN-017" && f.Severity == "warning" && strings.HasSuffix(f.Message, want)
			}) {
				t.Errorf("no finding says %q: %+v", want, list)
			}
		}
	}
	if slices.Contains(codes(without), "PLAN-017") || plan.IgnoreFlag(without.IgnorePreflightErrors) != "" {
		t.Error("a plan that ignores nothing says it does")
	}
	for _, bad := range []plan.IgnoredCheck{{Check: "all", Owner: "a", Reason: "r"}, {Check: "A,all", Owner: "a", Reason: "r"}, {Check: "Mem", Owner: "a"}} {
		in.Ignored = []plan.IgnoredCheck{bad}
		if _, err := plan.Build(in); err == nil || !strings.Contains(err.Error(), "ignored preflight errors") {
			t.Errorf("%+v: %v", bad, err)
		}
	}
}
