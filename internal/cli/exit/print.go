package exit

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
)

// Print writes err as `error: ...` and, where there is one, `hint: ...`.
// program is how the user calls it ("fixline" or "kubectl fixline").
// Errors without a message print nothing: their report was written already.
func Print(w io.Writer, program string, err error) {
	var e *Error
	if err == nil || errors.As(err, &e) && e.Err == nil {
		return
	}
	msg := strings.TrimRight(err.Error(), "\n")
	if errors.Is(err, context.Canceled) {
		msg = "interrupted; nothing was changed"
	}
	fmt.Fprintf(w, "error: %s\n", indent(msg))
	if hint := hintOf(err); hint != "" {
		fmt.Fprintf(w, "hint: %s\n", indent(Rename(hint, program)))
	}
}

// Rename writes commands the way the user calls the program: inside the
// kubectl plugin `fixline assess` reads `kubectl fixline assess`.
func Rename(text, program string) string {
	if program == "" || program == "fixline" {
		return text
	}
	var out strings.Builder
	for {
		before, after, found := strings.Cut(text, "fixline ")
		out.WriteString(before)
		if !found {
			return out.String()
		}
		if commandStart(before) {
			out.WriteString(program + " ")
		} else {
			out.WriteString("fixline ")
		}
		text = after
	}
}

// commandStart: the word is a command when it stands at the beginning of a
// line, in a quote or bracket, or after a pipe or a colon.
func commandStart(before string) bool {
	t := strings.TrimRight(before, " ")
	return t == "" || strings.ContainsAny(t[len(t)-1:], "\n\"'`(|:;&")
}

// indent keeps the lines of a long message under its label.
func indent(s string) string { return strings.ReplaceAll(s, "\n", "\n  ") }
