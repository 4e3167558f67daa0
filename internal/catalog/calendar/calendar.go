// Package calendar joins what several sources say of one product's releases
// into one calendar, and reads and writes calendars in Fixline's own form. It
// never decides whether something is supported; package support does. Start at
// [Merge].
package calendar

import (
	"fmt"
	"slices"
	"time"

	"github.com/fixline-dev/fixline/internal/core/support"
	"github.com/fixline-dev/fixline/internal/core/version"
)

// Statement is one source's calendar under the name it is quoted by.
type Statement struct {
	Source   string
	Calendar support.Calendar
	// SecondHand: the source collects what projects publish, and yields to a
	// project's own files.
	SecondHand bool
}

// Merge joins statements about one product. They stand in order of trust: for
// each date the first source that has one holds. Where a later one names
// another end of life or start of maintenance, the minor is marked disputed and
// both are quoted. Patch numbers run from .0 to the highest any source has
// seen.
func Merge(product string, statements []Statement) support.Calendar {
	out := support.Calendar{Product: product, Minors: []support.MinorRelease{}, Sources: []string{}}
	minors := map[version.Minor]*joint{}
	for _, s := range statements {
		out.Sources = append(out.Sources, s.Source)
		if s.Calendar.Through.After(out.Through) {
			out.Through = s.Calendar.Through
		}
		for _, m := range s.Calendar.Minors {
			if minors[m.Minor] == nil {
				minors[m.Minor] = &joint{row: support.MinorRelease{Minor: m.Minor}, dates: map[int]time.Time{}, last: -1, from: map[string]string{}}
			}
			minors[m.Minor].add(s.Source, m)
		}
	}
	for _, j := range minors {
		out.Minors = append(out.Minors, j.minor())
	}
	slices.SortFunc(out.Minors, func(a, b support.MinorRelease) int { return a.Minor.Compare(b.Minor) })
	return out
}

// joint is one minor while its sources are read.
type joint struct {
	row   support.MinorRelease
	dates map[int]time.Time
	last  int
	from  map[string]string // field -> source that decided it
}

func (j *joint) add(source string, m support.MinorRelease) {
	set := func(field string, have *time.Time, say time.Time, disputable bool) {
		switch {
		case say.IsZero():
		case have.IsZero():
			*have, j.from[field] = say, source
		case disputable && !have.Equal(say):
			j.row.Disputed = append(j.row.Disputed, fmt.Sprintf("%s: %s says %s, %s says %s",
				field, j.from[field], have.Format(time.DateOnly), source, say.Format(time.DateOnly)))
		}
	}
	set("release", &j.row.Released, m.Released, false)
	set("maintenance", &j.row.MaintenanceFrom, m.MaintenanceFrom, true)
	set("end of life", &j.row.EndOfLife, m.EndOfLife, true)
	set("extended support", &j.row.ExtendedUntil, m.ExtendedUntil, true)
	if j.row.EndedBy.IsZero() || !m.EndedBy.IsZero() && m.EndedBy.Before(j.row.EndedBy) {
		j.row.EndedBy = m.EndedBy // the first day it was known to have ended
	}
	if m.OpenOn.After(j.row.OpenOn) {
		j.row.OpenOn = m.OpenOn // the last day it was known to go on
	}
	j.row.Disputed = append(j.row.Disputed, m.Disputed...)
	for _, p := range m.Patches {
		n := p.Version.PatchNumber()
		j.last = max(j.last, n)
		if _, seen := j.dates[n]; !seen && !p.Date.IsZero() {
			j.dates[n] = p.Date
		}
	}
}

func (j *joint) minor() support.MinorRelease {
	m := j.row
	if !m.EndOfLife.IsZero() {
		m.EndedBy, m.OpenOn = time.Time{}, time.Time{}
	}
	m.Patches = []support.Patch{}
	for n := 0; n <= j.last; n++ {
		date := j.dates[n]
		if n == 0 && date.IsZero() {
			date = m.Released
		}
		m.Patches = append(m.Patches, support.Patch{Version: m.Minor.Patch(n), Date: date})
	}
	return m
}
