package restore

import (
	"testing"
	"time"
)

func TestExpired(t *testing.T) {
	now := time.Date(2026, 3, 15, 12, 0, 0, 0, time.UTC)
	made := Proof{Cluster: "prod", Taken: "2026-03-14T12:00:00Z"}
	need := Need{Now: now, Cluster: "prod", Planned: now.Add(-25 * time.Hour), Max: 24 * time.Hour}
	for _, tc := range []struct {
		name   string
		change func(*Proof, *Need)
		want   string
	}{
		{"good, as old as it may be", func(*Proof, *Need) {}, ""},
		{"too old", func(_ *Proof, n *Need) { n.Max = 23 * time.Hour }, "its snapshot is 24h0m0s old, and may be 23h0m0s at most"},
		{"any age", func(_ *Proof, n *Need) { n.Now, n.Max = now.AddDate(5, 0, 0), 0 }, ""},
		{"in the second of the plan", func(_ *Proof, n *Need) { n.Planned = now.Add(-24*time.Hour + time.Millisecond) }, ""},
		{"older than the plan", func(_ *Proof, n *Need) { n.Planned = now.Add(-23 * time.Hour) },
			"its snapshot is older than the plan: it was taken at 2026-03-14T12:00:00Z, the plan was made at 2026-03-14T13:00:00Z"},
		{"another cluster", func(p *Proof, _ *Need) { p.Cluster = "staging" }, `it is of the cluster "staging", the plan is of "prod"`},
		{"no cluster", func(p *Proof, _ *Need) { p.Cluster = "" }, `it is of the cluster "", the plan is of "prod"`},
		{"of tomorrow", func(p *Proof, _ *Need) { p.Taken = "2026-03-16T12:00:00Z" }, "it is dated after now: a clock is wrong"},
		{"no time", func(p *Proof, _ *Need) { p.Taken = "" }, `when its snapshot was taken, "", is not readable`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			p, n := made, need
			tc.change(&p, &n)
			if got := p.Expired(n); got != tc.want {
				t.Errorf("%q, want %q", got, tc.want)
			}
		})
	}
}

func TestFailed(t *testing.T) {
	for want, p := range map[string]Proof{
		"":                             {Kind: Kind, Result: Pass, Why: "it was restored"},
		"not proven: it is cut short":  {Kind: Kind, Result: "fail", Why: "not proven: it is cut short"},
		"not proven: keys not counted": {Kind: Kind, Result: "unknown", Why: "not proven: keys not counted"},
		`it is not proven: its evidence is a "Rehearsal" with the result "pass"`: {Kind: "Rehearsal", Result: Pass},
		`it is not proven: its evidence is a "" with the result ""`:              {},
	} {
		if got := p.Failed(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
