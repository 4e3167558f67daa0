// Package support decides whether a minor release is supported on a day and
// whether a version is out on it, from the release calendar. It holds no dates
// of its own, never reads a clock, and answers "unknown" where the calendar is
// silent. Start at [Calendar.Status].
//
// The rules, and where they come from:
//   - A minor is supported through its end-of-life day and not the day after.
//     The project publishes the day as the last one on which the branch is
//     maintained (https://kubernetes.io/releases/patch-releases/).
//   - Maintenance counts as supported: such a minor still receives security
//     fixes (same page, "maintenance mode").
//   - A patch without a known date is out after the end of life of its minor
//     or once a later patch of the same minor is out; before that its day is
//     unknown and it is no candidate for an upgrade.
package support

import (
	"time"

	"github.com/fixline-dev/fixline/internal/core/version"
)

// Status of a minor on a day.
type Status string

const (
	Supported   Status = "supported"
	Maintenance Status = "maintenance" // security and critical fixes only; still supported
	EndOfLife   Status = "end-of-life"
	Unknown     Status = "unknown"
)

// Live reports whether a minor in this status still receives fixes.
func (s Status) Live() bool { return s == Supported || s == Maintenance }

// Calendar is one product's releases (kubernetes, etcd, containerd, eks...).
type Calendar struct {
	Product string
	Minors  []MinorRelease // ascending
	Through time.Time      // the day the calendar was read through
	Sources []string
}

// MinorRelease is one minor line. Zero dates are unknown.
type MinorRelease struct {
	Minor           version.Minor
	Released        time.Time
	MaintenanceFrom time.Time
	EndOfLife       time.Time
	ExtendedUntil   time.Time // providers' paid or long-term support
	// EndedBy: the source says the minor has ended without saying when; this
	// is the day it said so. OpenOn: the source says no end is set yet; this is
	// the day it said so. Both matter only where EndOfLife is zero.
	EndedBy, OpenOn time.Time
	Patches         []Patch // ascending, from .0 without gaps
	// Disputed names dates on which sources differ, one sentence each.
	Disputed []string
}

// EndsWithin reports whether support is known to end before so many days after
// asOf have passed; true as well where it has ended.
func (r MinorRelease) EndsWithin(days int, asOf time.Time) bool {
	return !r.EndOfLife.IsZero() && r.EndOfLife.Before(asOf.AddDate(0, 0, days))
}

// Patch is one patch release. A zero Date is unknown.
type Patch struct {
	Version version.Version
	Date    time.Time
}
