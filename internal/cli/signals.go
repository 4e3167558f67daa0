package cli

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/fixline-dev/fixline/internal/cli/exit"
	"github.com/fixline-dev/fixline/internal/cli/factory"
)

// interrupts are the signals that ask a run to end.
func interrupts() chan os.Signal {
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	return signals
}

// interruptible gives a context that the first Ctrl-C (or SIGTERM) cancels, so
// that the run ends in order; the second one ends the process at once through
// quit and says what was in flight.
func interruptible(parent context.Context, f *factory.Factory, signals chan os.Signal, quit func(int)) (context.Context, func()) {
	ctx, cancel := context.WithCancel(parent)
	done := make(chan struct{})
	go func() {
		select {
		case <-signals:
		case <-done:
			return
		}
		inFlight := f.Progress.InFlight()
		f.Progress.Done()
		f.IO.Notef("stopping; interrupt again to stop at once")
		cancel()
		select {
		case <-signals:
		case <-done:
			return
		}
		if now := f.Progress.InFlight(); now != "" {
			inFlight = now // what was begun, or is waited for, since the first
		}
		if inFlight == "" {
			inFlight = "nothing was in flight"
		} else {
			inFlight = "in flight: " + inFlight
		}
		f.IO.Notef("interrupted twice, stopped at once; %s", inFlight)
		quit(int(exit.Interrupted))
	}()
	return ctx, func() {
		signal.Stop(signals)
		close(done)
		cancel()
	}
}
