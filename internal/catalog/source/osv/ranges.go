package osv

import (
	"slices"

	"github.com/fixline-dev/fixline/internal/catalog/claim"
	"github.com/fixline-dev/fixline/internal/catalog/source/lines"
	"github.com/fixline-dev/fixline/internal/core/version"
)

// stretches reads one affected block: its ranges, and its custom_ranges, which
// golang/vulndb writes where Go's own numbering cannot hold the real ones; a
// plain "introduced 0" beside them is only a stand-in. staging: 0.N.P is
// Kubernetes 1.N.P.
func (a affected) stretches(staging bool) ([]claim.Interval, []version.Version, []string) {
	ranges := slices.Clone(a.Ranges)
	if len(a.Specific.CustomRanges) > 0 {
		ranges = slices.DeleteFunc(ranges, standIn)
		ranges = append(ranges, a.Specific.CustomRanges...)
	}
	var intervals []claim.Interval
	var fixed []version.Version
	var bad []string
	for _, r := range ranges {
		if r.Type == "GIT" {
			continue // commits are no versions
		}
		in, fx, unread := r.read(staging)
		intervals, fixed, bad = append(intervals, in...), append(fixed, fx...), append(bad, unread...)
	}
	if len(intervals) == 0 && len(fixed) == 0 {
		for _, s := range a.Versions {
			if v, ok := number(s, staging); ok && v.Kind() != version.Pseudo {
				intervals = append(intervals, claim.Interval{From: v, Before: lines.After(v), FromStated: true})
			}
		}
	}
	return intervals, fixed, bad
}

func standIn(r affectedRange) bool {
	return len(r.Events) == 1 && r.Events[0].Introduced == "0" || r.pseudo()
}

// pseudo: a pseudo-version counts commits of a branch, so it orders nothing
// among releases; a range that has one is left out whole.
func (r affectedRange) pseudo() bool {
	for _, e := range r.Events {
		for _, s := range []string{e.Introduced, e.Fixed, e.LastAffected} {
			if v, err := version.Parse(s); err == nil && v.Kind() == version.Pseudo {
				return true
			}
		}
	}
	return false
}

// mark is one event on the line of versions. Zero at: "0".
type mark struct {
	at   version.Version
	kind int
}

// Order of marks at one version: what ends there comes before what begins.
const (
	fixedAt = iota
	introducedAt
	lastAffectedAt
)

// read sorts the events by version (sources list them newest first, or
// anyhow) and joins them to stretches. The strings are what was not read.
func (r affectedRange) read(staging bool) ([]claim.Interval, []version.Version, []string) {
	if r.pseudo() {
		return nil, nil, []string{"range with a pseudo-version"}
	}
	if parts := r.perMinor(); len(parts) > 1 {
		return readParts(parts, staging)
	}
	var marks []mark
	var fixed []version.Version
	for _, e := range r.Events {
		for kind, s := range []string{fixedAt: e.Fixed, introducedAt: e.Introduced, lastAffectedAt: e.LastAffected} {
			if s == "" {
				continue
			}
			v, ok := number(s, staging)
			if !ok {
				return nil, nil, []string{"event with version " + s}
			}
			marks = append(marks, mark{v, kind})
			if kind == fixedAt && v.Known() {
				fixed = append(fixed, v)
			}
		}
	}
	slices.SortStableFunc(marks, func(a, b mark) int {
		if c := a.at.Compare(b.at); c != 0 {
			return c
		}
		return a.kind - b.kind
	})
	var out []claim.Interval
	open := false
	var from version.Version
	for i := 0; i < len(marks); i++ {
		m := marks[i]
		switch {
		case m.kind == fixedAt && i+1 < len(marks) && marks[i+1].kind == introducedAt && marks[i+1].at.Compare(m.at) == 0:
			i++ // fixed and introduced by one release: nothing changes there
		case m.kind == introducedAt && !open:
			from, open = m.at, true
		case m.kind == fixedAt && open:
			out, open = append(out, stretch(from, m.at)), false
		case m.kind == lastAffectedAt && open:
			out, open = append(out, stretch(from, lines.After(m.at))), false
		}
	}
	if open {
		out = append(out, stretch(from, version.Version{}))
	}
	return slices.DeleteFunc(out, func(v claim.Interval) bool { return v.Before.Known() && !v.From.Less(v.Before) }), fixed, nil
}

func stretch(from, before version.Version) claim.Interval {
	return claim.Interval{From: from, Before: before, FromStated: from.Known()}
}

// number reads "0" (no beginning), a version, or a minor alone.
func number(s string, staging bool) (version.Version, bool) {
	if s == "0" || s == "0.0.0" || s == "0.0.0-0" {
		return version.Version{}, true
	}
	v, err := version.Parse(s)
	if v.Kind() == version.Distribution || v.Kind() == version.Vendor {
		return v, false // of another's builds: their order says nothing of upstream's
	}
	if err != nil {
		m, err := version.ParseMinor(s)
		if err != nil {
			return v, false
		}
		v = m.First()
	}
	if staging && v.Minor().Major == 0 {
		text := v.String()
		if moved, err := version.Parse("1" + text[1:]); err == nil {
			v = moved
		}
	}
	return v, true
}
