package schedule_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fixline-dev/fixline/internal/catalog/source/schedule"
	"github.com/fixline-dev/fixline/internal/core/support"
)

// say writes a calendar one minor a line.
func say(c support.Calendar) []string {
	out := []string{}
	d := func(t time.Time) string {
		if t.IsZero() {
			return "-"
		}
		return t.Format(time.DateOnly)
	}
	for _, m := range c.Minors {
		l := []string{m.Minor.String(), d(m.Released), d(m.MaintenanceFrom), d(m.EndOfLife)}
		for _, p := range m.Patches {
			l = append(l, d(p.Date))
		}
		out = append(out, strings.Join(l, " "))
	}
	return out
}

const both = `
# unquoted, as the file was before 2023
schedules:
- release: 1.30
  releaseDate: 2024-04-17
  maintenanceModeStartDate: 2025-04-28
  endOfLifeDate: 2025-06-28
  next: {release: 1.30.3, cherryPickDeadline: "", targetDate: 2024-07-16}
  previousPatches:
  - {release: 1.30.2, targetDate: "2024-06-11", cherryPickDeadline: N/A}
  - {release: 1.30.1, targetDate: "2024-05-15", note: Out of band}
- release: "1.31"
  next: {release: Not Planned}
- release: soon
- release: "1.29"
  endOfLifeDate: next spring
  previousPatches:
  - {release: 1.28.3, targetDate: "2024-01-01"}
upcoming_releases:
- {cherryPickDeadline: "2024-10-11", targetDate: "2024-10-15"}
---
branches:
- {release: 1.22, finalPatchRelease: 1.22.3, endOfLifeDate: 2022-12-08}
- {release: 1.22, finalPatchRelease: 1.22.2, endOfLifeDate: 2022-11-08}
- {release: 1.22, finalPatchRelease: 1.22.1, endOfLifeDate: "2022-10-28", note: planned}
`

func TestParse(t *testing.T) {
	c, warnings, err := schedule.Parse([]byte(both))
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"1.22 - - 2022-12-08 - - - -",
		"1.29 - - -",
		"1.30 2024-04-17 2025-04-28 2025-06-28 - 2024-05-15 2024-06-11",
		"1.31 - - -",
	}
	if diff := cmp.Diff(want, say(c)); diff != "" {
		t.Errorf("calendar (-want +got):\n%s", diff)
	}
	wantWarnings := []string{
		`line 14: release "soon" is not a minor release such as 1.34; the row is left out`,
		`line 16: "next spring" is not a date such as 2026-03-15`,
		`line 18: "1.28.3" is not a patch release of 1.29`,
	}
	if diff := cmp.Diff(wantWarnings, warnings); diff != "" {
		t.Errorf("warnings (-want +got):\n%s", diff)
	}
}

func TestParseRefusesOtherFiles(t *testing.T) {
	for _, in := range []string{"", "a: b", "[", "schedules: none"} {
		if _, _, err := schedule.Parse([]byte(in)); err == nil {
			t.Errorf("%q: no error", in)
		}
	}
}
