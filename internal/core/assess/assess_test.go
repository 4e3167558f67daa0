package assess

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fixline-dev/fixline/internal/core/advisory"
	"github.com/fixline-dev/fixline/internal/core/inventory"
	"github.com/fixline-dev/fixline/internal/core/policy"
)

func find(t *testing.T, r ClusterResult, id string) AdvisoryResult {
	t.Helper()
	for _, a := range r.Advisories {
		if a.ID == id {
			return a
		}
	}
	t.Fatalf("%s is not in the result", id)
	return AdvisoryResult{}
}

func codes(r ClusterResult) []string {
	out := []string{}
	for _, f := range r.Findings {
		out = append(out, f.Code)
	}
	return out
}

// The contract's own example: a 1.34.1 production cluster on 2026-03-15.
func TestTheContractsExample(t *testing.T) {
	c := cluster("prod", "1.34.1", "3.6.4")
	c.Facts.Uses = map[string]inventory.Answer{"volumePlugin:portworxVolume": {State: inventory.Yes, Evidence: "StorageClass px"}}
	r := New(basis("2026-03-15", portworx(), externalIPs(), etcdAuth())).Assess(c)

	if got := find(t, r, "CVE-2025-13281"); got.Verdict != Affected || got.Conditions[0].State != "met" {
		t.Errorf("CVE-2025-13281: %s, %+v", got.Verdict, got.Conditions)
	}
	if got := find(t, r, "CVE-2020-8554"); got.Verdict != MitigateOnly {
		t.Errorf("CVE-2020-8554: %s", got.Verdict)
	}
	if r.Target.Kind != "patch" || r.Target.Version == nil || *r.Target.Version != "1.34.2" {
		t.Errorf("target %+v", r.Target)
	}
	if d := cmp.Diff([]string{"CVE-2020-8554"}, r.Target.Remaining); d != "" {
		t.Errorf("remaining: %s", d)
	}
	if r.Due == nil || *r.Due != "2025-12-16" || !r.Overdue {
		t.Errorf("due %v overdue %v", r.Due, r.Overdue)
	}
	if len(r.OtherTargets) != 1 || *r.OtherTargets[0].Version != "3.6.9" || r.OtherTargets[0].Nodes[0] != "cp1" {
		t.Errorf("other targets %+v", r.OtherTargets)
	}
	want := Decision{Affected: "yes", MinorSupported: "yes", Reachable: "yes", Clear: "unknown", Action: "upgrade now: shorten approval and maintenance windows", Evidence: DecisionEvidence{
		Affected:       "advisories: 2 affected, 0 not reachable, 1 mitigate-only, 0 unknown",
		MinorSupported: "1.34 is supported, end of life 2026-10-27",
		Reachable:      "every condition is met for CVE-2025-13281",
		Clear:          "what the upgrade would break has not been looked at by this command",
	}}
	if d := cmp.Diff(want, r.Decision); d != "" {
		t.Error(d)
	}
	begin := "upgrade cluster prod from 1.34.1 to fixed version 1.34.2 by 2025-12-16 (overdue), using mitigations enable CSIMigrationPortworx until completion, and validate with checks "
	if !strings.HasPrefix(r.Sentence, begin) || !strings.HasSuffix(r.Sentence, "owner: payments-platform") {
		t.Errorf("sentence: %s", r.Sentence)
	}
	if got := r.Target.Path[0].ReleaseNotes; got != "https://github.com/kubernetes/kubernetes/blob/master/CHANGELOG/CHANGELOG-1.34.md#v1342" {
		t.Errorf("release notes %s", got)
	}
	if r.Highest() != SeverityBlocker || !r.Clean() {
		t.Errorf("severity %s, clean %v", r.Highest(), r.Clean())
	}
}

