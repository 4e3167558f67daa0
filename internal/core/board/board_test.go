package board_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fixline-dev/fixline/internal/core/board"
	"github.com/fixline-dev/fixline/internal/core/finding"
	"github.com/fixline-dev/fixline/internal/core/inventory"
	"github.com/fixline-dev/fixline/internal/core/skew"
	"github.com/fixline-dev/fixline/internal/core/support"
	"github.com/fixline-dev/fixline/internal/core/version"
)

// rules have the shape of the policy; the ones that ship are data, and the
// command's tests use those.
func rules() skew.Rules {
	two := 2
	r := skew.Rules{Steps: []skew.Step{{Code: "SKEW-009", Component: "kube-apiserver", MaxMinors: 1}}}
	add := func(code, component, against string, newer, older int) *skew.Rule {
		r.Rules = append(r.Rules, skew.Rule{Code: code, Component: component, Against: against, MaxNewer: newer, MaxOlder: older})
		return &r.Rules[len(r.Rules)-1]
	}
	add("SKEW-001", "kube-apiserver", "kube-apiserver", 1, 1)
	add("SKEW-002", "kubelet", "kube-apiserver", 0, 3).Conservative = &two
	add("SKEW-004", "kube-proxy", "kube-apiserver", 0, 3)
	add("SKEW-004", "kube-proxy", "kubelet", 3, 3).SameNode = true
	for _, c := range []string{"kube-controller-manager", "kube-scheduler", "cloud-controller-manager"} {
		add("SKEW-003", c, "kube-apiserver", 0, 1)
	}
	add("SKEW-005", "kubectl", "kube-apiserver", 1, 1).Client = true
	add("SKEW-008", "etcd", "etcd", 1, 1)
	return r
}

func calendar() support.Calendar {
	var cal support.Calendar
	for n := 30; n <= 37; n++ {
		m := version.Minor{Major: 1, Minor: n}
		r := support.MinorRelease{Minor: m}
		for p := range 5 {
			r.Patches = append(r.Patches, support.Patch{Version: m.Patch(p), Date: time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)})
		}
		cal.Minors = append(cal.Minors, r)
	}
	return cal
}

func asOf() time.Time { return time.Date(2026, 3, 15, 0, 0, 0, 0, time.UTC) }

// cluster reads "component node version [server]" lines; a version that is
// none was not read, "hidden" is a provider's.
func cluster(lines ...string) inventory.Cluster {
	c := inventory.Cluster{Name: "prod"}
	for _, l := range lines {
		f := strings.Fields(l)
		i := inventory.Instance{Component: f[0], Node: f[1]}
		if f[0] == "kubectl" {
			i.Node, i.Host = "", f[1]
		}
		if f[1] == "-" {
			i.Node = ""
		}
		if v, err := version.Parse(f[2]); err == nil {
			i.Version = v
		} else {
			i.Unread, i.Hidden = "digest only", f[2] == "hidden"
		}
		if len(f) > 3 {
			i.Server = f[3]
		}
		c.Instances = append(c.Instances, i)
	}
	return c
}

func compute(target string, c inventory.Cluster) board.Board {
	in := board.Input{Cluster: c, AsOf: asOf(), Rules: rules(), Policy: skew.Upstream, Calendar: calendar()}
	if target != "" {
		in.Goal.Version = version.MustParse(target)
	}
	return board.Compute(in)
}

// three control planes of which some moved, as kubeadm leaves them.
func halfway(versions ...string) []string {
	var out []string
	for i, v := range versions {
		cp := fmt.Sprintf("cp%d", i+1)
		out = append(out, "kube-apiserver "+cp+" "+v, "kube-controller-manager "+cp+" "+v+" own", "kube-scheduler "+cp+" "+v+" own", "kubelet "+cp+" 1.34.2")
	}
	return out
}

