package report_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"unicode"

	"github.com/fixline-dev/fixline/internal/core/plan"
	"github.com/fixline-dev/fixline/internal/report"
)

// planned is a step as the planner writes one.
func planned(n int, phase plan.Phase, kind plan.Kind, node, say string, minutes float64) plan.Step {
	id := fmt.Sprintf("%04d-%s", n, kind)
	if node != "" {
		id += "-" + node
	}
	return plan.Step{ID: id, Phase: phase, Kind: kind, Node: node, Hop: "1.35.4", To: "1.35.4", Say: say, Minutes: minutes, Commands: []string{"run " + string(kind) + " " + node}}
}

func planOf(steps ...plan.Step) *plan.Plan {
	return &plan.Plan{APIVersion: "fixline.dev/v1alpha1", Kind: "Plan", Cluster: "prod", AsOf: "2026-03-15", CatalogDate: "2026-11-20",
		Hash: strings.Repeat("ab", 32), Strategy: plan.Steady, SkewPolicy: "upstream", From: "1.34.2", Target: "1.35.4", Hops: []string{"1.34.4", "1.35.4"}, Steps: steps}
}

// small has everything a plan says, and nothing that folds.
func smallPlan() (*plan.Plan, report.PlanNotes) {
	p := planOf(
		planned(1, plan.Prepare, plan.PackageHold, "cp1", "Hold the packages kubeadm, kubelet and kubectl on cp1, so that nothing but this plan moves them", 1),
		planned(2, plan.ControlPlane, plan.KubeadmApply, "cp1", "Take the first control plane, cp1, to 1.35.4", 10),
		planned(3, plan.Addons, plan.Addon, "", "Wait until every node runs kube-proxy 1.35.4", 5),
		planned(4, plan.Verify, plan.VerifyStep, "", "Compare the security probes with the baseline", 50))
	p.Steps[0].Hop = "1.34.4"
	p.Findings = []plan.Finding{
		{Code: "DRAIN-001", Severity: "blocker", Object: "PodDisruptionBudget/shop/web", Message: "minAvailable 2 of 2 pods never allows an eviction", Remedy: "add a replica",
			Evidence: []string{"on w1: shop/web-1", "on w2: shop/web-2", "on w3: shop/web-3", "on w4: shop/web-4"}},
		{Code: "DRIFT-001", Severity: "warning", Object: "Role/kubelet", Message: "kubelet runs 2 versions", Remedy: "bring every member to the target"},
		{Code: "SET-001", Severity: "info", Object: "kubelet/x", Message: "as it should be", Remedy: "nothing"}}
	p.Exposure = []plan.Exposure{{Advisory: "CVE-2026-2270", NodeMinutes: 74.4, Strategies: map[string]float64{"steady": 74.4, "fast": 31}}}
	p.Readiness = []plan.Readiness{{Row: "versions-even", State: "pass", Age: "3h"}, {Row: "target-offered", State: "unknown"}, {Row: "proven-backup", State: "fail"}}
	return p, report.PlanNotes{Gaps: []string{"Helm releases: nobody asked for them"}, Next: []string{"fixline plan --target 1.35.4 -O DIR makes the change record"},
		Held:    "by the policy: year end until 2027-01-03 06:00 CET; nothing overrides it but an emergency the policy allows for",
		Carried: []string{"not done yet: move the shop off externalIPs, by shop, due 2026-04-01", "the waiver of API-001 Ingress/shop/web by shop ran out after 2026-03-01"},
		Rows:    []string{"every component runs one version", "what packages offer was not read", "there is no backup yet"}}
}

// largePlan is a hop of 3 control planes and 200 workers in batches of 20, and
// one worker that is taken another way.
func largePlan() (*plan.Plan, report.PlanNotes) {
	var steps []plan.Step
	add := func(batch int, phase plan.Phase, kind plan.Kind, node, say string) {
		s := planned(len(steps)+1, phase, kind, node, say, 1.5)
		s.Batch = batch
		steps = append(steps, s)
	}
	for i := 1; i <= 203; i++ {
		node := fmt.Sprintf("w%d", i-3)
		if i <= 3 {
			node = fmt.Sprintf("cp%d", i)
		}
		add(0, plan.Prepare, plan.PackageHold, node, "Hold the packages on "+node+", so that nothing but this plan moves them")
	}
	for i := 1; i <= 3; i++ {
		node := fmt.Sprintf("cp%d", i)
		add(0, plan.ControlPlane, plan.KubeadmNode, node, "Take the control plane "+node+" to 1.35.4. Quorum of 3 etcd members is 2")
	}
	for i := 1; i <= 200; i++ {
		node, batch := fmt.Sprintf("w%d", i), (i-1)/20+1
		add(batch, plan.Workers, plan.Drain, node, "Drain "+node+" before its kubelet goes to 1.35.4")
		say := "Install kubelet 1.35.4 on " + node
		if i == 200 {
			say += ", which runs Windows"
		}
		add(batch, plan.Workers, plan.KubeletPackage, node, say)
		add(batch, plan.Workers, plan.Uncordon, node, "Let pods be scheduled on "+node+" again")
	}
	add(0, plan.Verify, plan.VerifyStep, "", "Compare the security probes with the baseline")
	for i := range steps {
		steps[i].Minutes = 30
	}
	p := planOf(steps...)
	p.Hops, p.Readiness = []string{"1.35.4"}, []plan.Readiness{{Row: "versions-even", State: "pass"}}
	return p, report.PlanNotes{}
}

