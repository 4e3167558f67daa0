package pack

import (
	"errors"
	"fmt"
	"io/fs"
	"syscall"
)

// OutputError is a bundle that cannot be written. It wraps fs.ErrExist where
// something is in the way and fs.ErrNotExist where there is no place for it,
// which are the user's to correct; anything else failed.
type OutputError struct {
	Path   string
	Err    error
	Advice string
}

func (e *OutputError) Error() string { return fmt.Sprintf("writing %s: %v", e.Path, e.Err) }

func (e *OutputError) Unwrap() error { return e.Err }

// Hint is what to do next, "" where there is nothing to advise.
func (e *OutputError) Hint() string { return e.Advice }

// cannot is an OutputError of a failed operation, with advice for what
// commonly is the cause.
func cannot(path string, err error) *OutputError {
	out := &OutputError{Path: path, Err: plainPath(err)}
	switch {
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		out.Advice = "make room there, or name another place with -O; nothing was left behind"
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		out.Advice = "name a place you may write to with -O"
	}
	return out
}

// plainPath drops Go's operation and path from a file error: the message
// already names the bundle, and temporary names help nobody.
func plainPath(err error) error {
	if p, ok := errors.AsType[*fs.PathError](err); ok {
		return p.Err
	}
	return err
}

// InputError is a bundle that cannot be used as it is: bad input, not a
// failure of the program.
type InputError struct {
	File   string // inside the bundle; the bundle's own path where it is the whole
	Line   int    // from 1; 0 = not known
	Field  string // "" = not one field
	Err    error
	Advice string // what to do next, "" = nothing to advise
}

func (e *InputError) Error() string {
	where := e.File
	if e.Line > 0 {
		where = fmt.Sprintf("%s:%d", e.File, e.Line)
	}
	if e.Field != "" {
		where += ": " + e.Field
	}
	return fmt.Sprintf("reading %s: %v", where, e.Err)
}

func (e *InputError) Unwrap() error { return e.Err }

// Hint is what to do next, "" where there is nothing to advise.
func (e *InputError) Hint() string { return e.Advice }
