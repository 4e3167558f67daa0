package assess

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fixline-dev/fixline/internal/core/advisory"
	"github.com/fixline-dev/fixline/internal/core/inventory"
)

// What only an unknown range covers, without a fix, is on every version: it
// must not hide the version that closes the rest.
func TestAnUnfixedAdvisoryDoesNotHideTheFixOfAnother(t *testing.T) {
	fixed := &advisory.Advisory{ID: "CVE-2024-3154", Fix: advisory.Fixed,
		Affected: []advisory.Affected{{Component: inventory.CRIO, Ranges: []advisory.Range{span("1.28.0", "1.28.6")}, Fixed: versions("1.28.6")}}}
	open := &advisory.Advisory{ID: "CVE-2025-4437", Fix: advisory.Fixed,
		Affected: []advisory.Affected{{Component: inventory.CRIO, Ranges: []advisory.Range{{Unknown: true, Why: "the only source gives neither a beginning nor a fix"}}}}}
	c := cluster("prod", "1.35.2", "3.6.9")
	c.Instances = append(c.Instances, inventory.Instance{Component: inventory.CRIO, Node: "w1", Version: v("1.28.0")})
	got := New(basis("2026-03-15", fixed, open)).Assess(c).OtherTargets
	if len(got) != 1 || got[0].Version == nil || *got[0].Version != "1.28.6" {
		t.Fatalf("%+v", got)
	}
	if d := cmp.Diff([]string{"CVE-2025-4437"}, got[0].Remaining); d != "" {
		t.Error(d)
	}
}

// A client is released with Kubernetes, and its lines end with it.
func TestClientsMoveToASupportedRelease(t *testing.T) {
	old := &advisory.Advisory{ID: "CVE-2021-25743", Fix: advisory.Fixed, ClientOnly: true,
		Affected: []advisory.Affected{{Component: inventory.Kubectl, Ranges: []advisory.Range{span("", "1.32.3")}, Fixed: versions("1.32.3")}}}
	c := cluster("prod", "1.35.2", "3.6.9")
	c.Instances = append(c.Instances, inventory.Instance{Component: inventory.Kubectl, Host: "bastion", Version: v("1.32.0")})
	got := New(basis("2026-03-15", old)).Assess(c).OtherTargets
	if len(got) != 1 || got[0].Version == nil || *got[0].Version != "1.33.0" {
		t.Errorf("1.32 ended on 2026-02-28: %+v", got)
	}
}
