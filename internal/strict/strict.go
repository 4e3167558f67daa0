// Package strict reads the YAML and JSON a person writes: inventories, policy
// and ignore files, hand-written advisories. It decides what is well-formed and
// says of everything else which file, line and field is wrong and what to do
// next; what a field means is its caller's. It never turns text into a float
// (1.30 stays "1.30"), never guesses at an unknown key, and is bounded in size,
// depth, aliases and number of documents. Start at [Decode].
package strict

import (
	"fmt"
	"strings"
)

// Error is one mistake in an input.
type Error struct {
	File  string // "-" is standard input
	Line  int    // from 1; 0 = the whole file
	Field string // "spec.components[3].version"; "" = no field
	Msg   string
	Hint  string // what to do next, "" where Msg says it all
}

// Error is file:line: field: message; the hint is left to the caller.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.File)
	if e.Line > 0 {
		fmt.Fprintf(&b, ":%d", e.Line)
	}
	b.WriteString(": ")
	if e.Field != "" {
		b.WriteString(e.Field + ": ")
	}
	b.WriteString(e.Msg)
	return b.String()
}

// Errors are all mistakes found in one object, at most [MaxErrors].
type Errors []*Error

// MaxErrors bounds what is reported of one object.
const MaxErrors = 20

// Error is one mistake a line.
func (e Errors) Error() string {
	lines := make([]string, len(e))
	for i, one := range e {
		lines[i] = one.Error()
	}
	return strings.Join(lines, "\n")
}

// Unwrap gives each mistake to errors.As.
func (e Errors) Unwrap() []error {
	out := make([]error, len(e))
	for i, one := range e {
		out[i] = one
	}
	return out
}

// Limits bound an input. The zero value of a field means its default.
type Limits struct {
	Bytes     int64 // of one input; default 64 MiB
	Depth     int   // of nesting; default 64
	Values    int   // of one document, roughly counted; default 2,000,000
	Aliased   int   // values that aliases and merge keys may add to one document; default 10,000
	Documents int   // objects in one input; default 100,000
}

func (l Limits) withDefaults() Limits {
	if l.Bytes == 0 {
		l.Bytes = 64 << 20
	}
	if l.Depth == 0 {
		l.Depth = 64
	}
	if l.Values == 0 {
		l.Values = 2_000_000
	}
	if l.Aliased == 0 {
		l.Aliased = 10_000
	}
	if l.Documents == 0 {
		l.Documents = 100_000
	}
	return l
}
