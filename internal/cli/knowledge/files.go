package knowledge

import (
	"fmt"
	"slices"
	"time"

	"github.com/fixline-dev/fixline/internal/catalog"
	"github.com/fixline-dev/fixline/internal/catalog/calendar"
	"github.com/fixline-dev/fixline/internal/catalog/source"
	"github.com/fixline-dev/fixline/internal/catalog/store"
	"github.com/fixline-dev/fixline/internal/cli/exit"
	"github.com/fixline-dev/fixline/internal/cli/factory"
	"github.com/fixline-dev/fixline/internal/core/support"
)

// stored puts what the user imported on top of c.
func stored(f *factory.Factory, c *catalog.Catalog) (*catalog.Catalog, error) {
	loaded, err := store.New(f.DataDir).Load()
	if err != nil {
		return nil, exit.WithHint(exit.BadInput(fmt.Errorf("reading the imported data: %w", err)),
			"import it again, or drop it: fixline advisories remove NAME")
	}
	for _, w := range loaded.Warnings {
		f.IO.Verbosef("warning: %s", w)
	}
	return With(c, loaded)
}

// opened puts what a file, folder or zip says on top of c.
func opened(f *factory.Factory, c *catalog.Catalog, path string) (*catalog.Catalog, source.Loaded, error) {
	loaded, err := source.Open(path, Today(f))
	if err != nil {
		return nil, source.Loaded{}, exit.BadInput(err)
	}
	for _, w := range loaded.Warnings {
		f.IO.Notef("warning: %s", w)
	}
	c, err = With(c, loaded)
	return c, loaded, err
}

// With merges what was read into a catalogue by the rules of package claim;
// what a person wrote by hand is laid over the outcome. Release calendars join
// by the rules of package calendar, the one read last first. A newer catalogue
// stands in the place of c; a later reading of the official feed makes the
// facts as young as it is.
func With(c *catalog.Catalog, loaded source.Loaded) (*catalog.Catalog, error) {
	out, err := c.Newest(loaded.Catalogues).With(loaded.Claims)
	if err != nil {
		return nil, exit.BadInput(err)
	}
	for _, written := range loaded.Written {
		for i := range out.Advisories {
			if a := &out.Advisories[i]; a.ID == written.Claim.CVE || slices.Contains(a.Aliases, written.Claim.CVE) {
				written.Overlay(a)
			}
		}
	}
	if loaded.Through.After(out.AdvisoriesThrough) {
		out.AdvisoriesThrough = loaded.Through.UTC().Truncate(24 * time.Hour)
	}
	out.Calendars = calendar.Join(c.Calendars, loaded.Calendars)
	return out, nil
}

// Calendars are the release calendars with what the user imported.
func Calendars(f *factory.Factory) (map[string]*support.Calendar, calendar.File, error) {
	calendars, file, err := catalog.Calendars()
	if err != nil {
		return nil, file, err
	}
	c, err := stored(f, &catalog.Catalog{Calendars: calendars})
	if err != nil {
		return nil, file, err
	}
	return c.Calendars, file, nil
}

// Today is the day of the clock, at midnight UTC.
func Today(f *factory.Factory) time.Time { return f.Now().UTC().Truncate(24 * time.Hour) }