func TestCompute(t *testing.T) {
	for _, tc := range []struct {
		name   string
		target string
		given  []string
		legal  string
		states string // of rows that are not legal: "component node state"
		next   string // its sentence
		why    string // part of the reason
	}{
		{"nothing to do without a target", "", []string{"kube-apiserver cp1 1.34.2", "kubelet w1 1.34.2"}, "yes", "", "", ""},
		{"everything is at the target", "1.34.2", []string{"kube-apiserver cp1 1.34.2", "kubelet w1 1.34.2"}, "yes",
			"kube-apiserver cp1 done, kubelet w1 done", "", ""},
		{"a patch: the API server first", "1.34.4", []string{"kube-apiserver cp1 1.34.2", "kube-controller-manager cp1 1.34.2 own", "kubelet w1 1.34.2"}, "yes", "",
			"move kube-apiserver on cp1 from 1.34.2 to 1.34.4 next", "it is the only kube-apiserver"},
		{"then what runs beside it", "1.34.4", []string{"kube-apiserver cp1 1.34.4", "kube-controller-manager cp1 1.34.2 own", "kubelet w1 1.34.2"}, "yes",
			"kube-apiserver cp1 done", "move kube-controller-manager on cp1 from 1.34.2 to 1.34.4 next", "beside it is at 1.34.4"},
		{"and that before the next API server", "1.35.4",
			[]string{"kube-apiserver cp1 1.35.4", "kube-apiserver cp2 1.34.2", "kube-scheduler cp1 1.34.2 own", "kube-scheduler cp2 1.34.2 own"}, "yes",
			"kube-apiserver cp1 done, kube-apiserver cp2 last-legal, kube-scheduler cp1 last-legal", "move kube-scheduler on cp1 from 1.34.2 to 1.35.4 next", ""},
		{"then kubelets, of control planes first", "1.35.4", []string{"kube-apiserver cp1 1.35.4", "kubelet a 1.34.2", "kubelet cp1 1.34.2"}, "yes",
			"kube-apiserver cp1 done", "move kubelet on cp1 from 1.34.2 to 1.35.4 next", "drain cp1 first"},
		{"then kube-proxy", "1.35.4", []string{"kube-apiserver cp1 1.35.4", "kubelet w1 1.35.4", "kube-proxy w1 1.34.2"}, "yes",
			"kube-apiserver cp1 done, kubelet w1 done", "move kube-proxy on w1 from 1.34.2 to 1.35.4 next", ""},
		{"clients last", "1.35.4", []string{"kube-apiserver cp1 1.35.4", "kubectl bastion 1.34.2"}, "yes",
			"kube-apiserver cp1 done, kubectl bastion last-legal", "move kubectl on bastion from 1.34.2 to 1.35.4 next", ""},
		{"an HA minor in the middle is legal: each talks to its own", "1.35.4", halfway("1.35.4", "1.34.2", "1.34.2"), "yes",
			"kube-apiserver cp1 done, kube-apiserver cp2 last-legal, kube-apiserver cp3 last-legal, kube-controller-manager cp1 done, kube-scheduler cp1 done",
			"move kube-apiserver on cp2 from 1.34.2 to 1.35.4 next", "one by one, the oldest first"},
		{"minor by minor, by the newest patch", "1.36.2", []string{"kube-apiserver cp1 1.34.2", "kubelet w1 1.34.2"}, "yes", "",
			"move kube-apiserver on cp1 from 1.34.2 to 1.35.4 next", "1.35.4 is on the way to 1.36.2"},
		{"the next hop before kubelets", "1.36.2", []string{"kube-apiserver cp1 1.35.4", "kubelet w1 1.34.2"}, "yes", "",
			"move kube-apiserver on cp1 from 1.35.4 to 1.36.2 next", ""},
		{"but the last legal kubelet first", "1.35.4", []string{"kube-apiserver cp1 1.34.2", "kubelet w1 1.34.2", "kubelet w2 1.31.9"}, "yes",
			"kubelet w2 last-legal", "move kubelet on w2 from 1.31.9 to 1.34.2 next", "before any kube-apiserver goes to 1.35; drain w2 first"},
		{"a scheduler that lags blocks the next minor", "1.35.4", []string{"kube-apiserver cp1 1.34.2", "kube-scheduler cp1 1.33.9"}, "yes",
			"kube-scheduler cp1 last-legal", "move kube-scheduler on cp1 from 1.33.9 to 1.34.2 next", ""},
		{"which server it talks to is not known: after all of them", "1.35.4",
			[]string{"kube-apiserver cp1 1.35.4", "kube-apiserver cp2 1.34.2", "kube-controller-manager cp1 1.34.2"}, "yes",
			"kube-apiserver cp1 done, kube-apiserver cp2 last-legal, kube-controller-manager cp1 last-legal",
			"move kube-apiserver on cp2 from 1.34.2 to 1.35.4 next", ""},
		{"a cloud-controller-manager follows by its minor", "1.35.4", []string{"kube-apiserver cp1 1.35.4", "cloud-controller-manager cp1 1.34.9"}, "yes",
			"kube-apiserver cp1 done, cloud-controller-manager cp1 last-legal", "move cloud-controller-manager on cp1 from 1.34.9 to 1.35 next", ""},
		{"above the target is done", "1.35.2", []string{"kube-apiserver cp1 1.35.4"}, "yes", "kube-apiserver cp1 done", "", ""},
		{"a kubelet somebody upgraded early goes back: that is one move, the API servers are three", "1.35.4",
			append(halfway("1.34.2", "1.34.2", "1.34.2"), "kubelet w2 1.35.4"), "no", "kubelet w2 illegal",
			"illegal: stop; put kubelet on w2 back from 1.35.4 to 1.34.2 next", "kubelet 1.35 is one minor newer"},
		{"the only API server goes up where that was wanted", "1.35.4", []string{"kube-apiserver cp1 1.34.2", "kubelet w2 1.35.4"}, "no", "kubelet w2 illegal",
			"illegal: stop; move kube-apiserver on cp1 from 1.34.2 to 1.35.4 next", "kubelet 1.35 is one minor newer"},
		{"and not where nobody asked", "", []string{"kube-apiserver cp1 1.34.2", "kubelet w2 1.35.4"}, "no", "kubelet w2 illegal",
			"illegal: stop; put kubelet on w2 back from 1.35.4 to 1.34.2 next", ""},
		{"a controller-manager left two behind", "1.35.4", []string{"kube-apiserver cp1 1.35.4", "kube-controller-manager cp1 1.33.2 own", "kubelet w1 1.34.2"}, "no",
			"kube-apiserver cp1 done, kube-controller-manager cp1 illegal",
			"illegal: stop; move kube-controller-manager on cp1 from 1.33.2 to 1.35.4 next", "2 minors older"},
		{"API servers two apart", "", []string{"kube-apiserver cp1 1.35.4", "kube-apiserver cp2 1.33.2"}, "no",
			"kube-apiserver cp1 illegal, kube-apiserver cp2 illegal", "illegal: stop; move kube-apiserver on cp2 from 1.33.2 to 1.34.4 next", ""},
		{"two ways wrong: the first of several", "", []string{"kube-apiserver cp1 1.34.2", "kubelet w1 1.30.0", "kubelet w2 1.30.0"}, "no",
			"kubelet w1 illegal, kubelet w2 illegal", "illegal: stop; move kubelet on w1 from 1.30.0 to 1.34.2 next", "1 more will be illegal after it; drain w1 first"},
		{"many kubelets early: the API servers are fewer moves", "1.35.4",
			append(halfway("1.34.2", "1.34.2"), "kubelet w1 1.35.4", "kubelet w2 1.35.4", "kubelet w3 1.35.4", "kubelet w4 1.35.4"), "no",
			"kubelet w1 illegal, kubelet w2 illegal, kubelet w3 illegal, kubelet w4 illegal",
			"illegal: stop; move kube-apiserver on cp1 from 1.34.2 to 1.35.4 next", "then the same on cp2"},
		{"kube-proxy beside an old kubelet", "", []string{"kube-apiserver cp1 1.35.0", "kubelet w1 1.31.0", "kube-proxy w1 1.35.0"}, "no",
			"kubelet w1 illegal, kube-proxy w1 illegal", "illegal: stop; move kubelet on w1 from 1.31.0 to 1.35.0 next", ""},
		{"etcd members two apart go up, never down", "", []string{"kube-apiserver cp1 1.35.0", "etcd a 3.5.9", "etcd b 3.6.1", "etcd c 3.4.2"}, "no",
			"etcd b illegal, etcd c illegal", "illegal: stop; move etcd on c from 3.4.2 to 3.5.9 next", ""},
		{"a client alone makes no cluster illegal", "", []string{"kube-apiserver cp1 1.35.0", "kubectl bastion 1.32.0"}, "yes", "kubectl bastion illegal", "", ""},
		{"an unread kubelet stops the next minor", "1.35.4", []string{"kube-apiserver cp1 1.34.2", "kubelet w1 sha256"}, "unknown", "kubelet w1 unknown",
			"read the version of kubelet on w1 first", "digest only; nothing may go to another minor"},
		{"but not a patch", "1.34.4", []string{"kube-apiserver cp1 1.34.2", "kubelet w1 sha256"}, "unknown", "kubelet w1 unknown",
			"move kube-apiserver on cp1 from 1.34.2 to 1.34.4 next", ""},
		{"what a provider hides is said and blocks nothing", "1.35.4", []string{"kube-apiserver - 1.34.2", "kube-scheduler - hidden", "kubelet w1 1.34.2"}, "yes",
			"kube-scheduler  unknown", "move kube-apiserver from 1.34.2 to 1.35.4 next", ""},
		{"no API server", "1.35.4", []string{"kubelet w1 1.34.0"}, "unknown", "kubelet w1 unknown", "read the version of kube-apiserver first", ""},
		{"nothing at all", "", nil, "unknown", "", "", ""},
		{"what no rule speaks of is not on the board", "", []string{"kube-apiserver cp1 1.34.2", "coredns cp1 1.12.0"}, "yes", "", "", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			b := compute(tc.target, cluster(tc.given...))
			var states []string
			for _, r := range b.Rows {
				if r.State != board.Legal {
					node := ""
					if r.Node != nil {
						node = *r.Node
					}
					states = append(states, fmt.Sprintf("%s %s %s", r.Component, node, r.State))
				}
			}
			if diff := cmp.Diff(tc.states, strings.Join(states, ", ")); diff != "" {
				t.Errorf("states (-want +got):\n%s", diff)
			}
			sentence, why := "", ""
			if b.Next != nil {
				sentence, why = b.Next.Sentence(), b.Next.Why
			}
			if b.Legal != tc.legal || sentence != tc.next || !strings.Contains(why, tc.why) {
				t.Errorf("legal %q, next %q because %q; want %q, %q because %q", b.Legal, sentence, why, tc.legal, tc.next, tc.why)
			}
		})
	}
}

