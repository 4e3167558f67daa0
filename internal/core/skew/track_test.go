package skew_test

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/fixline-dev/fixline/internal/core/skew"
	"github.com/fixline-dev/fixline/internal/core/version"
)

// After any moves a track says what Check says of the same cluster, and what
// it names to move first is there.
func TestTrackAgreesWithCheck(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		list := drawCluster(t)
		policy := rapid.SampledFrom([]skew.Policy{skew.Upstream, skew.Conservative}).Draw(t, "policy")
		track := skew.NewTrack(rules(), policy, list)
		for range rapid.IntRange(0, 6).Draw(t, "moves") {
			i := rapid.IntRange(0, len(list)-1).Draw(t, "instance")
			list[i].Version = version.New(1, rapid.IntRange(20, 38).Draw(t, "to"), 0)
			track.Move(i, list[i].Version)
		}
		legal, clients, broken := true, true, map[string]bool{}
		for _, r := range skew.Check(rules(), policy, list) {
			if r.State == skew.Illegal {
				legal, clients = legal && r.Client, clients && !r.Client
				broken[r.Component+" "+r.Node+" "+r.Version.String()] = true
			}
		}
		if track.Legal() != legal || track.ClientsLegal() != clients {
			t.Fatalf("legal is %t and for clients %t, by Check %t and %t", track.Legal(), track.ClientsLegal(), legal, clients)
		}
		got := map[string]bool{}
		for _, v := range track.Violations() {
			if v.Row.State != skew.Illegal || v.First < 0 || v.First >= len(list) {
				t.Fatalf("violation %+v", v)
			}
			got[v.Row.Component+" "+v.Row.Node+" "+v.Row.Version.String()] = true
		}
		if len(got) != len(broken) {
			t.Fatalf("broken are %v, by Check %v", got, broken)
		}
	})
}

func TestViolationsNameWhatMovesFirst(t *testing.T) {
	for _, tc := range []struct {
		name  string
		given []string
		want  string // component and node to move first
	}{
		{"a kubelet too new waits for the oldest API server", []string{"kube-apiserver cp1 1.35.0", "kube-apiserver cp2 1.34.0", "kubelet w1 1.35.0"}, "kube-apiserver cp2"},
		{"a kubelet too old moves itself", []string{"kube-apiserver cp1 1.35.0", "kubelet w1 1.31.0"}, "kubelet w1"},
		{"a controller-manager waits for its own API server", []string{"kube-apiserver cp1 1.34.0", "kube-apiserver cp2 1.33.0", "kube-controller-manager cp1 1.35.0 own"}, "kube-apiserver cp1"},
		{"the oldest of API servers", []string{"kube-apiserver cp1 1.35.0", "kube-apiserver cp2 1.33.0"}, "kube-apiserver cp2"},
		{"a proxy ahead of its kubelet", []string{"kube-apiserver cp1 1.35.0", "kubelet w1 1.31.0", "kube-proxy w1 1.35.0"}, "kubelet w1"},
	} {
		list := instances(tc.given...)
		got := skew.NewTrack(rules(), skew.Upstream, list).Violations()
		if len(got) == 0 {
			t.Errorf("%s: nothing is illegal", tc.name)
			continue
		}
		if first := list[got[0].First]; first.Component+" "+first.Node != tc.want {
			t.Errorf("%s: first moves %s %s, want %s", tc.name, first.Component, first.Node, tc.want)
		}
	}
}

func TestStep(t *testing.T) {
	for _, tc := range []struct{ component, from, to, code string }{
		{"kube-apiserver", "1.34.0", "1.35.0", ""},
		{"kube-apiserver", "1.34.0", "1.36.0", "SKEW-009"},
		{"kube-apiserver", "1.34.1", "1.34.0", "SKEW-009"},
		{"kubelet", "1.31.0", "1.34.0", ""},
	} {
		if code, why := rules().Step(tc.component, version.MustParse(tc.from), version.MustParse(tc.to)); code != tc.code || (code == "") != (why == "") {
			t.Errorf("%s %s to %s: %q %q, want %q", tc.component, tc.from, tc.to, code, why, tc.code)
		}
	}
}
