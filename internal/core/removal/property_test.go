package removal

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/fixline-dev/fixline/internal/core/version"
)

// anyTable draws lifecycles of one group whose replacements go forward, and
// some facts that NewTable must refuse.
func anyTable(t *rapid.T) *Table {
	at := func(n int) version.Minor {
		if n == 0 {
			return version.Minor{}
		}
		return version.Minor{Major: 1, Minor: n}
	}
	n := rapid.IntRange(1, 6).Draw(t, "kinds")
	var lives []Lifecycle
	for i := range n {
		l := Lifecycle{GVK: GVK{"g.k8s.io", fmt.Sprintf("v%d", i+1), "Thing"}, Product: Kubernetes,
			Introduced: at(rapid.IntRange(0, 30).Draw(t, "introduced"))}
		if rapid.Bool().Draw(t, "ends") {
			l.Removed = at(l.Introduced.Minor + rapid.IntRange(1, 10).Draw(t, "removed"))
			l.Deprecated = at(rapid.IntRange(0, l.Removed.Minor).Draw(t, "deprecated"))
		}
		if i+1 < n && rapid.Bool().Draw(t, "replaced") {
			l.Replacement = GVK{"g.k8s.io", fmt.Sprintf("v%d", rapid.IntRange(i+2, n).Draw(t, "by")), "Thing"}
		}
		lives = append(lives, l)
	}
	table, err := NewTable(Facts{From: map[string]version.Minor{Kubernetes: at(10)}, Through: map[string]version.Minor{Kubernetes: at(35)}, Lives: lives})
	if err != nil {
		t.Fatal(err)
	}
	return table
}

func TestJudgeIsMonotone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		table := anyTable(t)
		from := version.Minor{Major: 1, Minor: rapid.IntRange(1, 45).Draw(t, "from")}
		for _, l := range table.All() {
			removed := false
			for n := 1; n <= 50; n++ {
				target := version.Minor{Major: 1, Minor: n}
				j := table.Judge(l.GVK, Move{From: from, Target: target})
				if removed && j.State != Removed {
					t.Fatalf("%s: removed before %s, %s there", l.GVK, target, j.State)
				}
				removed = j.State == Removed
				serves := j.State == Served || j.State == Deprecated
				if serves && (target.Compare(l.Introduced) < 0 || known(l.Removed) && target.Compare(l.Removed) >= 0 || n > 35) {
					t.Fatalf("%s: %s at %s, introduced %s, removed %s", l.GVK, j.State, target, l.Introduced, l.Removed)
				}
				checkReplacement(t, table, j, target)
				if j.Reason == "" {
					t.Fatalf("%s at %s: no reason", l.GVK, target)
				}
			}
		}
	})
}

// checkReplacement: what is to be written is served, and is on the chain.
func checkReplacement(t *rapid.T, table *Table, j Judgement, target version.Minor) {
	if j.Replacement.Zero() {
		return
	}
	on := false
	for _, k := range j.Chain {
		on = on || k == j.Replacement
	}
	l, _ := table.Lookup(j.Replacement)
	if !on || target.Compare(l.Introduced) < 0 || known(l.Removed) && target.Compare(l.Removed) >= 0 {
		t.Fatalf("%s at %s: write %s, which is not served or not on %v", j.Life.GVK, target, j.Replacement, j.Chain)
	}
	if b, ok := table.Lookup(j.Bridge); ok && (!j.ReplacementTooNew || table.at(b, target) == Removed) {
		t.Fatalf("%s at %s: bridge %s", j.Life.GVK, target, j.Bridge)
	}
}

