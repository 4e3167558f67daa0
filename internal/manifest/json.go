package manifest

import (
	"bytes"
	"encoding/json"
	"unicode/utf8"
)

// json reads a piece that is JSON: one value or several, each a document. The
// standard library says whether it is well-formed; then counting brackets is
// enough to find the few fields asked for, in any size of text. It is false,
// and notes nothing, where the piece is not JSON.
func (s *scanner) json(f *File, p piece) bool {
	at := 0
	if marker(p.data, "---") {
		at = len("---")
	}
	at = skipSpace(p.data, at)
	if at == len(p.data) || p.data[at] != '{' && p.data[at] != '[' {
		return false
	}
	var ends []int
	for i := at; i < len(p.data); {
		end := skipValue(p.data, i)
		if !json.Valid(p.data[i:end]) {
			return false
		}
		ends = append(ends, end)
		i = skipSpace(p.data, end)
	}
	r := jsonReader{scanner: s, file: f, data: p.data, place: place{line: p.line, column: 1}}
	for _, end := range ends {
		f.Documents++
		r.value(at, nil, 0)
		at = skipSpace(p.data, end)
	}
	return true
}

// jsonReader finds candidates in data, which is well-formed.
type jsonReader struct {
	*scanner
	file  *File
	data  []byte
	place place
}

// place is where an offset stands. It only moves forward, so that a text of one
// long line is counted once.
type place struct{ at, line, column int }

func (p *place) moveTo(data []byte, at int) {
	if n := bytes.Count(data[p.at:at], []byte("\n")); n > 0 {
		p.line += n
		p.column = 1
		p.at += bytes.LastIndexByte(data[p.at:at], '\n') + 1
	}
	p.column += utf8.RuneCount(data[p.at:at])
	p.at = at
}

// value notes the object at offset at, or those of the list it is.
func (r *jsonReader) value(at int, list *candidate, depth int) {
	if depth > maxNested {
		r.place.moveTo(r.data, at)
		r.file.Unread = append(r.file.Unread, Unread{Reason: TooLarge, Line: r.place.line, Document: r.file.Documents, Text: "lists nested too deep"})
		return
	}
	switch {
	case r.data[at] == '[' && list == nil:
		for item := range elements(r.data, at) {
			r.value(item, &candidate{}, depth+1)
		}
	case r.data[at] == '{':
		r.object(at, list, depth)
	}
}

func (r *jsonReader) object(at int, list *candidate, depth int) {
	var c candidate
	begin, items, many := at, -1, false
	for key, value := range fields(r.data, at) {
		switch r.key(key) {
		case "apiVersion":
			if c.apiVersion.state == absent {
				begin = key
			}
			c.apiVersion = r.word(value, c.apiVersion.state)
		case "kind":
			c.kind = r.word(value, c.kind.state)
		case "metadata":
			c.name, c.namespace = word{}, word{}
			if r.data[value] == '{' {
				r.names(value, &c)
			}
		case "items":
			items, many = value, items >= 0
		}
	}
	if list != nil {
		c.inherit(*list)
	}
	isList := c.kind.state == text && isList(c.kind.text) && items >= 0 && !many
	if !isList {
		r.place.moveTo(r.data, begin)
		c.line, c.column = r.place.line, r.place.column
		r.file.add(c, r.file.Documents)
		return
	}
	if r.data[items] == '[' {
		for item := range elements(r.data, items) {
			r.value(item, &c, depth+1)
		}
	}
}

func (r *jsonReader) names(at int, c *candidate) {
	for key, value := range fields(r.data, at) {
		switch r.key(key) {
		case "name":
			c.name = r.name(value, c.name.state)
		case "namespace":
			c.namespace = r.name(value, c.namespace.state)
		}
	}
}

// key is the key whose quote is at offset at, as far as anyone asks for it.
func (r *jsonReader) key(at int) string {
	raw := r.data[at:skipValue(r.data, at)]
	if bytes.IndexByte(raw, '\\') < 0 {
		switch string(raw[1 : len(raw)-1]) {
		case "apiVersion":
			return "apiVersion"
		case "kind":
			return "kind"
		case "metadata":
			return "metadata"
		case "items":
			return "items"
		case "name":
			return "name"
		case "namespace":
			return "namespace"
		}
		return ""
	}
	return unquoted(raw)
}

func (r *jsonReader) word(at int, before state) word {
	if before != absent {
		return word{state: twice}
	}
	if r.data[at] != '"' {
		return word{state: other}
	}
	raw := r.data[at:skipValue(r.data, at)]
	if bytes.IndexByte(raw, '\\') < 0 {
		return word{r.intern(raw[1 : len(raw)-1]), text}
	}
	return word{unquoted(raw), text}
}

// name is a text, or a number, which YAML takes for one.
func (r *jsonReader) name(at int, before state) word {
	raw := r.data[at:skipValue(r.data, at)]
	switch {
	case before != absent, raw[0] == '{', raw[0] == '[', raw[0] == 'n':
		return word{state: other}
	case raw[0] == '"':
		return word{unquoted(raw), text}
	}
	return word{string(raw), text}
}

func unquoted(raw []byte) string {
	var s string
	if bytes.IndexByte(raw, '\\') < 0 {
		return string(raw[1 : len(raw)-1])
	}
	if err := json.Unmarshal(raw, &s); err != nil {
		return "" // raw was valid before: cannot be
	}
	return s
}

// fields yields the offsets of each key and its value.
func fields(data []byte, at int) func(yield func(key, value int) bool) {
	return func(yield func(key, value int) bool) {
		at = skipSpace(data, at+1)
		for data[at] != '}' {
			key := at
			value := skipSpace(data, skipSpace(data, skipValue(data, key))+1) // behind the colon
			if !yield(key, value) {
				return
			}
			if at = skipSpace(data, skipValue(data, value)); data[at] == ',' {
				at = skipSpace(data, at+1)
			}
		}
	}
}

// elements yields the offset of each value of a list.
func elements(data []byte, at int) func(yield func(int) bool) {
	return func(yield func(int) bool) {
		at = skipSpace(data, at+1)
		for data[at] != ']' {
			if !yield(at) {
				return
			}
			if at = skipSpace(data, skipValue(data, at)); data[at] == ',' {
				at = skipSpace(data, at+1)
			}
		}
	}
}

func skipSpace(data []byte, at int) int {
	for at < len(data) && (data[at] == ' ' || data[at] == '\n' || data[at] == '\r' || data[at] == '\t') {
		at++
	}
	return at
}

// skipValue is the offset behind the value at offset at; of text that is not
// JSON it is any offset behind at.
func skipValue(data []byte, at int) int {
	depth := 0
	for i := at; i < len(data); i++ {
		switch data[i] {
		case '"':
			if i = closingQuote(data, i); depth == 0 {
				return min(i+1, len(data))
			}
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth <= 0 {
				if depth < 0 && i > at { // the end of what holds the value
					return i
				}
				return i + 1
			}
		case ',', ':', ' ', '\t', '\r', '\n':
			if depth == 0 && i > at {
				return i
			}
		}
	}
	return len(data)
}

func closingQuote(data []byte, at int) int {
	for i := at + 1; i < len(data); i++ {
		switch data[i] {
		case '"':
			return i
		case '\\':
			i++
		}
	}
	return len(data)
}