func TestVerdicts(t *testing.T) {
	none := inventory.Answer{State: inventory.No, Evidence: "no Portworx volume, class or pod"}
	for name, c := range map[string]struct {
		change    func(*inventory.Cluster)
		id        string
		verdict   Verdict
		reachable string
		reason    string
	}{
		"condition unknown is affected": {func(*inventory.Cluster) {}, "CVE-2025-13281", Affected, "unknown", "whether it can be exploited here is not known"},
		"condition not met": {func(c *inventory.Cluster) {
			c.Facts.Uses = map[string]inventory.Answer{"volumePlugin:portworxVolume": none}
		}, "CVE-2025-13281", NotReachable, "no", "no Portworx volume"},
		"vendor build": {func(c *inventory.Cluster) { c.Instances[1].Version = v("1.34.1-gke.100") }, "CVE-2025-13281", Unknown, "unknown", "vendor build: verify the backport"},
		"unread version": {func(c *inventory.Cluster) {
			c.Instances[1].Version, c.Instances[1].Unread = inventory.Instance{}.Version, "image by digest only"
		}, "CVE-2025-13281", Unknown, "unknown", "image by digest only"},
		"unknown release": {func(c *inventory.Cluster) { c.Instances[1].Version = v("1.34.99") }, "CVE-2025-13281", Unknown, "unknown", "unknown release"},
		"gate on closes it": {func(c *inventory.Cluster) {
			c.Facts.Settings = []inventory.Settings{{Component: inventory.KubeControllerManager, Node: "cp1", Gates: map[string]bool{"OrderedNamespaceDeletion": true}, Complete: true, Source: "static pod cp1"}}
		}, "CVE-2024-7598", NotAffected, "no", "closed in this version by feature gate"},
		"turned against its default": {func(c *inventory.Cluster) {
			c.Facts.Settings = []inventory.Settings{{Component: inventory.KubeControllerManager, Node: "cp1", Gates: map[string]bool{"OrderedNamespaceDeletion": false}, Complete: true, Source: "static pod cp1"}}
		}, "CVE-default", Affected, "unknown", "in the affected range"},
		"closed by default":     {func(*inventory.Cluster) {}, "CVE-default", NotAffected, "no", "closed in this version by feature gate"},
		"gate not set does not": {func(*inventory.Cluster) {}, "CVE-2024-7598", Affected, "unknown", "in the affected range"},
	} {
		t.Run(name, func(t *testing.T) {
			cl := cluster("c", "1.34.1", "3.6.9")
			c.change(&cl)
			byDefault := gated()
			byDefault.ID, byDefault.Affected[0].Ranges[0].Gate.ByDefault = "CVE-default", true
			b := basis("2026-03-15", portworx(), gated(), byDefault)
			b.All, b.Only = true, []string{c.id}
			r := New(b).Assess(cl)
			got := find(t, r, c.id)
			if got.Verdict != c.verdict || !strings.Contains(got.Reason, c.reason) {
				t.Errorf("got %s because %q, want %s because %q", got.Verdict, got.Reason, c.verdict, c.reason)
			}
			if r.Decision.Reachable != c.reachable {
				t.Errorf("reachable %s, want %s", r.Decision.Reachable, c.reachable)
			}
			if (got.Verdict == NotAffected) != (got.WouldChange != nil) {
				t.Errorf("verdict %s with wouldChange %v", got.Verdict, got.WouldChange)
			}
			if r.Clean() == (c.verdict == Unknown) {
				t.Errorf("clean is %v at verdict %s", r.Clean(), c.verdict)
			}
		})
	}
}

func TestClientsHaveTheirOwnTarget(t *testing.T) {
	c := cluster("prod", "1.34.2", "3.6.9")
	r := New(basis("2026-03-15", kubectlOnly())).Assess(c)
	if len(r.Advisories) != 0 || r.Target.Kind != "none" {
		t.Fatalf("a client's advisory counted against the cluster: %+v %+v", r.Advisories, r.Target)
	}
	c.Instances = append(c.Instances, inventory.Instance{Component: inventory.Kubectl, Host: "bastion", Version: v("1.34.2"), ReadFrom: "test"})
	r = New(basis("2026-03-15", kubectlOnly())).Assess(c)
	if r.Target.Kind != "none" || len(r.OtherTargets) != 1 || *r.OtherTargets[0].Version != "1.34.5" || r.OtherTargets[0].Nodes[0] != "bastion" {
		t.Errorf("target %+v, others %+v", r.Target, r.OtherTargets)
	}
	if !strings.HasPrefix(r.Sentence, "on cluster prod leave Kubernetes at 1.34.2 and move kubectl from 1.34.2 to 1.34.5") {
		t.Errorf("sentence: %s", r.Sentence)
	}
}

