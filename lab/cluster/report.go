package cluster

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"
)

// report writes progress lines, each with the seconds since it was made. Hosts are worked on side by side, so it may
// be used by several goroutines, and as an [io.Writer] by what reports in lines of its own.
type report struct {
	mu    sync.Mutex
	to    io.Writer
	start time.Time
}

func newReport(to io.Writer) *report { return &report{to: to, start: time.Now()} }

func (r *report) line(format string, args ...any) {
	fmt.Fprintf(r, format+"\n", args...)
}

func (r *report) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for line := range bytes.Lines(p) {
		if _, err := fmt.Fprintf(r.to, "%6.1fs  %s", time.Since(r.start).Seconds(), line); err != nil {
			return 0, err
		}
	}
	return len(p), nil
}

// poll asks until the answer is yes. An error is asked again too, since an API server may be starting; the last one is
// in what poll returns when ctx ends.
func poll(ctx context.Context, what string, ask func() (done bool, err error)) error {
	for {
		done, err := ask()
		if done {
			return nil
		}
		select {
		case <-ctx.Done():
			if err != nil {
				return fmt.Errorf("waiting for %s: %w; at last: %w", what, context.Cause(ctx), err)
			}
			return fmt.Errorf("waiting for %s: %w", what, context.Cause(ctx))
		case <-time.After(time.Second):
		}
	}
}

// names are the hosts' names with spaces between.
func names(hosts []Host) string {
	var all []string
	for _, h := range hosts {
		all = append(all, h.Name)
	}
	return strings.Join(all, " ")
}
