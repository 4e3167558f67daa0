package osv

import (
	"github.com/fixline-dev/fixline/internal/catalog/claim"
	"github.com/fixline-dev/fixline/internal/core/version"
)

// perMinor takes a list of events apart in which the Security Response
// Committee's tool wrote one open range per minor: introduced 0, fixed 1.33.9,
// introduced 0, fixed 1.34.4. Sorted as one range the second fix would be lost,
// and read as ranges from 0 the first one would be no fix; read apart, they
// fold like the "<=" lines they were made from. Any other list comes back
// whole.
func (r affectedRange) perMinor() []affectedRange {
	var parts []affectedRange
	for _, e := range r.Events {
		if e.Introduced == "0" {
			parts = append(parts, affectedRange{Type: r.Type})
		}
		if len(parts) == 0 {
			return []affectedRange{r}
		}
		last := &parts[len(parts)-1]
		last.Events = append(last.Events, e)
	}
	for _, p := range parts {
		if len(p.Events) < 2 && p.Events[0].Fixed == "" && p.Events[0].LastAffected == "" {
			return []affectedRange{r} // a bare 0 is a real one: all versions
		}
	}
	return parts
}

func readParts(parts []affectedRange, staging bool) ([]claim.Interval, []version.Version, []string) {
	var out []claim.Interval
	var fixed []version.Version
	var bad []string
	for _, p := range parts {
		in, fx, unread := p.read(staging)
		out, fixed, bad = append(out, in...), append(fixed, fx...), append(bad, unread...)
	}
	return out, fixed, bad
}
