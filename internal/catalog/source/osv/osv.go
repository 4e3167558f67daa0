// Package osv reads advisories in the Open Source Vulnerability form
// (https://ossf.github.io/osv-schema/) into claims: from golang/vulndb, from
// kubernetes-sigs/cve-feed-osv, and from a user's own files. It decides what
// their ranges mean where that form is bent (events out of order, real ranges
// in custom_ranges, pseudo-versions, one open range per minor); it does not
// decide between sources. Start at [Parse].
package osv

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/fixline-dev/fixline/internal/catalog/claim"
	"github.com/fixline-dev/fixline/internal/catalog/source/lines"
	"github.com/fixline-dev/fixline/internal/catalog/source/names"
	"github.com/fixline-dev/fixline/internal/catalog/source/plain"
	"github.com/fixline-dev/fixline/internal/core/version"
)

// MaxSize bounds one file in bytes.
const MaxSize = 64 << 20

type record struct {
	ID         string      `json:"id"`
	Aliases    []string    `json:"aliases"`
	Published  string      `json:"published"`
	Withdrawn  string      `json:"withdrawn"`
	Summary    string      `json:"summary"`
	Severity   []severity  `json:"severity"`
	Affected   []affected  `json:"affected"`
	References []reference `json:"references"`
	Specific   struct {
		URL      string `json:"url"`
		Platform string `json:"platform"`
	} `json:"database_specific"`
}

type reference struct {
	Type string `json:"type"`
	URL  string `json:"url"`
}

type severity struct {
	Type  string `json:"type"`
	Score string `json:"score"`
}

type affected struct {
	Package struct {
		Ecosystem string `json:"ecosystem"`
		Name      string `json:"name"`
	} `json:"package"`
	Severity []severity      `json:"severity"`
	Ranges   []affectedRange `json:"ranges"`
	Versions []string        `json:"versions"`
	Specific struct {
		CustomRanges []affectedRange `json:"custom_ranges"`
	} `json:"ecosystem_specific"`
}

type affectedRange struct {
	Type   string  `json:"type"`
	Events []event `json:"events"`
}

type event struct {
	Introduced   string `json:"introduced"`
	Fixed        string `json:"fixed"`
	LastAffected string `json:"last_affected"`
	Limit        string `json:"limit"`
}

// Parse reads one record, or a list of them, named name in errors. Each CVE a
// record names is one claim; a record without one keeps its GHSA or own id. A
// withdrawn record gives none. Source is "vulndb" for GO- records, else "osv".
func Parse(name string, r io.Reader) ([]claim.Claim, error) {
	table, err := names.Load()
	if err != nil {
		return nil, err
	}
	raw, err := plain.ReadAll(name, r, MaxSize)
	if err != nil {
		return nil, err
	}
	records, err := decode(raw)
	if err != nil {
		return nil, fmt.Errorf("reading OSV file %q: %w", name, err)
	}
	var out []claim.Claim
	for i, rec := range records {
		if rec.ID == "" {
			return nil, fmt.Errorf("reading OSV file %q: record %d has no \"id\"", name, i+1)
		}
		if rec.Withdrawn != "" {
			continue
		}
		out = append(out, rec.claims(table)...)
	}
	return out, nil
}

func decode(raw []byte) ([]record, error) {
	raw = bytes.TrimSpace(raw)
	if len(raw) > 0 && raw[0] == '[' {
		var list []record
		return list, plain.AtLine(raw, json.Unmarshal(raw, &list))
	}
	var one record
	if err := plain.AtLine(raw, json.Unmarshal(raw, &one)); err != nil {
		return nil, err
	}
	return []record{one}, nil
}

var cvePattern = regexp.MustCompile(`^CVE-\d{4}-\d{4,}$`)

func (rec record) claims(table names.Names) []claim.Claim {
	ids, others := rec.ids()
	base := claim.Claim{
		Source:    "osv",
		URL:       rec.url(),
		Title:     rec.Summary,
		Published: date(rec.Published),
		Vector:    rec.vector(),
		OS:        rec.os(),
	}
	if strings.HasPrefix(rec.ID, "GO-") {
		base.Source = "vulndb"
	}
	base.Components, base.Unparsed = rec.components(table)
	base.Partial = len(base.Unparsed) > 0
	var out []claim.Claim
	for _, id := range ids {
		c := base
		c.CVE = id
		if len(ids) == 1 {
			c.Aliases = others
		}
		out = append(out, c)
	}
	return out
}

