// Package claim holds what one source says of one advisory, in one form for
// every source, and decides what holds when several speak: Merge. Parsers of
// foreign formats (internal/catalog/source/...) produce claims; the generator
// merges committed claims into the embedded catalogue and the command line
// merges a user's files on top with the same rules. Start at [Merge].
package claim

import (
	"time"

	"github.com/fixline-dev/fixline/internal/core/version"
)

// Claim is what one source says of one CVE.
type Claim struct {
	CVE        string
	Aliases    []string
	Source     string // "cve-feed-osv", "stackrox", "vulndb", "changelog", "cve-record", "mail", "issue", "feed", "osv", "user"
	URL        string // where to check it
	Title      string // as the source words it; never copied into the catalogue
	Published  time.Time
	Vector     string // CVSS base vector, normalised to upper case, temporal metrics dropped
	OS         string // "windows" where the source limits it
	Status     string // the feed's: open | fixed | unfixed | unknown
	Components []Component
	// Unparsed are lines of the source that hold versions but were not
	// understood, verbatim; the rest of the claim still counts.
	Unparsed []string
	// Partial: one of those lines is of affected versions, so that a version
	// in none of the Intervals is not known to be outside.
	Partial bool
}

// Component is what the claim says of one component ("" = the source names
// none, only "Kubernetes").
type Component struct {
	Name      string
	Intervals []Interval
	Fixed     []version.Version
}

// Interval is a half-open stretch of affected versions, after the per-minor
// reading of "<=" lists. Zero From reaches down, zero Before reaches up,
// without limit.
type Interval struct {
	From, Before version.Version
	// FromStated: the source itself says the defect began at From. False for
	// "<= v1.19.14" and for vulndb's default "introduced 0".
	FromStated bool
}
