package calendar

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/fixline-dev/fixline/internal/core/support"
	"github.com/fixline-dev/fixline/internal/core/version"
)

// File is the form releases.json and the distilled sources share.
type File struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"` // ReleaseCalendar
	// Date is the day the file was made from its sources.
	Date      string    `json:"date"`
	Sources   []Source  `json:"sources"`
	Calendars []Product `json:"calendars"`
}

// Source says where dates come from.
type Source struct {
	Name    string `json:"name"` // the name disputes quote
	Product string `json:"product"`
	URL     string `json:"url"`
	Commit  string `json:"commit,omitempty"`
	Licence string `json:"licence,omitempty"`
	Read    string `json:"read"`             // YYYY-MM-DD the source speaks of
	SHA256  string `json:"sha256,omitempty"` // of the file that was read
	Note    string `json:"note,omitempty"`
}

// Product is one calendar.
type Product struct {
	Product string   `json:"product"`
	Through string   `json:"through"`
	Sources []string `json:"sources"`
	Minors  []Minor  `json:"minors"`
}

// Minor is one row; absent dates are unknown.
type Minor struct {
	Minor           string `json:"minor"`
	Released        string `json:"released,omitempty"`
	MaintenanceFrom string `json:"maintenanceFrom,omitempty"`
	EndOfLife       string `json:"endOfLife,omitempty"`
	ExtendedUntil   string `json:"extendedUntil,omitempty"`
	EndedBy         string `json:"endedBy,omitempty"`
	OpenOn          string `json:"openOn,omitempty"`
	// LastPatch is the number of the newest patch; they run from 0 without
	// gaps. Absent: no patch is known.
	LastPatch *int `json:"lastPatch,omitempty"`
	// Patches holds the dates that are known, by patch number.
	Patches  map[string]string `json:"patches,omitempty"`
	Disputed []string          `json:"disputed,omitempty"`
}

// APIVersion and Kind of a File.
const (
	APIVersion = "fixline.dev/v1alpha1"
	Kind       = "ReleaseCalendar"
)

// Decode reads a File, strictly: an unknown key is an error.
func Decode(data []byte) (File, error) {
	var f File
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(&f); err != nil {
		return File{}, fmt.Errorf("reading a release calendar: %w", err)
	}
	if f.APIVersion != APIVersion || f.Kind != Kind {
		return File{}, fmt.Errorf("reading a release calendar: it is a %s of %s, not a %s of %s", f.Kind, f.APIVersion, Kind, APIVersion)
	}
	return f, nil
}

// Values are the calendars of a file by product.
func (f File) Values() (map[string]*support.Calendar, error) {
	out := map[string]*support.Calendar{}
	for _, p := range f.Calendars {
		c, err := p.value()
		if err != nil {
			return nil, fmt.Errorf("reading the %s calendar: %w", p.Product, err)
		}
		out[p.Product] = &c
	}
	return out, nil
}

func (p Product) value() (support.Calendar, error) {
	c := support.Calendar{Product: p.Product, Sources: p.Sources, Minors: []support.MinorRelease{}}
	var err error
	if c.Through, err = date(p.Through); err != nil {
		return c, fmt.Errorf("through: %w", err)
	}
	for _, m := range p.Minors {
		row, err := m.value()
		if err != nil {
			return c, fmt.Errorf("minor %q: %w", m.Minor, err)
		}
		c.Minors = append(c.Minors, row)
	}
	if !slices.IsSortedFunc(c.Minors, func(a, b support.MinorRelease) int { return a.Minor.Compare(b.Minor) }) {
		return c, fmt.Errorf("minors are not in ascending order")
	}
	return c, nil
}

