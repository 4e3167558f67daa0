package compat_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fixline-dev/fixline/internal/core/compat"
	"github.com/fixline-dev/fixline/internal/core/disrupt"
	"github.com/fixline-dev/fixline/internal/core/finding"
	"github.com/fixline-dev/fixline/internal/core/inventory"
	"github.com/fixline-dev/fixline/internal/core/policy"
	"github.com/fixline-dev/fixline/internal/core/settings"
	"github.com/fixline-dev/fixline/internal/core/version"
)

// fact is a flag that the kubelet of 1.35 does not know.
func fact() compat.Facts {
	rule := settings.Rule{ID: "x", Component: "kubelet", Kind: settings.Flag, Names: []string{"old"}, From: version.Minor{Major: 1, Minor: 35}, Effect: settings.Stops,
		Message: "it is gone", Remedy: "remove it", Source: "https://example.org"}
	return compat.Facts{Settings: settings.Facts{Rules: []settings.Rule{rule}, Gates: settings.Gates{Through: version.Minor{Major: 1, Minor: 37}}}}
}

func cluster(nodes int) inventory.Cluster {
	c := inventory.Cluster{Provider: "kubeadm"}
	for i := range nodes {
		c.Facts.Settings = append(c.Facts.Settings, inventory.Settings{Component: "kubelet", Node: "n" + strings.Repeat("1", i), Flags: map[string]string{"old": "v"}, Source: "inventory"})
	}
	return c
}

func codes(all []finding.Found) []string {
	out := []string{}
	for _, f := range all {
		out = append(out, f.Code+" "+string(f.Severity))
	}
	return out
}

// TestSettings: a setting is one finding however many nodes have it, with
// enough of its places to begin with.
func TestSettings(t *testing.T) {
	hops := []version.Version{version.New(1, 34, 5), version.New(1, 35, 4)}
	all := compat.Judge(cluster(25), compat.Question{Hops: hops}, fact())
	if len(all) == 0 || all[0].Code != "SET-001" {
		t.Fatalf("%v: the blocker goes first", codes(all))
	}
	got := all[0]
	if len(got.Evidence) != 22 || got.Evidence[20] != "and 5 more" {
		t.Fatalf("%+v", got)
	}
	got.Evidence = got.Evidence[:1]
	want := finding.Found{Code: "SET-001", Severity: finding.Blocker, Object: "kubelet/--old=v", Message: "at the hop to 1.35.4: from 1.35 on it is gone", Remedy: "remove it", Evidence: []string{"n: inventory"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := compat.Judge(cluster(1), compat.Question{}, fact()); got != nil {
		t.Errorf("there is no upgrade, and %+v was said", got)
	}
}

// TestDrained: for a patch the control planes are not drained, so what stands
// there alone disturbs nobody.
func TestDrained(t *testing.T) {
	c := inventory.Cluster{Provider: "kubeadm", Instances: []inventory.Instance{{Component: "kube-apiserver", Node: "cp1", Version: version.New(1, 34, 2)}}}
	c.Facts.Upgrade.Drain = &disrupt.Cluster{
		Nodes: []disrupt.Node{{Name: "cp1", ControlPlane: true, Ready: disrupt.Ready}},
		Pods:  []disrupt.Pod{{Namespace: "shop", Name: "alone", Node: "cp1", Ready: disrupt.Ready}},
	}
	of := func(to version.Version) bool {
		for _, f := range compat.Judge(c, compat.Question{Hops: []version.Version{to}}, compat.Facts{}) {
			if strings.HasPrefix(f.Code, "DRAIN-") && strings.Contains(strings.Join(f.Evidence, " ")+f.Message+f.Object, "alone") {
				return true
			}
		}
		return false
	}
	if of(version.New(1, 34, 4)) || !of(version.New(1, 35, 4)) {
		t.Errorf("patch: %t, minor: %t; a pod nothing would start again is lost with the minor alone", of(version.New(1, 34, 4)), of(version.New(1, 35, 4)))
	}
}

func TestAccept(t *testing.T) {
	day := func(s string) time.Time {
		d, err := time.Parse(time.DateOnly, s)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	all := []finding.Found{finding.New("SET-001", "kubelet/--a", "x"), finding.New("SET-001", "kubelet/--b", "x"), finding.New("SET-002", "kubelet/C", "x")}
	got := compat.Accept(all, []policy.Acceptance{
		{Finding: "SET-001", Object: "kubelet/--a", Owner: "ann", Reason: "gone by then", Expires: day("2026-03-01")},
		{Finding: "SET-002", Object: "kubelet/*", Owner: "bob", Expires: day("2026-02-01")},
	}, day("2026-03-01"))
	if diff := cmp.Diff([]string{"SET-001 info", "SET-001 blocker", "SET-002 blocker", "IGNORE-001 warning"}, codes(got)); diff != "" {
		t.Error(diff)
	}
	if e := got[0].Evidence; len(e) != 1 || e[0] != "accepted by ann until 2026-03-01: gone by then" {
		t.Errorf("%q", e)
	}
	if all[0].Severity != finding.Blocker {
		t.Error("what was given was changed")
	}
}
