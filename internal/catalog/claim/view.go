package claim

import (
	"slices"

	"github.com/fixline-dev/fixline/internal/catalog/source/names"
	"github.com/fixline-dev/fixline/internal/core/support"
	"github.com/fixline-dev/fixline/internal/core/version"
)

// view is what one claim says of one component, ready to be compared.
type view struct {
	source    string
	rank      int
	intervals []Interval
	fixed     []version.Version
}

// viewsOf collects each claim's stretches for component. A claim that names
// other components of the same product, or none, counts too: they are released
// under one number.
func viewsOf(claims []Claim, product, component string, table names.Names, cal support.Calendar) []view {
	var out []view
	for _, c := range claims {
		var own, other view
		for _, comp := range c.Components {
			if table.Product(comp.Name) != product {
				continue
			}
			v := &other
			if comp.Name == component || comp.Name == "" {
				v = &own
			}
			v.intervals = append(v.intervals, comp.Intervals...)
			v.fixed = append(v.fixed, comp.Fixed...)
		}
		v := own
		if len(v.intervals) == 0 && len(v.fixed) == 0 {
			if product != names.Kubernetes {
				continue
			}
			v = other
		}
		if len(v.intervals) == 0 && len(v.fixed) == 0 {
			continue
		}
		v.source, v.rank = c.Source, rank(c.Source)
		v.intervals = slices.Clone(v.intervals)
		slices.SortFunc(v.intervals, func(a, b Interval) int { return a.From.Compare(b.From) })
		for i := range v.intervals {
			v.intervals[i].Before = noFixToCome(v.intervals[i].Before, v.fixed, cal)
		}
		v.intervals = coalesce(v.intervals)
		out = append(out, v)
	}
	return out
}

// coalesce joins stretches that touch or overlap: "<= v1.21" beside "v1.22.0 -
// v1.22.15" does not say that 1.22.0 is a fix.
func coalesce(in []Interval) []Interval {
	var out []Interval
	for _, i := range in {
		n := len(out)
		if n == 0 || out[n-1].Before.Known() && out[n-1].Before.Less(i.From) {
			out = append(out, i)
			continue
		}
		last := &out[n-1]
		if last.Before.Known() && (!i.Before.Known() || last.Before.Less(i.Before)) {
			last.Before = i.Before
		}
	}
	return out
}

// noFixToCome: "<= v1.30.14" of a minor that ended with 1.30.14 names no fix;
// the whole rest of the minor is affected.
func noFixToCome(before version.Version, fixed []version.Version, cal support.Calendar) version.Version {
	if !before.Known() || before.PatchNumber() == 0 || holds(fixed, before) {
		return before
	}
	for i, m := range cal.Minors {
		if m.Minor != before.Minor() || len(m.Patches) == 0 {
			continue
		}
		ended := !m.EndOfLife.IsZero() && m.EndOfLife.Before(cal.Through) || i < len(cal.Minors)-3
		last := m.Patches[len(m.Patches)-1].Version
		if ended && last.Less(before) {
			return before.Minor().Next().First()
		}
	}
	return before
}

func holds(in []version.Version, v version.Version) bool {
	return slices.ContainsFunc(in, func(o version.Version) bool { return o.Compare(v) == 0 })
}

// covers reports whether v says the release at is affected; the zero version
// stands for everything below the first point looked at.
func (v view) covers(at version.Version) bool {
	return slices.ContainsFunc(v.intervals, func(i Interval) bool {
		return !at.Less(i.From) && (!i.Before.Known() || at.Less(i.Before))
	})
}

// fixIn is the version of minor m from which v says the defect is gone.
func (v view) fixIn(m version.Minor) (version.Version, bool) {
	var best version.Version
	for _, i := range v.intervals {
		if i.Before.Known() && i.Before.Minor() == m && best.Less(i.Before) {
			best = i.Before
		}
	}
	for _, f := range v.fixed {
		if f.Minor() == m && best.Less(f) {
			best = f
		}
	}
	return best, best.Known()
}

// begins says where v has the defect begin. stated is false where v gives no
// beginning; reaches means its lowest stretch has none, so it goes all the way
// down.
func (v view) begins() (from version.Version, stated, reaches bool) {
	if len(v.intervals) == 0 {
		return version.Version{}, false, false
	}
	low := v.intervals[0]
	return low.From, low.FromStated && low.From.Known(), !low.From.Known()
}

// byDefault: golang/vulndb writes "introduced 0" where it does not know.
func (v view) byDefault() bool {
	_, _, reaches := v.begins()
	return reaches && v.source == "vulndb"
}
