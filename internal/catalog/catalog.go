// Package catalog holds the facts Fixline judges by, embedded and dated:
// advisories and release calendars. It decides nothing about a cluster, reads
// no network, and says how old its facts are. Start at [Load].
package catalog

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/fixline-dev/fixline/internal/catalog/calendar"
	"github.com/fixline-dev/fixline/internal/catalog/claim"
	"github.com/fixline-dev/fixline/internal/catalog/form"
	"github.com/fixline-dev/fixline/internal/catalog/source/names"
	"github.com/fixline-dev/fixline/internal/core/advisory"
	"github.com/fixline-dev/fixline/internal/core/support"
)

//go:embed data/advisories.json
var advisoriesJSON []byte

// Catalog is everything known on a day. It is not changed after it was made;
// With gives a new one.
type Catalog struct {
	// Date is the day the catalogue was made.
	Date time.Time
	// AdvisoriesThrough is the day up to which the sources of advisories were
	// read; age and staleness count from it.
	AdvisoriesThrough time.Time
	// Advisories in order of id.
	Advisories []advisory.Advisory
	// Calendars by product: kubernetes, etcd, containerd, coredns, runc, eks, gke, aks.
	Calendars map[string]*support.Calendar
	// CalendarSources says where the calendars are from.
	CalendarSources calendar.File
}

// Load reads the embedded catalogue. An error means that the program was built
// from a broken file.
func Load() (*Catalog, error) {
	c, err := Decode(advisoriesJSON)
	if err != nil {
		return nil, fmt.Errorf("loading the embedded advisories.json: %w", err)
	}
	if c.Calendars, c.CalendarSources, err = Calendars(); err != nil {
		return nil, err
	}
	return c, nil
}

// file is the written form of a catalogue.
type file struct {
	Date              string          `json:"date"`
	AdvisoriesThrough string          `json:"advisoriesThrough"`
	Advisories        []form.Advisory `json:"advisories"`
}

// Sniff reports whether data is a catalogue file.
func Sniff(data []byte) bool {
	var f struct {
		AdvisoriesThrough string          `json:"advisoriesThrough"`
		Advisories        json.RawMessage `json:"advisories"`
	}
	return json.Unmarshal(data, &f) == nil && f.AdvisoriesThrough != "" && len(f.Advisories) > 0
}

// Newest is c, or the one of others whose sources were read through a later
// day, with c's calendars.
func (c *Catalog) Newest(others []*Catalog) *Catalog {
	best := *c
	for _, o := range others {
		if o.AdvisoriesThrough.After(best.AdvisoriesThrough) {
			best.Date, best.AdvisoriesThrough, best.Advisories = o.Date, o.AdvisoriesThrough, o.Advisories
		}
	}
	return &best
}

// Decode reads the advisories of a catalogue file; it has no calendars.
func Decode(raw []byte) (*Catalog, error) {
	var f file
	if err := json.Unmarshal(raw, &f); err != nil {
		return nil, err
	}
	c := &Catalog{Advisories: make([]advisory.Advisory, 0, len(f.Advisories))}
	var err error
	if c.Date, err = time.Parse(time.DateOnly, f.Date); err != nil {
		return nil, fmt.Errorf("date: %w", err)
	}
	if c.AdvisoriesThrough, err = time.Parse(time.DateOnly, f.AdvisoriesThrough); err != nil {
		return nil, fmt.Errorf("advisoriesThrough: %w", err)
	}
	for _, in := range f.Advisories {
		a, err := form.Decode(in)
		if err != nil {
			return nil, err
		}
		c.Advisories = append(c.Advisories, a)
	}
	return c, nil
}

// Advisory finds one by its id or an alias.
func (c *Catalog) Advisory(id string) (advisory.Advisory, bool) {
	for _, a := range c.Advisories {
		if a.ID == id || slices.Contains(a.Aliases, id) {
			return a, true
		}
	}
	return advisory.Advisory{}, false
}

// AdvisoriesPublic are those public on the day of asOf. One without a known
// date of publication counts as public.
func (c *Catalog) AdvisoriesPublic(asOf time.Time) []advisory.Advisory {
	var out []advisory.Advisory
	for _, a := range c.Advisories {
		if !a.Published.After(asOf) {
			out = append(out, a)
		}
	}
	return out
}

// With adds claims, such as those of a user's files: an advisory the catalogue
// does not hold is new; of one it holds the claims are merged with what it
// says by the same rules, and its conditions and mitigations stay.
func (c *Catalog) With(claims []claim.Claim) (*Catalog, error) {
	byID := map[string][]claim.Claim{}
	var ids []string
	for _, x := range claims {
		id := x.CVE
		if known, ok := c.Advisory(id); ok {
			id = known.ID
		}
		x.CVE = id
		if len(byID[id]) == 0 {
			ids = append(ids, id)
		}
		byID[id] = append(byID[id], x)
	}
	var cal support.Calendar
	if k := c.Calendars[names.Kubernetes]; k != nil {
		cal = *k
	}
	out := *c
	out.Advisories = slices.Clone(c.Advisories)
	for _, id := range ids {
		i := slices.IndexFunc(out.Advisories, func(a advisory.Advisory) bool { return a.ID == id })
		if i < 0 {
			a, err := claim.Merge(byID[id], cal)
			if err != nil {
				return nil, err
			}
			out.Advisories = append(out.Advisories, a)
			continue
		}
		a, err := claim.Amend(out.Advisories[i], byID[id], cal)
		if err != nil {
			return nil, err
		}
		out.Advisories[i] = a
	}
	slices.SortFunc(out.Advisories, func(a, b advisory.Advisory) int { return form.CompareIDs(a.ID, b.ID) })
	return &out, nil
}
