// Package reading turns evidence into the inventory judgements take: every
// component instance with where its version was read, facts, and gaps. It is
// a pure function; it decides no verdict. Start at [Cluster].
package reading

import (
	"github.com/fixline-dev/fixline/internal/core/inventory"
	"github.com/fixline-dev/fixline/internal/evidence"
)

// Options are what only the user knows.
type Options struct {
	// Name of the cluster in the result.
	Name string
}

// Cluster is what b says of a cluster.
func Cluster(b *evidence.Bundle, opts Options) inventory.Cluster {
	return inventory.Cluster{Name: opts.Name, Connected: true}
}
