package board

import (
	"context"
	"fmt"
	"io"
	"os"
	"time"

	"golang.org/x/term"

	"github.com/fixline-dev/fixline/internal/cli/exit"
	"github.com/fixline-dev/fixline/internal/cli/terminal"
	"github.com/fixline-dev/fixline/internal/core/board"
	"github.com/fixline-dev/fixline/internal/core/inventory"
	"github.com/fixline-dev/fixline/internal/report"
)

// watcher looks again and again. Of the past it keeps one board and the last
// few changes, so that a run of days takes no more memory than one of minutes.
type watcher struct {
	look  func(context.Context) (inventory.Cluster, error)
	judge func(inventory.Cluster) board.Board
	// wait returns after the pause between two looks, or when ctx ends.
	wait func(context.Context) error
	now  func() time.Time
	// late gives a signal once a look takes too long, took being how long the
	// last good one did; nil = never.
	late func(took time.Duration) <-chan time.Time
	show display

	last    board.Board
	lastAt  time.Time
	took    time.Duration
	away    time.Time // since when the server has not answered; zero = it does
	awayWhy string
}

// display is where a watch is seen: a screen that is drawn in place, or lines.
type display interface {
	// first is the first board, update one after a look that went well, with
	// what changed since the look at before.
	first(b board.Board, at time.Time) error
	update(b board.Board, at, before time.Time, changed []board.Change) error
	// away says that the server does not answer; again is false the first time.
	away(last board.Board, since time.Time, why string, again bool) error
	// back says that it answers again.
	back(at time.Time) error
	// close leaves the terminal as it was found.
	close()
}

// watch shows the board until ctx ends, and ends with the code of the last one.
func (o *Options) watch(ctx context.Context, basis board.Input, planOf string) error {
	quiet := *o.Factory // what reading says each time would spoil the screen
	first := true
	w := &watcher{
		look: func(ctx context.Context) (inventory.Cluster, error) {
			f := o.Factory
			if !first {
				f = &quiet
			}
			clusters, err := o.read(ctx, f)
			if err != nil {
				return inventory.Cluster{}, err
			}
			if first {
				o.otherCluster(planOf, clusters[0].Name)
			}
			first = false
			return clusters[0], nil
		},
		judge: func(c inventory.Cluster) board.Board {
			now := basis
			now.AsOf = o.AsOf.Or(o.Factory.Now())
			return o.board(now, c)
		},
		wait: func(ctx context.Context) error { return pause(ctx, o.Interval) },
		now:  o.Factory.Now,
		late: tooLong,
		show: o.display(),
	}
	quiet.IO = o.Factory.IO.With(true, false)
	quiet.Progress = terminal.NewProgress(quiet.IO)
	b, err := w.run(ctx)
	if err != nil {
		return err
	}
	return exit.Result(codeOf(b, o.FailOn.Value))
}

func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// run ends with the last board when ctx ends. Before there is one, and where
// nothing can be written, it ends with the error.
func (w *watcher) run(ctx context.Context) (board.Board, error) {
	c, err := w.look(ctx)
	if err != nil {
		return board.Board{}, err
	}
	defer w.show.close()
	w.last, w.lastAt = w.judge(c), w.now()
	if err := w.show.first(w.last, w.lastAt); err != nil {
		return w.last, err
	}
	for w.wait(ctx) == nil {
		c, err := w.patiently(ctx)
		if ctx.Err() != nil {
			break
		}
		if err == nil {
			err = w.whole(c)
		}
		if err != nil {
			err = w.noAnswer(err)
		} else {
			err = w.answer(c)
		}
		if err != nil {
			return w.last, err
		}
	}
	return w.last, nil
}

// patience is how long a look may take before the server counts as silent: a
// connection that is lost without a word would else go unnoticed for a minute.
const patience = 15 * time.Second

func tooLong(took time.Duration) <-chan time.Time { return time.After(max(patience, 3*took)) }

// patiently looks, and says meanwhile where that takes too long.
func (w *watcher) patiently(ctx context.Context) (inventory.Cluster, error) {
	type answer struct {
		c   inventory.Cluster
		err error
	}
	began, done := w.now(), make(chan answer, 1)
	go func() {
		c, err := w.look(ctx)
		done <- answer{c, err}
	}()
	var late <-chan time.Time
	if w.late != nil {
		late = w.late(w.took)
	}
	for {
		select {
		case a := <-done:
			if a.err == nil {
				w.took = w.now().Sub(began)
			}
			return a.c, a.err
		case <-late:
			late = nil
			again := !w.away.IsZero()
			if !again {
				w.away = began
			}
			if err := w.show.away(w.last, w.away, "no answer yet", again); err != nil {
				return inventory.Cluster{}, err
			}
		}
	}
}

// whole finds a look that lost a part of the cluster because the server went
// away in the middle: what it lacks must not read as gone.
func (w *watcher) whole(c inventory.Cluster) error {
	b := w.judge(c)
	for _, g := range b.Gaps {
		known := false
		for _, old := range w.last.Gaps {
			known = known || old.Check == g.Check
		}
		if !known {
			return fmt.Errorf("%s: %s", g.Check, g.Reason)
		}
	}
	return nil
}

func (w *watcher) noAnswer(err error) error {
	again := !w.away.IsZero()
	if !again {
		w.away = w.now()
	}
	w.awayWhy = err.Error()
	return w.show.away(w.last, w.away, w.awayWhy, again)
}

func (w *watcher) answer(c inventory.Cluster) error {
	at := w.now()
	if !w.away.IsZero() {
		w.away, w.awayWhy = time.Time{}, ""
		if err := w.show.back(at); err != nil {
			return err
		}
	}
	b := w.judge(c)
	changed := board.Compare(w.last, b)
	before := w.lastAt
	w.last, w.lastAt = b, at
	return w.show.update(b, at, before, changed)
}

func (o *Options) display() display {
	io := o.Factory.IO
	opts := o.shown(true)
	if !io.Color() { // no terminal, or one that wants no control characters
		return &lines{out: io.Out, opts: opts}
	}
	return &screen{out: io.Out, opts: opts, interval: o.Interval, size: func() (int, int) {
		if f, ok := io.Out.(*os.File); ok {
			if width, height, err := term.GetSize(int(f.Fd())); err == nil {
				return width, height
			}
		}
		return io.Width(), 0
	}}
}

func write(out io.Writer, b board.Board, opts report.Options) error {
	return report.WriteBoards(out, report.Text, time.Time{}, []board.Board{b}, opts)
}
