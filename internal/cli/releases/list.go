package releases

import (
	"slices"
	"time"

	"github.com/fixline-dev/fixline/internal/core/support"
)

// List is `fixline releases -o json`.
type List struct {
	APIVersion string   `json:"apiVersion"`
	Kind       string   `json:"kind"`
	Product    string   `json:"product"`
	AsOf       string   `json:"asOf"`
	Through    *string  `json:"through"` // the day the calendar was read through
	Minors     []Minor  `json:"minors"`  // newest first
	Hidden     int      `json:"hidden"`  // older ones, left out without --all
	Sources    []Source `json:"sources"`
}

// Minor is one minor line on the day.
type Minor struct {
	Minor       string   `json:"minor"`
	Status      string   `json:"status"` // supported | maintenance | end-of-life | unknown
	Released    *string  `json:"released"`
	Maintenance *string  `json:"maintenanceFrom"`
	EndOfLife   *string  `json:"endOfLife"`
	Extended    *string  `json:"extendedUntil"`
	Latest      *string  `json:"latest"` // newest patch that is out on the day
	LatestDate  *string  `json:"latestDate"`
	Disputed    []string `json:"disputed"`
}

// Source is where a calendar comes from.
type Source struct {
	Name string `json:"name"`
	URL  string `json:"url"`
	Read string `json:"read"`
}

// ended is how many end-of-life minors are shown without --all.
const ended = 3

// list shows the minors that are out on the day, newest first.
func list(c *support.Calendar, asOf time.Time, all bool) List {
	l := List{APIVersion: "fixline.dev/v1alpha1", Kind: "Releases", Product: c.Product, AsOf: asOf.Format(time.DateOnly),
		Through: day(c.Through), Minors: []Minor{}, Sources: []Source{}}
	shown := 0
	for _, m := range slices.Backward(c.Minors) {
		if m.Released.After(asOf) {
			continue
		}
		status, row := c.Status(m.Minor, asOf)
		if !status.Live() {
			if shown++; shown > ended && !all {
				l.Hidden++
				continue
			}
		}
		out := Minor{Minor: m.Minor.String(), Status: string(status), Released: day(row.Released), Maintenance: day(row.MaintenanceFrom),
			EndOfLife: day(row.EndOfLife), Extended: day(row.ExtendedUntil), Disputed: append([]string{}, row.Disputed...)}
		if patches := c.Public(m.Minor, asOf); len(patches) > 0 {
			newest := patches[len(patches)-1]
			v := newest.Version.String()
			out.Latest, out.LatestDate = &v, day(newest.Date)
		}
		l.Minors = append(l.Minors, out)
	}
	return l
}

func day(t time.Time) *string {
	if t.IsZero() {
		return nil
	}
	s := t.Format(time.DateOnly)
	return &s
}
