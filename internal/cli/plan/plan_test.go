package plan

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/fixline-dev/fixline/internal/catalog"
	"github.com/fixline-dev/fixline/internal/cli/exit"
	"github.com/fixline-dev/fixline/internal/cli/factory"
	"github.com/fixline-dev/fixline/internal/cli/terminal"
	"github.com/fixline-dev/fixline/internal/core/plan"
	"github.com/fixline-dev/fixline/internal/planfile"
)

// world is a declared cluster: so many control planes and workers.
type world struct {
	version, kubelets, etcd string // kubelets "" = version
	controlPlanes, workers  int
	spec                    string // more of the inventory
}

func (w world) inventory() string {
	var b strings.Builder
	fmt.Fprintf(&b, "apiVersion: fixline.dev/v1alpha1\nkind: ClusterInventory\nmetadata: {name: prod, owner: team}\nspec:\n  environment: production\n  provider: kubeadm\n%s  components:\n", w.spec)
	row := func(component, version, node, more string) {
		fmt.Fprintf(&b, "  - {component: %s, version: %q, node: %s%s}\n", component, version, node, more)
	}
	for i := range w.controlPlanes {
		node := fmt.Sprintf("cp%d", i+1)
		for _, c := range []string{"kube-apiserver", "kube-controller-manager", "kube-scheduler", "kube-proxy"} {
			row(c, w.version, node, "")
		}
		row("kubelet", cmp.Or(w.kubelets, w.version), node, "")
		row("etcd", w.etcd, node, "")
	}
	for i := range w.workers {
		node := fmt.Sprintf("w%d", i+1)
		row("kubelet", cmp.Or(w.kubelets, w.version), node, fmt.Sprintf(", pool: p%d, zone: z%d", i%2, i%3))
		row("kube-proxy", cmp.Or(w.kubelets, w.version), node, "")
	}
	return b.String()
}

// options of a run as of a day; what it would print goes to the buffer.
func options(t *testing.T, asOf, target string) (*Options, *bytes.Buffer) {
	t.Helper()
	var out bytes.Buffer
	f := factory.New("fixline", terminal.Test(nil, &out, &bytes.Buffer{}), func(string) string { return "" })
	f.DataDir = t.TempDir()
	o := New(f)
	day, err := time.Parse(time.DateOnly, asOf)
	if err != nil {
		t.Fatal(err)
	}
	o.Knowledge.AsOf.Day, o.Target = day, target
	o.Output.Format.Value = "json"
	return o, &out
}

func declared(t *testing.T, w world, target string) (*Options, *bytes.Buffer) {
	t.Helper()
	o, out := options(t, "2026-11-20", target)
	path := filepath.Join(t.TempDir(), "prod.yaml")
	if err := os.WriteFile(path, []byte(w.inventory()), 0o600); err != nil {
		t.Fatal(err)
	}
	o.Source.Inventories = []string{path}
	return o, out
}

func ofBundle(t *testing.T, target string) (*Options, *bytes.Buffer) {
	t.Helper()
	o, out := options(t, "2026-10-01", target)
	o.Source.Bundle = filepath.Join("..", "..", "demo", "recording")
	return o, out
}

// made runs the planner without writing anything.
func made(t *testing.T, o *Options) *answer {
	t.Helper()
	a, err := o.make(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// TestEveryPlanPassesItsOwnCheck: what the command writes, read again and
// judged from its own start, is legal and unchanged.
func TestEveryPlanPassesItsOwnCheck(t *testing.T) {
	rules, err := catalog.SkewRules()
	if err != nil {
		t.Fatal(err)
	}
	type run struct {
		o   *Options
		out *bytes.Buffer
	}
	cases := map[string]run{}
	for _, cps := range []int{1, 2, 3, 5} {
		for _, target := range []string{"1.34.12", "1.35.9", "1.37.1"} {
			for _, strategy := range []plan.Strategy{plan.Steady, plan.Fast, plan.Earliest} {
				o, out := declared(t, world{version: "1.34.4", etcd: "3.6.5", controlPlanes: cps, workers: 7}, target)
				o.Strategy.Value = string(strategy)
				cases[fmt.Sprintf("%d control planes to %s %s", cps, target, strategy)] = run{o, out}
			}
		}
	}
	o, out := declared(t, world{version: "1.33.13", kubelets: "1.31.14", etcd: "3.5.24", controlPlanes: 3, workers: 4}, "1.35.9")
	o.MaxUnavailable = map[string]string{"p0": "1"}
	cases["old kubelets and etcd 3.5"] = run{o, out}
	o, out = declared(t, world{version: "1.33.13", kubelets: "1.31.14", etcd: "3.5.24", controlPlanes: 3, workers: 4}, "1.35.9")
	o.Skew.Value, o.DrainControlPlanes, o.KeepEmptyDir = "conservative", true, true
	cases["conservative"] = run{o, out}
	o, out = ofBundle(t, "1.35.9")
	cases["recording"] = run{o, out}
	o, out = ofBundle(t, "1.36.3")
	cases["recording, a minor"] = run{o, out}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			if err := c.o.run(context.Background()); err != nil && exit.Of(err) != exit.Findings && exit.Of(err) != exit.Incomplete {
				t.Fatal(err)
			}
			file, err := planfile.Read(c.out, "plan.json")
			if err != nil {
				t.Fatal(err)
			}
			if file.Changed() {
				t.Error("the hash it writes is not that of the file")
			}
			v, err := plan.Check(&file.Plan, rules, "")
			if err != nil || v.States < len(file.Plan.Steps) {
				t.Errorf("%d states of %d steps: %v", v.States, len(file.Plan.Steps), err)
			}
			if file.Plan.Target != c.o.Target || len(file.Plan.Steps) == 0 || file.Plan.Strategy == plan.Earliest {
				t.Errorf("%d steps to %s, strategy %s", len(file.Plan.Steps), file.Plan.Target, file.Plan.Strategy)
			}
		})
	}
}

