package remote

import (
	"fmt"
	"strings"
)

// ExitError is a command that ended with another status than 0.
type ExitError struct {
	Host   string
	Status int
	// Stderr is the end of what it said, in one line.
	Stderr string
}

func (e *ExitError) Error() string {
	if e.Stderr == "" {
		return fmt.Sprintf("on %s: the command ended with status %d", e.Host, e.Status)
	}
	return fmt.Sprintf("on %s: the command ended with status %d: %s", e.Host, e.Status, e.Stderr)
}

// SudoError is an account that may not become root without a password.
type SudoError struct{ Host, User, Said string }

func (e *SudoError) Error() string {
	return fmt.Sprintf("on %s: %s may not become root: sudo -n: %s", e.Host, e.User, e.Said)
}

// Hint is what helps.
func (e *SudoError) Hint() string {
	return "log in as root, or allow it: " + e.User + " ALL=(root) NOPASSWD: /bin/sh in /etc/sudoers.d/fixline"
}

// LimitError is a command that wrote, or a file that holds, more than was allowed.
type LimitError struct {
	Host  string
	Limit int64
}

func (e *LimitError) Error() string {
	return fmt.Sprintf("on %s: more than %d bytes came, which is the limit", e.Host, e.Limit)
}

// OneLine fits what a program said into a message: its last lines in one, at
// most max bytes of them, without control characters.
func OneLine(text string, max int) string {
	text = strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' || r == 0x7f {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(text, "?"))
	var lines []string
	for line := range strings.Lines(text) {
		if line = strings.Join(strings.Fields(line), " "); line != "" {
			lines = append(lines, line)
		}
	}
	out := strings.Join(lines, "; ")
	if len(out) > max {
		out = "..." + strings.ToValidUTF8(out[len(out)-max+3:], "")
	}
	return out
}
