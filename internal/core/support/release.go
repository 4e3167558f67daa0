package support

import (
	"time"

	"github.com/fixline-dev/fixline/internal/core/version"
)

// Release says whether a version is out on a day.
type Release string

const (
	// Out: public on the day.
	Out Release = "released"
	// NotYet: the calendar knows it came, or comes, later.
	NotYet Release = "not-released"
	// Undated: it exists, but whether it was out on the day is not known.
	Undated Release = "date-unknown"
	// NotKnown: the calendar does not hold it.
	NotKnown Release = "unknown-release"
)

// Knows reports whether the calendar holds the release v was built from.
// Vendor builds, packages and pre-releases count as their base release.
func (c Calendar) Knows(v version.Version) bool {
	_, _, ok := c.patch(v)
	return ok
}

// Newer reports whether v is above everything the calendar knows of its line:
// a higher patch than the last one known, or a minor above the last. Such a
// version is an "unknown release": no statement about it can be made.
func (c Calendar) Newer(v version.Version) bool {
	if !v.Known() || len(c.Minors) == 0 {
		return false
	}
	last := c.Minors[len(c.Minors)-1].Minor
	if r, ok := c.Minor(v.Minor()); ok {
		return len(r.Patches) > 0 && v.PatchNumber() > r.Patches[len(r.Patches)-1].Version.PatchNumber()
	}
	return v.Minor().Compare(last) > 0
}

// Released says whether v is out on the day of asOf. Vendor builds and
// packages count as their base; a pre-release is out once its release is, and
// undated before.
func (c Calendar) Released(v version.Version, asOf time.Time) Release {
	r, i, ok := c.patch(v)
	if !ok {
		return NotKnown
	}
	s := c.patchState(r, i, asOf)
	if v.Base().Kind() == version.PreRelease && s == NotYet {
		return Undated
	}
	return s
}

// Latest is the newest patch of m that is out on the day of asOf; false where
// none is.
func (c Calendar) Latest(m version.Minor, asOf time.Time) (version.Version, bool) {
	out := c.Public(m, asOf)
	if len(out) == 0 {
		return version.Version{}, false
	}
	return out[len(out)-1].Version, true
}

// Public lists the patches of m that are out on the day of asOf, ascending.
func (c Calendar) Public(m version.Minor, asOf time.Time) []Patch {
	out := []Patch{}
	r, _ := c.Minor(m)
	for i, p := range r.Patches {
		if c.patchState(r, i, asOf) == Out {
			out = append(out, p)
		}
	}
	return out
}

func (c Calendar) patch(v version.Version) (MinorRelease, int, bool) {
	if !v.Known() || v.Kind() == version.Pseudo {
		return MinorRelease{}, 0, false
	}
	r, ok := c.Minor(v.Minor())
	if !ok {
		return r, 0, false
	}
	for i, p := range r.Patches {
		if p.Version.PatchNumber() == v.PatchNumber() {
			return r, i, true
		}
	}
	return r, 0, false
}

func (c Calendar) patchState(r MinorRelease, i int, asOf time.Time) Release {
	date := r.Patches[i].Date
	if i == 0 && date.IsZero() {
		date = r.Released
	}
	if !date.IsZero() {
		if after(date, asOf) {
			return NotYet
		}
		return Out
	}
	for _, later := range r.Patches[i+1:] {
		if !later.Date.IsZero() && !after(later.Date, asOf) {
			return Out
		}
	}
	for _, earlier := range r.Patches[:i] {
		// Patches of a minor appear in order: what follows one that is not
		// out is not out either.
		if !earlier.Date.IsZero() && after(earlier.Date, asOf) {
			return NotYet
		}
	}
	if !r.Released.IsZero() && after(r.Released, asOf) {
		return NotYet
	}
	if !r.EndOfLife.IsZero() && after(asOf, r.EndOfLife) {
		return Out
	}
	if r.EndOfLife.IsZero() && !r.EndedBy.IsZero() && after(asOf, r.EndedBy) {
		return Out
	}
	if !c.Through.IsZero() && !after(c.Through, asOf) {
		return Out // the calendar, read through no later than asOf, already lists it
	}
	return Undated
}
