package endoflife_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fixline-dev/fixline/internal/catalog/source/endoflife"
	"github.com/fixline-dev/fixline/internal/core/support"
)

var read = time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)

func say(cs []support.Calendar) []string {
	out := []string{}
	d := func(t time.Time) string {
		if t.IsZero() {
			return "-"
		}
		return t.Format(time.DateOnly)
	}
	for _, c := range cs {
		for _, m := range c.Minors {
			l := fmt.Sprintf("%s %s rel %s mnt %s eol %s ext %s ended %s open %s patches %d", c.Product, m.Minor,
				d(m.Released), d(m.MaintenanceFrom), d(m.EndOfLife), d(m.ExtendedUntil), d(m.EndedBy), d(m.OpenOn), len(m.Patches))
			if n := len(m.Patches); n > 0 {
				l += " last " + d(m.Patches[n-1].Date)
			}
			out = append(out, l)
		}
	}
	return out
}

func TestParse(t *testing.T) {
	for _, tc := range []struct {
		name, file, in string
		want, warnings []string
	}{
		{"API v1", "x.json", `{"schema_version":"1.2.0","generated_at":"2026-09-01T00:00:00+00:00","result":{"name":"kubernetes","releases":[
			{"name":"1.36","releaseDate":"2026-04-22","isEoas":false,"eoasFrom":"2027-04-28","isEol":false,"eolFrom":"2027-06-28","latest":{"name":"1.36.4","date":"2026-08-20"}},
			{"name":"1.17","releaseDate":"2019-12-07","isEoas":true,"eoasFrom":null,"isEol":true,"eolFrom":null,"latest":null},
			{"name":"1.40","releaseDate":"2030-01-01","isEol":false,"eolFrom":null}]}}`,
			[]string{
				"kubernetes 1.17 rel 2019-12-07 mnt - eol - ext - ended 2026-09-01 open - patches 0",
				"kubernetes 1.36 rel 2026-04-22 mnt 2027-04-28 eol 2027-06-28 ext - ended - open - patches 5 last 2026-08-20",
				"kubernetes 1.40 rel 2030-01-01 mnt - eol - ext - ended - open 2026-09-01 patches 0",
			}, []string{}},
		{"the older API", "dir/amazon-eks.json", `[{"cycle":"1.36","releaseDate":"2026-06-02","eol":"2027-08-02","latest":"1.36-eks-6","latestReleaseDate":"2026-06-22","lts":false,"support":true,"extendedSupport":"2028-08-02"},
			{"cycle":"1.20","releaseDate":"2021-05-18","eol":true},{"cycle":"1.37","eol":false},{"cycle":"edge","eol":"2021-01-01"},{"cycle":"1.19","eol":"soon"}]`,
			[]string{
				"eks 1.19 rel - mnt - eol - ext - ended - open - patches 0",
				"eks 1.20 rel 2021-05-18 mnt - eol - ext - ended 2026-11-20 open - patches 0",
				"eks 1.36 rel 2026-06-02 mnt - eol 2027-08-02 ext 2028-08-02 ended - open - patches 0",
				"eks 1.37 rel - mnt - eol - ext - ended - open 2026-11-20 patches 0",
			}, []string{
				`amazon-eks: line 2: release cycle "edge" is not a minor such as 1.34; the row is left out`,
				`amazon-eks: line 2: "soon" is not a date such as 2026-03-15`,
			}},
		{"front matter", "etcd.md", "---\ntitle: etcd\npermalink: /etcd\nreleases:\n  - releaseCycle: 3.10\n    releaseDate: 2026-07-08\n    eol: false\n    latest: \"3.10.1\"\n    latestReleaseDate: 2026-07-23\n---\n\n> A page with: [colons\n",
			[]string{"etcd 3.10 rel 2026-07-08 mnt - eol - ext - ended - open 2026-11-20 patches 2 last 2026-07-23"}, []string{}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			cs, warnings, err := endoflife.Parse([]byte(tc.in), endoflife.Origin{Name: tc.file, Read: read})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, say(cs)); diff != "" {
				t.Errorf("calendars (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tc.warnings, warnings); diff != "" {
				t.Errorf("warnings (-want +got):\n%s", diff)
			}
		})
	}
}

func TestParseRefusesOtherFiles(t *testing.T) {
	for _, in := range []string{"", "{}", "[]", `{"result":[]}`, "---\ntitle: x\n---\n"} {
		if _, _, err := endoflife.Parse([]byte(in), endoflife.Origin{}); err == nil {
			t.Errorf("%q: no error", in)
		}
	}
}
