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
			before, later := len(ids), ""
			for _, cl := range loaded.Claims {
				a, ok := joined.Advisory(cl.CVE) // under the ID it is known by
				switch {
				case ok && a.Published.After(asOf):
					later = a.Published.Format(time.DateOnly)
				case ok:
					ids = append(ids, a.ID)
				}
			}
			if len(ids) == before {
				// To go on would judge everything, or nothing.
				return nil, nil, none(value, later, asOf)
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

// none is what is wrong with a file that narrows to no advisory.
func none(file, published string, asOf time.Time) error {
	if published != "" {
		return exit.WithHint(exit.Usagef("--advisory: what %s holds was published on %s, after the day of --as-of, %s", file, published, asOf.Format(time.DateOnly)),
			"use --as-of %s or a later day", published)
	}
	return exit.WithHint(exit.Usagef("--advisory: %s holds no advisory", file), "judge by every advisory: leave --advisory out")
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
