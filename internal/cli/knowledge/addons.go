package knowledge

import (
	"fmt"

	"github.com/fixline-dev/fixline/internal/catalog"
	"github.com/fixline-dev/fixline/internal/cli/exit"
	"github.com/fixline-dev/fixline/internal/core/custom"
	"github.com/fixline-dev/fixline/internal/strict"
)

// Addons are what is known of add-ons with the files of --addon-rules on top.
func Addons(rules []custom.Rule, files []string) ([]custom.Rule, error) {
	for _, path := range files {
		f, err := strict.Open(path, strict.Limits{})
		if err != nil {
			return nil, exit.BadInput(fmt.Errorf("reading the rules about add-ons: %w", err))
		}
		rules, err = catalog.WithAddons(rules, f, path)
		_ = f.Close() // only read from
		if err != nil {
			return nil, exit.BadInput(fmt.Errorf("reading the rules about add-ons: %w", err))
		}
	}
	return rules, nil
}
