package knowledge

import (
	"fmt"
	"time"

	"github.com/fixline-dev/fixline/internal/core/support"
	"github.com/fixline-dev/fixline/internal/core/version"
)

// CheckRelease finds versions that were never released as far as the release
// calendar knows, or not yet on the day the run judges as of. A newer one than it knows may exist, but nothing can be said
// of it.
func (f Facts) CheckRelease(v version.Version) error {
	calendar, ok := f.Calendars["kubernetes"]
	switch {
	case ok && calendar.Released(v, f.AsOf) == support.NotYet:
		return fmt.Errorf("%s is an unknown release: not out yet on %s", v, f.AsOf.Format(time.DateOnly))
	case !ok || calendar.Knows(v):
		return nil
	case calendar.Newer(v):
		return fmt.Errorf("%s is an unknown release: newer than the catalogue of %s knows", v, f.Info.Date)
	}
	return fmt.Errorf("%s is an unknown release: Kubernetes never released it", v)
}