func TestFindings(t *testing.T) {
	old := cluster("dev", "1.32.4", "3.5.24")
	old.Environment, old.Holds = "development", []string{"registry", "ci"}
	ahead := cluster("c", "1.34.2", "3.6.9")
	ahead.Instances[6].Version = v("1.35.1") // the kubelet of w1
	far := cluster("c", "1.35.1", "3.6.9")
	far.Instances[6].Version = v("1.32.1")
	newer := cluster("c", "1.34.2", "3.6.9")
	newer.Instances[0].Version = v("1.36.0")
	later, sameDay := cluster("c", "1.34.2", "3.6.9"), cluster("c", "1.34.2", "3.6.9")
	later.Taken, sameDay.Taken = "2026-03-16T00:00:01Z", "2026-03-15T23:59:59Z"
	with := func(more ...inventory.Instance) inventory.Cluster {
		c := cluster("c", "1.34.2", "3.6.9")
		c.Instances = append(c.Instances, more...)
		return c
	}
	for name, c := range map[string]struct {
		cluster inventory.Cluster
		asOf    string
		want    []string
	}{
		"API servers two apart":     {with(inventory.Instance{Component: inventory.KubeAPIServer, Node: "cp2", Version: v("1.32.4")}), "2026-03-15", []string{"SKEW-001", "SKEW-001", "SKEW-002", "DRIFT-001", "SUPPORT-001", "SKEW-007", "SKEW-007", "SKEW-007"}},
		"scheduler ahead":           {with(inventory.Instance{Component: inventory.KubeScheduler, Node: "cp2", Version: v("1.35.1")}), "2026-03-15", []string{"SKEW-003", "DRIFT-001"}},
		"kube-proxy ahead":          {with(inventory.Instance{Component: inventory.KubeProxy, Node: "w2", Version: v("1.35.1")}), "2026-03-15", []string{"SKEW-004", "DRIFT-001"}},
		"kubectl two behind":        {with(inventory.Instance{Component: inventory.Kubectl, Host: "bastion", Version: v("1.32.1")}), "2026-03-15", []string{"SKEW-005"}},
		"etcd members apart":        {with(inventory.Instance{Component: inventory.Etcd, Node: "cp2", Version: v("3.4.30")}), "2026-03-15", []string{"SKEW-008", "SKEW-008", "DRIFT-001"}},
		"a runtime line that ended": {with(inventory.Instance{Component: inventory.Containerd, Node: "w1", Version: v("1.6.20")}), "2026-03-15", []string{"SUPPORT-005"}},
		"clean":                     {cluster("c", "1.34.2", "3.6.9"), "2026-03-15", []string{}},
		"connected dev, ended":      {old, "2026-03-15", []string{"SUPPORT-001", "SUPPORT-003"}},
		"about to end":              {cluster("c", "1.33.6", "3.5.24"), "2026-06-20", []string{"SUPPORT-002"}},
		"kubelet ahead":             {ahead, "2026-03-15", []string{"SKEW-002", "DRIFT-001"}},
		"kubelet three behind":      {far, "2026-03-15", []string{"DRIFT-001", "SKEW-006"}},
		"evidence of a later day":   {later, "2026-03-15", []string{"READ-007"}},
		"evidence of the day":       {sameDay, "2026-03-15", []string{}},
		"release nobody knows here": {newer, "2026-03-15", []string{"SKEW-003", "SUPPORT-004"}},
	} {
		t.Run(name, func(t *testing.T) {
			r := New(basis(c.asOf, portworx())).Assess(c.cluster)
			if d := cmp.Diff(c.want, codes(r)); d != "" {
				t.Errorf("%s\n%+v", d, r.Findings)
			}
		})
	}
}

