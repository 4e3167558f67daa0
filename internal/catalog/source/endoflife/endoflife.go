// Package endoflife reads the release calendars of endoflife.date in its three
// forms: the JSON API v1, the older /api/PRODUCT.json list, and the YAML front
// matter of the site's own product pages. It reports what they say; an end
// given as true or false instead of a day is kept as such. Start at [Parse].
//
// Format: https://endoflife.date/docs/api/v1/
package endoflife

import (
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/fixline-dev/fixline/internal/catalog/source/plain"
	"github.com/fixline-dev/fixline/internal/core/support"
	"github.com/fixline-dev/fixline/internal/core/version"
)

// Origin is what a file does not say itself.
type Origin struct {
	// Name of the file; the older API names its product only there.
	Name string
	// Read is the day the file was read: an end of "true" or "false" is a
	// statement of that day.
	Read time.Time
}

// form is one of the three spellings of the same facts.
type form struct {
	cycle, released, maintenance, end, extended string
	latest, latestDate                          string
}

// apiV1 is the form of /api/v1/products/PRODUCT.
func apiV1() form {
	return form{"name", "releaseDate", "eoasFrom", "eolFrom", "eoesFrom", "latest", ""}
}

// apiList is the form of /api/PRODUCT.json.
func apiList() form {
	return form{"cycle", "releaseDate", "support", "eol", "extendedSupport", "latest", "latestReleaseDate"}
}

// frontMatter is the form of the site's product pages.
func frontMatter() form {
	return form{"releaseCycle", "releaseDate", "eoas", "eol", "eoes", "latest", "latestReleaseDate"}
}

// Sniff reports whether a document is of endoflife.date.
func Sniff(doc plain.Value) bool { return len(products(doc)) > 0 }

type product struct {
	name  string
	form  form
	rows  []plain.Value
	stamp time.Time
}

func products(doc plain.Value) []product {
	has := func(rows []plain.Value, key string) bool { return len(rows) > 0 && rows[0].Get(key).Exists() }
	if rows := doc.Items(); has(rows, "cycle") {
		return []product{{form: apiList(), rows: rows}}
	}
	if rows := doc.Get("releases").Items(); has(rows, "releaseCycle") {
		name := strings.TrimPrefix(doc.Get("permalink").Text(), "/")
		return []product{{name: name, form: frontMatter(), rows: rows}}
	}
	stamp, _ := doc.Get("generated_at").Date()
	results := doc.Get("result").Items()
	if r := doc.Get("result"); r.Map() {
		results = []plain.Value{r}
	}
	out := []product{}
	for _, r := range results {
		if rows := r.Get("releases").Items(); has(rows, "name") && r.Get("name").Exists() {
			out = append(out, product{name: r.Get("name").Text(), form: apiV1(), rows: rows, stamp: stamp})
		}
	}
	return out
}

// Parse reads one file, which may hold several products, into their calendars
// in the order of the file. The warnings name rows and fields that could not
// be read; the error is for files of another kind.
func Parse(data []byte, origin Origin) ([]support.Calendar, []string, error) {
	docs, err := plain.Documents(FrontMatter(data))
	if err != nil {
		return nil, nil, err
	}
	out, warnings := []support.Calendar{}, []string{}
	for _, d := range docs {
		for _, p := range products(d) {
			if p.stamp.IsZero() {
				p.stamp = origin.Read
			}
			if p.name == "" {
				p.name = strings.TrimSuffix(path.Base(origin.Name), path.Ext(origin.Name))
			}
			c, w := p.calendar()
			out, warnings = append(out, c), append(warnings, w...)
		}
	}
	if len(out) == 0 {
		return nil, nil, fmt.Errorf("no release of a product in any form of endoflife.date")
	}
	return out, warnings, nil
}

// FrontMatter cuts the YAML between the --- lines of a product page; anything
// else comes back as it is.
func FrontMatter(data []byte) []byte {
	s := string(data)
	if !strings.HasPrefix(s, "---") {
		return data
	}
	if end := strings.Index(s[3:], "\n---"); end >= 0 && !strings.Contains(s[end+7:], "\nreleases:") {
		return data[:end+4]
	}
	return data
}

// Product is our name for one of endoflife.date's.
func Product(name string) string {
	switch name {
	case "amazon-eks":
		return "eks"
	case "google-kubernetes-engine":
		return "gke"
	case "azure-kubernetes-service":
		return "aks"
	}
	return name
}

func (p product) calendar() (support.Calendar, []string) {
	c := support.Calendar{Product: Product(p.name), Minors: []support.MinorRelease{}, Through: p.stamp}
	warnings := []string{}
	warn := func(format string, args ...any) {
		warnings = append(warnings, p.name+": "+fmt.Sprintf(format, args...))
	}
	for _, r := range p.rows {
		cycle := r.Get(p.form.cycle)
		m, err := version.ParseMinor(cycle.Text())
		if err != nil {
			warn("line %d: release cycle %q is not a minor such as 1.34; the row is left out", r.Line(), cycle.Text())
			continue
		}
		row := support.MinorRelease{Minor: m, Patches: []support.Patch{}}
		date := func(key string) time.Time {
			t, err := r.Get(key).Date()
			if err != nil {
				warn("%s", err)
			}
			return t
		}
		dateOrBool := func(key string) time.Time {
			if _, isBool := r.Get(key).Bool(); isBool {
				return time.Time{}
			}
			return date(key)
		}
		row.Released = date(p.form.released)
		row.MaintenanceFrom = dateOrBool(p.form.maintenance)
		row.EndOfLife = dateOrBool(p.form.end)
		row.ExtendedUntil = dateOrBool(p.form.extended)
		if ended, ok := p.ended(r); ok && row.EndOfLife.IsZero() {
			if ended {
				row.EndedBy = p.stamp
			} else {
				row.OpenOn = p.stamp
			}
		}
		row.Patches = p.patches(r, m, date)
		c.Minors = append(c.Minors, row)
	}
	slices.SortStableFunc(c.Minors, func(a, b support.MinorRelease) int { return a.Minor.Compare(b.Minor) })
	return c, warnings
}

// ended is what the row says of its end without a date.
func (p product) ended(r plain.Value) (ended, ok bool) {
	if p.form == apiV1() {
		return r.Get("isEol").Bool()
	}
	return r.Get(p.form.end).Bool()
}

// patches counts up to the latest release the row names. Providers' builds
// (1.36.3-gke.1640000, 1.36-eks-6) are no patches of their minor.
func (p product) patches(r plain.Value, m version.Minor, date func(string) time.Time) []support.Patch {
	out := []support.Patch{}
	latest, day := r.Get(p.form.latest), time.Time{}
	if p.form == apiV1() {
		if d, err := latest.Get("date").Date(); err == nil {
			day = d
		}
		latest = latest.Get("name")
	} else {
		day = date(p.form.latestDate)
	}
	v, err := version.Parse(latest.Text())
	if err != nil || v.Kind() != version.Release || v.Minor() != m || v.PatchNumber() > 999 {
		return out
	}
	for n := 0; n <= v.PatchNumber(); n++ {
		out = append(out, support.Patch{Version: m.Patch(n)})
	}
	out[len(out)-1].Date = day
	return out
}
