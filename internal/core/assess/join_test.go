package assess

import (
	"strings"
	"testing"
)

// Development that needs nothing itself still rehearses what production gets.
func TestRehearsalSaysWhatDevelopmentNeedsAlone(t *testing.T) {
	for from, want := range map[string]string{
		"1.33.7": "; alone it needs no other version",
		"1.33.1": "; the smallest fix of its own minor is 1.33.6",
		"1.32.1": "; alone it needs 1.33.6",
	} {
		dev, prod := cluster("dev", from, "3.6.9"), cluster("prod", "1.34.1", "3.6.9")
		dev.Environment = "development"
		a := New(basis("2026-03-15", portworx()))
		r := a.Join([]ClusterResult{a.Assess(prod), a.Assess(dev)})
		got := r.Clusters[1].RehearsalTarget
		if got == nil || *got.Version != "1.34.2" || !strings.HasSuffix(got.Reason, want) {
			t.Errorf("%s: %+v, want %q", from, got, want)
		}
	}
}