// TestPlanGoesFirst: a plan's own order is followed where it is legal, and
// where it is not that is said.
func TestPlanGoesFirst(t *testing.T) {
	in := board.Input{Cluster: cluster("kube-apiserver cp1 1.34.2", "etcd cp1 3.6.4", "kubelet w1 1.34.2"), AsOf: asOf(), Rules: rules(), Policy: skew.Upstream, Calendar: calendar()}
	in.Goal = board.Goal{Version: version.MustParse("1.35.4"), Hops: []version.Version{version.MustParse("1.35.3"), version.MustParse("1.35.4")},
		Moves: []board.Move{{"s1", "etcd", "cp1", version.MustParse("3.6.6")}, {"s2", "kubelet", "w1", version.MustParse("1.35.4")}}}
	b := board.Compute(in)
	if got := b.Next.Sentence() + ": " + b.Next.Why; got != "move etcd on cp1 from 3.6.4 to 3.6.6 next: step s1 of the plan" || *b.Next.Step != "s1" {
		t.Errorf("next %q", got)
	}
	for _, r := range b.Rows {
		if r.Component == "etcd" && *r.Target != "3.6.6" {
			t.Errorf("etcd goes to %s", *r.Target)
		}
	}
	in.Cluster.Instances[1].Version = version.MustParse("3.6.6")
	b = board.Compute(in)
	if got := b.Next.Sentence(); got != "move kube-apiserver on cp1 from 1.34.2 to 1.35.3 next" || !strings.Contains(b.Next.Why, "step s2 of the plan is not legal now: it would leave kubelet on w1 where kubelet 1.35 is one minor newer") {
		t.Errorf("next %q because %q", got, b.Next.Why)
	}
}

