package store

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"slices"
)

//go:embed prefixes.json
var prefixesJSON []byte

// Prefixes say where an API server stores which resource.
type Prefixes struct {
	Elsewhere map[string]string `json:"elsewhere"` // "nodes": "minions"
	NotStored []string          `json:"notStored"` // resources that are asked of other programs
	NoObjects []string          `json:"noObjects"` // what it stores besides objects
}

// LoadPrefixes reads the embedded table.
func LoadPrefixes() (Prefixes, error) {
	var p Prefixes
	if err := json.Unmarshal(prefixesJSON, &p); err != nil {
		return p, fmt.Errorf("reading the embedded prefixes.json: %w", err)
	}
	return p, nil
}

// Of is where a resource is stored, as [Store.Resources] names it. A custom one
// has its group before it, a built-in one stands alone.
func (p Prefixes) Of(group, resource string, custom bool) string {
	name := resource
	if group != "" {
		name += "." + group
	}
	switch at, ok := p.Elsewhere[name]; {
	case ok:
		return at
	case custom:
		return group + "/" + resource
	}
	return resource
}

// Objects reports whether a prefix holds objects.
func (p Prefixes) Objects(prefix string) bool { return !slices.Contains(p.NoObjects, prefix) }
