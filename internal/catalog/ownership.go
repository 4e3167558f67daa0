package catalog

import (
	_ "embed"
	"encoding/json"
	"fmt"

	"github.com/fixline-dev/fixline/internal/core/assess"
)

//go:embed data/ownership.json
var ownershipJSON []byte

// Ownership says, by provider, who moves which part of a cluster. Providers it
// does not know have no entry.
func Ownership() (map[string][]assess.Ownership, error) {
	var file struct {
		Providers map[string]struct {
			Source string             `json:"source"`
			Parts  []assess.Ownership `json:"parts"`
		} `json:"providers"`
	}
	if err := json.Unmarshal(ownershipJSON, &file); err != nil {
		return nil, fmt.Errorf("loading the embedded ownership.json: %w", err)
	}
	out := map[string][]assess.Ownership{}
	for name, p := range file.Providers {
		out[name] = p.Parts
	}
	return out, nil
}