// ids are the CVE ids of a record, else its best other name; and its aliases.
func (rec record) ids() (ids, others []string) {
	for _, s := range append([]string{rec.ID}, rec.Aliases...) {
		if cvePattern.MatchString(s) {
			ids = append(ids, s)
		} else {
			others = append(others, s)
		}
	}
	slices.Sort(others)
	if len(ids) > 0 || len(others) == 0 {
		return ids, others
	}
	best := others[0]
	for _, s := range others {
		if strings.HasPrefix(s, "GHSA-") {
			best = s
			break
		}
	}
	return []string{best}, slices.DeleteFunc(others, func(s string) bool { return s == best })
}

// os is the system the record limits itself to; "" for several, all or a word
// that is none: a condition nobody meets would clear every cluster.
func (rec record) os() string {
	switch os := strings.ToLower(strings.TrimSpace(rec.Specific.Platform)); os {
	case "linux", "windows":
		return os
	}
	return ""
}

func (rec record) url() string {
	if rec.Specific.URL != "" {
		return rec.Specific.URL
	}
	for _, r := range rec.References {
		if r.Type == "ADVISORY" {
			return r.URL
		}
	}
	if len(rec.References) > 0 {
		return rec.References[0].URL
	}
	return "https://osv.dev/vulnerability/" + rec.ID
}

func (rec record) vector() string {
	all := slices.Clone(rec.Severity)
	for _, a := range rec.Affected {
		all = append(all, a.Severity...)
	}
	for _, s := range all {
		if v, _, err := claim.BaseVector(s.Score); err == nil {
			return v
		}
	}
	return ""
}

// date reads a timestamp, a day or a month; golang/vulndb writes year 1 for
// "none", and a month alone is no day.
func date(s string) time.Time {
	for _, form := range []string{time.RFC3339, "2006-01-02T15:04Z", time.DateOnly} {
		if t, err := time.Parse(form, s); err == nil && t.Year() > 1 {
			return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC)
		}
	}
	return time.Time{}
}

// entry is what one affected block says.
type entry struct {
	components []string
	intervals  []claim.Interval
	fixed      []version.Version
}

// components reads the affected blocks. Blocks of several module paths of one
// product are one statement, of which a path with neither beginning nor fix
// ("the fix is in another module") says nothing.
func (rec record) components(table names.Names) ([]claim.Component, []string) {
	var entries []entry
	var unparsed []string
	for _, a := range rec.Affected {
		e := entry{components: componentsOf(table, a.Package.Name)}
		p, _ := table.Package(a.Package.Name)
		var bad []string
		e.intervals, e.fixed, bad = a.stretches(p.Staging)
		unparsed = append(unparsed, bad...)
		entries = append(entries, e)
	}
	var out []claim.Component
	for _, name := range distinct(entries) {
		var open, real []claim.Interval
		var fixed []version.Version
		for _, e := range entries {
			if !slices.Contains(e.components, name) {
				continue
			}
			fixed = append(fixed, e.fixed...)
			if len(e.fixed) == 0 && allOpen(e.intervals) {
				open = append(open, e.intervals...)
			} else {
				real = append(real, e.intervals...)
			}
		}
		if len(real) == 0 {
			real = open
		}
		if len(real) == 0 && len(unparsed) == 0 {
			continue
		}
		out = append(out, claim.Component{Name: name, Intervals: lines.Fold(real), Fixed: lines.Ascending(fixed)})
	}
	if len(out) == 0 { // what it is in may be known, but no version is
		for _, name := range distinct(entries) {
			out = append(out, claim.Component{Name: name})
		}
		unparsed = append(unparsed, "the record names no affected versions")
	}
	return out, unparsed
}

func allOpen(in []claim.Interval) bool {
	return !slices.ContainsFunc(in, func(v claim.Interval) bool { return v.Before.Known() })
}

func distinct(entries []entry) []string {
	var out []string
	for _, e := range entries {
		for _, c := range e.components {
			if !slices.Contains(out, c) {
				out = append(out, c)
			}
		}
	}
	return out
}

var majorSuffix = regexp.MustCompile(`/v\d+$`)

// componentsOf names the running components of a package; one the table does
// not hold is taken as the image of its last path element.
func componentsOf(table names.Names, pkg string) []string {
	p, ok := table.Package(pkg)
	if ok && len(p.Components) > 0 {
		return p.Components
	}
	if ok {
		return []string{""}
	}
	short := majorSuffix.ReplaceAllString(pkg, "")
	return []string{short[strings.LastIndex(short, "/")+1:]}
}
