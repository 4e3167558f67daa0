package support_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/fixline-dev/fixline/internal/core/support"
	"github.com/fixline-dev/fixline/internal/core/version"
)

func on(s string) time.Time {
	if s == "" {
		return time.Time{}
	}
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		panic(err)
	}
	return t
}

// line builds a minor with the given patch dates, "" for unknown ones.
func line(minor, maintenance, eol string, patches ...string) support.MinorRelease {
	m, err := version.ParseMinor(minor)
	if err != nil {
		panic(err)
	}
	r := support.MinorRelease{Minor: m, MaintenanceFrom: on(maintenance), EndOfLife: on(eol)}
	for i, d := range patches {
		r.Patches = append(r.Patches, support.Patch{Version: m.Patch(i), Date: on(d)})
	}
	if len(patches) > 0 {
		r.Released = on(patches[0])
	}
	return r
}

func calendar() support.Calendar {
	return support.Calendar{Product: "kubernetes", Through: on("2026-11-20"), Minors: []support.MinorRelease{
		line("1.20", "", "2022-02-28", "", "", "", ""),
		line("1.30", "2025-04-28", "2025-07-15", "2024-04-17", "2024-05-15", "", "2024-07-16", ""),
		line("1.32", "2025-12-28", "2026-02-28", "2024-12-11", "2025-01-16"),
		line("1.33", "2026-04-28", "2026-06-28", "2025-04-23", "2025-05-15"),
		line("1.34", "2026-08-27", "2026-10-27", "2025-08-27", "2025-09-09"),
		line("1.35", "2026-12-28", "2027-02-28", "2025-12-17", "2026-02-10"),
		line("1.36", "2027-04-28", "2027-06-28", "2026-04-22", "2026-05-12"),
		line("1.37", "2027-08-28", "2027-10-28", "2026-08-26", "2026-09-23"),
	}}
}

func TestStatus(t *testing.T) {
	for _, tc := range []struct {
		minor, asOf string
		want        support.Status
	}{
		{"1.32", "2026-03-15", support.EndOfLife},
		{"1.33", "2026-03-15", support.Supported},
		{"1.33", "2026-04-27", support.Supported},
		{"1.33", "2026-04-28", support.Maintenance},
		{"1.33", "2026-06-28", support.Maintenance}, // supported through the day itself
		{"1.33", "2026-06-29", support.EndOfLife},
		{"1.36", "2026-03-15", support.Unknown}, // not out yet
		{"1.36", "2026-04-22", support.Supported},
		{"1.20", "2020-01-01", support.Unknown},   // no date says whether it was out
		{"1.20", "2022-03-01", support.EndOfLife}, // its end says it was
		{"1.38", "2026-11-20", support.Unknown},
		{"1.1", "2026-11-20", support.Unknown},
	} {
		m, err := version.ParseMinor(tc.minor)
		if err != nil {
			t.Fatal(err)
		}
		if got, _ := calendar().Status(m, on(tc.asOf)); got != tc.want {
			t.Errorf("status of %s on %s = %s, want %s", tc.minor, tc.asOf, got, tc.want)
		}
	}
}

func TestTheHourAndZoneOfADayDoNotCount(t *testing.T) {
	lateInHonolulu := time.Date(2026, 6, 28, 23, 59, 0, 0, time.FixedZone("HST", -10*3600))
	if got, _ := calendar().Status(version.Minor{Major: 1, Minor: 33}, lateInHonolulu); got != support.Maintenance {
		t.Errorf("status late on the end-of-life day = %s, want maintenance", got)
	}
}

func TestSupported(t *testing.T) {
	for asOf, want := range map[string][]string{
		"2026-03-15": {"1.33", "1.34", "1.35"},
		"2026-11-20": {"1.35", "1.36", "1.37"},
		"2010-01-01": {},
	} {
		got := []string{}
		for _, m := range calendar().Supported(on(asOf)) {
			got = append(got, m.String())
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("supported on %s (-want +got):\n%s", asOf, diff)
		}
	}
}

