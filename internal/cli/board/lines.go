package board

import (
	"fmt"
	"io"
	"time"

	"github.com/fixline-dev/fixline/internal/core/board"
	"github.com/fixline-dev/fixline/internal/report"
)

// lines is a watch into a pipe or a log: the board once, then a line for each
// change and for each turn of the answer.
type lines struct {
	out  io.Writer
	opts report.Options
	said string // the verdict said last
}

// clock is how a moment of the watch is written: a log is read on its day.
func clock(t time.Time) string { return t.Format(time.TimeOnly) }

// verdict is the answer of a board in one line.
func verdict(b board.Board) string {
	word := map[string]string{"yes": "legal", "no": "illegal", "unknown": "cannot be judged"}[b.Legal]
	switch {
	case b.Next != nil && b.Next.Stop:
		return b.Next.Sentence()
	case b.Next != nil:
		return word + "; " + b.Next.Sentence()
	}
	return word
}

func (l *lines) first(b board.Board, _ time.Time) error {
	l.said = verdict(b)
	return write(l.out, b, l.opts)
}

func (l *lines) update(b board.Board, at, before time.Time, changed []board.Change) error {
	for i, c := range changed {
		text := c.Sentence(clock(before))
		if i == len(changed)-1 {
			text += "; " + verdict(b)
		}
		if err := l.say(at, text); err != nil {
			return err
		}
	}
	if v := verdict(b); len(changed) > 0 {
		l.said = v
	} else if v != l.said {
		l.said = v
		return l.say(at, v)
	}
	return nil
}

func (l *lines) away(_ board.Board, since time.Time, why string, again bool) error {
	if again {
		return nil
	}
	return l.say(since, "the API server does not answer: "+why)
}

func (l *lines) back(at time.Time) error { return l.say(at, "the API server answers again") }

func (l *lines) close() {}

func (l *lines) say(at time.Time, text string) error {
	_, err := fmt.Fprintf(l.out, "%s %s\n", clock(at), report.OneLine(text))
	return err
}
