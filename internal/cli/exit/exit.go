// Package exit is the one table of exit codes and the errors that carry them.
// It decides which code a run ends with and how an error reads on the screen;
// it never ends the process itself. Start at [Of].
package exit

import (
	"context"
	"errors"
	"fmt"

	"github.com/fixline-dev/fixline/internal/strict"
)

// Code is what the process ends with: the public table of the contract.
type Code int

const (
	OK          Code = 0   // done, and nothing at or above --fail-on
	Failed      Code = 1   // failed
	Usage       Code = 2   // wrong usage or bad input
	Findings    Code = 3   // findings at or above --fail-on
	Incomplete  Code = 4   // nothing found, but evidence incomplete or data stale
	Stopped     Code = 5   // stopped safely: the same command resumes
	Decide      Code = 6   // stopped: a person must decide
	Interrupted Code = 130 // interrupted twice
)

// Meaning is the sentence of each code, for help pages and the reference.
func Meaning(c Code) string {
	switch c {
	case OK:
		return "done, and nothing at or above --fail-on"
	case Failed:
		return "failed"
	case Usage:
		return "wrong usage or bad input; the message names file, line and field"
	case Findings:
		return "findings at or above --fail-on (an affected advisory counts as a blocker)"
	case Incomplete:
		return "nothing found, but the evidence is incomplete or the data stale: not a clean bill"
	case Stopped:
		return "stopped safely: run the same command again to resume"
	case Decide:
		return "stopped: a person must decide"
	case Interrupted:
		return "interrupted twice: stopped at once"
	}
	return "unknown"
}

// Error is an error with the code it ends the run with and, where there is
// one, the next command to run.
type Error struct {
	Code Code
	Err  error  // nil: the report already said everything
	Hint string // "" = none; one line, a command or what to change
}

// Error is the message without the hint.
func (e *Error) Error() string {
	if e.Err == nil {
		return ""
	}
	return e.Err.Error()
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// BadInput marks err as the user's to correct: exit code 2.
func BadInput(err error) error {
	if err == nil {
		return nil
	}
	return &Error{Code: Usage, Err: err}
}

// Usagef is a usage error: exit code 2.
func Usagef(format string, args ...any) error {
	return &Error{Code: Usage, Err: fmt.Errorf(format, args...)}
}

// WithHint adds the next step to err and keeps its code.
func WithHint(err error, format string, args ...any) error {
	if err == nil {
		return nil
	}
	return &Error{Code: Of(err), Err: err, Hint: fmt.Sprintf(format, args...)}
}

// Result ends a run whose report is already written: no message, only a code.
func Result(c Code) error {
	if c == OK {
		return nil
	}
	return &Error{Code: c}
}

// Of is the code err ends the run with. Errors that carry none are failures;
// a cancelled context is one too, since nothing was left half done.
func Of(err error) Code {
	var e *Error
	switch {
	case err == nil:
		return OK
	case errors.As(err, &e):
		return e.Code
	}
	return Failed
}

// hintOf finds the outermost hint: of an Error, else of whoever read the input
// or the cluster.
func hintOf(err error) string {
	for at := err; at != nil; {
		e, ok := errors.AsType[*Error](at)
		if !ok {
			break
		}
		if e.Hint != "" {
			return e.Hint
		}
		at = e.Err
	}
	if h, ok := errors.AsType[interface {
		error
		Hint() string
	}](err); ok {
		return h.Hint()
	}
	if at, ok := errors.AsType[*strict.Error](err); ok {
		return at.Hint
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return "raise --request-timeout, or check that the API server answers: kubectl get --raw /readyz"
	}
	return ""
}

// Worst joins the codes of several clusters: 3 wins over 4, 4 over 0.
func Worst(codes ...Code) Code {
	worst := OK
	for _, c := range codes {
		switch {
		case c == Findings:
			return Findings
		case c == Incomplete:
			worst = Incomplete
		}
	}
	return worst
}
