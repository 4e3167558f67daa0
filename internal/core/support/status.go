package support

import (
	"time"

	"github.com/fixline-dev/fixline/internal/core/version"
)

// Status says whether minor m is supported on the day of asOf, with the
// calendar's row for it. The row is zero, and the status unknown, where the
// calendar does not hold m. A minor that is not out on asOf is unknown too.
func (c Calendar) Status(m version.Minor, asOf time.Time) (Status, MinorRelease) {
	r, ok := c.Minor(m)
	if !ok || !c.out(r, asOf) {
		return Unknown, r
	}
	return c.status(r, asOf), r
}

// Supported lists the minors that receive fixes on the day of asOf,
// maintenance included, ascending.
func (c Calendar) Supported(asOf time.Time) []version.Minor {
	live := []version.Minor{}
	for _, r := range c.Minors {
		if c.out(r, asOf) && c.status(r, asOf).Live() {
			live = append(live, r.Minor)
		}
	}
	return live
}

// Minor is the calendar's row for m; false where there is none.
func (c Calendar) Minor(m version.Minor) (MinorRelease, bool) {
	for _, r := range c.Minors {
		if r.Minor == m {
			return r, true
		}
	}
	return MinorRelease{}, false
}

// status presumes that r is out on asOf.
func (c Calendar) status(r MinorRelease, asOf time.Time) Status {
	switch {
	case !r.EndOfLife.IsZero() && after(asOf, r.EndOfLife):
		return EndOfLife
	case !r.EndOfLife.IsZero():
		return r.livePhase(asOf)
	case !r.EndedBy.IsZero() && !after(r.EndedBy, asOf):
		return EndOfLife
	case !r.EndedBy.IsZero():
		return Unknown // ended some day before EndedBy; perhaps before asOf
	case !r.OpenOn.IsZero() && (!after(asOf, r.OpenOn) || c.outlived(r, asOf)):
		return r.livePhase(asOf)
	}
	return Unknown
}

func (r MinorRelease) livePhase(asOf time.Time) Status {
	if !r.MaintenanceFrom.IsZero() && !after(r.MaintenanceFrom, asOf) {
		return Maintenance
	}
	return Supported
}

// outlived: an older minor has a published end of life that is still ahead, so
// r, whose end was not set yet, has not ended either.
func (c Calendar) outlived(r MinorRelease, asOf time.Time) bool {
	for _, o := range c.Minors {
		if o.Minor.Compare(r.Minor) < 0 && !o.EndOfLife.IsZero() && !after(asOf, o.EndOfLife) {
			return true
		}
	}
	return false
}

// out: some sign says that the minor was released by asOf. Minors appear in
// order, so a later minor that is out is such a sign.
func (c Calendar) out(r MinorRelease, asOf time.Time) bool {
	for _, o := range c.Minors {
		if o.Minor.Compare(r.Minor) < 0 {
			continue
		}
		if began(o, asOf) {
			return true
		}
	}
	return false
}

func began(r MinorRelease, asOf time.Time) bool {
	signs := []time.Time{r.Released, r.EndOfLife, r.EndedBy, r.OpenOn}
	if !r.Released.IsZero() {
		signs = signs[:1]
	}
	for _, p := range r.Patches {
		signs = append(signs, p.Date)
	}
	for _, t := range signs {
		if !t.IsZero() && !after(t, asOf) {
			return true
		}
	}
	return false
}

// after reports whether a is a later calendar day than b; the hour and the
// zone of either do not count.
func after(a, b time.Time) bool { return day(a).After(day(b)) }

func day(t time.Time) time.Time {
	y, m, d := t.Date()
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
}
