package host

import (
	"context"
	"fmt"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/fixline-dev/fixline/internal/evidence"
	"github.com/fixline-dev/fixline/internal/remote"
)

// All looks at many hosts side by side. One that does not answer is a note, and
// the others go on. The result is in the order of targets; the error is that of
// the sink, of AllOptions.Done or of ctx.
func All(ctx context.Context, targets []Target, sink evidence.Sink, opts AllOptions) ([]Looked, error) {
	parallel := opts.Parallel
	if parallel == 0 {
		parallel = 8
	}
	out := make([]Looked, len(targets))
	var mu sync.Mutex // of Done
	taken := taken{by: map[string]string{}}
	for _, t := range targets {
		if t.Node != "" { // what the user said is no claim that another host could make first
			taken.by[t.Node] = t.Name
		}
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(parallel)
	for i, t := range targets {
		group.Go(func() error {
			runner, err := t.one(ctx, sink, opts, &taken, &out[i])
			if runner != nil {
				defer func() { _ = runner.Close() }()
			}
			if err != nil || opts.Done == nil {
				return err
			}
			mu.Lock()
			defer mu.Unlock()
			return opts.Done(ctx, out[i], runner)
		})
	}
	return out, group.Wait()
}

// one looks at one host; the connection stays open where there is one.
func (t Target) one(ctx context.Context, sink evidence.Sink, opts AllOptions, taken *taken, out *Looked) (remote.Runner, error) {
	runner, err := t.Dial(ctx)
	if ctx.Err() != nil {
		if err == nil {
			_ = runner.Close()
		}
		return nil, context.Cause(ctx)
	}
	if err != nil {
		*out = Looked{Host: t.Name, Node: t.Node, Err: err, Gaps: 1}
		Lost(sink, t.Name, t.Node, err)
		return nil, nil
	}
	*out, err = collect(ctx, runner, sink, Options{Node: t.Node, Nodes: opts.Nodes, Timeout: opts.Timeout, Now: opts.Now}, t.Name,
		func(node string) error { return taken.claim(node, t.Name) })
	return runner, err
}

// taken says which host each node was taken for.
type taken struct {
	mu sync.Mutex
	by map[string]string
}

func (t *taken) claim(node, host string) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if other, ok := t.by[node]; ok && other != host {
		return fmt.Errorf("%s and %s are both taken for %s: name the node of each in an inventory file (--ssh-hosts)", other, host, node)
	}
	t.by[node] = host
	return nil
}
