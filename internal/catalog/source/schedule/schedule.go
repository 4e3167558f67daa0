// Package schedule reads the two release calendars of the Kubernetes website,
// schedule.yaml (minors that receive patches) and eol.yaml (minors that ended).
// It reports what they say and leaves what they plan: an announced next patch
// is no release. Start at [Parse].
//
// Format: https://github.com/kubernetes/release/tree/master/cmd/schedule-builder
package schedule

import (
	"fmt"
	"slices"
	"time"

	"github.com/fixline-dev/fixline/internal/catalog/source/plain"
	"github.com/fixline-dev/fixline/internal/core/support"
	"github.com/fixline-dev/fixline/internal/core/version"
)

// Sniff reports whether a document is one of the two files.
func Sniff(doc plain.Value) bool {
	return doc.Get("schedules").List() || doc.Get("branches").List()
}

// Parse reads either file, or both as documents of one. What a row does not
// say stays zero; several rows of one minor join, the later end of life wins
// (a minor that got another patch after its end). The warnings name rows and
// fields that could not be read, with their line; the error is for files that
// are neither.
func Parse(data []byte) (support.Calendar, []string, error) {
	docs, err := plain.Documents(data)
	if err != nil {
		return support.Calendar{}, nil, err
	}
	p := parser{minors: map[version.Minor]*row{}, warnings: []string{}}
	known := false
	for _, d := range docs {
		if !Sniff(d) {
			continue
		}
		known = true
		for _, r := range d.Get("schedules").Items() {
			p.schedule(r)
		}
		for _, r := range d.Get("branches").Items() {
			p.branch(r)
		}
	}
	if !known {
		return support.Calendar{}, nil, fmt.Errorf("neither a schedule.yaml (schedules:) nor an eol.yaml (branches:)")
	}
	return support.Calendar{Product: "kubernetes", Minors: p.calendar()}, p.warnings, nil
}

type row struct {
	support.MinorRelease
	last  int // highest patch number seen, -1 for none
	dates map[int]time.Time
}

type parser struct {
	minors   map[version.Minor]*row
	warnings []string
}

func (p *parser) warn(line int, format string, args ...any) {
	p.warnings = append(p.warnings, fmt.Sprintf("line %d: %s", line, fmt.Sprintf(format, args...)))
}

func (p *parser) minor(r plain.Value) *row {
	release := r.Get("release")
	m, err := version.ParseMinor(release.Text())
	if err != nil {
		p.warn(r.Line(), "release %q is not a minor release such as 1.34; the row is left out", release.Text())
		return nil
	}
	if p.minors[m] == nil {
		p.minors[m] = &row{MinorRelease: support.MinorRelease{Minor: m}, last: -1, dates: map[int]time.Time{}}
	}
	return p.minors[m]
}

func (p *parser) date(v plain.Value) time.Time {
	t, err := v.Date()
	if err != nil {
		p.warnings = append(p.warnings, err.Error())
	}
	return t
}

func (p *parser) schedule(r plain.Value) {
	m := p.minor(r)
	if m == nil {
		return
	}
	m.Released = first(m.Released, p.date(r.Get("releaseDate")))
	m.MaintenanceFrom = first(m.MaintenanceFrom, p.date(r.Get("maintenanceModeStartDate")))
	m.EndOfLife = later(m.EndOfLife, p.date(r.Get("endOfLifeDate")))
	for _, x := range r.Get("previousPatches").Items() {
		p.patch(m, x.Get("release"), p.date(x.Get("targetDate")))
	}
}

func (p *parser) branch(r plain.Value) {
	m := p.minor(r)
	if m == nil {
		return
	}
	m.EndOfLife = later(m.EndOfLife, p.date(r.Get("endOfLifeDate")))
	if final := r.Get("finalPatchRelease"); final.Text() != "" {
		p.patch(m, final, time.Time{})
	}
}

func (p *parser) patch(m *row, release plain.Value, date time.Time) {
	v, err := version.Parse(release.Text())
	if err != nil || v.Kind() != version.Release || v.Minor() != m.Minor {
		p.warn(release.Line(), "%q is not a patch release of %s", release.Text(), m.Minor)
		return
	}
	if v.PatchNumber() > 999 {
		p.warn(release.Line(), "%q: no minor has a thousand patches", release.Text())
		return
	}
	m.last = max(m.last, v.PatchNumber())
	if !date.IsZero() {
		m.dates[v.PatchNumber()] = first(m.dates[v.PatchNumber()], date)
	}
}

func (p *parser) calendar() []support.MinorRelease {
	out := []support.MinorRelease{}
	for _, m := range p.minors {
		for n := 0; n <= m.last; n++ {
			m.Patches = append(m.Patches, support.Patch{Version: m.Minor.Patch(n), Date: m.dates[n]})
		}
		out = append(out, m.MinorRelease)
	}
	slices.SortFunc(out, func(a, b support.MinorRelease) int { return a.Minor.Compare(b.Minor) })
	return out
}

func first(a, b time.Time) time.Time {
	if a.IsZero() {
		return b
	}
	return a
}

func later(a, b time.Time) time.Time {
	if a.Before(b) {
		return b
	}
	return a
}