func TestFleet(t *testing.T) {
	a := New(basis("2026-03-15", portworx()))
	dev := cluster("dev", "1.33.4", "3.6.9")
	dev.Environment = "development"
	stage := cluster("stage", "1.34.1", "3.6.9")
	stage.Environment = "staging"
	r := a.Join([]ClusterResult{a.Assess(cluster("prod", "1.34.1", "3.6.9")), a.Assess(stage), a.Assess(dev)})
	if d := cmp.Diff([]string{"dev", "stage", "prod"}, r.Rollout); d != "" {
		t.Error(d)
	}
	got := r.Clusters[2]
	if got.Target.Version == nil || *got.Target.Version != "1.33.6" {
		t.Errorf("development's own target: %+v", got.Target)
	}
	if got.RehearsalTarget == nil || *got.RehearsalTarget.Version != "1.34.2" || !strings.Contains(got.RehearsalTarget.Reason, "rehearses") {
		t.Fatalf("rehearsal target: %+v", got.RehearsalTarget)
	}
	if d := cmp.Diff([]string{"CVE-2025-13281"}, got.RehearsalTarget.Fixes); d != "" {
		t.Error(d)
	}
	if r.Clusters[0].RehearsalTarget != nil || r.Clusters[1].RehearsalTarget != nil {
		t.Error("only development rehearses")
	}
}

