package catalog

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"

	"github.com/fixline-dev/fixline/internal/core/plan"
)

//go:embed data/plan.json
var planJSON []byte

// StepMinutes are how many minutes a step of a plan takes, by its kind:
// estimates, each with where it comes from in the data file.
func StepMinutes() (map[plan.Kind]float64, error) {
	var file struct {
		APIVersion, Kind, Date, About string
		Steps                         []struct {
			Kind    plan.Kind
			Minutes float64
			Source  string
		}
	}
	d := json.NewDecoder(bytes.NewReader(planJSON))
	d.DisallowUnknownFields()
	if err := d.Decode(&file); err != nil {
		return nil, fmt.Errorf("loading the embedded plan.json: %w", err)
	}
	out := map[plan.Kind]float64{}
	for _, s := range file.Steps {
		if _, twice := out[s.Kind]; twice || s.Source == "" || s.Minutes <= 0 {
			return nil, fmt.Errorf("loading the embedded plan.json: %s needs minutes and a source, and stands there once", s.Kind)
		}
		out[s.Kind] = s.Minutes
	}
	for _, k := range plan.Kinds() {
		if out[k] == 0 {
			return nil, fmt.Errorf("loading the embedded plan.json: no minutes for a step of kind %s", k)
		}
	}
	return out, nil
}
