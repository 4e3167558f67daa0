package claim

import (
	"fmt"
	"slices"
	"time"

	"github.com/fixline-dev/fixline/internal/core/advisory"
	"github.com/fixline-dev/fixline/internal/core/support"
	"github.com/fixline-dev/fixline/internal/core/version"
)

// merged is the verdict on one component.
type merged struct {
	ranges   []advisory.Range
	fixed    []version.Version
	disputes []string
}

// segment is a stretch [from, next segment's from) on which every view says
// one thing throughout. The first has the zero version.
type segment struct {
	from     version.Version
	affected bool
	why      string // set: unknown
}

func merge(views []view, cal support.Calendar, published time.Time) merged {
	if len(views) == 0 {
		return merged{}
	}
	var m merged
	segs := segments(views, cal)
	begin, silent := m.beginning(views, cal)
	for _, minor := range minors(segs) {
		fix, fixed := m.fixOf(views, minor)
		if fixed {
			m.fixed = append(m.fixed, fix)
		}
		for i := range segs {
			s := &segs[i]
			if minorOf(segs, i) != minor {
				continue
			}
			below := s.from.Less(begin)
			if fixed && !s.from.Less(fix) {
				continue
			}
			if below && silent && unsupported(cal, minor, published) {
				s.why = "no source says where the defect began, and this release was not supported when it was published"
				continue
			}
			s.affected = !below && slices.ContainsFunc(views, func(v view) bool { return v.covers(s.from) })
		}
	}
	m.unfounded(views, segs)
	m.onlyDefaults(views, segs)
	m.ranges = join(segs)
	m.settleFixed(views, len(cal.Minors) > 0)
	return m
}

// segments cuts the line of versions at every version any view names and at
// every release of the calendar.
func segments(views []view, cal support.Calendar) []segment {
	points := []version.Version{}
	add := func(v version.Version) {
		if v.Known() {
			points = append(points, v.Base(), v.Minor().First())
		}
	}
	for _, v := range views {
		for _, i := range v.intervals {
			add(i.From)
			add(i.Before)
		}
		for _, f := range v.fixed {
			add(f)
		}
	}
	for _, m := range cal.Minors {
		add(m.Minor.First())
		for _, p := range m.Patches {
			add(p.Version)
		}
	}
	out := []segment{{}}
	for _, p := range ascending(points) {
		out = append(out, segment{from: p})
	}
	return out
}

// minorOf: what is below the first named version counts to its minor line.
func minorOf(segs []segment, i int) version.Minor {
	if i == 0 && len(segs) > 1 {
		return segs[1].from.Minor()
	}
	return segs[i].from.Minor()
}

func minors(segs []segment) []version.Minor {
	var out []version.Minor
	for i := range segs {
		if m := minorOf(segs, i); len(out) == 0 || out[len(out)-1] != m {
			out = append(out, m)
		}
	}
	return out
}

// beginning is the lowest version any view lets the defect begin at; silent
// means that no view says.
func (m *merged) beginning(views []view, cal support.Calendar) (version.Version, bool) {
	var oldest version.Version
	if len(cal.Minors) > 0 {
		oldest = cal.Minors[0].Minor.First()
	}
	var begin version.Version
	var who string
	found, reach, only := false, false, true
	for _, v := range views {
		if !v.byDefault() && len(v.intervals) > 0 {
			only = false
		}
	}
	for _, v := range views {
		if len(v.intervals) == 0 || v.byDefault() && !only {
			continue
		}
		from, stated, reaches := v.begins()
		if reaches || stated && !oldest.Less(from) {
			from, stated, reach = version.Version{}, true, true
		}
		if !stated {
			continue
		}
		if found && from.Compare(begin) != 0 {
			m.dispute("beginning: %s has %s, %s has %s", Title(who), orStart(begin), Title(v.source), orStart(from))
		}
		if !found || from.Less(begin) {
			begin, who = from, v.source
		}
		found = true
	}
	if found || reach {
		return begin, false
	}
	for i, v := range views {
		if from, _, _ := v.begins(); i == 0 || from.Less(begin) {
			begin = from
		}
	}
	return begin, true
}

func orStart(v version.Version) string {
	if !v.Known() {
		return "every earlier version"
	}
	return v.String()
}