func TestCompare(t *testing.T) {
	a := New(basis("2026-03-15", portworx()))
	before := a.Join([]ClusterResult{a.Assess(cluster("prod", "1.34.1", "3.6.9")), a.Assess(cluster("gone", "1.34.2", "3.6.9"))})
	after := a.Join([]ClusterResult{a.Assess(cluster("prod", "1.34.2", "3.6.9")), a.Assess(cluster("new", "1.34.2", "3.6.9"))})
	var lines []string
	for _, c := range Compare(before, after).Changes {
		show := func(s *string) string {
			if s == nil {
				return "-"
			}
			return *s
		}
		lines = append(lines, c.Cluster+" "+c.What+": "+show(c.Before)+" -> "+show(c.After))
	}
	got := strings.Join(lines, "\n")
	for _, want := range []string{
		"prod advisory CVE-2025-13281: affected -> -",
		"prod target: 1.34.2 -> none",
		"prod version of kube-apiserver on cp1: 1.34.1 -> 1.34.2",
		"new cluster: - -> assessed for the first time",
		"gone cluster: assessed -> -",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
	if n := len(Compare(after, after).Changes); n != 0 {
		t.Errorf("a result differs from itself in %d facts", n)
	}
}

// What could not be read asks for no version: it is a gap, and the verdicts
// stay open.
func TestUnreadInstanceMovesNothing(t *testing.T) {
	c := cluster("prod", "1.34.2", "3.6.9")
	c.Instances[1].Version, c.Instances[1].Unread = inventory.Instance{}.Version, "no rights to list pods"
	r := New(basis("2026-03-15", portworx())).Assess(c)
	if r.Target.Kind != "none" || r.Decision.Affected != "unknown" || r.Coverage.Complete || r.Clean() {
		t.Errorf("target %+v, affected %s, complete %v", r.Target, r.Decision.Affected, r.Coverage.Complete)
	}
	want := []Gap{{"version of kube-controller-manager on cp1", "no rights to list pods", true}}
	if d := cmp.Diff(want, r.Coverage.Gaps); d != "" {
		t.Error(d)
	}
	if !strings.HasPrefix(r.Sentence, "cluster prod cannot be cleared") {
		t.Error(r.Sentence)
	}
}

// A placeholder names no component yet: that is unknown for all of them.
func TestAnAdvisoryWithoutComponentsIsUnknown(t *testing.T) {
	blank := &advisory.Advisory{ID: "CVE-2026-99999", Published: on("2026-03-01"), Fix: advisory.Fixed, Unparsed: "the issue has no details yet"}
	r := New(basis("2026-03-15", blank)).Assess(cluster("prod", "1.35.2", "3.6.9"))
	got := find(t, r, "CVE-2026-99999")
	if got.Verdict != Unknown || len(got.Components) != 7 || !strings.Contains(got.Reason, "no details yet") {
		t.Errorf("%s: %s, %d components", got.Verdict, got.Reason, len(got.Components))
	}
	if r.Clean() || r.Target.Kind != "none" || r.Decision.Affected != "unknown" || len(r.OtherTargets) != 0 {
		t.Errorf("clean %v, target %+v, affected %s, other targets %+v", r.Clean(), r.Target, r.Decision.Affected, r.OtherTargets)
	}
}

func TestOtherTargetsAnswerTheAskedAdvisoriesAlone(t *testing.T) {
	later := &advisory.Advisory{ID: "CVE-2026-73500", Published: on("2026-03-12"), Fix: advisory.Fixed,
		Affected: []advisory.Affected{{Component: inventory.Etcd, Ranges: []advisory.Range{span("3.6.0", "3.6.14")}, Fixed: versions("3.6.14")}}}
	b := basis("2026-03-15", etcdAuth(), later)
	whole := New(b).Assess(cluster("prod", "1.35.2", "3.6.4")).OtherTargets
	if len(whole) != 1 || *whole[0].Version != "3.6.14" {
		t.Errorf("whole: %+v", whole)
	}
	b.Only = []string{"CVE-2026-33413"}
	got := New(b).Assess(cluster("prod", "1.35.2", "3.6.4")).OtherTargets
	if len(got) != 1 || *got[0].Version != "3.6.9" || !cmp.Equal(got[0].Fixes, []string{"CVE-2026-33413"}) || !cmp.Equal(got[0].Remaining, []string{"CVE-2026-73500"}) {
		t.Errorf("narrowed: %+v", got)
	}
}

func TestStaleCatalogueClearsNothing(t *testing.T) {
	b := basis("2026-03-15", portworx())
	b.Catalog = CatalogInfo{Date: "2026-01-01", AdvisoriesThrough: "2026-01-01", AgeDays: 73, Stale: true}
	r := New(b).Assess(cluster("prod", "1.34.2", "3.6.9"))
	if d := cmp.Diff([]string{"DATA-001"}, codes(r)); d != "" {
		t.Error(d)
	}
	if !strings.HasPrefix(r.Sentence, "cluster prod cannot be cleared: nothing was found, but the catalogue is too old") {
		t.Error(r.Sentence)
	}
}

func TestExpiredAcceptanceAndDispute(t *testing.T) {
	adv := externalIPs()
	adv.Disputed, adv.Dispute = true, "one source caps it"
	b := basis("2026-03-15", adv)
	b.Accepted = []policy.Acceptance{{Advisory: adv.ID, Owner: "secops", Reason: "no Services for users", Expires: on("2026-03-01")}}
	r := New(b).Assess(cluster("prod", "1.34.2", "3.6.9"))
	if d := cmp.Diff([]string{"IGNORE-001", "ADVISORY-001"}, codes(r)); d != "" {
		t.Error(d)
	}
	if a := find(t, r, adv.ID); a.Accepted != nil || a.Severity() != SeverityWarning {
		t.Errorf("an expired acceptance still counts: %+v", a.Accepted)
	}
	b.Accepted[0].Expires = on("2026-03-15")
	r = New(b).Assess(cluster("prod", "1.34.2", "3.6.9"))
	if a := find(t, r, adv.ID); a.Accepted == nil || a.Severity() != SeverityInfo || r.Highest() != SeverityInfo {
		t.Errorf("accepted %+v, highest %s", a.Accepted, r.Highest())
	}
}

// What cannot be compared is said.
func TestSkewThatCannotBeJudged(t *testing.T) {
	c := cluster("c", "1.34.2", "3.6.9")
	c.Instances[2].Version, c.Instances[2].Unread = inventory.Instance{}.Version, "digest only" // the scheduler
	r := New(basis("2026-03-15")).Assess(c)
	if d := cmp.Diff([]string{"SKEW-007"}, codes(r)); d != "" {
		t.Error(d)
	}
}

// Silence about a component that must run is no answer to who asks for it.
func TestComponentThatMustRunAndWasNotSeen(t *testing.T) {
	runc := etcdAuth()
	runc.ID, runc.Affected[0].Component = "CVE-2024-21626", inventory.Runc
	b := basis("2026-03-15", runc)
	c := cluster("prod", "1.34.2", "3.6.9")
	c.Instances = append(c.Instances, inventory.Instance{Component: inventory.Containerd, Node: "w1", Version: v("2.2.1")})
	if r := New(b).Assess(c); len(r.Advisories) != 0 || !r.Clean() || !strings.Contains(r.Sentence, "affects what was read of it") {
		t.Errorf("unasked: %+v, %s", r.Advisories, r.Sentence)
	}
	b.Only = []string{runc.ID}
	r := New(b).Assess(c)
	if got := find(t, r, runc.ID); got.Verdict != Unknown || !strings.Contains(got.Reason, "where containerd runs there is one") || r.Clean() {
		t.Errorf("asked for: %s because %q", got.Verdict, got.Reason)
	}
}

// An unknown instance beside one that no version fixes is not hidden by it.
func TestUnknownBesideMitigateOnly(t *testing.T) {
	c := cluster("prod", "1.34.2", "3.6.9")
	c.Instances = append(c.Instances, inventory.Instance{Component: inventory.KubeAPIServer, Node: "cp2", Version: v("1.34.2-vendor.1")})
	r := New(basis("2026-03-15", externalIPs())).Assess(c)
	a := find(t, r, "CVE-2020-8554")
	if a.Verdict != Unknown || a.Severity() != SeverityWarning || r.Clean() {
		t.Errorf("verdict %s, severity %s, clean %v", a.Verdict, a.Severity(), r.Clean())
	}
}

// A component read under another name moves as the one it is.
func TestOtherNameHasATarget(t *testing.T) {
	adv := etcdAuth()
	adv.Affected[0].Component, adv.Affected[0].Aliases = "containerd", []string{"containerd.io"}
	adv.Affected[0].Ranges, adv.Affected[0].Fixed = []advisory.Range{span("2.2.0", "2.2.1")}, versions("2.2.1")
	c := cluster("prod", "1.34.2", "3.6.9")
	c.Instances = append(c.Instances, inventory.Instance{Component: "containerd.io", Node: "w1", Version: v("2.2.0")})
	r := New(basis("2026-03-15", adv)).Assess(c)
	if len(r.OtherTargets) != 1 || r.OtherTargets[0].Version == nil || *r.OtherTargets[0].Version != "2.2.1" || !strings.Contains(r.OtherTargets[0].How, "restart the runtime") {
		t.Errorf("%+v", r.OtherTargets)
	}
}

// A client alone says nothing about the cluster it talks to.
func TestClientAloneIsNoCleanBill(t *testing.T) {
	c := inventory.Cluster{Name: "bastion", Connected: true, Instances: []inventory.Instance{{Component: inventory.Kubectl, Host: "bastion", Version: v("1.34.5")}}}
	if r := New(basis("2026-03-15", kubectlOnly())).Assess(c); r.Clean() || r.Coverage.Complete {
		t.Errorf("coverage %+v", r.Coverage)
	}
}

func TestCautionOfAStep(t *testing.T) {
	b := basis("2026-03-15", etcdAuth())
	b.Cautions = []Caution{{Component: inventory.Etcd, Below: v("3.5.26"), Crossing: v("3.6.0"), Text: "go to 3.5.26 first", Source: "etcd issue 20793"}}
	b.Advisories[0].Affected[0].Ranges = []advisory.Range{span("", "3.6.9")}
	b.Advisories[0].Affected[0].Fixed = versions("3.6.9")
	for current, want := range map[string]bool{"3.5.24": true, "3.5.26": false, "3.6.4": false} {
		r := New(b).Assess(cluster("prod", "1.34.2", current))
		if got := strings.Contains(r.OtherTargets[0].How, "go to 3.5.26 first (etcd issue 20793)"); got != want {
			t.Errorf("from %s: %s", current, r.OtherTargets[0].How)
		}
	}
}
