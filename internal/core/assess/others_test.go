package assess

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fixline-dev/fixline/internal/core/advisory"
	"github.com/fixline-dev/fixline/internal/core/inventory"
	"github.com/fixline-dev/fixline/internal/core/support"
	"github.com/fixline-dev/fixline/internal/core/version"
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

// Nothing to close: no move is named for the sake of moving.
func TestNoMoveWhereNoVersionClosesAnything(t *testing.T) {
	open := &advisory.Advisory{ID: "CVE-2025-4437", Fix: advisory.Fixed,
		Affected: []advisory.Affected{{Component: inventory.CRIO, Ranges: []advisory.Range{{Unknown: true, Why: "no beginning and no fix"}}, Fixed: versions("1.40.0")}}}
	c := cluster("prod", "1.35.2", "3.6.9")
	c.Instances = append(c.Instances, inventory.Instance{Component: inventory.CRIO, Node: "w1", Version: v("1.28.0")})
	got := New(basis("2026-03-15", open)).Assess(c).OtherTargets
	if len(got) != 1 || got[0].Version != nil || !cmp.Equal(got[0].Remaining, []string{"CVE-2025-4437"}) {
		t.Errorf("%+v", got)
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

// The versions of another component are those of the as-of day; one whose day
// is not known, or that the calendar does not hold, may have been out.
func TestNothingMovesToAVersionOfALaterDay(t *testing.T) {
	row := func(last int, dates map[int]string) support.MinorRelease {
		m := support.MinorRelease{Minor: v("3.6.0").Minor(), Released: on("2025-05-15")}
		for n := range last + 1 {
			p := support.Patch{Version: version.New(3, 6, n)}
			if d, ok := dates[n]; ok {
				p.Date = on(d)
			}
			m.Patches = append(m.Patches, p)
		}
		return m
	}
	dated := map[int]string{4: "2025-07-25", 9: "2026-03-20", 10: "2026-04-01"}
	for name, tc := range map[string]struct {
		minor support.MinorRelease
		fixed string
		want  string // "" = none
	}{
		"released later":          {row(10, dated), "3.6.9", ""},
		"released before":         {row(10, map[int]string{9: "2026-03-10", 10: "2026-04-01"}), "3.6.9", "3.6.9"},
		"on the very day":         {row(10, map[int]string{9: "2026-03-15", 10: "2026-04-01"}), "3.6.9", "3.6.9"},
		"undated":                 {row(10, map[int]string{4: "2025-07-25", 10: "2026-04-01"}), "3.6.9", "3.6.9"},
		"not in the calendar":     {row(4, dated), "3.6.9", "3.6.9"},
		"a line it does not hold": {row(10, dated), "3.7.1", "3.7.1"},
	} {
		adv := &advisory.Advisory{ID: "CVE-2026-33413", Fix: advisory.Fixed,
			Affected: []advisory.Affected{{Component: inventory.Etcd, Ranges: []advisory.Range{span("3.6.0", tc.fixed)}, Fixed: versions(tc.fixed)}}}
		b := basis("2026-03-15", adv)
		b.Calendars["etcd"] = &support.Calendar{Product: "etcd", Through: on("2026-11-20"), Minors: []support.MinorRelease{tc.minor}}
		got := New(b).Assess(cluster("prod", "1.34.1", "3.6.4")).OtherTargets
		if len(got) != 1 {
			t.Fatalf("%s: %+v", name, got)
		}
		to := ""
		if got[0].Version != nil {
			to = *got[0].Version
		}
		if to != tc.want {
			t.Errorf("%s: moves to %q, want %q", name, to, tc.want)
		}
		if tc.want == "" && len(got[0].Remaining) != 1 {
			t.Errorf("%s: what stays open is not listed: %+v", name, got[0])
		}
	}
}

// Where every version is in range of something, the one that closes what is
// open here is still worth the move, and what it leaves open is listed.
func TestNoCleanVersionIsNotNoFixedVersion(t *testing.T) {
	here := &advisory.Advisory{ID: "CVE-A", Fix: advisory.Fixed,
		Affected: []advisory.Affected{{Component: inventory.Containerd, Ranges: []advisory.Range{span("", "1.7.29")}, Fixed: versions("1.7.29")}}}
	newer := &advisory.Advisory{ID: "CVE-B", Fix: advisory.Fixed,
		Affected: []advisory.Affected{{Component: inventory.Containerd, Ranges: []advisory.Range{span("1.7.0", "9.0.0")}}}}
	c := cluster("prod", "1.35.2", "3.6.9")
	c.Instances = append(c.Instances, inventory.Instance{Component: inventory.Containerd, Node: "w1", Version: v("1.6.20")})
	got := New(basis("2026-03-15", here, newer)).Assess(c).OtherTargets
	if len(got) != 1 || got[0].Version == nil || *got[0].Version != "1.7.29" ||
		!cmp.Equal(got[0].Fixes, []string{"CVE-A"}) || !cmp.Equal(got[0].Remaining, []string{"CVE-B"}) {
		t.Errorf("%+v", got)
	}
}

// What is fixed only after the as-of day does not hide what was fixed before it.
func TestALaterFixHidesNoEarlierOne(t *testing.T) {
	upTo := func(id, before string) *advisory.Advisory {
		return &advisory.Advisory{ID: id, Fix: advisory.Fixed,
			Affected: []advisory.Affected{{Component: inventory.Containerd, Ranges: []advisory.Range{span("", before)}, Fixed: versions(before)}}}
	}
	c := cluster("prod", "1.34.1", "3.6.4")
	c.Instances = append(c.Instances, inventory.Instance{Component: inventory.Containerd, Node: "w1", Version: v("2.2.0")})
	b := basis("2026-03-15", upTo("CVE-2025-0001", "2.2.1"), upTo("CVE-2026-0001", "2.2.2"))
	b.Calendars["containerd"].Minors[1].Patches = []support.Patch{
		{Version: v("2.2.0"), Date: on("2025-11-06")}, {Version: v("2.2.1"), Date: on("2025-12-18")}, {Version: v("2.2.2"), Date: on("2026-03-20")},
	}
	got := New(b).Assess(c).OtherTargets
	if len(got) != 1 || got[0].Version == nil || *got[0].Version != "2.2.1" {
		t.Fatalf("%+v", got)
	}
	if d := cmp.Diff([]string{"CVE-2025-0001"}, got[0].Fixes); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]string{"CVE-2026-0001"}, got[0].Remaining); d != "" {
		t.Error(d)
	}
}
