package terminal

import (
	"fmt"
	"sync"
)

// Progress shows what is being done, one line at a time, on Err. On a
// terminal the line is overwritten and cleared at the end; with --verbose into
// a pipe every step is a line of its own. It is safe for concurrent use, and
// says nothing where Streams.Progress is false.
type Progress struct {
	streams *Streams
	mu      sync.Mutex
	now     string
	shown   bool
}

// NewProgress starts an empty progress line.
func NewProgress(s *Streams) *Progress { return &Progress{streams: s} }

// Step replaces what is being done.
func (p *Progress) Step(format string, args ...any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.now = fmt.Sprintf(format, args...)
	switch {
	case !p.streams.Progress():
	case p.streams.Rewrite():
		fmt.Fprintf(p.streams.Err, "\r\x1b[K%s", p.now)
		p.shown = true
	default:
		fmt.Fprintln(p.streams.Err, p.now)
	}
}

// Done clears the line.
func (p *Progress) Done() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.now = ""
	if p.shown {
		fmt.Fprint(p.streams.Err, "\r\x1b[K")
		p.shown = false
	}
}

// InFlight is what is being done at this moment, "" = nothing; said when the
// user interrupts twice.
func (p *Progress) InFlight() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.now
}
