package skew_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fixline-dev/fixline/internal/core/inventory"
	"github.com/fixline-dev/fixline/internal/core/skew"
	"github.com/fixline-dev/fixline/internal/core/support"
	"github.com/fixline-dev/fixline/internal/core/version"
)

func two() *int { n := 2; return &n }

// rules are the policy's shape; the numbers that ship are in catalog/data and
// tested there.
func rules() skew.Rules {
	old := func(newer int) *skew.Exception {
		return &skew.Exception{Minor: version.Minor{Major: 1, Minor: 25}, MaxNewer: newer, MaxOlder: 2}
	}
	return skew.Rules{
		Rules: []skew.Rule{
			{Code: "SKEW-001", Component: "kube-apiserver", Against: "kube-apiserver", MaxNewer: 1, MaxOlder: 1},
			{Code: "SKEW-002", Component: "kubelet", Against: "kube-apiserver", MaxOlder: 3, Below: old(0), Conservative: two()},
			{Code: "SKEW-004", Component: "kube-proxy", Against: "kube-apiserver", MaxOlder: 3, Below: old(0), Conservative: two()},
			{Code: "SKEW-004", Component: "kube-proxy", Against: "kubelet", SameNode: true, MaxNewer: 3, MaxOlder: 3, Below: old(2), Conservative: two()},
			{Code: "SKEW-003", Component: "kube-controller-manager", Against: "kube-apiserver", MaxOlder: 1},
			{Code: "SKEW-003", Component: "kube-scheduler", Against: "kube-apiserver", MaxOlder: 1},
			{Code: "SKEW-005", Component: "kubectl", Against: "kube-apiserver", MaxNewer: 1, MaxOlder: 1, Client: true},
		},
		Steps: []skew.Step{{Code: "SKEW-009", Component: "kube-apiserver", MaxMinors: 1}},
	}
}

// instances reads "component node version [server]" lines.
func instances(lines ...string) []inventory.Instance {
	out := []inventory.Instance{}
	for _, l := range lines {
		f := strings.Fields(l)
		i := inventory.Instance{Component: f[0], Node: f[1]}
		if f[1] == "-" {
			i.Node = ""
		}
		if v, err := version.Parse(f[2]); err == nil {
			i.Version = v
		} else {
			i.Unread = "digest only"
		}
		if len(f) > 3 {
			i.Server = f[3]
		}
		out = append(out, i)
	}
	return out
}