func (m Minor) value() (support.MinorRelease, error) {
	minor, err := version.ParseMinor(m.Minor)
	if err != nil {
		return support.MinorRelease{}, err
	}
	r := support.MinorRelease{Minor: minor, Disputed: m.Disputed, Patches: []support.Patch{}}
	for _, f := range []struct {
		name string
		text string
		to   *time.Time
	}{
		{"released", m.Released, &r.Released}, {"maintenanceFrom", m.MaintenanceFrom, &r.MaintenanceFrom},
		{"endOfLife", m.EndOfLife, &r.EndOfLife}, {"extendedUntil", m.ExtendedUntil, &r.ExtendedUntil},
		{"endedBy", m.EndedBy, &r.EndedBy}, {"openOn", m.OpenOn, &r.OpenOn},
	} {
		if *f.to, err = date(f.text); err != nil {
			return r, fmt.Errorf("%s: %w", f.name, err)
		}
	}
	if m.LastPatch == nil {
		return r, nil
	}
	for n := 0; n <= *m.LastPatch; n++ {
		p := support.Patch{Version: minor.Patch(n)}
		if p.Date, err = date(m.Patches[strconv.Itoa(n)]); err != nil {
			return r, fmt.Errorf("patch %d: %w", n, err)
		}
		r.Patches = append(r.Patches, p)
	}
	for n := range m.Patches {
		if i, err := strconv.Atoi(n); err != nil || i < 0 || i > *m.LastPatch {
			return r, fmt.Errorf("patch %q is not one of 0 to %d", n, *m.LastPatch)
		}
	}
	return r, nil
}

func date(s string) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	return time.Parse(time.DateOnly, s)
}

// Of is the file form of a calendar.
func Of(c support.Calendar) Product {
	p := Product{Product: c.Product, Through: text(c.Through), Sources: c.Sources, Minors: []Minor{}}
	for _, r := range c.Minors {
		m := Minor{
			Minor: r.Minor.String(), Released: text(r.Released), MaintenanceFrom: text(r.MaintenanceFrom),
			EndOfLife: text(r.EndOfLife), ExtendedUntil: text(r.ExtendedUntil), EndedBy: text(r.EndedBy), OpenOn: text(r.OpenOn),
			Disputed: r.Disputed,
		}
		if n := len(r.Patches); n > 0 {
			last := n - 1
			m.LastPatch, m.Patches = &last, map[string]string{}
			for i, x := range r.Patches {
				if !x.Date.IsZero() {
					m.Patches[strconv.Itoa(i)] = text(x.Date)
				}
			}
		}
		p.Minors = append(p.Minors, m)
	}
	return p
}

func text(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format(time.DateOnly)
}

// Encode writes a file with one minor on a line, so that a change of one date
// is a change of one line.
func Encode(f File) ([]byte, error) {
	var b strings.Builder
	head, err := json.MarshalIndent(f.Sources, "  ", "  ")
	if err != nil {
		return nil, fmt.Errorf("writing a release calendar: %w", err)
	}
	fmt.Fprintf(&b, "{\n  \"apiVersion\": %q,\n  \"kind\": %q,\n  \"date\": %q,\n  \"sources\": %s,\n  \"calendars\": [", APIVersion, Kind, f.Date, head)
	for i, p := range f.Calendars {
		sources, err := json.Marshal(p.Sources)
		if err != nil {
			return nil, fmt.Errorf("writing a release calendar: %w", err)
		}
		fmt.Fprintf(&b, "%s\n    {\n      \"product\": %q,\n      \"through\": %q,\n      \"sources\": %s,\n      \"minors\": [", comma(i), p.Product, p.Through, sources)
		for j, m := range p.Minors {
			row, err := json.Marshal(m)
			if err != nil {
				return nil, fmt.Errorf("writing a release calendar: %w", err)
			}
			fmt.Fprintf(&b, "%s\n        %s", comma(j), row)
		}
		b.WriteString("\n      ]\n    }")
	}
	b.WriteString("\n  ]\n}\n")
	return []byte(b.String()), nil
}

func comma(i int) string {
	if i == 0 {
		return ""
	}
	return ","
}
