package lines

import (
	"slices"

	"github.com/fixline-dev/fixline/internal/catalog/claim"
	"github.com/fixline-dev/fixline/internal/core/version"
)

// group is all lines of one component.
type group struct {
	name   string
	bounds []bound
	fixed  []version.Version
}

func find(groups *[]group, name string) *group {
	for i := range *groups {
		if (*groups)[i].name == name {
			return &(*groups)[i]
		}
	}
	*groups = append(*groups, group{name: name})
	return &(*groups)[len(*groups)-1]
}

// spread gives what a nameless group says to the named ones, where there are
// any with affected lines: people name the component in one list only.
func spread(groups []group) []group {
	var named, nameless []group
	for _, g := range groups {
		if g.name == "" {
			nameless = append(nameless, g)
		} else {
			named = append(named, g)
		}
	}
	if len(nameless) == 0 || len(named) == 0 {
		return groups
	}
	for i := range named {
		named[i].bounds = append(named[i].bounds, nameless[0].bounds...)
		named[i].fixed = append(named[i].fixed, nameless[0].fixed...)
	}
	return named
}

func (g group) component() claim.Component {
	var intervals []claim.Interval
	for _, b := range g.bounds {
		if b.empty {
			continue
		}
		intervals = append(intervals, claim.Interval{From: b.from, Before: b.before, FromStated: b.stated || b.all})
	}
	fixed := Ascending(g.fixed)
	return claim.Component{Name: g.name, Intervals: Split(Fold(intervals), fixed), Fixed: fixed}
}

// Fold reads a list of stretches as its author meant it: of those without a
// beginning only the lowest of the whole list reaches down, each other means
// its own minor. The result is ascending; empty stretches are dropped ("<
// 1.15.0" beside "< 1.14.4" only says that 1.15.0 is fixed).
func Fold(in []claim.Interval) []claim.Interval {
	sorted := slices.Clone(in)
	slices.SortStableFunc(sorted, func(a, b claim.Interval) int { return lowest(a).Compare(lowest(b)) })
	var out []claim.Interval
	for i, v := range sorted {
		if i > 0 && !v.From.Known() && v.Before.Known() {
			v.From, v.FromStated = v.Before.Minor().First(), false
			if !v.From.Less(v.Before) {
				continue
			}
		}
		out = append(out, v)
	}
	return out
}

// lowest is where a stretch stands in its list: its beginning, or for one
// without a beginning the minor of its end.
func lowest(v claim.Interval) version.Version {
	if v.From.Known() {
		return v.From
	}
	if v.Before.Known() && v.Before.PatchNumber() == 0 && v.Before.Kind() == version.Release && v.Before.Minor().Minor > 0 {
		return version.New(v.Before.Minor().Major, v.Before.Minor().Minor-1, 0)
	}
	if v.Before.Known() {
		return v.Before.Minor().First()
	}
	return version.Version{}
}

// Split ends each stretch at the fixed versions it runs over and goes on with
// the next minor: ">= v1.8.0" with fixes 1.25.16 and 1.26.11 is [1.8.0,
// 1.25.16) and [1.26.0, 1.26.11). What is above the highest fix of a stretch
// without an end was released after it, and is not affected.
func Split(in []claim.Interval, fixed []version.Version) []claim.Interval {
	var out []claim.Interval
	for _, v := range in {
		from, open := v.From, true
		for _, f := range fixed {
			inside := !f.Less(from) && (!v.Before.Known() || f.Less(v.Before))
			if !inside {
				continue
			}
			if from.Less(f) || !from.Known() {
				out = append(out, claim.Interval{From: from, Before: f, FromStated: v.FromStated && from == v.From})
			}
			from, open = f.Minor().Next().First(), v.Before.Known()
		}
		switch {
		case from == v.From:
			out = append(out, v)
		case open && from.Less(v.Before):
			out = append(out, claim.Interval{From: from, Before: v.Before})
		}
	}
	return out
}

// Ascending sorts versions and drops doubles.
func Ascending(in []version.Version) []version.Version {
	out := slices.Clone(in)
	slices.SortFunc(out, version.Version.Compare)
	return slices.CompactFunc(out, func(a, b version.Version) bool { return a.Compare(b) == 0 })
}