func TestCheck(t *testing.T) {
	for _, tc := range []struct {
		name   string
		policy skew.Policy
		given  []string
		want   map[string]skew.State // "component node", and "kube-proxy/kubelet node" for its second rule
	}{
		{"all the same", skew.Upstream,
			[]string{"kube-apiserver cp1 1.34.2", "kubelet w1 1.34.2", "kube-proxy w1 1.34.2", "kube-controller-manager cp1 1.34.2", "kubectl bastion 1.34.2"},
			map[string]skew.State{"kube-apiserver cp1": skew.Legal, "kubelet w1": skew.Legal, "kube-proxy w1": skew.Legal,
				"kube-proxy/kubelet w1": skew.Legal, "kube-controller-manager cp1": skew.Legal, "kubectl bastion": skew.Legal}},
		{"kubelets behind", skew.Upstream,
			[]string{"kube-apiserver cp1 1.34.2", "kubelet w2 1.32.0", "kubelet w3 1.31.9-gke.3", "kubelet w4 1.30.1", "kubelet w5 1.35.0"},
			map[string]skew.State{"kube-apiserver cp1": skew.Legal, "kubelet w2": skew.Legal, "kubelet w3": skew.LastLegal,
				"kubelet w4": skew.Illegal, "kubelet w5": skew.Illegal}},
		{"conservative policy", skew.Conservative,
			[]string{"kube-apiserver cp1 1.34.2", "kubelet w1 1.33.0", "kubelet w2 1.32.0", "kubelet w3 1.31.9"},
			map[string]skew.State{"kube-apiserver cp1": skew.Legal, "kubelet w1": skew.Legal, "kubelet w2": skew.LastLegal, "kubelet w3": skew.Illegal}},
		{"a kubelet below 1.25 may be two behind", skew.Upstream,
			[]string{"kube-apiserver cp1 1.27.3", "kubelet w1 1.24.17", "kubelet w2 1.25.0"},
			map[string]skew.State{"kube-apiserver cp1": skew.Legal, "kubelet w1": skew.Illegal, "kubelet w2": skew.Legal}},
		{"a kubelet of 1.25 may be three behind 1.28", skew.Upstream,
			[]string{"kube-apiserver cp1 1.28.3", "kubelet w2 1.25.0"},
			map[string]skew.State{"kube-apiserver cp1": skew.Legal, "kubelet w2": skew.LastLegal}},
		{"half-way through an HA upgrade", skew.Upstream,
			[]string{"kube-apiserver cp1 1.35.4", "kube-apiserver cp2 1.34.2",
				"kube-controller-manager cp1 1.35.4 own", "kube-controller-manager cp2 1.35.4 own",
				"kube-scheduler cp1 1.35.4 all", "kube-scheduler cp2 1.34.2 all", "kubelet cp1 1.35.4", "kubelet w1 1.32.0"},
			map[string]skew.State{"kube-apiserver cp1": skew.Legal, "kube-apiserver cp2": skew.LastLegal,
				"kube-controller-manager cp1": skew.Legal, "kube-controller-manager cp2": skew.Illegal,
				"kube-scheduler cp1": skew.Illegal, "kube-scheduler cp2": skew.LastLegal,
				"kubelet cp1": skew.Unknown, "kubelet w1": skew.LastLegal}},
		{"which server is not known", skew.Upstream,
			[]string{"kube-apiserver cp1 1.35.4", "kube-apiserver cp2 1.34.2", "kube-controller-manager cp1 1.35.4", "kube-controller-manager cp2 1.34.2", "kube-scheduler x1 1.35.4"},
			map[string]skew.State{"kube-apiserver cp1": skew.Legal, "kube-apiserver cp2": skew.LastLegal,
				"kube-controller-manager cp1": skew.Unknown, "kube-controller-manager cp2": skew.LastLegal, "kube-scheduler x1": skew.Illegal}},
		{"API servers two apart", skew.Upstream,
			[]string{"kube-apiserver cp1 1.35.4", "kube-apiserver cp2 1.33.2"},
			map[string]skew.State{"kube-apiserver cp1": skew.Illegal, "kube-apiserver cp2": skew.Illegal}},
		{"unreadable versions", skew.Upstream,
			[]string{"kube-apiserver cp1 1.34.2", "kube-apiserver cp2 sha256", "kubelet w1 sha256", "kubelet w2 1.34.0", "kubelet w3 1.30.0"},
			map[string]skew.State{"kube-apiserver cp1": skew.Unknown, "kube-apiserver cp2": skew.Unknown,
				"kubelet w1": skew.Unknown, "kubelet w2": skew.Unknown, "kubelet w3": skew.Illegal}},
		{"no API server", skew.Upstream, []string{"kubelet w1 1.34.0"}, map[string]skew.State{"kubelet w1": skew.Unknown}},
		{"kube-proxy and its node's kubelet", skew.Upstream,
			[]string{"kube-apiserver cp1 1.35.0", "kubelet w1 1.31.0", "kubelet w2 1.35.0", "kube-proxy w1 1.35.0", "kube-proxy w2 1.32.0", "kube-proxy w3 1.35.0", "kube-proxy - 1.34.0"},
			map[string]skew.State{"kube-apiserver cp1": skew.Legal, "kubelet w1": skew.Illegal, "kubelet w2": skew.Legal,
				"kube-proxy w1": skew.Legal, "kube-proxy w2": skew.LastLegal, "kube-proxy w3": skew.Legal, "kube-proxy ": skew.Legal,
				"kube-proxy/kubelet w1": skew.Illegal, "kube-proxy/kubelet w2": skew.Legal, "kube-proxy/kubelet w3": skew.Unknown, "kube-proxy/kubelet ": skew.Legal}},
		{"kube-proxy on an unknown node", skew.Upstream,
			[]string{"kube-apiserver cp1 1.35.0", "kubelet w1 1.31.0", "kube-proxy - 1.35.0"},
			map[string]skew.State{"kube-apiserver cp1": skew.Legal, "kubelet w1": skew.Illegal, "kube-proxy ": skew.Legal, "kube-proxy/kubelet ": skew.Unknown}},
		{"kubectl", skew.Upstream,
			[]string{"kube-apiserver cp1 1.34.0", "kubectl a 1.35.0", "kubectl b 1.33.0", "kubectl c 1.36.0", "kubectl d 1.32.0"},
			map[string]skew.State{"kube-apiserver cp1": skew.Legal, "kubectl a": skew.Legal, "kubectl b": skew.LastLegal,
				"kubectl c": skew.Illegal, "kubectl d": skew.Illegal}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got := map[string]skew.State{}
			for _, r := range skew.Check(rules(), tc.policy, instances(tc.given...)) {
				key := r.Component
				if r.Against == "kubelet" {
					key += "/kubelet"
				}
				got[key+" "+r.Node] = r.State
				if (r.State == skew.Legal) != (r.Why == "") {
					t.Errorf("%s %s: state %s with why %q", r.Component, r.Node, r.State, r.Why)
				}
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("rows (-want +got):\n%s", diff)
			}
		})
	}
}

