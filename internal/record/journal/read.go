package journal

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"
)

// Log is a journal as it was read.
type Log struct {
	Entries []Entry
	Ends    []int64 // of each entry, the length of the file up to and with its line feed
	Torn    []byte  // what follows the last line feed: an append that was cut off
}

// Head is the hash of the last entry.
func (l Log) Head() string {
	if len(l.Entries) == 0 {
		return Start
	}
	return l.Entries[len(l.Entries)-1].Hash
}

// Bytes is the length of all whole entries.
func (l Log) Bytes() int64 {
	if len(l.Ends) == 0 {
		return 0
	}
	return l.Ends[len(l.Ends)-1]
}

// Add appends an entry that [Log.Next] made.
func (l *Log) Add(e Entry, line []byte) {
	l.Ends = append(l.Ends, l.Bytes()+int64(len(line)))
	l.Entries = append(l.Entries, e)
}

// BadEntry is the first line that does not match the one before, or itself.
type BadEntry struct {
	Entry  int   // its number by the lines before, from 1; also its line
	Offset int64 // of its first byte in the file, from 0
	Why    string
}

func (e *BadEntry) Error() string {
	return fmt.Sprintf("entry %d (line %d, from byte %d) %s", e.Entry, e.Entry, e.Offset, e.Why)
}

// Read reads a journal and holds every entry to the chain. Each line has exactly
// one form, so that any other byte in it shows. The error is a *[BadEntry], with
// the entries before it in the log, or that of r.
func Read(r io.Reader) (Log, error) {
	var l Log
	in := bufio.NewScanner(r)
	in.Buffer(make([]byte, 0, 4<<10), MaxLine)
	in.Split(lines)
	for in.Scan() {
		line := in.Bytes()
		if !bytes.HasSuffix(line, []byte("\n")) {
			l.Torn = bytes.Clone(line)
			return l, nil
		}
		e, why := l.check(line)
		if why != "" {
			return l, l.bad(why)
		}
		l.Add(e, line)
	}
	if errors.Is(in.Err(), bufio.ErrTooLong) {
		return l, l.bad("is longer than an entry may be")
	}
	return l, in.Err()
}

// lines splits after each line feed and keeps it.
func lines(data []byte, atEnd bool) (int, []byte, error) {
	if i := bytes.IndexByte(data, '\n'); i >= 0 {
		return i + 1, data[:i+1], nil
	}
	if atEnd && len(data) > 0 {
		return len(data), data, nil
	}
	return 0, nil, nil
}

func (l Log) bad(why string) error {
	return &BadEntry{Entry: len(l.Entries) + 1, Offset: l.Bytes(), Why: why}
}

// check reads the next line; why is "" where it matches.
func (l Log) check(line []byte) (e Entry, why string) {
	dec := json.NewDecoder(bytes.NewReader(line))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&e); err != nil {
		return e, "is no journal entry: " + err.Error()
	}
	claimed := e.Hash
	again, err := e.seal()
	switch at, timeErr := time.Parse(time.RFC3339, e.Time); {
	case err != nil:
		return e, "has no canonical form: " + err.Error()
	case e.Seq != len(l.Entries)+1:
		return e, fmt.Sprintf("calls itself entry %d: entries were moved, removed or put in", e.Seq)
	case e.Prev != l.Head():
		return e, "does not follow the entry before it: its prev is not that entry's hash"
	case claimed != e.Hash:
		return e, "was changed: its hash is not that of its content"
	case !bytes.Equal(again, line):
		return e, "was changed: it is not in the one form an entry has (RFC 8785)"
	case timeErr != nil || e.Time != at.UTC().Format(time.RFC3339):
		return e, "has a time that is not RFC 3339 in UTC with whole seconds"
	case !kindPattern.MatchString(string(e.Kind)) || !bytes.HasPrefix(e.Data, []byte("{")):
		return e, "has no kind, or its data is no object"
	}
	return e, ""
}
