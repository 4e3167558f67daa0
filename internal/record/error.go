package record

import (
	"errors"
	"fmt"
	"io/fs"
)

// Error is a record that cannot be used as it is: bad input.
type Error struct {
	Path   string // of the record
	Err    error
	Advice string // what to do next, "" = nothing to advise
}

func (e *Error) Error() string { return fmt.Sprintf("the record %s: %v", e.Path, e.Err) }

func (e *Error) Unwrap() error { return e.Err }

// Hint is what to do next.
func (e *Error) Hint() string { return e.Advice }

// plain drops Go's operation and path from a file error, where the message
// names the file already.
func plain(err error) error {
	if p, ok := errors.AsType[*fs.PathError](err); ok {
		return p.Err
	}
	return err
}
