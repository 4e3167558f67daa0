package catalog

import (
	_ "embed"
	"fmt"

	"github.com/fixline-dev/fixline/internal/catalog/settingrules"
	"github.com/fixline-dev/fixline/internal/core/settings"
)

//go:embed data/settings/rules.json
var settingRulesJSON []byte

//go:embed data/settings/gates.json
var gatesJSON []byte

// Settings is what is known of flags, feature gates and configuration: what
// each release of Kubernetes no longer takes. An error means that the program
// was built from a broken file.
func Settings() (settings.Facts, error) {
	rules, err := settingrules.Decode(settingRulesJSON)
	if err != nil {
		return settings.Facts{}, fmt.Errorf("loading the embedded settings/rules.json: %w", err)
	}
	gates, err := settingrules.DecodeGates(gatesJSON)
	if err != nil {
		return settings.Facts{}, fmt.Errorf("loading the embedded settings/gates.json: %w", err)
	}
	return settings.Facts{Rules: rules, Gates: gates}, nil
}