// fixOf decides whether minor has a fix: the most trusted view that speaks of
// it says so, and of several versions named the highest holds.
func (m *merged) fixOf(views []view, minor version.Minor) (version.Version, bool) {
	var fix version.Version
	var first, passing string
	decided, yes := false, false
	for _, v := range views {
		f, has := v.fixIn(minor)
		passes := !has && v.covers(lastOf(minor))
		if !has && !passes {
			continue
		}
		if !decided {
			decided, yes = true, has
		}
		if passes {
			passing = v.source
			continue
		}
		if fix.Known() && f.Compare(fix) != 0 && minorPatch(f) != minorPatch(fix) {
			m.dispute("fix in %s: %s has %s, %s has %s", minor, Title(first), fix, Title(v.source), f)
		}
		if fix.Less(f) {
			fix, first = f, v.source
		}
	}
	if fix.Known() && passing != "" {
		m.dispute("fix in %s: %s has %s, %s has none", minor, Title(first), fix, Title(passing))
	}
	return fix, yes
}

// minorPatch ignores which pre-release of one release is meant.
func minorPatch(v version.Version) int { return v.PatchNumber() }

// lastOf is above every release of minor.
func lastOf(m version.Minor) version.Version { return m.Patch(999_999_999) }

func unsupported(cal support.Calendar, m version.Minor, on time.Time) bool {
	for _, r := range cal.Minors {
		if r.Minor == m {
			return on.IsZero() || r.EndOfLife.IsZero() || r.EndOfLife.Before(on)
		}
	}
	return true
}

// unfounded marks the patches below a fix that is named in a minor of which
// nothing is in range: why was it fixed there?
func (m *merged) unfounded(views []view, segs []segment) {
	for _, v := range views {
		for _, f := range v.fixed {
			if f.PatchNumber() == 0 || f.Kind() != version.Release {
				continue
			}
			inMinor := func(i int) bool {
				return segs[i].from.Known() && segs[i].from.Minor() == f.Minor() && segs[i].from.Less(f)
			}
			touched := false
			for i := range segs {
				if inMinor(i) && (segs[i].affected || segs[i].why != "") {
					touched = true
				}
			}
			if touched {
				continue
			}
			m.dispute("%s names a fix %s, but no source has an earlier patch of %s affected", Title(v.source), f, f.Minor())
			for i := range segs {
				if inMinor(i) {
					segs[i].why = fmt.Sprintf("%s is named as a fix, but no earlier patch of %s as affected", f, f.Minor())
				}
			}
		}
	}
}

// onlyDefaults: "introduced 0" without a fix, and nobody else to ask, is a
// record nobody finished.
func (m *merged) onlyDefaults(views []view, segs []segment) {
	for _, v := range views {
		if !v.byDefault() || len(v.fixed) > 0 || v.intervals[0].Before.Known() {
			return
		}
	}
	for i := range segs {
		if segs[i].affected {
			segs[i].affected, segs[i].why = false, "the only source gives neither a beginning nor a fix"
		}
	}
}

// join writes runs of equal segments as ranges.
func join(segs []segment) []advisory.Range {
	var out []advisory.Range
	for i, s := range segs {
		if !s.affected && s.why == "" {
			continue
		}
		var end version.Version
		if i+1 < len(segs) {
			end = segs[i+1].from
		}
		if n := len(out); n > 0 && i > 0 && segs[i-1].affected == s.affected && segs[i-1].why == s.why {
			out[n-1].Before = end
			continue
		}
		out = append(out, advisory.Range{Introduced: s.from, Before: end, Unknown: s.why != "", Why: s.why})
	}
	return out
}

// settleFixed keeps the fixed releases that hold: each closes a range, or is
// the first release of a minor named as fixed. Where a calendar tells that
// releases follow (toReleases), a pre-release counts as its release, the first
// one anybody should run; runc's 1.4.0-rc.3 stays what it is.
func (m *merged) settleFixed(views []view, toReleases bool) {
	all := slices.Clone(m.fixed)
	for _, v := range views {
		for _, f := range v.fixed {
			if f.PatchNumber() == 0 {
				all = append(all, f)
			}
		}
	}
	var out []version.Version
	for _, f := range all {
		if toReleases {
			f = f.Minor().Patch(f.PatchNumber())
		}
		in := slices.ContainsFunc(m.ranges, func(r advisory.Range) bool {
			return !f.Less(r.Introduced) && (!r.Before.Known() || f.Less(r.Before))
		})
		below := slices.ContainsFunc(m.ranges, func(r advisory.Range) bool {
			return r.Before.Known() && !f.Less(r.Before)
		})
		if !in && below {
			out = append(out, f)
		}
	}
	m.fixed = ascending(out)
}

func (m *merged) dispute(format string, args ...any) {
	m.disputes = append(m.disputes, fmt.Sprintf(format, args...))
}
