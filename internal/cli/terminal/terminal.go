// Package terminal holds the three streams of a run and what is known of
// them: is it a terminal, how wide, may it be coloured. It decides colour and
// progress by the law of the contract: neither when the stream is no terminal,
// with NO_COLOR, or with --quiet. It never reads the environment itself.
// Start at [Streams].
package terminal

import (
	"fmt"
	"io"
	"os"

	"golang.org/x/term"
)

// Streams are the standard streams and the facts about them.
type Streams struct {
	In       io.Reader
	Out, Err io.Writer

	inTTY, outTTY, errTTY bool
	width                 int
	noColor               bool
	quiet, verbose        bool
}

// DefaultWidth is used where the output has no width of its own.
const DefaultWidth = 80

// System describes the process's own streams. getenv answers NO_COLOR, TERM
// and COLUMNS.
func System(in, out, err *os.File, getenv func(string) string) *Streams {
	s := &Streams{In: in, Out: out, Err: err,
		inTTY: isTerminal(in), outTTY: isTerminal(out), errTTY: isTerminal(err), width: DefaultWidth}
	if s.outTTY {
		if w, _, e := term.GetSize(int(out.Fd())); e == nil && w > 0 {
			s.width = w
		}
	}
	// https://no-color.org: any value but the empty one.
	s.noColor = getenv("NO_COLOR") != "" || getenv("TERM") == "dumb"
	return s
}

// Test are streams in memory: no terminals.
func Test(in io.Reader, out, err io.Writer) *Streams {
	return &Streams{In: in, Out: out, Err: err, width: DefaultWidth}
}

func isTerminal(f *os.File) bool { return f != nil && term.IsTerminal(int(f.Fd())) }

// With gives streams of the same kind under --quiet or --verbose.
func (s *Streams) With(quiet, verbose bool) *Streams {
	c := *s
	c.quiet, c.verbose = quiet, verbose
	return &c
}

// InIsTerminal reports that nobody piped anything in: reading would wait for
// the keyboard.
func (s *Streams) InIsTerminal() bool { return s.inTTY }

// Width of the output in columns; 0 where it is no terminal and needs no folding.
func (s *Streams) Width() int {
	if !s.outTTY {
		return 0
	}
	return s.width
}

// Color reports whether what goes to Out may be coloured.
func (s *Streams) Color() bool { return s.outTTY && !s.noColor && !s.quiet }

// Progress reports whether progress may be shown on Err: on a terminal, or when
// asked for.
func (s *Streams) Progress() bool { return !s.quiet && (s.errTTY || s.verbose) }

// Rewrite reports whether a progress line may be overwritten in place.
func (s *Streams) Rewrite() bool { return s.errTTY && !s.noColor && !s.quiet }

// Notef writes one line about the run to Err, unless --quiet.
func (s *Streams) Notef(format string, args ...any) {
	if !s.quiet {
		fmt.Fprintf(s.Err, format+"\n", args...)
	}
}

// Verbosef writes one line to Err with --verbose only.
func (s *Streams) Verbosef(format string, args ...any) {
	if s.verbose && !s.quiet {
		fmt.Fprintf(s.Err, format+"\n", args...)
	}
}
