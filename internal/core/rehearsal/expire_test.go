package rehearsal

import (
	"testing"
	"time"
)

func TestExpired(t *testing.T) {
	now := time.Date(2026, 3, 15, 12, 0, 0, 0, time.UTC)
	prod, other := "prod", "staging"
	made := Rehearsal{At: "2026-03-14T12:00:00Z", Cluster: &prod, Target: "1.35.4", Catalogue: Catalog{Date: "2026-03-01"},
		Hops: []Hop{{Program: Program{Version: "1.34.9"}}, {Program: Program{Version: "1.35.4"}}}}
	need := Need{Now: now, Cluster: "prod", Target: "1.35.4", Hops: []string{"1.35.4"}, Catalogue: "2026-03-01", Max: 48 * time.Hour}
	for _, tc := range []struct {
		name   string
		change func(*Rehearsal, *Need)
		want   string
	}{
		{"good", func(*Rehearsal, *Need) {}, ""},
		{"another target", func(_ *Rehearsal, n *Need) { n.Target = "1.35.5" }, "it was for 1.35.4, the target is 1.35.5"},
		{"another cluster", func(r *Rehearsal, _ *Need) { r.Cluster = &other }, `it is of the cluster "staging", the plan is of "prod"`},
		{"no cluster", func(r *Rehearsal, _ *Need) { r.Cluster = nil }, `it does not say of which cluster it is, the plan is of "prod"`},
		{"by the plan's hops", func(_ *Rehearsal, n *Need) { n.Hops = []string{"1.34.9", "1.35.4"} }, ""},
		{"a hop left out", func(_ *Rehearsal, n *Need) { n.Hops = []string{"1.34.8", "1.35.4"} }, "it did not start 1.34.8, which the plan passes through"},
		{"newer catalogue", func(_ *Rehearsal, n *Need) { n.Catalogue = "2026-03-02" }, "it was made by data of 2026-03-01, there is data of 2026-03-02"},
		{"older catalogue now", func(_ *Rehearsal, n *Need) { n.Catalogue = "2026-02-02" }, ""},
		{"catalogue not asked", func(_ *Rehearsal, n *Need) { n.Catalogue = "" }, ""},
		{"as old as it may be", func(_ *Rehearsal, n *Need) { n.Max = 24 * time.Hour }, ""},
		{"too old", func(_ *Rehearsal, n *Need) { n.Max = 23 * time.Hour }, "it is 24h0m0s old, and may be 23h0m0s at most"},
		{"any age", func(_ *Rehearsal, n *Need) { n.Now, n.Max = now.AddDate(5, 0, 0), 0 }, ""},
		{"of tomorrow", func(r *Rehearsal, _ *Need) { r.At = "2026-03-16T12:00:00Z" }, "it is dated after now: a clock is wrong"},
		{"no time", func(r *Rehearsal, _ *Need) { r.At = "yesterday" }, `its time "yesterday" is not readable`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r, n := made, need
			tc.change(&r, &n)
			if got := r.Expired(n); got != tc.want {
				t.Errorf("%q, want %q", got, tc.want)
			}
		})
	}
}

func TestOutcome(t *testing.T) {
	hop := func(states ...State) Hop {
		var h Hop
		for _, s := range states {
			h.Checks = append(h.Checks, Check{Check: Start, State: s, Why: "why"})
		}
		return h
	}
	for _, tc := range []struct {
		name     string
		hops     []Hop
		findings []Finding
		want     State
	}{
		{"nothing ran", nil, nil, Unknown},
		{"all pass", []Hop{hop(Pass, Skipped)}, nil, Pass},
		{"a warning", []Hop{hop(Pass)}, []Finding{{Severity: "warning"}}, Pass},
		{"a blocker", []Hop{hop(Pass)}, []Finding{{Severity: "blocker"}}, Fail},
		{"unknown", []Hop{hop(Pass, Unknown)}, nil, Unknown},
		{"fail wins over unknown", []Hop{hop(Unknown), hop(Fail)}, nil, Fail},
	} {
		if got := Outcome(tc.hops, tc.findings); got != tc.want {
			t.Errorf("%s: %s, want %s", tc.name, got, tc.want)
		}
	}
}

func TestFailed(t *testing.T) {
	r := Rehearsal{Result: Fail, Hops: []Hop{{Program: Program{Version: "1.35.4"}, Checks: []Check{{Start, Unknown, "slow", 0}, {Readable, Fail, "one object", 0}}}}}
	if got := r.Failed(); got != "readable at 1.35.4: one object" {
		t.Errorf("%q", got)
	}
	r.Result = Pass
	if got := r.Failed(); got != "" {
		t.Errorf("passed: %q", got)
	}
}
