package calendar_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fixline-dev/fixline/internal/catalog/calendar"
	"github.com/fixline-dev/fixline/internal/core/support"
	"github.com/fixline-dev/fixline/internal/core/version"
)

func on(s string) time.Time {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		panic(err)
	}
	return t
}

func TestMerge(t *testing.T) {
	m := version.Minor{Major: 1, Minor: 30}
	trusted := support.Calendar{Through: on("2026-01-01"), Minors: []support.MinorRelease{
		{Minor: m.Next(), OpenOn: on("2026-01-01")},
		{Minor: m, EndOfLife: on("2025-07-15"), Patches: []support.Patch{{Version: m.Patch(0)}, {Version: m.Patch(1), Date: on("2024-05-15")}}},
	}}
	other := support.Calendar{Through: on("2026-08-22"), Minors: []support.MinorRelease{
		{Minor: m, Released: on("2024-04-17"), EndOfLife: on("2025-06-28"), Patches: []support.Patch{{Version: m.Patch(1), Date: on("2024-05-16")}, {Version: m.Patch(3)}}},
		{Minor: m.Next(), EndOfLife: on("2026-06-01")},
	}}
	got := calendar.Merge("kubernetes", []calendar.Statement{{Source: "project", Calendar: trusted}, {Source: "site", Calendar: other}})
	want := support.Calendar{Product: "kubernetes", Through: on("2026-08-22"), Sources: []string{"project", "site"}, Minors: []support.MinorRelease{
		{Minor: m, Released: on("2024-04-17"), EndOfLife: on("2025-07-15"),
			Patches:  []support.Patch{{Version: m.Patch(0), Date: on("2024-04-17")}, {Version: m.Patch(1), Date: on("2024-05-15")}, {Version: m.Patch(2)}, {Version: m.Patch(3)}},
			Disputed: []string{"end of life: project says 2025-07-15, site says 2025-06-28"}},
		{Minor: m.Next(), EndOfLife: on("2026-06-01"), Patches: []support.Patch{}},
	}}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(version.Version{})); diff != "" {
		t.Errorf("merged (-want +got):\n%s", diff)
	}
}

func TestEncodeAndDecodeAreInverse(t *testing.T) {
	m := version.Minor{Major: 1, Minor: 30}
	c := support.Calendar{Product: "kubernetes", Through: on("2026-08-22"), Sources: []string{`a "quoted" source`}, Minors: []support.MinorRelease{
		{Minor: m, Released: on("2024-04-17"), MaintenanceFrom: on("2025-04-28"), EndOfLife: on("2025-07-15"), ExtendedUntil: on("2026-07-15"),
			Patches: []support.Patch{{Version: m.Patch(0), Date: on("2024-04-17")}, {Version: m.Patch(1)}}, Disputed: []string{"one"}},
		{Minor: m.Next(), EndedBy: on("2026-01-01"), OpenOn: on("2025-01-01"), Patches: []support.Patch{}},
	}}
	data, err := calendar.Encode(calendar.File{Date: "2026-11-20", Sources: []calendar.Source{}, Calendars: []calendar.Product{calendar.Of(c)}})
	if err != nil {
		t.Fatal(err)
	}
	f, err := calendar.Decode(data)
	if err != nil {
		t.Fatal(err)
	}
	values, err := f.Values()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(c, *values["kubernetes"], cmp.AllowUnexported(version.Version{})); diff != "" {
		t.Errorf("read back (-want +got):\n%s", diff)
	}
}

