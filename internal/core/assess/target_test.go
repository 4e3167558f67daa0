package assess

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fixline-dev/fixline/internal/core/advisory"
	"github.com/fixline-dev/fixline/internal/core/inventory"
	"github.com/fixline-dev/fixline/internal/core/version"
)

// What a locked gate has closed already is nothing the next patch fixes.
func TestATargetFixesOnlyWhatIsOpen(t *testing.T) {
	locked := &advisory.Advisory{ID: "CVE-2025-1767", Published: on("2025-03-13"), Fix: advisory.GateOnly,
		Affected: []advisory.Affected{{Component: inventory.Kubelet, Ranges: []advisory.Range{{}}}},
		Conditions: []advisory.Condition{{Text: "the driver is on", Question: &advisory.Question{Gate: &advisory.GateQuestion{
			Component: inventory.Kubelet, Gate: "GitRepoVolumeDriver", Value: true,
			Defaults: []advisory.GateDefault{{From: v("1.33.0"), Value: false}, {From: v("1.34.0"), Value: false, Locked: true}}}}}}}
	got := New(basis("2026-03-15", portworx(), locked)).Assess(cluster("prod", "1.34.1", "3.6.9")).Target
	if d := cmp.Diff([]string{"CVE-2025-13281"}, got.Fixes); d != "" || len(got.Remaining) != 0 {
		t.Errorf("fixes %s, remaining %v", d, got.Remaining)
	}
}

// A kubelet three minors behind must move before the API servers' next minor.
func TestWhatMustMoveFirst(t *testing.T) {
	c := cluster("prod", "1.34.1", "3.6.9")
	c.Instances[6].Version = v("1.31.2") // the kubelet of w1
	b := basis("2026-03-15", portworx())
	b.Target = v("1.35.1")
	r := New(b).Assess(c)
	if want := "before its first hop these must move, or the hop is illegal: kubelet 1.31.2 on w1"; !strings.Contains(r.Target.Reason, want) {
		t.Errorf("reason %q", r.Target.Reason)
	}
	c.Instances[6].Version = v("1.33.2")
	if r := New(b).Assess(c); strings.Contains(r.Target.Reason, "must move") {
		t.Errorf("reason %q", r.Target.Reason)
	}
	c.Instances[6].Version = v("1.35.1")
	if r := New(basis("2026-03-15", portworx())).Assess(c); !strings.HasPrefix(r.Decision.Action, "restore a supported version skew first: kubelet 1.35 is one minor newer") {
		t.Errorf("action %q", r.Decision.Action)
	}
}

// kubeadm 1.34 takes etcd to 3.6, which is not safe from every 3.5.
func TestWhatKubeadmBringsAlong(t *testing.T) {
	for _, tt := range []struct {
		from, etcd, to string
		want           string
	}{
		{"1.33.9", "3.5.24", "1.34.2", "not safe as it is: kubeadm 1.34.2 takes etcd to 3.6 or later with it, unless kubeadm-config pins another, and here it is 3.5.24 on cp1: go to 3.5.26 first (etcd issue 20793)"},
		{"1.33.9", "3.5.24", "1.35.1", "not safe as it is: kubeadm 1.34."},
		{"1.33.9", "3.5.26", "1.34.2", ""},
		{"1.33.9", "3.5.31", "1.34.2", ""},
		{"1.34.1", "3.5.24", "1.34.2", ""},
	} {
		b := basis("2026-03-15", portworx())
		b.Cautions = []Caution{{Component: inventory.Etcd, Below: v("3.5.26"), Crossing: v("3.6.0"), BroughtBy: v("1.34.0"), Text: "go to 3.5.26 first", Source: "etcd issue 20793"}}
		b.Target = v(tt.to)
		got := New(b).Assess(cluster("prod", tt.from, tt.etcd)).Target
		if has := strings.Contains(got.Reason, "not safe as it is"); has != (tt.want != "") || !strings.Contains(got.Reason, tt.want) {
			t.Errorf("%s with etcd %s to %s: %q; want %q", tt.from, tt.etcd, tt.to, got.Reason, tt.want)
		}
	}
	unread := cluster("prod", "1.33.9", "3.5.31")
	unread.Instances[5].Version = version.Version{}
	b := basis("2026-03-15", portworx())
	b.Cautions = []Caution{{Component: inventory.Etcd, Below: v("3.5.26"), Crossing: v("3.6.0"), BroughtBy: v("1.34.0")}}
	b.Target = v("1.34.2")
	if got := New(b).Assess(unread).Target.Reason; !strings.Contains(got, "of an unknown version on cp1") {
		t.Errorf("etcd that could not be read: %q", got)
	}
}