// hostilePlan is what whoever names nodes and objects may write.
func hostilePlan() (*plan.Plan, report.PlanNotes) {
	p := planOf(planned(1, plan.Workers, plan.Drain, bomb, "Drain "+bomb+" now", 1), planned(2, plan.Workers, plan.Uncordon, "a|b", "Let | pods\nbe `x` [y](javascript:alert(1))", 1))
	p.Cluster, p.Hash = bomb, bomb
	p.Steps[0].Commands = []string{"kubectl drain '" + bomb + "'"}
	p.Findings = []plan.Finding{{Code: "DRAIN-001", Severity: "blocker", Object: bomb, Message: bomb, Remedy: bomb, Evidence: []string{bomb}}}
	p.Steps[0].Hop, p.Hops, p.From, p.Target, p.Strategy, p.SkewPolicy, p.AsOf = bomb, []string{bomb, bomb}, bomb, bomb, bomb, bomb, bomb
	p.Exposure = []plan.Exposure{{Advisory: bomb, NodeMinutes: 1}}
	p.Readiness = []plan.Readiness{{Row: bomb, State: "fail", Age: bomb}}
	return p, report.PlanNotes{Gaps: []string{bomb}, Next: []string{bomb}, Held: bomb, Carried: []string{bomb}, Rows: []string{bomb}}
}

func writePlan(t *testing.T, f report.Format, p *plan.Plan, notes report.PlanNotes) string {
	t.Helper()
	var out bytes.Buffer
	if err := report.WritePlan(&out, f, p, notes, report.Options{ToolVersion: "0.1.0"}); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestPlanGoldens(t *testing.T) {
	extension := map[report.Format]string{report.Text: "txt", report.Markdown: "md", report.HTML: "html"}
	nothing := func() (*plan.Plan, report.PlanNotes) { return planOf(), report.PlanNotes{} }
	for name, of := range map[string]func() (*plan.Plan, report.PlanNotes){"small": smallPlan, "large": largePlan, "hostile": hostilePlan, "nothing": nothing} {
		for f, ext := range extension {
			p, notes := of()
			golden(t, "plan-"+name+"."+ext, []byte(writePlan(t, f, p, notes)))
		}
	}
	for _, f := range []report.Format{report.JSON, report.SARIF} { // the file is package planfile's
		if err := report.WritePlan(&bytes.Buffer{}, f, planOf(), report.PlanNotes{}, report.Options{}); err == nil {
			t.Errorf("%s was written", f)
		}
	}
}

// Whoever may name a node must not be able to write to a terminal or a page.
func TestPlanLetsNothingThrough(t *testing.T) {
	for _, f := range []report.Format{report.Text, report.Markdown, report.HTML} {
		p, notes := hostilePlan()
		doc := writePlan(t, f, p, notes)
		for i, c := range doc {
			if c != '\n' && (unicode.IsControl(c) || unicode.Is(unicode.Cf, c)) {
				t.Errorf("%s holds %U near %q", f, c, doc[max(0, i-30):min(len(doc), i+30)])
				break
			}
		}
		if f == report.HTML && (strings.Contains(doc, "<script") || strings.Contains(doc, "<img") || strings.Contains(doc, "<svg")) {
			t.Error("the page holds an element of a name")
		}
	}
	p, notes := hostilePlan()
	p.Steps[1].Say = "one\ntwo"
	for _, l := range strings.Split(writePlan(t, report.Text, p, notes), "\n") {
		if strings.HasPrefix(l, "two") {
			t.Error("a sentence became lines of its own")
		}
	}
}

// TestPlanFolds: what is alike is one line, what is not stays apart, and no
// step is lost.
func TestPlanFolds(t *testing.T) {
	p, notes := largePlan()
	text := strings.Join(strings.Fields(writePlan(t, report.Text, p, notes)), " ")
	for _, want := range []string{
		"203 nodes: Hold the packages on each node, so", "0207 to 0746", "180 nodes in 9 batches, one after the other, of at most 20 side by side; each of them in this order:",
		"Drain each node before its kubelet goes to 1.35.4", "Install kubelet 1.35.4 on w200, which runs Windows", "Take the control plane cp3 to 1.35.4.", "16 days",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	if lines := strings.Count(writePlan(t, report.Text, p, notes), "\n"); lines > 140 {
		t.Errorf("%d lines for 200 nodes", lines)
	}
	// A name that is part of another one stays what it is.
	p = planOf()
	for i, n := range []string{"w1", "w1", "w1", "w1"} {
		p.Steps = append(p.Steps, planned(i+1, plan.Prepare, plan.PackageHold, n, "Point w1 at w10, aw1 and w1.local, with w1.", 1))
	}
	if text := strings.Join(strings.Fields(writePlan(t, report.Text, p, notes)), " "); !strings.Contains(text, "Point each node at w10, aw1 and w1.local, with each node.") {
		t.Error(text)
	}
}

// TestPlanInShort: the answer, each code of blockers once, the first steps, the
// readiness; what is left out is counted.
func TestPlanInShort(t *testing.T) {
	p, notes := smallPlan()
	for i := range 12 {
		s := planned(5+i, plan.Clients, plan.KubectlPackage, fmt.Sprintf("h%d", i), fmt.Sprintf("Step number %d", i), 1)
		p.Steps = append(p.Steps, s)
	}
	p.Findings = append(p.Findings, plan.Finding{Code: "DRAIN-001", Severity: "blocker", Object: "PodDisruptionBudget/shop/other", Message: "never"})
	notes.Brief = true
	got := writePlan(t, report.Text, p, notes)
	golden(t, "plan-short.txt", []byte(got))
	for _, want := range []string{"(and 1 more like it)", "and 2 warnings and notes", "more lines of steps", "READINESS", "NEXT"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q", want)
		}
	}
}
