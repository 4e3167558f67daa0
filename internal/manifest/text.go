package manifest

import (
	"bytes"
	"fmt"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

// scanner reads texts one after the other and keeps what it can use again.
type scanner struct {
	words map[string]string // the few apiVersions and kinds there are
	block block
	// keep gets every object with its tree; nil = nobody wants it, and most
	// texts are then read without one.
	keep func(Object, *yaml.Node)
}

func newScanner() *scanner { return &scanner{words: map[string]string{}} }

// intern is a string of b that is made once.
func (s *scanner) intern(b []byte) string {
	if known, ok := s.words[string(b)]; ok {
		return known
	}
	if len(s.words) > 10_000 {
		return string(b)
	}
	made := string(b)
	s.words[made] = made
	return made
}

// Text finds the objects of one text; path names it in the result. No string
// of the result shares memory with data.
func Text(path string, data []byte) File { return newScanner().text(path, data) }

func (s *scanner) text(path string, data []byte) File {
	f := File{Path: path}
	data, err := toUTF8(data)
	if err != nil {
		f.Unread = append(f.Unread, Unread{Reason: Encoding, Text: err.Error(), Hint: "save the file as UTF-8"})
		return f
	}
	if !utf8.Valid(data) {
		line := 1 + bytes.Count(data[:invalid(data)], []byte("\n"))
		f.Unread = append(f.Unread, Unread{Reason: Encoding, Line: line, Text: "not UTF-8 text", Hint: "save the file as UTF-8"})
		return f
	}
	if rareBreaks(data) {
		s.tree(&f, piece{data: data, line: 1})
		return f
	}
	for p := range pieces(data) {
		if s.keep != nil || !s.json(&f, p) && !s.block.read(s, &f, p) {
			s.tree(&f, p)
		}
	}
	return f
}

// toUTF8 takes off a byte order mark and decodes UTF-16, which YAML 1.2 allows
// (https://yaml.org/spec/1.2.2/#52-character-encodings).
func toUTF8(data []byte) ([]byte, error) {
	switch {
	case bytes.HasPrefix(data, []byte("\xef\xbb\xbf")):
		return data[3:], nil
	case bytes.HasPrefix(data, []byte("\x00\x00\xfe\xff")), bytes.HasPrefix(data, []byte("\xff\xfe\x00\x00")):
		return nil, fmt.Errorf("UTF-32 text")
	case bytes.HasPrefix(data, []byte("\xff\xfe")):
		return fromUTF16(data[2:], 0, 1)
	case bytes.HasPrefix(data, []byte("\xfe\xff")):
		return fromUTF16(data[2:], 1, 0)
	case len(data) > 1 && data[0] != 0 && data[1] == 0:
		return fromUTF16(data, 0, 1)
	case len(data) > 1 && data[0] == 0 && data[1] != 0:
		return fromUTF16(data, 1, 0)
	}
	return data, nil
}

func fromUTF16(data []byte, low, high int) ([]byte, error) {
	if len(data)%2 != 0 {
		return nil, fmt.Errorf("UTF-16 text that ends in half a character")
	}
	units := make([]uint16, 0, len(data)/2)
	for i := 0; i < len(data); i += 2 {
		units = append(units, uint16(data[i+low])|uint16(data[i+high])<<8)
	}
	var out strings.Builder
	for _, r := range utf16.Decode(units) {
		out.WriteRune(r)
	}
	return []byte(out.String()), nil
}

// invalid is the offset of the first byte that is no UTF-8.
func invalid(data []byte) int {
	for i := 0; i < len(data); {
		r, n := utf8.DecodeRune(data[i:])
		if r == utf8.RuneError && n == 1 {
			return i
		}
		i += n
	}
	return len(data)
}

// rareBreaks reports whether YAML sees line breaks in data that are not \n or
// \r\n. Then documents cannot be cut at \n.
func rareBreaks(data []byte) bool {
	for at := 0; ; at++ {
		i := bytes.IndexByte(data[at:], '\r')
		if i < 0 {
			break
		}
		if at += i; at+1 >= len(data) || data[at+1] != '\n' {
			return true
		}
	}
	return bytes.Contains(data, []byte("\u0085")) || bytes.Contains(data, []byte("\u2028")) || bytes.Contains(data, []byte("\u2029"))
}

// editorLines are the lines an editor shows for those YAML counts, from 1, in a
// text with [rareBreaks]: editors do not break at the separators only Unicode knows.
func editorLines(data []byte) []int {
	line, out := 1, []int{1, 1}
	for i := 0; i < len(data); i++ {
		rest := data[i:]
		switch {
		case rest[0] == '\n', rest[0] == '\r' && (len(rest) == 1 || rest[1] != '\n'):
			line++
			out = append(out, line)
		case bytes.HasPrefix(rest, []byte("\u0085")), bytes.HasPrefix(rest, []byte("\u2028")), bytes.HasPrefix(rest, []byte("\u2029")):
			out = append(out, line)
		}
	}
	return out
}

// piece is the text of one document; only at its beginning can a line --- be.
type piece struct {
	data []byte
	line int // of its first byte in the file, from 1
}

// pieces cuts a text at its document markers. A line that begins with --- is
// one wherever it stands, also inside quotes and block texts
// (https://yaml.org/spec/1.2.2/#914-explicit-documents), so a document that
// cannot be read hides no other. Directives stay with their document.
func pieces(data []byte) func(yield func(piece) bool) {
	return func(yield func(piece) bool) {
		start, line := 0, 1
		for at := start; ; {
			cut := nextMarker(data, at)
			if cut < 0 {
				yield(piece{data[start:], line})
				return
			}
			at = cut + len("---")
			if cut == start || onlyDirectives(data[start:cut]) {
				continue
			}
			if !yield(piece{data[start:cut], line}) {
				return
			}
			line += bytes.Count(data[start:cut], []byte("\n"))
			start = cut
		}
	}
}

// nextMarker is the offset of the first line from at on that is a document
// marker; at the beginning of data too.
func nextMarker(data []byte, at int) int {
	if at == 0 && marker(data, "---") {
		return 0
	}
	for {
		i := bytes.Index(data[at:], []byte("\n---"))
		if i < 0 {
			return -1
		}
		if at += i + 1; marker(data[at:], "---") {
			return at
		}
	}
}

func marker(line []byte, mark string) bool {
	return len(line) >= len(mark) && string(line[:len(mark)]) == mark &&
		(len(line) == len(mark) || line[len(mark)] == '\n' || line[len(mark)] == ' ' || line[len(mark)] == '\t' || line[len(mark)] == '\r')
}

// onlyDirectives: such a text belongs to the document that follows.
func onlyDirectives(data []byte) bool {
	directive := false
	for line := range bytes.Lines(data) {
		switch trimmed := bytes.TrimSpace(line); {
		case len(trimmed) == 0 || trimmed[0] == '#':
		case line[0] == '%':
			directive = true
		default:
			return false
		}
	}
	return directive
}
