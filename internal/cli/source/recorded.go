package source

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/fixline-dev/fixline/internal/cli/exit"
	"github.com/fixline-dev/fixline/internal/cli/factory"
	"github.com/fixline-dev/fixline/internal/core/inventory"
	"github.com/fixline-dev/fixline/internal/evidence/dump"
	"github.com/fixline-dev/fixline/internal/evidence/reading"
)

// recorded reads a bundle folder; it is named after its folder.
func (o *Options) recorded(ctx context.Context, f *factory.Factory) (Clusters, error) {
	available, err := o.offered()
	if err != nil {
		return nil, err
	}
	return func(yield func(inventory.Cluster, error) bool) {
		f.Progress.Step("reading %s", o.Bundle)
		b, err := dump.Read(ctx, o.Bundle)
		f.Progress.Done()
		if err != nil {
			yield(inventory.Cluster{}, inputError(ctx, fmt.Errorf("reading the bundle: %w", err)))
			return
		}
		name := filepath.Base(filepath.Clean(o.Bundle))
		if abs, err := filepath.Abs(o.Bundle); err == nil {
			name = filepath.Base(abs)
		}
		c := reading.Cluster(b, reading.Options{Name: name})
		o.describe(&c, available)
		yield(c, nil)
	}, nil
}

// inputError marks what was wrong with a file as the user's to correct, unless
// the run was interrupted.
func inputError(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return exit.BadInput(err)
}