func TestRuleTextsCarryTheNumbersThatHold(t *testing.T) {
	rows := skew.Check(rules(), skew.Upstream, instances("kube-apiserver cp1 1.27.0", "kubelet w1 1.24.0", "kubelet w2 1.26.0"))
	got := []string{}
	for _, r := range rows {
		got = append(got, r.Rule+" / "+r.Why)
	}
	want := []string{
		"kube-apiserver instances must be within one minor of each other / ",
		"kubelet must not be newer than kube-apiserver and at most 2 minors older (a kubelet below 1.25) / kubelet 1.24 is 3 minors older than kube-apiserver 1.27",
		"kubelet must not be newer than kube-apiserver and at most 3 minors older / ",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("texts (-want +got):\n%s", diff)
	}
}

func TestWorstKeepsOneRowPerInstance(t *testing.T) {
	rows := skew.Worst(skew.Check(rules(), skew.Upstream, instances("kube-apiserver cp1 1.35.0", "kubelet w1 1.31.0", "kube-proxy w1 1.35.0")))
	got := map[string]string{}
	for _, r := range rows {
		got[r.Component] = r.Code + " " + string(r.State)
	}
	want := map[string]string{"kube-apiserver": "SKEW-001 legal", "kubelet": "SKEW-002 illegal", "kube-proxy": "SKEW-004 illegal"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("worst rows (-want +got):\n%s", diff)
	}
}