func TestEndsWithoutADate(t *testing.T) {
	m := func(n int) version.Minor { return version.Minor{Major: 3, Minor: n} }
	c := support.Calendar{Minors: []support.MinorRelease{
		{Minor: m(3), Released: on("2018-02-01"), EndedBy: on("2026-08-22")},
		{Minor: m(5), Released: on("2021-06-15"), EndOfLife: on("2027-07-08")},
		{Minor: m(6), Released: on("2025-05-15"), OpenOn: on("2026-08-22")},
		{Minor: m(8), Released: on("2026-01-01")},
	}}
	for _, tc := range []struct {
		minor int
		asOf  string
		want  support.Status
	}{
		{3, "2019-01-01", support.Unknown},
		{3, "2026-08-22", support.EndOfLife},
		{6, "2026-08-22", support.Supported},
		{6, "2027-07-08", support.Supported}, // 3.5 still is, so 3.6 is
		{6, "2027-07-09", support.Unknown},
		{8, "2026-02-01", support.Unknown},
	} {
		if got, _ := c.Status(m(tc.minor), on(tc.asOf)); got != tc.want {
			t.Errorf("status of 3.%d on %s = %s, want %s", tc.minor, tc.asOf, got, tc.want)
		}
	}
}

func TestReleased(t *testing.T) {
	for _, tc := range []struct {
		version, asOf string
		want          support.Release
	}{
		{"1.34.1", "2025-09-09", support.Out},
		{"1.34.1", "2025-09-08", support.NotYet},
		{"1.34.1-gke.100", "2025-09-09", support.Out},
		{"1.35.0-rc.1", "2025-12-01", support.Undated},
		{"1.35.0-rc.1", "2025-12-17", support.Out},
		{"1.34.2", "2026-11-20", support.NotKnown},
		{"1.38.0", "2026-11-20", support.NotKnown},
		{"1.30.2", "2024-07-16", support.Out},     // a later patch is out
		{"1.30.2", "2024-06-30", support.Undated}, // between two dated ones
		{"1.30.2", "2024-05-01", support.NotYet},  // an earlier one is not out
		{"1.30.4", "2025-07-15", support.Undated},
		{"1.30.4", "2025-07-16", support.Out}, // its minor has ended
		{"1.20.3", "2022-02-28", support.Undated},
		{"1.20.3", "2022-03-01", support.Out},
	} {
		if got := calendar().Released(version.MustParse(tc.version), on(tc.asOf)); got != tc.want {
			t.Errorf("released(%s) on %s = %s, want %s", tc.version, tc.asOf, got, tc.want)
		}
	}
	if got := calendar().Released(version.Version{}, on("2026-11-20")); got != support.NotKnown {
		t.Errorf("an unreadable version = %s", got)
	}
}

func TestLatestAndNewer(t *testing.T) {
	c := calendar()
	m := version.Minor{Major: 1, Minor: 30}
	if v, ok := c.Latest(m, on("2024-08-01")); !ok || v.String() != "1.30.3" {
		t.Errorf("latest 1.30 on 2024-08-01 = %s, %t", v, ok)
	}
	if v, ok := c.Latest(m, on("2026-11-20")); !ok || v.String() != "1.30.4" {
		t.Errorf("latest 1.30 on 2026-11-20 = %s, %t", v, ok)
	}
	if _, ok := c.Latest(m, on("2024-04-16")); ok {
		t.Error("1.30 has a latest patch before it was released")
	}
	for v, want := range map[string]bool{"1.37.1": false, "1.37.2": true, "1.38.0": true, "1.1.0": false, "1.31.0": false, "2.0.0": true} {
		if got := c.Newer(version.MustParse(v)); got != want {
			t.Errorf("newer(%s) = %t, want %t", v, got, want)
		}
	}
	if c.Knows(version.MustParse("1.37.2")) || !c.Knows(version.MustParse("1.37.1+rke2r1")) {
		t.Error("knows: 1.37.2 should be unknown, 1.37.1+rke2r1 known")
	}
}

// Time only ever brings releases and ends support.
func TestTimeOnlyMovesForward(t *testing.T) {
	c := calendar()
	rapid.Check(t, func(t *rapid.T) {
		start := on("2020-01-01")
		a := start.AddDate(0, 0, rapid.IntRange(0, 3000).Draw(t, "day"))
		b := a.AddDate(0, 0, rapid.IntRange(0, 400).Draw(t, "later"))
		for _, r := range c.Minors {
			before, _ := c.Status(r.Minor, a)
			later, _ := c.Status(r.Minor, b)
			if before == support.EndOfLife && later != support.EndOfLife {
				t.Fatalf("%s was end-of-life on %s and %s on %s", r.Minor, a, later, b)
			}
			if len(c.Public(r.Minor, b)) < len(c.Public(r.Minor, a)) {
				t.Fatalf("%s lost a patch between %s and %s", r.Minor, a, b)
			}
		}
	})
}
