package catalog_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fixline-dev/fixline/internal/catalog"
	"github.com/fixline-dev/fixline/internal/catalog/claim"
	"github.com/fixline-dev/fixline/internal/core/version"
)

func load(t *testing.T) *catalog.Catalog {
	t.Helper()
	c, err := catalog.Load()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func day(s string) time.Time {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		panic(err)
	}
	return t
}

func TestLoad(t *testing.T) {
	c := load(t)
	if len(c.Advisories) < 150 {
		t.Errorf("only %d advisories", len(c.Advisories))
	}
	if c.Date.Before(c.AdvisoriesThrough) {
		t.Errorf("made on %s, but its sources were read through %s", c.Date, c.AdvisoriesThrough)
	}
	if c.Calendars["kubernetes"] == nil {
		t.Error("no calendar of kubernetes")
	}
	if _, ok := c.Advisory("CVE-2025-13281"); !ok {
		t.Error("CVE-2025-13281 is missing")
	}
	if a, ok := c.Advisory("GHSA-r6j8-c6r2-37rr"); !ok || a.ID != "CVE-2025-13281" {
		t.Errorf("by alias: got %q, %t", a.ID, ok)
	}
}

func TestAdvisoriesPublic(t *testing.T) {
	c := load(t)
	has := func(asOf, id string) bool {
		for _, a := range c.AdvisoriesPublic(day(asOf)) {
			if a.ID == id {
				return true
			}
		}
		return false
	}
	if has("2025-11-30", "CVE-2025-13281") || !has("2025-12-01", "CVE-2025-13281") {
		t.Error("CVE-2025-13281 was published on 2025-12-01")
	}
	undated := ""
	for _, a := range c.Advisories {
		if a.Published.IsZero() {
			undated = a.ID
		}
	}
	if undated != "" && !has("2018-01-01", undated) {
		t.Errorf("%s has no known date and must count as public", undated)
	}
}

func TestWith(t *testing.T) {
	c := load(t)
	fresh := claim.Claim{
		CVE: "CVE-2099-0001", Source: "user", URL: "https://example.org/",
		Components: []claim.Component{{Name: "kubelet", Intervals: []claim.Interval{{Before: version.New(1, 35, 3)}}}},
	}
	known := claim.Claim{
		CVE: "GHSA-r6j8-c6r2-37rr", Source: "osv", URL: "https://example.org/",
		Components: []claim.Component{{
			Name:      "kube-controller-manager",
			Intervals: []claim.Interval{{From: version.New(1, 34, 0), Before: version.New(1, 34, 3), FromStated: true}},
			Fixed:     []version.Version{version.New(1, 34, 3)},
		}},
	}
	more, err := c.With([]claim.Claim{fresh, known})
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := c.Advisory("CVE-2099-0001"); ok || len(more.Advisories) != len(c.Advisories)+1 {
		t.Errorf("want one more in the new catalogue and none in the old, got %d and %d", len(more.Advisories), len(c.Advisories))
	}
	got, _ := more.Advisory("CVE-2025-13281")
	var fixed []string
	for _, f := range got.Affected[0].Fixed {
		fixed = append(fixed, f.String())
	}
	if diff := cmp.Diff([]string{"1.32.10", "1.33.6", "1.34.3"}, fixed); diff != "" || !got.Disputed {
		t.Errorf("the higher fix, disputed (-want +got):\n%s", diff)
	}
	before, _ := c.Advisory("CVE-2025-13281")
	if got.Summary != before.Summary || len(got.Conditions) != len(before.Conditions) {
		t.Error("what was curated was lost")
	}
}

func TestDecodeRefuses(t *testing.T) {
	for name, in := range map[string]string{
		"no JSON": "{", "no date": `{"advisories":[]}`,
		"a bad advisory": `{"date":"2026-11-20","advisoriesThrough":"2026-10-08","advisories":[{"id":"CVE-1","fix":"maybe"}]}`,
	} {
		if _, err := catalog.Decode([]byte(in)); err == nil {
			t.Errorf("%s: want an error", name)
		}
	}
}

// TestNewest: a later reading stands in the place of the embedded catalogue, an
// older one does not; the calendars stay.
func TestNewest(t *testing.T) {
	c := load(t)
	read := func(through string) *catalog.Catalog {
		raw := `{"date":"2027-01-02","advisoriesThrough":"` + through + `","advisories":[]}`
		if !catalog.Sniff([]byte(raw)) {
			t.Fatal("a catalogue is not recognised")
		}
		o, err := catalog.Decode([]byte(raw))
		if err != nil {
			t.Fatal(err)
		}
		return o
	}
	if got := c.Newest([]*catalog.Catalog{read("2026-01-01")}); len(got.Advisories) != len(c.Advisories) {
		t.Error("an older catalogue took over")
	}
	got := c.Newest([]*catalog.Catalog{read("2027-01-01"), read("2026-12-01")})
	if len(got.Advisories) != 0 || got.AdvisoriesThrough.Format("2006-01-02") != "2027-01-01" || got.Calendars["kubernetes"] == nil {
		t.Errorf("through %s with %d advisories", got.AdvisoriesThrough, len(got.Advisories))
	}
}

func BenchmarkLoad(b *testing.B) {
	for b.Loop() {
		if _, err := catalog.Load(); err != nil {
			b.Fatal(err)
		}
	}
}
