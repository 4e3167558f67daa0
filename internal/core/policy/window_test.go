package policy

import (
	"strings"
	"testing"
	"time"
	_ "time/tzdata"
)

func berlin(t *testing.T) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

func TestWeekly(t *testing.T) {
	zone := berlin(t)
	weekend := Weekly{FromDay: time.Friday, FromMinute: 16 * 60, ToDay: time.Monday, ToMinute: 6 * 60, Location: zone}
	night := Weekly{FromDay: time.Tuesday, FromMinute: 22 * 60, ToDay: time.Tuesday, ToMinute: 23 * 60, Location: zone}
	long := Weekly{FromDay: time.Tuesday, FromMinute: 23 * 60, ToDay: time.Tuesday, ToMinute: 22 * 60, Location: zone}
	for _, tc := range []struct {
		w     Weekly
		at    string // UTC
		until string // "" = outside
	}{
		{weekend, "2026-03-13T14:59:00Z", ""},
		{weekend, "2026-03-13T15:00:00Z", "2026-03-16T06:00:00+01:00"}, // Friday 16:00
		{weekend, "2026-03-15T12:00:00Z", "2026-03-16T06:00:00+01:00"},
		{weekend, "2026-03-16T04:59:59Z", "2026-03-16T06:00:00+01:00"},
		{weekend, "2026-03-16T05:00:00Z", ""},
		// The clocks go forward on Sunday 2026-03-29: the window still ends at 06:00.
		{weekend, "2026-03-27T15:30:00Z", "2026-03-30T06:00:00+02:00"},
		{weekend, "2026-03-30T03:59:00Z", "2026-03-30T06:00:00+02:00"},
		{weekend, "2026-03-30T04:00:00Z", ""},
		{weekend, "2026-10-23T13:59:00Z", ""}, // Friday 15:59 in summer
		{weekend, "2026-10-26T04:59:00Z", "2026-10-26T06:00:00+01:00"},
		{night, "2026-03-17T21:30:00Z", "2026-03-17T23:00:00+01:00"},
		{night, "2026-03-17T22:00:00Z", ""},
		{long, "2026-03-17T21:30:00Z", ""},
		{long, "2026-03-17T22:00:00Z", "2026-03-24T22:00:00+01:00"},
		{long, "2026-03-17T20:59:00Z", "2026-03-17T22:00:00+01:00"},
	} {
		at, _ := time.Parse(time.RFC3339, tc.at)
		until, inside := tc.w.holds(at)
		got := ""
		if inside {
			got = until.Format(time.RFC3339)
		}
		if got != tc.until {
			t.Errorf("%s: until %q, want %q", tc.at, got, tc.until)
		}
	}
}

