// Package support decides whether a minor release is supported on a day, from
// the release calendar. It holds no dates of its own and never reads a clock.
// Start at [Calendar.Status].
package support

import (
	"time"

	"github.com/fixline-dev/fixline/internal/core/version"
)

// Status of a minor on a day.
type Status string

const (
	Supported   Status = "supported"
	Maintenance Status = "maintenance"
	EndOfLife   Status = "end-of-life"
	Unknown     Status = "unknown"
)

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
	Patches         []Patch   // ascending, from .0 without gaps
}

// Patch is one patch release. A zero Date is unknown.
type Patch struct {
	Version version.Version
	Date    time.Time
}
