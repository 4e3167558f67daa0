package apply

import (
	"context"
	"errors"
	"io"
	"testing"
	"time"

	"github.com/fixline-dev/fixline/internal/cli/exit"
	"github.com/fixline-dev/fixline/internal/cli/factory"
	"github.com/fixline-dev/fixline/internal/cli/terminal"
)

// TestAwait: an API that is away for a while is waited for; one that stays away,
// or a wish to stop, ends the run as one to go on with.
func TestAwait(t *testing.T) {
	away := errors.New("connection refused")
	closed := make(chan struct{})
	close(closed)
	for name, c := range map[string]struct {
		misses int
		stop   <-chan struct{}
		want   exit.Code
	}{
		"it comes back":  {2, nil, exit.OK},
		"it stays away":  {1000, nil, exit.Stopped},
		"somebody stops": {2, closed, exit.Stopped},
		"it is there":    {0, closed, exit.OK},
	} {
		now := time.Unix(0, 0)
		o := &Options{GateTimeout: time.Minute, Factory: factory.New("fixline", terminal.Test(nil, io.Discard, io.Discard), func(string) string { return "" })}
		o.Factory.Now = func() time.Time { now = now.Add(10 * time.Second); return now }
		asked := 0
		poll := time.Duration(0)
		if c.stop != nil {
			poll = time.Hour
		}
		err := o.await(t.Context(), c.stop, func(context.Context) error {
			if asked++; asked <= c.misses {
				return away
			}
			return nil
		}, poll)
		var coded *exit.Error
		if c.want == exit.OK && err == nil {
			continue
		}
		if !errors.As(err, &coded) || coded.Code != c.want || !errors.Is(err, away) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
