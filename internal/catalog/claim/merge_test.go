package claim_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fixline-dev/fixline/internal/catalog/claim"
	"github.com/fixline-dev/fixline/internal/catalog/form"
	"github.com/fixline-dev/fixline/internal/core/advisory"
	"github.com/fixline-dev/fixline/internal/core/support"
	"github.com/fixline-dev/fixline/internal/core/version"
)

// calendar has minors 1.24 to 1.31 with last patches 20 each, each ended on
// the first day of year 2020+(minor-20).
func calendar() support.Calendar {
	c := support.Calendar{Product: "kubernetes", Through: day("2026-01-01")}
	for minor := 24; minor <= 31; minor++ {
		m := support.MinorRelease{
			Minor:     version.Minor{Major: 1, Minor: minor},
			EndOfLife: time.Date(2000+minor, 1, 1, 0, 0, 0, 0, time.UTC),
		}
		for p := 0; p <= 20; p++ {
			m.Patches = append(m.Patches, support.Patch{Version: version.New(1, minor, p)})
		}
		c.Minors = append(c.Minors, m)
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

// says makes a claim of one kubelet defect.
func says(t *testing.T, source, ranges string, fixed ...string) claim.Claim {
	t.Helper()
	c := claim.Claim{CVE: "CVE-2099-1", Source: source, URL: "https://example.org/" + source}
	comp := claim.Component{Name: "kubelet"}
	if ranges != "" {
		in, err := form.ParseIntervals(ranges)
		if err != nil {
			t.Fatal(err)
		}
		comp.Intervals = in
	}
	for _, f := range fixed {
		comp.Fixed = append(comp.Fixed, version.MustParse(f))
	}
	c.Components = []claim.Component{comp}
	return c
}

func text(a advisory.Advisory) string {
	var out []string
	for _, x := range a.Affected {
		var s []string
		for _, r := range x.Ranges {
			mark := ""
			if r.Unknown {
				mark = "?"
			}
			s = append(s, fmt.Sprintf("%s[%s,%s)", mark, r.Introduced, r.Before))
		}
		for _, f := range x.Fixed {
			s = append(s, "+"+f.String())
		}
		out = append(out, strings.TrimSpace(x.Component+" "+strings.Join(s, " ")))
	}
	return strings.Join(out, "; ")
}

func TestMerge(t *testing.T) {
	tests := []struct {
		name     string
		claims   []claim.Claim
		want     string
		fix      advisory.Fix
		disputed string // part of the dispute; "" = none
	}{
		{
			"one source, as it stands",
			[]claim.Claim{says(t, "changelog", ">=1.25.0 <1.25.4; >=1.26.0 <1.26.2", "1.25.4", "1.26.2", "1.27.0")},
			"kubelet [1.25.0,1.25.4) [1.26.0,1.26.2) +1.25.4 +1.26.2 +1.27.0", advisory.Fixed, "",
		},
		{
			"a disputed fix: the higher patch",
			[]claim.Claim{says(t, "stackrox", ">=1.25.0 <1.25.4", "1.25.4"), says(t, "cve-feed-osv", ">=1.25.0 <1.25.6", "1.25.6")},
			"kubelet [1.25.0,1.25.6) +1.25.6", advisory.Fixed, "fix in 1.25: stackrox/k8s-cves has 1.25.4, kubernetes-sigs/cve-feed-osv has 1.25.6",
		},
		{
			"a backport the least trusted source does not know holds",
			[]claim.Claim{says(t, "stackrox", ">=1.25.0 <1.25.4; >=1.26.0 <1.26.2", "1.25.4", "1.26.2"), says(t, "vulndb", "<1.27.0-alpha.1", "1.27.0-alpha.1")},
			"kubelet [1.25.0,1.25.4) [1.26.0,1.26.2) +1.25.4 +1.26.2 +1.27.0", advisory.Fixed, "Go vulnerability database has none",
		},
		{
			"a backport only a less trusted source names does not hold",
			[]claim.Claim{says(t, "stackrox", "<1.27.0", "1.27.0"), says(t, "cve-feed-osv", "<1.25.2", "1.25.2")},
			"kubelet [,1.27.0) +1.27.0", advisory.Fixed, "fix in 1.25",
		},
		{
			"a disputed beginning: the lower",
			[]claim.Claim{says(t, "changelog", ">=1.26.0 <1.26.2", "1.26.2"), says(t, "stackrox", ">=1.25.3 <1.26.2", "1.26.2")},
			"kubelet [1.25.3,1.26.2) +1.26.2", advisory.Fixed, "beginning: Kubernetes CHANGELOG has 1.26.0, stackrox/k8s-cves has 1.25.3",
		},
		{
			"<= reaches down",
			[]claim.Claim{says(t, "changelog", "<1.25.4; 1.26+ <1.26.2", "1.25.4", "1.26.2"), says(t, "cve-feed-osv", ">=1.25.0 <1.25.4; >=1.26.0 <1.26.2", "1.25.4", "1.26.2")},
			"kubelet [,1.25.4) [1.26.0,1.26.2) +1.25.4 +1.26.2", advisory.Fixed, "every earlier version",
		},
		{
			"vulndb's introduced 0 is no statement beside one",
			[]claim.Claim{says(t, "cve-record", ">=1.26.0 <1.26.2"), says(t, "vulndb", "<1.26.2", "1.26.2")},
			"kubelet [1.26.0,1.26.2) +1.26.2", advisory.Fixed, "",
		},
		{
			"vulndb alone reaches down",
			[]claim.Claim{says(t, "vulndb", "<1.26.2", "1.26.2")},
			"kubelet [,1.26.2) +1.26.2", advisory.Fixed, "",
		},
		{
			"vulndb alone, neither beginning nor fix: unknown",
			[]claim.Claim{says(t, "vulndb", "any")},
			"kubelet ?[,)", advisory.Fixed, "",
		},
		{
			"nobody says where it began: unknown below, where support had ended",
			[]claim.Claim{says(t, "feed", "1.28+ <1.28.3", "1.28.3")},
			"kubelet ?[,1.28.0) [1.28.0,1.28.3) +1.28.3", advisory.Fixed, "",
		},
		{
			"a fix in a minor of which nothing is in range",
			[]claim.Claim{says(t, "changelog", ">=1.26.0 <1.27.6", "1.27.6", "1.28.2", "1.29.0")},
			"kubelet [1.26.0,1.27.6) ?[1.28.0,1.28.2) +1.27.6 +1.28.2 +1.29.0", advisory.Fixed, "names a fix 1.28.2",
		},
		{
			"a minor in range without a fix stays in range",
			[]claim.Claim{says(t, "cve-record", ">=1.26.0 <1.26.21; >=1.27.0 <1.27.21; >=1.28.0 <1.28.3", "1.28.3")},
			"kubelet [1.26.0,1.28.3) +1.28.3", advisory.Fixed, "",
		},
		{
			"released after the fix: not affected",
			[]claim.Claim{says(t, "stackrox", "<1.28.3", "1.28.3")},
			"kubelet [,1.28.3) +1.28.3", advisory.Fixed, "",
		},
		{
			"all versions, no fix: never",
			[]claim.Claim{says(t, "stackrox", ">=0"), says(t, "cve-record", "<1.25.12; 1.26+ <1.26.6")},
			"kubelet [,)", advisory.Never, "fix in 1.25",
		},
		{
			"touching stretches name no fix",
			[]claim.Claim{says(t, "changelog", "<1.25.0; >=1.25.0 <1.25.4", "1.25.4")},
			"kubelet [,1.25.4) +1.25.4", advisory.Fixed, "",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for i := range tt.claims {
				tt.claims[i].Published = day("2027-06-01") // up to 1.27 had ended
			}
			got, err := claim.Merge(tt.claims, calendar())
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, text(got)); diff != "" {
				t.Errorf("ranges (-want +got):\n%s", diff)
			}
			if got.Fix != tt.fix {
				t.Errorf("fix: want %s, got %s", tt.fix, got.Fix)
			}
			if got.Disputed != (tt.disputed != "") || !strings.Contains(got.Dispute, tt.disputed) {
				t.Errorf("dispute: want %q, got %t, %q", tt.disputed, got.Disputed, got.Dispute)
			}
		})
	}
}

