package assess

import (
	"context"
	"iter"

	"golang.org/x/sync/errgroup"
)

// inOrder runs a worker's function on every item of seq, with so many workers,
// each with a function of its own that worker makes, and hands the
// answers to emit in the items' order. Memory is bounded: no more than a few
// items per worker are read ahead of the slowest. The first error of seq, emit
// or ctx ends it.
func inOrder[T, R any](ctx context.Context, seq iter.Seq2[T, error], workers int, worker func() func(T) R, emit func(R) error) error {
	type job struct {
		item   T
		answer chan R
	}
	jobs := make(chan job)
	order := make(chan chan R, 8*workers)
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error {
		defer close(jobs)
		defer close(order)
		for item, err := range seq {
			if err != nil {
				return err
			}
			answer := make(chan R, 1)
			if !send(ctx, order, answer) || !send(ctx, jobs, job{item, answer}) {
				return ctx.Err()
			}
		}
		return ctx.Err()
	})
	for range workers {
		g.Go(func() error {
			do := worker()
			for j := range jobs {
				j.answer <- do(j.item)
			}
			return nil
		})
	}
	g.Go(func() error {
		for answer := range order {
			select {
			case r := <-answer:
				if err := emit(r); err != nil {
					return err
				}
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		return nil
	})
	return g.Wait()
}

// send is false where ctx ended first.
func send[T any](ctx context.Context, to chan<- T, v T) bool {
	select {
	case to <- v:
		return true
	case <-ctx.Done():
		return false
	}
}