func TestFrozen(t *testing.T) {
	at := func(s string) time.Time { v, _ := time.Parse("2006-01-02 15:04", s); return v }
	p := Default()
	p.Freezes = []Window{
		{Name: "year end", From: at("2026-12-18 00:00"), To: at("2027-01-07 00:00"), Environments: []string{"production"},
			Overrides: []Override{{Severity: "critical", Approver: "security"}, {AffectedScore: 7, Approver: "platform"}}},
		{Name: "audit", From: at("2026-12-20 00:00"), To: at("2026-12-21 00:00")},
	}
	security, platform := Declaration{Role: "security", Name: "Ada"}, Declaration{Role: "platform", Name: "Bob"}
	declared := &Declaration{Role: "security", Name: "Ada", Reason: "exploited now"}
	for _, tc := range []struct {
		name     string
		at       string
		change   Change
		approved []Declaration
		held     bool
		window   string
		says     string // in Overridden or Why
	}{
		{"before", "2026-12-17 23:59", Change{Environment: "production"}, nil, false, "", ""},
		{"inside", "2026-12-18 00:00", Change{Environment: "production", Severity: "low"}, nil, true, "year end", "it takes a severity of critical or worse, approved by a person of the role security"},
		{"its end is outside", "2027-01-07 00:00", Change{Environment: "production"}, nil, false, "", ""},
		{"another environment", "2026-12-18 00:00", Change{Environment: "staging"}, nil, false, "", ""},
		{"no environment is production", "2026-12-18 00:00", Change{}, nil, true, "year end", ""},
		{"urgent, nobody approved", "2026-12-18 00:00", Change{Severity: "critical"}, nil, true, "year end", "it is urgent enough; a person of the role security must approve it by name"},
		{"urgent, the wrong role", "2026-12-18 00:00", Change{Severity: "critical"}, []Declaration{platform}, true, "year end", ""},
		{"urgent, a role without a name", "2026-12-18 00:00", Change{Severity: "critical"}, []Declaration{{Role: "security"}}, true, "year end", ""},
		{"urgent and approved", "2026-12-18 00:00", Change{Severity: "critical"}, []Declaration{security}, false, "year end", "approved by Ada (security)"},
		{"affected and approved", "2026-12-18 00:00", Change{Severity: "high", Score: 7.5, Affected: true}, []Declaration{platform}, false, "year end", "approved by Bob (platform)"},
		{"in range only", "2026-12-18 00:00", Change{Severity: "high", Score: 7.5}, []Declaration{platform}, true, "year end", ""},
		{"a severity nobody knows reaches none", "2026-12-18 00:00", Change{Severity: "unknown"}, []Declaration{security, platform}, true, "year end", ""},
		{"a second freeze holds where the first is overridden", "2026-12-20 12:00", Change{Severity: "critical"}, []Declaration{security}, true, "audit", "nothing overrides it but an emergency"},
		{"an emergency", "2026-12-20 12:00", Change{Severity: "low", Emergency: declared}, nil, false, "year end", "an emergency, declared by Ada (security): exploited now"},
	} {
		h := p.Frozen(at(tc.at), tc.change, tc.approved...)
		if h.Held != tc.held || h.Window != tc.window || !strings.Contains(h.Overridden+h.Why, tc.says) || h.Held && (h.Overridden != "" || h.Why == "") {
			t.Errorf("%s: %+v", tc.name, h)
		}
	}
	p.Emergency.IgnoresFreezes = false
	if h := p.Frozen(at("2026-12-20 12:00"), Change{Emergency: declared}); !h.Held {
		t.Errorf("the policy does not let an emergency through, and it went: %+v", h)
	}
}

func TestMaintenance(t *testing.T) {
	at := func(s string) time.Time { v, _ := time.Parse(time.RFC3339, s); return v }
	p := Default()
	p.Maintenance = []Window{{Name: "tuesday night", Environments: []string{"production"},
		Weekly: &Weekly{FromDay: time.Tuesday, FromMinute: 22 * 60, ToDay: time.Wednesday, ToMinute: 2 * 60, Location: time.UTC}}}
	inside, outside := at("2026-03-17T23:00:00Z"), at("2026-03-17T12:00:00Z")
	if h := p.Frozen(inside, Change{}); h.Held || h.Window != "" {
		t.Errorf("inside: %+v", h)
	}
	if h := p.Frozen(outside, Change{}); !h.Held || h.Window != "outside every maintenance window" {
		t.Errorf("outside: %+v", h)
	}
	if h := p.Frozen(outside, Change{Environment: "development"}); h.Held {
		t.Errorf("no window is for development: %+v", h)
	}
	declared := &Declaration{Role: "platform", Name: "Bob", Reason: "exploited now"}
	if h := p.Frozen(outside, Change{Emergency: declared}); h.Held || h.Overridden == "" {
		t.Errorf("an emergency: %+v", h)
	}
	p.Freezes = []Window{{Name: "f", From: at("2026-03-17T00:00:00Z"), To: at("2026-03-18T00:00:00Z")}}
	if h := p.Frozen(inside, Change{}); !h.Held || h.Window != "f" {
		t.Errorf("a freeze inside maintenance: %+v", h)
	}
}
