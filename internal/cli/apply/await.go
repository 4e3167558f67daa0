package apply

import (
	"context"
	"fmt"
	"time"

	"github.com/fixline-dev/fixline/internal/cli/exit"
)

// await waits for the API of a change under way: the command that an earlier run
// left on a host may be restarting the only API server now. An error ends the run
// as one that the same command goes on with.
func (o *Options) await(ctx context.Context, stop <-chan struct{}, ready func(context.Context) error, poll time.Duration) error {
	began := o.Factory.Now()
	defer o.Factory.Progress.Done()
	for {
		err := ready(ctx)
		if err == nil {
			return nil
		}
		if o.Factory.Now().Sub(began) >= o.GateTimeout {
			return exit.WithHint(&exit.Error{Code: exit.Stopped, Err: fmt.Errorf("the API does not answer, so nothing was begun: %w", err)}, "the same command again, once it does")
		}
		o.Factory.Progress.Step("waiting for the API, which a step under way may have taken away: %v", err)
		select {
		case <-stop:
			return &exit.Error{Code: exit.Stopped, Err: fmt.Errorf("asked to stop while the API did not answer; nothing was begun: %w", err)}
		case <-time.After(poll):
		}
	}
}
