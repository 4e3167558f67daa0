package report_test

import (
	"encoding/xml"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jstemmer/go-junit-report/v2/junit"

	"github.com/fixline-dev/fixline/internal/core/assess"
	"github.com/fixline-dev/fixline/internal/report"
)

func readJUnit(t *testing.T, r assess.Result) junit.Testsuites {
	t.Helper()
	var got junit.Testsuites
	if err := xml.Unmarshal(write(t, report.JUnit, r, report.Options{}), &got); err != nil {
		t.Fatal(err)
	}
	return got
}

// A pipeline that counts failures and errors must not be greener than the exit
// code: 3 is a failure, 4 an error, 0 neither.
func TestJUnitAgreesWithTheExitCode(t *testing.T) {
	for name, tc := range map[string]struct {
		r                assess.Result
		failures, errors bool
	}{
		"affected":                   {patch(), true, false},
		"unreachable target":         {unreachable(), true, false},
		"unknown, gaps, stale":       {vendor(), false, true},
		"clean":                      {clean(), false, false},
		"accepted":                   {accepted(), false, false},
		"only an incomplete reading": {incomplete(), false, true},
		"only an unknown verdict":    {with(withVerdict(assess.Unknown)), false, true},
		"only a stale catalogue":     {with(func(r *assess.Result) { r.Catalog.Stale = true }), false, true},
		"only a required gap": {with(func(r *assess.Result) {
			r.Clusters[0].Coverage.Gaps = []assess.Gap{{Check: "list nodes", Required: true}}
		}), false, true},
		"only what is not reachable": {with(withVerdict(assess.NotReachable)), false, false},
	} {
		t.Run(name, func(t *testing.T) {
			got := readJUnit(t, tc.r)
			if (got.Failures > 0) != tc.failures || (got.Errors > 0) != tc.errors {
				t.Errorf("%d failures, %d errors", got.Failures, got.Errors)
			}
		})
	}
}

func with(change func(*assess.Result)) assess.Result {
	r := clean()
	change(&r)
	return r
}

func incomplete() assess.Result {
	return with(func(r *assess.Result) { r.Clusters[0].Coverage.Complete = false })
}

func TestJUnitCountsAddUp(t *testing.T) {
	for name, r := range examples() {
		got := readJUnit(t, r)
		var want junit.Testsuites
		for _, s := range got.Suites {
			recount := junit.Testsuite{}
			for _, c := range s.Testcases {
				recount.AddTestcase(c)
			}
			if d := cmp.Diff([]int{recount.Tests, recount.Failures, recount.Errors, recount.Skipped}, []int{s.Tests, s.Failures, s.Errors, s.Skipped}); d != "" {
				t.Errorf("%s: suite %s: %s", name, s.Name, d)
			}
			want.AddSuite(recount)
		}
		if d := cmp.Diff([]int{want.Tests, want.Failures, want.Errors, want.Skipped}, []int{got.Tests, got.Failures, got.Errors, got.Skipped}); d != "" {
			t.Errorf("%s: %s", name, d)
		}
		if len(got.Suites) != len(r.Clusters) {
			t.Errorf("%s: %d suites for %d clusters", name, len(got.Suites), len(r.Clusters))
		}
	}
}
