package source

import (
	"context"
	"errors"
	"slices"

	"github.com/fixline-dev/fixline/internal/cli/exit"
	"github.com/fixline-dev/fixline/internal/cli/factory"
	"github.com/fixline-dev/fixline/internal/core/inventory"
	"github.com/fixline-dev/fixline/internal/evidence/declared"
	"github.com/fixline-dev/fixline/internal/strict"
)

// declared streams the clusters of inventory files. A wrong cluster ends the
// run, but only after the other files were read too, so that all mistakes are
// said at once.
func (o *Options) declared(ctx context.Context, f *factory.Factory) (Clusters, error) {
	if slices.Contains(o.Inventories, "-") && f.IO.InIsTerminal() {
		f.IO.Notef("reading an inventory from the terminal; end it with Ctrl-D")
	}
	return func(yield func(inventory.Cluster, error) bool) {
		var mistakes []error
		for c, err := range declared.Open(o.Inventories, f.IO.In) {
			if ctx.Err() != nil {
				yield(inventory.Cluster{}, ctx.Err())
				return
			}
			switch {
			case err != nil:
				mistakes = append(mistakes, err)
			case len(mistakes) == 0 && !yield(c, nil):
				return
			}
			if len(mistakes) == strict.MaxErrors {
				break
			}
		}
		if len(mistakes) > 0 {
			yield(inventory.Cluster{}, exit.BadInput(errors.Join(mistakes...)))
		}
	}, nil
}
