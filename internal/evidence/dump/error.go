package dump

import (
	"bufio"
	"bytes"
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
	in := &InputError{File: file, Err: err, Advice: d.advice}
	if at, ok := errors.AsType[*evidence.OffsetError](err); ok {
		in.Err, in.Offset = at.Err, d.exact(file, at.Offset)
		in.Line = d.line(file, in.Offset)
	}
	if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		in.Field = wrong.Field
		in.Err = fmt.Errorf("%w: a %s was found where %s is expected", errWrongType, wrong.Value, wrong.Type)
	}
	return in
}

var errWrongType = errors.New("wrong type")

// exact finds the byte of a syntax error behind offset, where everything
// before was understood; a decoder that has moved on does not know it.
func (d reader) exact(file string, offset int64) int64 {
	f, err := d.again(file)
	if err != nil {
		return offset
	}
	defer f.Close()
	in := bufio.NewReader(f)
	if _, err := io.CopyN(io.Discard, in, offset); err != nil {
		return offset
	}
	for {
		c, err := in.ReadByte()
		if err != nil {
			return offset
		}
		if !bytes.ContainsRune([]byte(" \t\r\n,:"), rune(c)) {
			break
		}
		offset++
	}
	if err := in.UnreadByte(); err != nil {
		return offset
	}
	var skip json.RawMessage
	err = json.NewDecoder(io.LimitReader(in, evidence.MaxObject)).Decode(&skip)
	if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
		return offset + syntax.Offset - 1
	}
	return offset
}

// line counts the lines up to offset by reading the file once more; 0 when
// that fails.
func (d reader) line(file string, offset int64) int {
	f, err := d.again(file)
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

// plainPath drops Go's operation and path from a file error: the message
// already names the file.
func plainPath(err error) error {
	if p, ok := errors.AsType[*fs.PathError](err); ok {
		return p.Err
	}
	return err
}
