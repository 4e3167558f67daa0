package source

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/fixline-dev/fixline/internal/cli/exit"
	"github.com/fixline-dev/fixline/internal/cli/factory"
	"github.com/fixline-dev/fixline/internal/core/inventory"
	"github.com/fixline-dev/fixline/internal/evidence"
	"github.com/fixline-dev/fixline/internal/evidence/dump"
	"github.com/fixline-dev/fixline/internal/evidence/reading"
)

// recorded reads a bundle. It is the cluster it was collected from, and a folder
// of kubectl output is named after the folder.
func (o *Options) recorded(ctx context.Context, f *factory.Factory) (Clusters, error) {
	available, err := o.offered()
	if err != nil {
		return nil, err
	}
	return func(yield func(inventory.Cluster, error) bool) {
		b, err := o.readBundle(ctx, f)
		if err != nil {
			yield(inventory.Cluster{}, inputError(ctx, fmt.Errorf("reading the bundle: %w", err)))
			return
		}
		name := b.Name
		if name == "" {
			name = bundleName(o.Bundle)
		}
		c := reading.Cluster(b, reading.Options{Name: name})
		configured(&c, f, b.Name)
		o.describe(&c, available)
		yield(c, nil)
	}, nil
}

func (o *Options) readBundle(ctx context.Context, f *factory.Factory) (*evidence.Bundle, error) {
	if o.Embedded != nil {
		return dump.ReadFS(ctx, o.Embedded, "the embedded recording")
	}
	f.Progress.Step("reading %s", o.Bundle)
	defer f.Progress.Done()
	return dump.Read(ctx, o.Bundle)
}

// bundleName is the folder's own name, also for "." and "..".
func bundleName(path string) string {
	if abs, err := filepath.Abs(path); err == nil {
		path = abs
	}
	return filepath.Base(path)
}

// inputError marks what was wrong with a file as the user's to correct, unless
// the run was interrupted.
func inputError(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return exit.BadInput(err)
}
