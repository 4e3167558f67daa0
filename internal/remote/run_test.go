package remote

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// TestGroup: what becomes part of a command that kills is a process group and
// nothing else a host may print.
func TestGroup(t *testing.T) {
	for said, want := range map[string]string{
		"fixline-group -77\nrest": "-77", "motd\nfixline-group 5\n": "5", "fixline-group -7": "",
		"fixline-group -1\n": "", "fixline-group -0\n": "", "fixline-group \n": "", "fixline-group -5; reboot\n": "",
	} {
		s := &stderr{}
		for _, b := range []byte(said) {
			_, _ = s.Write([]byte{b})
		}
		if got := s.group(); got != want {
			t.Errorf("%q: %q, want %q", said, got, want)
		}
	}
}

// TestSilentHost: a host that stops answering holds nobody up for longer than
// the grace, and leaves nothing running once its connection is gone.
func TestSilentHost(t *testing.T) {
	for name, stdin := range map[string]io.Reader{"without input": nil, "with input": strings.NewReader("")} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				gone, calls := make(chan struct{}), 0
				spawn := func(_ string, _ io.Reader, _, stderr io.Writer) (Process, error) {
					if calls++; stdin != nil && calls == 1 {
						_, _ = io.WriteString(stderr, "fixline-group -77\n")
						return stuck{gone}, nil
					}
					<-gone
					return nil, errors.New("the connection is gone")
				}
				ctx, cancel := context.WithTimeout(t.Context(), time.Second)
				defer cancel()
				began := time.Now()
				_, err := Run(ctx, "h", "me", spawn, Command{Script: "x", Stdin: stdin})
				if took := time.Since(began); !errors.Is(err, context.DeadlineExceeded) || took > time.Second+2*graceful {
					t.Errorf("after %s: %v", took, err)
				}
				close(gone)
				synctest.Wait() // and the bubble ends only when no goroutine is left
			})
		})
	}
}

type stuck struct{ gone chan struct{} }

func (s stuck) Wait() (int, error) { <-s.gone; return -1, errors.New("gone") }
func (s stuck) Kill()              {}
