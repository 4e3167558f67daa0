package host

import (
	"context"
	"errors"

	"github.com/fixline-dev/fixline/internal/evidence"
	"github.com/fixline-dev/fixline/internal/remote"
)

// Collect looks at one host and writes hosts/NODE/* to sink: a file or a note
// for each probe. Its error is that of the sink or of ctx; a host that does not
// answer is Looked.Err and a note.
func Collect(ctx context.Context, r remote.Runner, sink evidence.Sink, opts Options) (Looked, error) {
	return Looked{}, errors.New("not yet")
}

// All looks at many hosts side by side. One that does not answer is a note for
// it, and the others go on.
func All(ctx context.Context, targets []Target, sink evidence.Sink, opts AllOptions) ([]Looked, error) {
	return nil, errors.New("not yet")
}