// TestPlanMovesEveryNode: a step without a node moves the component wherever it
// runs, and is done when all of them are there.
func TestPlanMovesEveryNode(t *testing.T) {
	in := board.Input{Cluster: cluster("kube-apiserver cp1 1.34.2", "kube-proxy w1 1.34.2", "kube-proxy w2 1.31.2"), AsOf: asOf(), Rules: rules(), Policy: skew.Upstream, Calendar: calendar()}
	in.Goal = board.Goal{Version: version.MustParse("1.35.4"), Moves: []board.Move{{"s1", "kube-proxy", "", version.MustParse("1.34.2")}, {"s2", "kube-apiserver", "cp1", version.MustParse("1.35.4")}}}
	for _, want := range []string{"move kube-proxy on w2 from 1.31.2 to 1.34.2 next", "move kube-apiserver on cp1 from 1.34.2 to 1.35.4 next"} {
		b := board.Compute(in)
		if got := b.Next.Sentence(); got != want {
			t.Errorf("next %q, want %q", got, want)
		}
		for _, r := range b.Rows {
			if r.Component == "kube-proxy" && *r.Target != "1.34.2" {
				t.Errorf("kube-proxy on %s goes to %s", *r.Node, *r.Target)
			}
		}
		in.Cluster.Instances[2].Version = version.MustParse("1.34.2")
	}
}

