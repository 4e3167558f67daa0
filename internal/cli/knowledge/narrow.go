package knowledge

import (
	"strings"
	"time"

	"github.com/fixline-dev/fixline/internal/catalog"
	"github.com/fixline-dev/fixline/internal/cli/exit"
	"github.com/fixline-dev/fixline/internal/cli/factory"
	"github.com/fixline-dev/fixline/internal/cli/flags"
)

// narrow reads --advisory: each value is the ID of a known advisory, or a file
// whose advisories join the catalogue. It gives the IDs the run is about.
func (o *Options) narrow(f *factory.Factory, c *catalog.Catalog, asOf time.Time) (*catalog.Catalog, []string, error) {
	var ids []string
	for _, value := range o.Advisory {
		if isFile(value) {
			joined, loaded, err := opened(f, c, value)
			if err != nil {
				return nil, nil, err
			}
			for _, cl := range loaded.Claims {
				if a, ok := joined.Advisory(cl.CVE); ok { // under the ID it is known by
					ids = append(ids, a.ID)
				}
			}
			c = joined
			continue
		}
		id, err := find(c, value, asOf)
		if err != nil {
			return nil, nil, err
		}
		ids = append(ids, id)
	}
	return c, ids, nil
}

// isFile: advisories are named by IDs such as CVE-2025-13281; anything that
// looks like a path is one.
func isFile(value string) bool {
	return strings.ContainsAny(value, `/\.`)
}

// find is the ID of a known advisory that is public on the day.
func find(c *catalog.Catalog, id string, asOf time.Time) (string, error) {
	a, ok := c.Advisory(strings.ToUpper(strings.TrimSpace(id)))
	if !ok {
		a, ok = c.Advisory(strings.TrimSpace(id))
	}
	switch {
	case !ok:
		return "", exit.WithHint(exit.Usagef("--advisory: no advisory %q in the catalogue of %s%s", id, c.Date.Format(time.DateOnly), flags.Suggest(strings.ToUpper(id), IDs(c))),
			"list the known ones: fixline advisories list; judge by a file of your own: --advisory FILE")
	case a.Published.After(asOf):
		return "", exit.WithHint(exit.Usagef("--advisory: %s was published on %s, after the day of --as-of, %s", a.ID, a.Published.Format(time.DateOnly), asOf.Format(time.DateOnly)),
			"use --as-of %s or a later day", a.Published.Format(time.DateOnly))
	}
	return a.ID, nil
}

// IDs of every advisory, for suggestions and completion.
func IDs(c *catalog.Catalog) []string {
	ids := make([]string, len(c.Advisories))
	for i, a := range c.Advisories {
		ids[i] = a.ID
	}
	return ids
}
