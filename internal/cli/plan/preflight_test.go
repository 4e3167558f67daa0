package plan

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fixline-dev/fixline/internal/catalog"
	"github.com/fixline-dev/fixline/internal/cli/exit"
	"github.com/fixline-dev/fixline/internal/core/plan"
	"github.com/fixline-dev/fixline/internal/planfile"
)

// preflight are the options of a run with a policy that allows SystemVerification.
func preflight(t *testing.T, names ...string) (*Options, func() string) {
	t.Helper()
	o, out := declared(t, world{version: "1.34.4", etcd: "3.6.5", controlPlanes: 1, workers: 1}, "1.35.9")
	file := filepath.Join(t.TempDir(), "policy.yaml")
	text := "apiVersion: fixline.dev/v1alpha1\nkind: Policy\nkubeadm:\n  ignorePreflightErrors:\n  - {check: SystemVerification, owner: ann, reason: cgroup v1 until May}\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	o.Knowledge.Policy, o.IgnorePreflight = file, names
	return o, out.String
}

// TestIgnoredPreflight: the plan holds what the policy allows and the command
// line asks for, in the policy's words, once; it passes its own check.
func TestIgnoredPreflight(t *testing.T) {
	o, out := preflight(t, "systemverification", "SystemVerification")
	if err := o.run(context.Background()); err != nil && exit.Of(err) != exit.Findings && exit.Of(err) != exit.Incomplete {
		t.Fatal(err)
	}
	file, err := planfile.Read(strings.NewReader(out()), "plan.json")
	if err != nil {
		t.Fatal(err)
	}
	if got := file.Plan.IgnorePreflightErrors; len(got) != 1 || got[0] != (plan.IgnoredCheck{Check: "SystemVerification", Owner: "ann", Reason: "cgroup v1 until May"}) {
		t.Errorf("%+v", got)
	}
	if !strings.Contains(out(), "kubeadm upgrade apply v1.35.9 --yes --ignore-preflight-errors=SystemVerification\"") || !strings.Contains(out(), `"PLAN-017"`) {
		t.Error("no command or no finding says what is ignored")
	}
	rules, err := catalog.SkewRules()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := plan.Check(&file.Plan, rules, ""); err != nil {
		t.Error(err)
	}
	quiet, without := preflight(t)
	if err := quiet.run(context.Background()); err != nil && exit.Of(err) != exit.Findings && exit.Of(err) != exit.Incomplete {
		t.Fatal(err)
	}
	if strings.Contains(without(), "reflight") {
		t.Error("what the policy allows is ignored though nobody asked")
	}
}

// TestIgnoredPreflightMistakes: before a cluster is asked.
func TestIgnoredPreflightMistakes(t *testing.T) {
	for name, want := range map[string][2]string{
		"NumCPU":                    {"the policy does not allow to ignore NumCPU", "kubeadm.ignorePreflightErrors in the file of --policy: {check: NumCPU, owner: WHO, reason: WHY}"},
		"all":                       {`"all" ignores whatever kubeadm finds`, ""},
		"ALL":                       {`"ALL" ignores whatever kubeadm finds`, ""},
		"":                          {`"" is no preflight check`, ""},
		"SystemVerification;reboot": {"is no preflight check", ""},
	} {
		o, _ := preflight(t, name)
		o.Source.Inventories = []string{"there is none"}
		err := o.run(context.Background())
		hint := ""
		if e, ok := errors.AsType[*exit.Error](err); ok {
			hint = e.Hint
		}
		if exit.Of(err) != exit.Usage || !strings.Contains(err.Error(), want[0]) || !strings.Contains(hint, want[1]) {
			t.Errorf("%q: code %d, %v (%s)", name, exit.Of(err), err, hint)
		}
	}
}