// TestJoinIsTheSameInAnyOrder: the order uses are seen in changes no verdict.
func TestJoinIsTheSameInAnyOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		table := anyTable(t)
		all := table.All()
		var uses []Use
		for range rapid.IntRange(1, 12).Draw(t, "uses") {
			u := Use{GVK: all[rapid.IntRange(0, len(all)-1).Draw(t, "kind")].GVK, Name: rapid.SampledFrom([]string{"a", "b", ""}).Draw(t, "name"),
				Source: rapid.SampledFrom(Sources()).Draw(t, "source"), File: rapid.SampledFrom([]string{"x", "y"}).Draw(t, "file"), Line: rapid.IntRange(1, 3).Draw(t, "line"),
				Manager: rapid.SampledFrom([]string{"p", "q"}).Draw(t, "manager")}
			uses = append(uses, u)
		}
		move := Move{Target: version.Minor{Major: 1, Minor: rapid.IntRange(1, 40).Draw(t, "target")}}
		want := Join(table, move, uses)
		shuffled := rapid.Permutation(uses).Draw(t, "order")
		if diff := cmp.Diff(want, Join(table, move, shuffled)); diff != "" {
			t.Fatalf("another order, another answer:\n%s", diff)
		}
		if files := len(want); files > len(uses) {
			t.Fatalf("%d verdicts of %d uses", files, len(uses))
		}
	})
}

func TestNewTableRefuses(t *testing.T) {
	one := func(change func(*Lifecycle)) []Lifecycle {
		l := Lifecycle{GVK: k("g/v1", "Thing"), Product: Kubernetes, Introduced: m("1.10"), Deprecated: m("1.12"), Removed: m("1.20")}
		change(&l)
		return []Lifecycle{l}
	}
	for name, lives := range map[string][]Lifecycle{
		"twice":            append(one(func(*Lifecycle) {}), one(func(*Lifecycle) {})...),
		"removed first":    one(func(l *Lifecycle) { l.Removed = m("1.10") }),
		"deprecated later": one(func(l *Lifecycle) { l.Deprecated = m("1.21") }),
		"no product":       one(func(l *Lifecycle) { l.Product = "" }),
		"no kind":          one(func(l *Lifecycle) { l.Kind = "" }),
		"its own successor": one(func(l *Lifecycle) {
			l.Replacement = l.GVK
		}),
		"a circle": append(one(func(l *Lifecycle) { l.Replacement = k("g/v2", "Thing") }), one(func(l *Lifecycle) { l.GVK, l.Replacement = k("g/v2", "Thing"), k("g/v1", "Thing") })...),
		"two owners": append(one(func(*Lifecycle) {}), one(func(l *Lifecycle) {
			l.GVK, l.Product = k("g/v2", "Thing"), "other"
		})...),
	} {
		if _, err := NewTable(Facts{Lives: lives}); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestParseGVK(t *testing.T) {
	for _, tt := range []struct{ api, kind, want string }{
		{"v1", "Pod", "v1 Pod"}, {"apps/v1", "Deployment", "apps/v1 Deployment"},
		{"", "Pod", ""}, {"apps/", "Pod", ""}, {"/v1", "Pod", ""}, {"a/b/c", "Pod", ""}, {"v1", "", ""},
	} {
		got, err := ParseGVK(tt.api, tt.kind)
		if (err != nil) != (tt.want == "") || err == nil && got.String() != tt.want {
			t.Errorf("%q %q: %v, %v", tt.api, tt.kind, got, err)
		}
	}
}

// TestResource holds the names of every built-in resource that is formed in
// another way than by adding an s.
func TestResource(t *testing.T) {
	for kind, want := range map[string]string{
		"Endpoints": "endpoints", "Ingress": "ingresses", "IngressClass": "ingressclasses", "NetworkPolicy": "networkpolicies", "PodSecurityPolicy": "podsecuritypolicies",
		"StorageClass": "storageclasses", "ServiceCIDR": "servicecidrs", "ComponentStatus": "componentstatuses", "IPAddress": "ipaddresses", "FlowSchema": "flowschemas",
	} {
		if got := Resource(kind); got != want {
			t.Errorf("%s: %s, want %s", kind, got, want)
		}
	}
}
