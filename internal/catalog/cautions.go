package catalog

import (
	_ "embed"
	"encoding/json"
	"fmt"

	"github.com/fixline-dev/fixline/internal/core/assess"
	"github.com/fixline-dev/fixline/internal/core/version"
)

//go:embed data/cautions.json
var cautionsJSON []byte

// Cautions are the steps of other components that need care, each with its
// source.
func Cautions() ([]assess.Caution, error) {
	var file struct {
		Cautions []struct {
			Component, Below, Crossing, BroughtBy, Text, Source string
		} `json:"cautions"`
	}
	if err := json.Unmarshal(cautionsJSON, &file); err != nil {
		return nil, fmt.Errorf("loading the embedded cautions.json: %w", err)
	}
	var out []assess.Caution
	for _, c := range file.Cautions {
		below, err := version.Parse(c.Below)
		if err != nil {
			return nil, fmt.Errorf("loading the embedded cautions.json: %w", err)
		}
		crossing, err := version.Parse(c.Crossing)
		if err != nil {
			return nil, fmt.Errorf("loading the embedded cautions.json: %w", err)
		}
		by, err := version.Parse(c.BroughtBy)
		if err != nil {
			return nil, fmt.Errorf("loading the embedded cautions.json: %w", err)
		}
		out = append(out, assess.Caution{Component: c.Component, Below: below, Crossing: crossing, BroughtBy: by, Text: c.Text, Source: c.Source})
	}
	return out, nil
}