func TestHop(t *testing.T) {
	for _, tc := range []struct {
		name, from, to string
		given          []string
		want           skew.State
		blockers       []string
	}{
		{"one up", "1.34.2", "1.35.4", []string{"kube-apiserver cp1 1.34.2", "kubelet w1 1.32.0", "kube-controller-manager cp1 1.34.2"}, skew.Legal, nil},
		{"same minor", "1.34.2", "1.34.4", []string{"kube-apiserver cp1 1.34.2", "kubelet w1 1.31.0"}, skew.Legal, nil},
		{"skips", "1.33.2", "1.35.4", []string{"kube-apiserver cp1 1.33.2"}, skew.Illegal, nil},
		{"down", "1.34.2", "1.34.1", []string{"kube-apiserver cp1 1.34.2"}, skew.Illegal, nil},
		{"a kubelet three behind goes first", "1.34.2", "1.35.4", []string{"kube-apiserver cp1 1.34.2", "kubelet w1 1.31.0", "kubelet w2 1.32.0"}, skew.Illegal, []string{"kubelet w1"}},
		{"controllers left behind", "1.34.2", "1.35.4", []string{"kube-apiserver cp1 1.34.2", "kube-scheduler cp1 1.33.0"}, skew.Illegal, []string{"kube-scheduler cp1"}},
		{"a lagging API server", "1.34.2", "1.35.4", []string{"kube-apiserver cp1 1.34.2", "kube-apiserver cp2 1.33.9"}, skew.Illegal, []string{"kube-apiserver cp2"}},
		{"clients do not block", "1.34.2", "1.35.4", []string{"kube-apiserver cp1 1.34.2", "kubectl a 1.33.0"}, skew.Legal, nil},
		{"an unreadable kubelet", "1.34.2", "1.35.4", []string{"kube-apiserver cp1 1.34.2", "kubelet w1 sha256"}, skew.Unknown, nil},
		{"the last of two", "1.34.2", "1.35.4", []string{"kube-apiserver cp1 1.35.4", "kube-apiserver cp2 1.34.2", "kube-scheduler cp2 1.34.2 own"}, skew.Legal, nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			res := skew.Hop(rules(), skew.Upstream, version.MustParse(tc.from), version.MustParse(tc.to), instances(tc.given...))
			var blockers []string
			for _, b := range res.Blockers {
				blockers = append(blockers, b.Component+" "+b.Node)
			}
			if res.State != tc.want || !cmp.Equal(blockers, tc.blockers) {
				t.Errorf("hop = %s, blockers %q; want %s, %q (%s)", res.State, blockers, tc.want, tc.blockers, res.Why)
			}
		})
	}
}

func TestPath(t *testing.T) {
	var cal support.Calendar
	for n := 30; n <= 35; n++ {
		m := version.Minor{Major: 1, Minor: n}
		r := support.MinorRelease{Minor: m}
		for p := range 4 {
			r.Patches = append(r.Patches, support.Patch{Version: m.Patch(p), Date: time.Date(2020+n-30, time.Month(1+p), 1, 0, 0, 0, 0, time.UTC)})
		}
		cal.Minors = append(cal.Minors, r)
	}
	asOf := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	offered := []version.Version{version.MustParse("1.31.1"), version.MustParse("1.31.0"), version.MustParse("1.33.2")}
	for _, tc := range []struct {
		from, to  string
		asOf      time.Time
		available []version.Version
		want      string
		err       error
	}{
		{"1.30.1", "1.30.3", asOf, nil, "1.30.3", nil},
		{"1.30.1", "1.30.1", asOf, nil, "", nil},
		{"1.30.1", "1.31.0", asOf, nil, "1.31.0", nil},
		{"1.30.1", "1.33.2", asOf, nil, "1.31.3 1.32.3 1.33.2", nil},
		{"1.30.1", "1.32.0", asOf, offered, "1.31.1 1.32.0", nil},
		{"1.30.1", "1.33.2", asOf, offered, "", skew.ErrNoHop},
		{"1.30.1", "1.33.2", time.Date(2022, 2, 1, 0, 0, 0, 0, time.UTC), nil, "1.31.3 1.32.1 1.33.2", nil},
		{"1.30.1", "1.30.0", asOf, nil, "", skew.ErrDown},
		{"1.30.1", "1.32.0", asOf, []version.Version{}, "", skew.ErrNoHop},
	} {
		hops, err := skew.Path(version.MustParse(tc.from), version.MustParse(tc.to), cal, tc.asOf, tc.available)
		got := []string{}
		for _, h := range hops {
			got = append(got, h.String())
		}
		if strings.Join(got, " ") != tc.want || !errors.Is(err, tc.err) {
			t.Errorf("path %s to %s = %q, %v; want %q, %v", tc.from, tc.to, got, err, tc.want, tc.err)
		}
	}
}
