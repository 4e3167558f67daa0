package policy

import (
	"testing"
	"time"
)

func TestDays(t *testing.T) {
	for _, c := range []struct {
		score       float64
		vector      bool
		reachable   string
		environment string
		want        int
	}{
		{9.8, true, "unknown", "production", 7},
		{9.8, true, "yes", "production", 3}, // 3.5: never later than the policy says
		{9.8, true, "yes", "development", 7},
		{8.8, true, "unknown", "", 14},
		{7.0, true, "no", "production", 28},
		{6.9, true, "unknown", "production", 30},
		{5.8, true, "yes", "production", 15},
		{4.0, true, "no", "staging", 60},
		{3.9, true, "unknown", "staging", 90},
		{0, false, "unknown", "production", 30},
		{0, false, "yes", "production", 15},
	} {
		if got := Default().Days(c.score, c.vector, c.reachable, c.environment); got != c.want {
			t.Errorf("%+v: %d days", c, got)
		}
	}
}

func TestDueCountsFromPublication(t *testing.T) {
	published := time.Date(2025, 12, 1, 0, 0, 0, 0, time.UTC)
	got := Default().Due(published, 5.8, true, "yes", "production").Format(time.DateOnly)
	if got != "2025-12-16" {
		t.Errorf("due %s", got)
	}
}

func TestAcceptance(t *testing.T) {
	day := func(s string) time.Time { d, _ := time.Parse(time.DateOnly, s); return d }
	e := Acceptance{Advisory: "CVE-2020-8554", Clusters: []string{"prod"}, Expires: day("2026-06-30")}
	for _, c := range []struct {
		cluster, on    string
		holds, expired bool
	}{
		{"prod", "2026-06-30", true, false},
		{"prod", "2026-07-01", false, true},
		{"dev", "2026-06-30", false, false},
		{"dev", "2026-07-01", false, false},
	} {
		if h, x := e.Holds("CVE-2020-8554", c.cluster, day(c.on)), e.Expired("CVE-2020-8554", c.cluster, day(c.on)); h != c.holds || x != c.expired {
			t.Errorf("%+v: holds %v, expired %v", c, h, x)
		}
	}
}

func TestWhy(t *testing.T) {
	for want, got := range map[string]string{
		"15 days: 30 for a score of 5.8, times 0.5 because exploitation is reachable in production":                 Default().Why(5.8, true, "yes", "production"),
		"60 days: 30 for a score of 4.0, times 2 because a condition of exploitation was checked and does not hold": Default().Why(4, true, "no", "staging"),
		"30 days without a CVSS vector": Default().Why(0, false, "unknown", "production"),
		"7 days for a score of 9.8":     Default().Why(9.8, true, "yes", "development"),
	} {
		if got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}

// A policy whose lowest line is above a score falls back to the days for an
// advisory nothing is known of.
func TestDaysWithoutLowestLine(t *testing.T) {
	p := Policy{Deadlines: []Deadline{{9, 7}}, NoVectorDays: 30}
	if got := p.Days(5, true, "unknown", ""); got != 30 {
		t.Errorf("%d days", got)
	}
}
