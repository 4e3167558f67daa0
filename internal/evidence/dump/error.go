package dump

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"

	"github.com/fixline-dev/fixline/internal/evidence"
)

// InputError is a folder or a file of it that cannot be used as it is: bad
// input, not a failure of the program.
type InputError struct {
	File   string // relative to the folder
	Line   int    // from 1; 0 = not known
	Offset int64  // in bytes; meaningful with Line
	Field  string // "" = not one field
	Err    error
	Advice string // what to do next, "" = nothing to advise
}

func (e *InputError) Error() string {
	where := e.File
	if e.Line > 0 {
		where = fmt.Sprintf("%s:%d (byte %d)", e.File, e.Line, e.Offset)
	}
	if e.Field != "" {
		where += ": " + e.Field
	}
	return fmt.Sprintf("reading %s: %v", where, e.Err)
}

func (e *InputError) Unwrap() error { return e.Err }

// Hint is what to do next, "" where there is nothing to advise.
func (e *InputError) Hint() string { return e.Advice }

// bad turns a decoding error into an InputError with its line.
func (d reader) bad(file string, err error) error {
	in := &InputError{File: file, Err: err, Advice: "the file is damaged or was cut short: write it again with kubectl"}
	if at, ok := errors.AsType[*evidence.OffsetError](err); ok {
		in.Err, in.Offset = at.Err, at.Offset
		in.Line = d.line(file, at.Offset)
	}
	if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		in.Field = wrong.Field
		in.Err = fmt.Errorf("%w: a %s was found where %s is expected", errWrongType, wrong.Value, wrong.Type)
	}
	return in
}

var errWrongType = errors.New("wrong type")

// line counts the lines up to offset by reading the file once more; 0 when
// that fails.
func (d reader) line(file string, offset int64) int {
	f, err := d.fsys.Open(file)
	if err != nil {
		return 0
	}
	defer f.Close()
	in, line := bufio.NewReader(io.LimitReader(f, offset)), 1
	for {
		c, err := in.ReadByte()
		if err != nil {
			return line
		}
		if c == '\n' {
			line++
		}
	}
}

func syntaxOffset(err error) int64 {
	if s, ok := errors.AsType[*json.SyntaxError](err); ok {
		return s.Offset
	}
	return 0
}

// plainPath drops Go's operation and path from a file error: the message
// already names the file.
func plainPath(err error) error {
	if p, ok := errors.AsType[*fs.PathError](err); ok {
		return p.Err
	}
	return err
}