func TestGapsMakeItUnknown(t *testing.T) {
	c := cluster("kube-apiserver cp1 1.34.2")
	c.Gaps = []inventory.Gap{{Check: "list nodes: versions of kubelets", Reason: "forbidden", Required: true}, {Check: "list networkpolicies: x", Reason: "forbidden", Required: true}}
	b := compute("", c)
	if b.Legal != "unknown" || len(b.Gaps) != 1 || b.Complete() {
		t.Errorf("legal %q, gaps %v", b.Legal, b.Gaps)
	}
}

func TestHighest(t *testing.T) {
	for want, given := range map[finding.Severity][]string{
		"":              {"kube-apiserver cp1 1.34.2"},
		finding.Info:    {"kube-apiserver cp1 1.34.2", "kubelet w1 1.31.2"},
		finding.Warning: {"kube-apiserver cp1 1.34.2", "kubectl a 1.31.2"},
		finding.Blocker: {"kube-apiserver cp1 1.34.2", "kubectl a 1.31.2", "kubelet w1 1.30.2"},
	} {
		if got := compute("", cluster(given...)).Highest(); got != want {
			t.Errorf("%v: %q, want %q", given, got, want)
		}
	}
}

func TestCompare(t *testing.T) {
	before := compute("1.35.4", cluster("kube-apiserver cp1 1.35.4", "kubelet w1 1.34.2", "kubelet w2 1.34.2", "kubelet w3 1.34.2", "kubelet w4 1.34.2", "kubelet w5 1.33.0", "kubelet w6 1.32.1"))
	after := compute("1.35.4", cluster("kube-apiserver cp1 1.35.4", "kubelet w1 1.35.4", "kubelet w2 1.35.4", "kubelet w3 1.35.4", "kubelet w4 1.35.4", "kubelet w5 1.36.0", "kubelet w7 1.35.4"))
	var got []string
	for _, c := range board.Compare(before, after) {
		got = append(got, c.Sentence(""))
	}
	want := []string{
		"kubelet on w1, w2 and 2 more moved 1.34.2 -> 1.35.4",
		"kubelet on w5 moved 1.33.0 -> 1.36.0",
		"kubelet on w7 is new, at 1.35.4",
		"kubelet on w6 is gone; it was at 1.32.1",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	servers := compute("", cluster("kube-apiserver cp1 1.34.2", "kubelet w1 1.31.0"))
	moved := compute("", cluster("kube-apiserver cp1 1.35.4", "kubelet w1 1.31.0"))
	got = nil
	for _, c := range board.Compare(servers, moved) {
		got = append(got, c.Sentence(""))
	}
	want = []string{"kube-apiserver on cp1 moved 1.34.2 -> 1.35.4", "kubelet on w1 is illegal now: kubelet 1.31 is 4 minors older than kube-apiserver 1.35"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if len(board.Compare(after, after)) != 0 {
		t.Error("a board differs from itself")
	}
}
