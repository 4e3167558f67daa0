package board

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/fixline-dev/fixline/internal/core/board"
	"github.com/fixline-dev/fixline/internal/report"
)

// Control sequences of xterm and ECMA-48: the alternate screen, so that what
// stood on the terminal comes back; the cursor hidden while it is drawn over.
const (
	enter = "\x1b[?1049h\x1b[?25l"
	leave = "\x1b[?25h\x1b[?1049l"
	home  = "\x1b[H"
	// rest clears to the end of a line, below to the end of the screen.
	rest, below = "\x1b[K", "\x1b[J"
)

// kept is how many changes stand on the screen.
const kept = 5

// screen is a watch on a terminal, drawn in place.
type screen struct {
	out      io.Writer
	opts     report.Options
	size     func() (width, height int) // height 0 = not known
	interval time.Duration

	open    bool
	last    board.Board
	at      time.Time
	changes []string // the newest last
	missing string   // that the server does not answer
}

func (s *screen) first(b board.Board, at time.Time) error {
	s.last, s.at, s.open = b, at, true
	if _, err := io.WriteString(s.out, enter); err != nil {
		return err
	}
	return s.draw()
}

func (s *screen) update(b board.Board, at, before time.Time, changed []board.Change) error {
	s.last, s.at = b, at
	for i, c := range changed {
		text := c.Sentence(clock(before))
		if i == len(changed)-1 {
			text += "; " + verdict(b)
		}
		s.note(at, text)
	}
	return s.draw()
}

func (s *screen) note(at time.Time, text string) {
	s.changes = append(s.changes, clock(at)+" "+report.OneLine(text))
	if len(s.changes) > kept {
		s.changes = append([]string{}, s.changes[len(s.changes)-kept:]...)
	}
}

func (s *screen) away(_ board.Board, since time.Time, why string, _ bool) error {
	s.missing = fmt.Sprintf("the API server has not answered since %s (%s); last known board, of %s, below", clock(since), report.OneLine(why), clock(s.at))
	return s.draw()
}

func (s *screen) back(at time.Time) error {
	s.missing = ""
	s.note(at, "the API server answers again")
	return nil
}

// close shows the last board once more where it stays.
func (s *screen) close() {
	if !s.open {
		return
	}
	s.open = false
	// The run ends: where this fails nobody is left to read of it.
	_, _ = io.WriteString(s.out, leave)
	_ = write(s.out, s.last, s.opts)
}

// draw writes the whole screen in one go, each line over the old one, so that
// nothing flickers. What does not fit is counted; the answer stands on top, and
// then what is not as it should be comes first.
func (s *screen) draw() error {
	width, height := s.size()
	all, err := s.text(s.last, width)
	if err == nil && height > 2 && len(all) > height-1 {
		worst := s.last
		worst.Rows = slices.Clone(worst.Rows)
		slices.SortStableFunc(worst.Rows, func(a, b board.Row) int { return cmp.Compare(urgency(a.State), urgency(b.State)) })
		if all, err = s.text(worst, width); err == nil {
			more := len(all) - (height - 2)
			all = append(all[:height-2:height-2], fmt.Sprintf("and %d more lines", more))
		}
	}
	if err != nil {
		return err
	}
	_, err = io.WriteString(s.out, home+strings.Join(all, rest+"\n")+rest+"\n"+below)
	return err
}

func urgency(s board.State) int {
	return slices.Index([]board.State{board.Illegal, board.Unknown, board.LastLegal, board.Legal, board.Done}, s)
}

// text is what stands on the screen, line by line.
func (s *screen) text(b board.Board, width int) ([]string, error) {
	opts := s.opts
	opts.Width = width
	var text bytes.Buffer
	fmt.Fprintf(&text, "looked at %s, every %s; Ctrl-C ends\n", clock(s.at), s.interval)
	if s.missing != "" {
		fmt.Fprintln(&text, report.Fold(s.missing, width))
	}
	for _, c := range s.changes {
		fmt.Fprintln(&text, report.Fold(c, width))
	}
	fmt.Fprintln(&text)
	if err := write(&text, b, opts); err != nil {
		return nil, err
	}
	return strings.Split(strings.TrimRight(text.String(), "\n"), "\n"), nil
}