func TestDecodeNamesWhatIsWrong(t *testing.T) {
	file := func(minor string) string {
		return `{"apiVersion":"fixline.dev/v1alpha1","kind":"ReleaseCalendar","calendars":[{"product":"kubernetes","minors":[` + minor + `]}]}`
	}
	for in, want := range map[string]string{
		`{`:                              "unexpected EOF",
		`{"kind":"Advisory"}`:            "it is a Advisory",
		file(`{"minor":"1.x"}`):          `"1.x" is not a minor`,
		file(`{"minor":"1.30","eol":1}`): `unknown field "eol"`,
		file(`{"minor":"1.30","endOfLife":"May"}`):                 "endOfLife",
		file(`{"minor":"1.30","lastPatch":1,"patches":{"2":"x"}}`): `patch "2" is not one of 0 to 1`,
		file(`{"minor":"1.30","lastPatch":1,"patches":{"1":"x"}}`): "patch 1",
		file(`{"minor":"1.31"},{"minor":"1.30"}`):                  "ascending",
	} {
		f, err := calendar.Decode([]byte(in))
		if err == nil {
			_, err = f.Values()
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want %q", in, err, want)
		}
	}
}

func TestJoin(t *testing.T) {
	m := version.Minor{Major: 1, Minor: 37}
	row := func(m version.Minor, eol string, last int) support.MinorRelease {
		r := support.MinorRelease{Minor: m, EndOfLife: on(eol)}
		for n := range last + 1 {
			r.Patches = append(r.Patches, support.Patch{Version: m.Patch(n)})
		}
		return r
	}
	one := func(product, eol string, minors ...support.MinorRelease) *support.Calendar {
		return &support.Calendar{Product: product, Sources: []string{"embedded " + product}, Minors: append([]support.MinorRelease{row(m, eol, 2)}, minors...)}
	}
	embedded := map[string]*support.Calendar{"kubernetes": one("kubernetes", "2027-10-28"), "eks": one("eks", "2027-01-01"), "etcd": one("etcd", "2030-01-01")}
	say := func(c *support.Calendar) string {
		s := strings.Join(c.Sources, ", ")
		for _, r := range c.Minors {
			s += " | " + r.Minor.String() + " " + r.EndOfLife.Format(time.DateOnly) + " " + r.Patches[len(r.Patches)-1].Version.String()
		}
		return s
	}
	secondHand := calendar.Statement{Source: "site", SecondHand: true, Calendar: *one("kubernetes", "2027-11-11", row(m.Next(), "2028-02-28", 0))}
	secondHand.Calendar.Minors[0].Patches = append(secondHand.Calendar.Minors[0].Patches, support.Patch{Version: m.Patch(3)})
	own := calendar.Statement{Source: "schedule.yaml", Calendar: *one("kubernetes", "2027-12-12")}
	eks := calendar.Statement{Source: "site", SecondHand: true, Calendar: *one("eks", "2027-02-02")}
	old := eks
	embedded["eks"].Through, eks.Calendar.Through, old.Calendar.Through = on("2026-11-20"), on("2026-11-20"), on("2026-11-19")
	gke := calendar.Statement{Source: "site", SecondHand: true, Calendar: *one("gke", "2027-03-03")}

	for _, tc := range []struct {
		product string
		added   []calendar.Statement
		want    string
	}{
		{"kubernetes", []calendar.Statement{secondHand}, "embedded kubernetes, site | 1.37 2027-10-28 1.37.3 | 1.38 2028-02-28 1.38.0"},
		{"kubernetes", []calendar.Statement{secondHand, own}, "schedule.yaml, embedded kubernetes, site | 1.37 2027-12-12 1.37.3 | 1.38 2028-02-28 1.38.0"},
		{"eks", []calendar.Statement{eks}, "site, embedded eks | 1.37 2027-02-02 1.37.2"},
		{"eks", []calendar.Statement{old}, "embedded eks, site | 1.37 2027-01-01 1.37.2"},
		{"gke", []calendar.Statement{gke}, "site | 1.37 2027-03-03 1.37.2"},
		{"etcd", []calendar.Statement{eks}, "embedded etcd | 1.37 2030-01-01 1.37.2"},
	} {
		if got := say(calendar.Join(embedded, tc.added)[tc.product]); got != tc.want {
			t.Errorf("%s: %s, want %s", tc.product, got, tc.want)
		}
	}
	if got := say(embedded["kubernetes"]); got != "embedded kubernetes | 1.37 2027-10-28 1.37.2" {
		t.Errorf("the embedded calendar was changed: %s", got)
	}
}
