package cli

import (
	"bytes"
	"context"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/fixline-dev/fixline/internal/cli/factory"
	"github.com/fixline-dev/fixline/internal/cli/terminal"
)

// screen is a buffer two goroutines may write.
type screen struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (s *screen) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.buf.Write(p)
}

func (s *screen) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.buf.String()
}

func TestInterruptTwice(t *testing.T) {
	var err screen
	f := factory.New("fixline", terminal.Test(nil, &screen{}, &err), func(string) string { return "" })
	f.Progress.Step("reading cluster prod: pods")
	signals, quit := make(chan os.Signal, 2), make(chan int, 1)
	ctx, stop := interruptible(context.Background(), f, signals, func(code int) { quit <- code })
	defer stop()

	signals <- os.Interrupt
	<-ctx.Done() // the first one ends the run in order
	if !strings.Contains(err.String(), "interrupt again") {
		t.Errorf("the first interrupt says %q", err.String())
	}
	signals <- os.Interrupt
	if code := <-quit; code != 130 {
		t.Errorf("the second interrupt ends with %d, want 130", code)
	}
	if !strings.Contains(err.String(), "in flight: reading cluster prod: pods") {
		t.Errorf("what was in flight is not said: %q", err.String())
	}
}

// TestInFlightAtTheSecond: a run that lets something end in order says what is in
// flight when it is stopped at once, and not what was when it was first asked.
func TestInFlightAtTheSecond(t *testing.T) {
	var err screen
	f := factory.New("fixline", terminal.Test(nil, &screen{}, &err), func(string) string { return "" })
	signals, quit := make(chan os.Signal, 2), make(chan int, 1)
	ctx, stop := interruptible(context.Background(), f, signals, func(code int) { quit <- code })
	defer stop()
	signals <- os.Interrupt
	<-ctx.Done()
	f.Progress.Step("0013-pause")
	signals <- os.Interrupt
	<-quit
	if !strings.Contains(err.String(), "in flight: 0013-pause") {
		t.Errorf("what was in flight is not said: %q", err.String())
	}
}

func TestProgramName(t *testing.T) {
	for arg, want := range map[string]string{
		"/usr/local/bin/fixline":         "fixline",
		"kubectl-fixline":                "kubectl fixline",
		"/opt/krew/bin/kubectl-fixline":  "kubectl fixline",
		"fixline.exe":                    "fixline",
		"/usr/local/bin/kubectl_fixline": "kubectl fixline",
	} {
		if got := ProgramName(arg); got != want {
			t.Errorf("ProgramName(%q) = %q, want %q", arg, got, want)
		}
	}
}

// TestTwiceInOneProcess builds and runs the commands side by side: nothing is
// shared between two runs.
func TestTwiceInOneProcess(t *testing.T) {
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			var out, err screen
			f := factory.New("fixline", terminal.Test(strings.NewReader(""), &out, &err), func(string) string { return "" })
			if code := Run(context.Background(), f, []string{"releases", "--as-of", "2026-03-15", "-o", "json"}); code != 0 {
				t.Errorf("code %d: %s", code, err.String())
			}
			if !strings.Contains(out.String(), `"asOf": "2026-03-15"`) {
				t.Errorf("output %q", out.String())
			}
		})
	}
	wg.Wait()
}
