// Package lifecycle holds the written forms of what is known of API versions:
// the frozen table api-lifecycle.json, and the rule files (kind: APIRules) in
// which people write what no module says - of Kubernetes, of an add-on, or of
// their own custom resources. It decides nothing about a manifest and reads
// no file by itself. Start at [Decode] for the table, at [ReadRules] for a
// rule file.
package lifecycle

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"

	"github.com/fixline-dev/fixline/internal/core/removal"
	"github.com/fixline-dev/fixline/internal/core/version"
)

// File is the written form of a table.
type File struct {
	// Date the table was made on, YYYY-MM-DD.
	Date string `json:"date"`
	// Products with the oldest and newest release read, "" for no bound.
	Products map[string]Bounds `json:"products"`
	// Modules the kinds of Kubernetes were read from.
	Modules    []Module    `json:"modules"`
	Bystanders []Bystander `json:"bystanders"`
	Kinds      []Kind      `json:"kinds"`
}

// Bounds are the releases a product's facts were read from, "1.16".
type Bounds struct {
	From    string `json:"from,omitempty"`
	Through string `json:"through,omitempty"`
}

// Module is one version of a Go module, with the checksum Go knows it by.
type Module struct {
	Path    string `json:"path"`
	Version string `json:"version"`
	Sum     string `json:"sum"`
}

// Kind is the written form of a [removal.Lifecycle]; minors are "1.22", and
// what is not known, or does not apply, is left out.
type Kind struct {
	Group        string   `json:"group"`
	Version      string   `json:"version"`
	Kind         string   `json:"kind"`
	Product      string   `json:"product,omitempty"` // left out: kubernetes
	Introduced   string   `json:"introduced,omitempty"`
	Deprecated   string   `json:"deprecated,omitempty"`
	Removed      string   `json:"removed,omitempty"`
	Replacement  *GVK     `json:"replacement,omitempty"`
	OffByDefault bool     `json:"offByDefault,omitempty"`
	Payload      bool     `json:"payload,omitempty"`
	Changes      []Change `json:"changes"` // null: nobody has looked
	Note         string   `json:"note,omitempty"`
	Source       string   `json:"source"`
	Verified     string   `json:"verified"`
}

// GVK is the written form of a [removal.GVK].
type GVK struct {
	Group   string `json:"group"`
	Version string `json:"version"`
	Kind    string `json:"kind"`
}

// Change is the written form of a [removal.Change].
type Change struct {
	Field  string `json:"field,omitempty"`
	Kind   string `json:"kind"`
	Text   string `json:"text"`
	Source string `json:"source"`
}

// Bystander is the written form of a [removal.Bystander].
type Bystander struct {
	Name       string   `json:"name"`
	Users      []string `json:"users,omitempty"`
	UserAgents []string `json:"userAgents,omitempty"`
	Managers   []string `json:"managers,omitempty"`
	Why        string   `json:"why"`
	Source     string   `json:"source"`
}

// Decode reads a table. The error names the kind that is wrong.
func Decode(data []byte) (*removal.Table, error) {
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	var f File
	if err := d.Decode(&f); err != nil {
		return nil, err
	}
	facts, err := f.Facts()
	if err != nil {
		return nil, err
	}
	return removal.NewTable(facts)
}

// Facts are the values of f.
func (f File) Facts() (removal.Facts, error) {
	out := removal.Facts{From: map[string]version.Minor{}, Through: map[string]version.Minor{}}
	var err error
	if out.Date, err = time.Parse(time.DateOnly, f.Date); err != nil {
		return out, fmt.Errorf("date: %w", err)
	}
	for p, b := range f.Products {
		if err := bound(out.From, p, b.From); err != nil {
			return out, err
		}
		if err := bound(out.Through, p, b.Through); err != nil {
			return out, err
		}
	}
	for _, b := range f.Bystanders {
		out.Bystanders = append(out.Bystanders, removal.Bystander{Name: b.Name, User: b.Users, UserAgent: b.UserAgents, Manager: b.Managers, Why: b.Why, Source: b.Source})
	}
	for _, k := range f.Kinds {
		l, err := k.value()
		if err != nil {
			return out, fmt.Errorf("%s/%s %s: %w", k.Group, k.Version, k.Kind, err)
		}
		out.Lives = append(out.Lives, l)
	}
	return out, nil
}

func bound(into map[string]version.Minor, product, text string) error {
	m, err := minor(text)
	if err != nil {
		return fmt.Errorf("products: %s: %w", product, err)
	}
	if text != "" {
		into[product] = m
	}
	return nil
}

func minor(text string) (version.Minor, error) {
	if text == "" {
		return version.Minor{}, nil
	}
	return version.ParseMinor(text)
}

func (k Kind) value() (removal.Lifecycle, error) {
	l := removal.Lifecycle{GVK: removal.GVK{Group: k.Group, Version: k.Version, Kind: k.Kind}, Product: k.Product,
		OffByDefault: k.OffByDefault, Payload: k.Payload, Note: k.Note, Source: k.Source, Verified: k.Verified, ChangesKnown: k.Changes != nil}
	if l.Product == "" {
		l.Product = removal.Kubernetes
	}
	for _, m := range []struct {
		text string
		into *version.Minor
	}{{k.Introduced, &l.Introduced}, {k.Deprecated, &l.Deprecated}, {k.Removed, &l.Removed}} {
		var err error
		if *m.into, err = minor(m.text); err != nil {
			return l, err
		}
	}
	if k.Replacement != nil {
		l.Replacement = removal.GVK(*k.Replacement)
	}
	for _, c := range k.Changes {
		l.Changes = append(l.Changes, removal.Change(c))
	}
	return l, nil
}

// Of is the written form of l.
func Of(l removal.Lifecycle) Kind {
	k := Kind{Group: l.Group, Version: l.GVK.Version, Kind: l.Kind, Introduced: text(l.Introduced), Deprecated: text(l.Deprecated), Removed: text(l.Removed),
		OffByDefault: l.OffByDefault, Payload: l.Payload, Note: l.Note, Source: l.Source, Verified: l.Verified}
	if l.Product != removal.Kubernetes {
		k.Product = l.Product
	}
	if !l.Replacement.Zero() {
		r := GVK(l.Replacement)
		k.Replacement = &r
	}
	if l.ChangesKnown {
		k.Changes = []Change{}
	}
	for _, c := range l.Changes {
		k.Changes = append(k.Changes, Change(c))
	}
	return k
}

func text(m version.Minor) string {
	if m == (version.Minor{}) {
		return ""
	}
	return m.String()
}
