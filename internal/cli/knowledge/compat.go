package knowledge

import (
	"fmt"

	"github.com/fixline-dev/fixline/internal/catalog"
	"github.com/fixline-dev/fixline/internal/cli/exit"
	"github.com/fixline-dev/fixline/internal/core/compat"
	"github.com/fixline-dev/fixline/internal/strict"
)

// Compat is what is known of what releases break, with the files of
// --addon-rules on top. Only who judges an upgrade needs it.
func Compat(addonRules []string) (compat.Facts, error) {
	facts, err := catalog.Compat()
	if err != nil {
		return facts, err
	}
	for _, path := range addonRules {
		f, err := strict.Open(path, strict.Limits{})
		if err != nil {
			return facts, exit.BadInput(fmt.Errorf("reading the rules about add-ons: %w", err))
		}
		facts.Addons, err = catalog.WithAddons(facts.Addons, f, path)
		_ = f.Close() // only read from
		if err != nil {
			return facts, exit.BadInput(fmt.Errorf("reading the rules about add-ons: %w", err))
		}
	}
	return facts, nil
}
