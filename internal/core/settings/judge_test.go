package settings_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fixline-dev/fixline/internal/core/inventory"
	"github.com/fixline-dev/fixline/internal/core/settings"
	"github.com/fixline-dev/fixline/internal/core/version"
)

// What the embedded facts do is tested with them, in internal/catalog; here is
// what none of them does yet, and how findings of many places become one.
func TestJudge(t *testing.T) {
	m := func(n int) version.Minor { return version.Minor{Major: 1, Minor: n} }
	facts := settings.Facts{
		Rules: []settings.Rule{{ID: "x", Component: "kubelet", Kind: settings.Flag, Names: []string{"x"}, From: m(36), Effect: settings.Ignored, Message: "m"}},
		Gates: settings.Gates{From: m(35), Through: m(37), Components: []string{"kubelet"}, ByName: map[string][]settings.Span{
			"A": {{From: m(35), To: m(35), Stage: "BETA"}, {From: m(36), To: m(36), Stage: "GA", Default: true, Locked: true}},
		}},
	}
	set := func(node, value string) inventory.Settings {
		return inventory.Settings{Component: "kubelet", Node: node, Flags: map[string]string{"x": value}, Gates: map[string]bool{"A": true}, Complete: true, Source: "s"}
	}
	c := inventory.Cluster{Facts: inventory.Facts{Settings: []inventory.Settings{set("n1", "1"), set("n2", "1"), set("n3", "2")}}}
	type found struct {
		Code, Name, Value, Hop string
		Places                 int
	}
	want := []found{
		{"SET-013", "--x", "1", "1.36.1", 2}, {"SET-013", "--x", "2", "1.36.1", 1},
		{"SET-002", "A", "true", "1.37.0", 3}, // gone at the second hop: that it is locked at the first says nothing more
	}
	got := []found{}
	for _, f := range settings.Judge(c, []version.Version{version.New(1, 36, 1), version.New(1, 37, 0)}, facts) {
		got = append(got, found{f.Code, f.Name, f.Value, f.Hop.String(), len(f.Places)})
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
