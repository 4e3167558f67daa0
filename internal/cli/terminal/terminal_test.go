package terminal

import (
	"bytes"
	"testing"
)

func TestLawOfTheTerminal(t *testing.T) {
	tty := func(noColor bool) *Streams {
		return &Streams{Err: &bytes.Buffer{}, outTTY: true, errTTY: true, width: 120, noColor: noColor}
	}
	pipe := &Streams{Err: &bytes.Buffer{}, width: DefaultWidth}
	for _, tc := range []struct {
		name                     string
		s                        *Streams
		color, progress, rewrite bool
		width                    int
	}{
		{"terminal", tty(false), true, true, true, 120},
		{"terminal, NO_COLOR", tty(true), false, true, false, 120},
		{"terminal, quiet", tty(false).With(true, false), false, false, false, 120},
		{"pipe", pipe, false, false, false, 0},
		{"pipe, verbose", pipe.With(false, true), false, true, false, 0},
		{"pipe, verbose but quiet", pipe.With(true, true), false, false, false, 0},
	} {
		if c, p, r, w := tc.s.Color(), tc.s.Progress(), tc.s.Rewrite(), tc.s.Width(); c != tc.color || p != tc.progress || r != tc.rewrite || w != tc.width {
			t.Errorf("%s: color %t progress %t rewrite %t width %d", tc.name, c, p, r, w)
		}
	}
}

func TestProgress(t *testing.T) {
	var out bytes.Buffer
	line := NewProgress(&Streams{Err: &out, errTTY: true})
	line.Step("reading %s", "pods")
	line.Done()
	if got, want := out.String(), "\r\x1b[Kreading pods\r\x1b[K"; got != want {
		t.Errorf("terminal: %q, want %q", got, want)
	}
	out.Reset()
	quiet := NewProgress(Test(nil, nil, &out))
	quiet.Step("reading")
	if got := quiet.InFlight(); got != "reading" {
		t.Errorf("in flight %q", got)
	}
	quiet.Done()
	if out.Len() > 0 {
		t.Errorf("pipe: %q, want nothing", out.String())
	}
}
