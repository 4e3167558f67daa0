package assess

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fixline-dev/fixline/internal/core/inventory"
	"github.com/fixline-dev/fixline/internal/core/settings"
	"github.com/fixline-dev/fixline/internal/core/version"
)

// What a hop stops is said of the target the user named, with where it is set;
// it is no illegal skew that has to be restored today.
func TestSettingFindings(t *testing.T) {
	rule := settings.Rule{ID: "x", Component: "kubelet", Kind: settings.Flag, Names: []string{"old"}, From: version.Minor{Major: 1, Minor: 35}, Effect: settings.Stops,
		Message: "it is gone", Remedy: "remove it", Source: "https://example.org"}
	c := inventory.Cluster{}
	for i := range 25 {
		c.Facts.Settings = append(c.Facts.Settings, inventory.Settings{Component: "kubelet", Node: "n" + strings.Repeat("1", i), Flags: map[string]string{"old": "v"}, Source: "inventory"})
	}
	a := &Assessor{basis: Basis{Settings: settings.Facts{Rules: []settings.Rule{rule}, Gates: settings.Gates{Through: version.Minor{Major: 1, Minor: 37}}}}}
	way := Target{Path: []Hop{{Version: "1.34.5"}, {Version: "1.35.4"}}}
	if got := a.settingFindings(c, way); got != nil {
		t.Errorf("nobody named a target, and %+v was said", got)
	}
	a.basis.Target = version.New(1, 35, 4)
	got := a.settingFindings(c, way)
	if len(got) != 1 || len(got[0].Evidence) != 22 || got[0].Evidence[20] != "and 5 more" || illegal(got) != "" {
		t.Fatalf("got %+v", got)
	}
	got[0].Evidence = got[0].Evidence[:1]
	want := Finding{Code: "SET-001", Severity: "blocker", Object: "kubelet/--old=v", Message: "at the hop to 1.35.4: from 1.35 on it is gone", Remedy: "remove it", Evidence: []string{"n: inventory"}}
	if diff := cmp.Diff(want, got[0]); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
