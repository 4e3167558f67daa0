package main

import (
	"fmt"
	"slices"

	"github.com/fixline-dev/fixline/internal/catalog/gen/gomodule"
	"github.com/fixline-dev/fixline/internal/core/removal"
	"github.com/fixline-dev/fixline/internal/core/version"
)

// modules is modules.json: which releases are read.
type modules struct {
	Date    string   `json:"date"`
	License string   `json:"license"`
	Modules []module `json:"modules"`
}

type module struct {
	Path string `json:"path"`
	// Versions, oldest first: one of each minor for k8s.io/api.
	Versions []string `json:"versions"`
	// Preview is a version of a minor that is not released yet, "" for none. It
	// tells which types are gone there, and nothing else.
	Preview string `json:"preview,omitempty"`
}

// observed is observed.json: what was read of the modules, in our own form.
type observed struct {
	Date    string     `json:"date"`
	License string     `json:"license"`
	Read    []read     `json:"read"`
	Kinds   []sighting `json:"kinds"`
}

// read is one module version with the checksum Go knows it by.
type read struct {
	Module  string `json:"module"`
	Version string `json:"version"`
	Sum     string `json:"sum"`
	Preview bool   `json:"preview,omitempty"`
}

func (r read) minor() version.Minor {
	v, err := version.Parse(r.Version)
	if err != nil {
		return version.Minor{}
	}
	return version.Minor{Major: 1, Minor: v.Minor().Minor} // v0.34.2 is of Kubernetes 1.34
}

// sighting is one kind in the releases of one module.
type sighting struct {
	Module  string `json:"module"`
	Group   string `json:"group"`
	Version string `json:"version"`
	Kind    string `json:"kind"`
	Spans   []span `json:"spans"`
}

// span is a run of releases that say the same of a kind; both ends belong to it.
type span struct {
	From        string `json:"from"`
	To          string `json:"to"`
	Introduced  string `json:"introduced,omitempty"`
	Deprecated  string `json:"deprecated,omitempty"`
	Removed     string `json:"removed,omitempty"`
	Replacement string `json:"replacement,omitempty"`
	Listed      bool   `json:"listed,omitempty"`
}

func (s span) same(o span) bool {
	s.From, s.To = o.From, o.To
	return s == o
}

// observe downloads the modules with the Go tool, which checks their sums, and
// reads them.
func observe(m modules) (observed, error) {
	out := observed{Date: m.Date, License: m.License}
	for _, mod := range m.Modules {
		versions := mod.Versions
		if mod.Preview != "" {
			versions = append(slices.Clone(versions), mod.Preview)
		}
		kinds := map[removal.GVK][]span{}
		previous := ""
		for _, v := range versions {
			file, sum, err := gomodule.Zip(mod.Path, v)
			if err != nil {
				return out, err
			}
			lives, err := parseModule(file)
			if err != nil {
				return out, fmt.Errorf("reading %s@%s: %w", mod.Path, v, err)
			}
			r := read{Module: mod.Path, Version: v, Sum: sum, Preview: v == mod.Preview}
			out.Read = append(out.Read, r)
			now := r.minor().String()
			for k, l := range lives {
				kinds[k] = extend(kinds[k], previous, now, l)
			}
			previous = now
		}
		for k, spans := range kinds {
			out.Kinds = append(out.Kinds, sighting{mod.Path, k.Group, k.Version, k.Kind, spans})
		}
	}
	slices.SortFunc(out.Kinds, func(a, b sighting) int {
		return slices.Compare([]string{a.Group, a.Version, a.Kind}, []string{b.Group, b.Version, b.Kind})
	})
	return out, nil
}

// extend adds what one release says: to the last span where that reached the
// release before and said the same, else as a new one.
func extend(spans []span, previous, now string, l life) []span {
	s := span{From: now, To: now, Introduced: write(l.Introduced), Deprecated: write(l.Deprecated), Removed: write(l.Removed), Listed: l.Listed}
	if !l.Replacement.Zero() {
		s.Replacement = l.Replacement.String()
	}
	if n := len(spans); n > 0 && spans[n-1].To == previous && spans[n-1].same(s) {
		spans[n-1].To = now
		return spans
	}
	return append(spans, s)
}

func write(m version.Minor) string {
	if m == (version.Minor{}) {
		return ""
	}
	return m.String()
}
