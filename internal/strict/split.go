package strict

import (
	"bytes"
	"fmt"
	"iter"
)

// piece is the text of one document, or of one item of a long list.
type piece struct {
	data   []byte
	line   int // of its first byte, from 1
	json   bool
	prefix string // "items[3]"
}

// split cuts an input at its document markers. A line that begins with ---
// or ... is one wherever it stands, also inside quotes and block texts
// (https://yaml.org/spec/1.2.2/#914-explicit-documents), so no parser is needed.
// It owns data and may change it.
func split(data []byte) iter.Seq[piece] {
	return func(yield func(piece) bool) {
		start, startLine, line := 0, 1, 1
		blank := true // nothing but comments, directives and empty lines so far
		for at := 0; at < len(data); line++ {
			end := len(data)
			if i := bytes.IndexByte(data[at:], '\n'); i >= 0 {
				end = at + i + 1
			}
			text := data[at:end]
			switch {
			case marker(text, "---"):
				if !blank && !values(piece{data: data[start:at], line: startLine}, yield) {
					return
				}
				start, startLine = at, line
				rest := bytes.TrimSpace(text[len("---"):])
				blank = len(rest) == 0 || rest[0] == '#'
			case marker(text, "..."):
				if !blank && !values(piece{data: data[start:at], line: startLine}, yield) {
					return
				}
				start, startLine, blank = end, line+1, true
			case blank:
				trimmed := bytes.TrimSpace(text)
				if bytes.HasPrefix(text, []byte("%YAML 1.")) {
					text[0] = '#' // the library refuses 1.2, which it reads
				}
				blank = len(trimmed) == 0 || trimmed[0] == '#' || text[0] == '%'
			}
			at = end
		}
		if !blank {
			values(piece{data: data[start:], line: startLine}, yield)
		}
	}
}

func marker(line []byte, mark string) bool {
	return bytes.HasPrefix(line, []byte(mark)) &&
		(len(line) == len(mark) || bytes.IndexByte([]byte(" \t\r\n"), line[len(mark)]) >= 0)
}

// values cuts a document that is JSON into its values, and long lists into items.
func values(p piece, yield func(piece) bool) bool {
	body := p.data
	if marker(body, "---") {
		body = body[len("---"):]
	}
	body = bytes.TrimLeft(body, " \t\r\n")
	if !looksLikeJSON(body) {
		return p.items(yield)
	}
	at := len(p.data) - len(body)
	p.line += bytes.Count(p.data[:at], []byte("\n"))
	p.data, p.json = body, true
	for len(p.data) > 0 {
		end := valueEnd(p.data)
		one := p
		one.data = p.data[:end]
		if !one.items(yield) {
			return false
		}
		rest := bytes.TrimLeft(p.data[end:], " \t\r\n")
		p.line += bytes.Count(p.data[:len(p.data)-len(rest)], []byte("\n"))
		p.data = rest
	}
	return true
}

// looksLikeJSON: an object whose first key is quoted, or an empty one.
func looksLikeJSON(text []byte) bool {
	if len(text) == 0 || text[0] != '{' {
		return false
	}
	rest := bytes.TrimLeft(text[1:], " \t\r\n")
	return len(rest) > 0 && (rest[0] == '"' || rest[0] == '}')
}

// valueEnd is the offset behind the first JSON value of data. It only counts
// brackets outside of quotes: whether the value is well-formed is the parser's.
func valueEnd(data []byte) int {
	depth := 0
	for i := 0; i < len(data); i++ {
		switch data[i] {
		case '"':
			i = stringEnd(data, i)
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth <= 0 {
				return i + 1
			}
		case ',', ' ', '\t', '\r', '\n':
			if depth == 0 && i > 0 {
				return i
			}
		}
	}
	return len(data)
}

// stringEnd is the offset of the quote that closes the one at i.
func stringEnd(data []byte, i int) int {
	for i++; i < len(data) && data[i] != '"'; i++ {
		if data[i] == '\\' {
			i++
		}
	}
	return i
}

// longList is the size from which a kind: List is cut into items before it is
// parsed, so that ten thousand clusters are never in memory as one tree.
const longList = 256 << 10

// items yields p, or its items where it is a long list.
func (p piece) items(yield func(piece) bool) bool {
	if len(p.data) >= longList {
		cut := p.yamlItems
		if p.json {
			cut = p.jsonItems
		}
		if parts, ok := cut(); ok {
			for i, part := range parts {
				part.prefix = fmt.Sprintf("items[%d]", i)
				if !yield(part) {
					return false
				}
			}
			return true
		}
	}
	return yield(p)
}