// TestStepsForEtcdCloseItsFinding: kubeadm 1.34 brings etcd 3.6, and 3.5.24 must
// pass 3.5.26 on the way. That is a blocker for whoever upgrades by hand, and
// none for the plan whose steps stop there.
func TestStepsForEtcdCloseItsFinding(t *testing.T) {
	o, _ := declared(t, world{version: "1.33.13", etcd: "3.5.24", controlPlanes: 3, workers: 2}, "1.34.4")
	a := made(t, o)
	actions := a.plan.EtcdActions()
	if len(actions) == 0 || actions[0].Set == "" || !actions[0].Stop {
		t.Fatalf("the plan stops at no etcd: %+v", actions)
	}
	if got := blockers(a.plan.Findings, "ETCD-"); len(got) > 0 {
		t.Errorf("blockers of a plan that takes care of them: %v", got)
	}
	alone := false
	for _, f := range a.judged.Findings { // as assess --target says, without a plan
		alone = alone || strings.HasPrefix(f.Code, "ETCD-") && f.Severity == "blocker"
	}
	if b := basis(a); !alone {
		t.Errorf("assess --target %s finds no blocker of etcd (catalogue %s)", o.Target, b.Catalog.Date)
	}
}

func blockers(all []plan.Finding, family string) []string {
	var out []string
	for _, f := range all {
		if f.Severity == "blocker" && strings.HasPrefix(f.Code, family) {
			out = append(out, f.Code+" "+f.Object)
		}
	}
	return out
}

func TestFindings(t *testing.T) {
	o, _ := ofBundle(t, "1.35.9")
	a := made(t, o)
	seen := map[string]bool{}
	rank := map[string]int{"blocker": 0, "warning": 1, "info": 2}
	last := 0
	for _, f := range a.plan.Findings {
		if key := f.Code + " " + f.Object + " " + f.Message; seen[key] {
			t.Errorf("twice: %s", key)
		} else {
			seen[key] = true
		}
		if rank[f.Severity] < last {
			t.Errorf("%s %s (%s) stands after lesser ones", f.Code, f.Object, f.Severity)
		}
		last = rank[f.Severity]
		if f.Evidence == nil || f.Message == "" {
			t.Errorf("%s %s: no list of evidence or no message", f.Code, f.Object)
		}
	}
	if got := blockers(a.plan.Findings, "DRAIN-001"); len(got) != 1 {
		t.Errorf("the budget that never lets go: %v", got)
	}
}

// TestExposure: each advisory that the target closes, with both strategies; the
// total is what passes during the steps.
func TestExposure(t *testing.T) {
	o, _ := declared(t, world{version: "1.34.4", etcd: "3.6.5", controlPlanes: 3, workers: 6}, "1.36.3")
	a := made(t, o)
	if len(a.plan.Exposure) == 0 {
		t.Fatal("no advisory: the cluster is behind by years")
	}
	for _, e := range a.plan.Exposure {
		sum := 0.0
		for i := range a.plan.Steps {
			for _, s := range a.plan.Steps[i].Exposure {
				if s.Advisory == e.Advisory {
					sum += s.NodeMinutes
				}
			}
		}
		if e.NodeMinutes <= 0 || sum < e.NodeMinutes*0.999 || sum > e.NodeMinutes*1.001 {
			t.Errorf("%s: %v in all, %v by its steps", e.Advisory, e.NodeMinutes, sum)
		}
		if len(e.Strategies) != 2 || e.Strategies["steady"] != e.NodeMinutes {
			t.Errorf("%s: %v of steady %v", e.Advisory, e.NodeMinutes, e.Strategies)
		}
	}
}

func TestReadinessAndExitCodes(t *testing.T) {
	blocked, _ := ofBundle(t, "1.35.9")
	quiet, _ := ofBundle(t, "1.35.9")
	quiet.FailOn.Value = "none"
	declaredOnly, _ := declared(t, world{version: "1.34.4", etcd: "3.6.5", controlPlanes: 1, workers: 2, spec: "  available: [\"1.35.9\"]\n"}, "1.35.9")
	for name, tt := range map[string]struct {
		o    *Options
		code exit.Code
		rows map[string]string
	}{
		"blocked": {blocked, exit.Findings, map[string]string{"versions-even": "fail", "target-offered": "unknown", "target-documented": "pass",
			"compatibility": "fail", "proven-backup": "fail", "rehearsal": "fail", "sign-offs": "fail"}},
		"told not to fail":     {quiet, exit.Incomplete, nil},
		"declared, not looked": {declaredOnly, exit.Incomplete, map[string]string{"versions-even": "unknown", "target-offered": "unknown", "proven-backup": "fail", "compatibility": "unknown"}},
	} {
		t.Run(name, func(t *testing.T) {
			a := made(t, tt.o)
			if got := tt.o.code(a); got != tt.code {
				t.Errorf("exit code %d, want %d: %v", got, tt.code, a.gaps)
			}
			if len(a.plan.Readiness) != 7 || len(a.notes.Rows) != 7 {
				t.Fatalf("%d rows, %d reasons", len(a.plan.Readiness), len(a.notes.Rows))
			}
			for i, r := range a.plan.Readiness {
				if want, ok := tt.rows[r.Row]; ok && r.State != want {
					t.Errorf("%s is %s, want %s: %s", r.Row, r.State, want, a.notes.Rows[i])
				}
				if a.notes.Rows[i] == "" {
					t.Errorf("%s says no reason", r.Row)
				}
			}
		})
	}
}