// The order of claims is no argument.
func TestMergeIgnoresOrder(t *testing.T) {
	a := says(t, "changelog", "<1.25.4; 1.26+ <1.26.2", "1.25.4", "1.26.2")
	b := says(t, "vulndb", "<1.25.4; >=1.26.0 <1.26.3", "1.25.4", "1.26.3")
	c := says(t, "cve-feed-osv", ">=1.25.0 <1.25.4", "1.25.4")
	first, err := claim.Merge([]claim.Claim{a, b, c}, calendar())
	if err != nil {
		t.Fatal(err)
	}
	second, err := claim.Merge([]claim.Claim{c, b, a}, calendar())
	if err != nil {
		t.Fatal(err)
	}
	if text(first) != text(second) || first.Dispute != second.Dispute {
		t.Errorf("order matters:\n%s\n%s\n%s\n%s", text(first), text(second), first.Dispute, second.Dispute)
	}
}

func TestMergeComponents(t *testing.T) {
	record := says(t, "cve-record", ">=1.26.0 <1.26.2")
	record.Components[0].Name = ""
	osv := says(t, "cve-feed-osv", ">=1.26.0 <1.26.2", "1.26.2")
	osv.Components = append(osv.Components, claim.Component{Name: "etcd", Intervals: []claim.Interval{{Before: version.New(3, 5, 9)}}})

	got, err := claim.Merge([]claim.Claim{record}, calendar())
	if err != nil {
		t.Fatal(err)
	}
	if n := len(got.Affected); n != 5 {
		t.Errorf("\"Kubernetes\" alone means what a cluster runs: want 5 components, got %d", n)
	}
	got, err = claim.Merge([]claim.Claim{record, osv}, calendar())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff("kubelet [1.26.0,1.26.2) +1.26.2; etcd [,3.5.9) +3.5.9", text(got)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Inventories may call a component by its image's name, also where the advisory
// is a user's own.
func TestMergeKnowsOtherNames(t *testing.T) {
	c := says(t, "user", "<1.12.5")
	c.Components[0].Name = "ingress-nginx"
	got, err := claim.Merge([]claim.Claim{c}, calendar())
	if err != nil || !slices.Contains(got.Affected[0].Aliases, "nginx-ingress-controller") {
		t.Errorf("%+v, %v", got.Affected, err)
	}
}

func TestMergeDescribes(t *testing.T) {
	low := says(t, "vulndb", "<1.26.2", "1.26.2")
	low.Published, low.Vector, low.Aliases = day("2023-01-01"), "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", []string{"GHSA-x"}
	high := says(t, "stackrox", "<1.26.2", "1.26.2")
	high.Published, high.OS = day("2022-12-01"), "windows"
	got, err := claim.Merge([]claim.Claim{low, high}, calendar())
	if err != nil {
		t.Fatal(err)
	}
	if !got.Published.Equal(day("2022-12-01")) || got.Score != 9.8 || got.Aliases[0] != "GHSA-x" {
		t.Errorf("got %s, %.1f, %v", got.Published, got.Score, got.Aliases)
	}
	if len(got.Conditions) != 1 || got.Conditions[0].Question.OS != "windows" {
		t.Errorf("conditions: %v", got.Conditions)
	}
	want := []advisory.Source{
		{Name: "stackrox/k8s-cves", URL: "https://example.org/stackrox", Says: "kubelet before 1.26.2; fixed in 1.26.2"},
		{Name: "Go vulnerability database", URL: "https://example.org/vulndb", Says: "kubelet before 1.26.2; fixed in 1.26.2"},
	}
	if diff := cmp.Diff(want, got.Sources); diff != "" {
		t.Errorf("sources (-want +got):\n%s", diff)
	}
}

// A lesser source's "windows" limits nothing where a more trusted one names the
// component and no system: a Linux node must not be cleared by it.
func TestMergeBelievesNoLesserLimit(t *testing.T) {
	low, high := says(t, "vulndb", "<1.26.2", "1.26.2"), says(t, "changelog", "<1.26.2", "1.26.2")
	low.OS = "windows"
	got, err := claim.Merge([]claim.Claim{low, high}, calendar())
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Conditions) != 0 {
		t.Errorf("conditions: %v", got.Conditions)
	}
}

func TestMergeWithoutVersionsSaysSo(t *testing.T) {
	c := says(t, "feed", "")
	c.Unparsed = []string{"kubelet: see below 1.2.3"}
	got, err := claim.Merge([]claim.Claim{c}, calendar())
	if err != nil {
		t.Fatal(err)
	}
	if got.Unparsed == "" || len(got.Affected) != 1 || len(got.Affected[0].Ranges) != 0 {
		t.Errorf("want the component without ranges and a reason, got %s, %q", text(got), got.Unparsed)
	}
}

func TestMergeRefuses(t *testing.T) {
	if _, err := claim.Merge(nil, calendar()); err == nil {
		t.Error("no claims: want an error")
	}
	other := says(t, "stackrox", "<1.26.2")
	other.CVE = "CVE-2099-2"
	if _, err := claim.Merge([]claim.Claim{says(t, "stackrox", "<1.26.2"), other}, calendar()); err == nil {
		t.Error("two advisories: want an error")
	}
}

func TestAmend(t *testing.T) {
	held, err := claim.Merge([]claim.Claim{says(t, "changelog", "<1.25.4; 1.26+ <1.26.2", "1.25.4", "1.26.2")}, calendar())
	if err != nil {
		t.Fatal(err)
	}
	held.Summary = "ours"
	got, err := claim.Amend(held, []claim.Claim{says(t, "osv", "<1.25.5; 1.26+ <1.26.2", "1.25.5", "1.26.2")}, calendar())
	if err != nil {
		t.Fatal(err)
	}
	if want := "kubelet [,1.25.5) [1.26.0,1.26.2) +1.25.5 +1.26.2"; text(got) != want {
		t.Errorf("want the higher fix: %s, got %s", want, text(got))
	}
	if !got.Disputed || got.Summary != "ours" || len(got.Sources) != 2 {
		t.Errorf("disputed %t, summary %q, %d sources", got.Disputed, got.Summary, len(got.Sources))
	}
	got, err = claim.Amend(held, []claim.Claim{says(t, "osv", "<1.25.4; 1.26+ <1.26.2", "1.25.4", "1.26.2")}, calendar())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(text(held), text(got)); diff != "" || len(got.Sources) != 1 {
		t.Errorf("what is quoted already was weighed already: %d sources, %s", len(got.Sources), diff)
	}
	silent, err := claim.Merge([]claim.Claim{says(t, "feed", "1.28+ <1.28.3", "1.28.3")}, calendar())
	if err != nil {
		t.Fatal(err)
	}
	got, err = claim.Amend(silent, []claim.Claim{says(t, "osv", ">=1.28.0 <1.28.4", "1.28.4")}, calendar())
	if err != nil {
		t.Fatal(err)
	}
	if want := "kubelet ?[,1.28.0) [1.28.0,1.28.4) +1.28.4"; text(got) != want {
		t.Errorf("what is unknown stays unknown: want %s, got %s", want, text(got))
	}
	never := held
	never.Fix = advisory.Never
	got, err = claim.Amend(never, []claim.Claim{says(t, "osv", "<1.25.5", "1.25.5")}, calendar())
	if err != nil {
		t.Fatal(err)
	}
	if text(got) != text(held) || got.Fix != advisory.Never {
		t.Errorf("never fixed stays: got %s, %s", text(got), got.Fix)
	}
}
