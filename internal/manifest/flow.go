package manifest

import "bytes"

// flowReader reads flow style, maps and lists in brackets, in one pass and
// without a tree: a file of one such document takes a whole parser a hundred
// times its size. Like [block], whose candidates it finds, it gives up at
// anything but plain words, quotes, brackets and comments.
type flowReader struct {
	block *block
	data  []byte
	place place // where the last candidate, or its apiVersion, stands
	lines bool  // a value may go on in the next line
}

// maxFlow bounds brackets in brackets.
const maxFlow = 100

// flowDocument reads a document that is one map or list in brackets, which
// begins at offset at or behind blanks and comments. tried is false where there is none.
func (b *block) flowDocument(line, at int) (tried, ok bool) {
	r := flowReader{block: b, data: b.data, place: place{line: line, column: 1}, lines: true}
	if at = r.skip(at); at < 0 || at == len(b.data) || b.data[at] != '{' && b.data[at] != '[' {
		return false, false
	}
	b.list = b.data[at] == '['
	end := r.brackets(at, 0, object, -1)
	return true, end > 0 && r.skip(end) == len(b.data)
}

// flow reads the map or list in brackets that value begins with and that ends
// in the same line, at a column counted from 1; nothing but a comment follows.
func (b *block) flow(value []byte, column int, role role, of int) bool {
	r := flowReader{block: b, data: value, place: place{line: b.line, column: column}}
	end := r.brackets(0, 0, role, of)
	return end > 0 && trailing(value[end:])
}

// brackets is the offset behind the bracket that closes the one at offset at;
// -1 where it gives up. of is the candidate that metadata belongs to, and of an
// object or a list of such the list that holds it.
func (r *flowReader) brackets(at, depth int, role role, of int) int {
	isMap, closing := r.data[at] == '{', r.data[at]+2 // ] is two behind [, } behind {
	if depth > maxFlow {
		return -1
	}
	if isMap && role == object {
		r.place.moveTo(r.data, at)
		r.block.found = append(r.block.found, blockCandidate{line: r.place.line, column: r.place.column, parent: of})
		of = len(r.block.found) - 1
	}
	for at++; ; {
		if at = r.skip(at); at < 0 || at == len(r.data) {
			return -1
		}
		if r.data[at] == closing {
			return at + 1
		}
		if isMap {
			at = r.field(at, depth, role, of)
		} else {
			at = r.element(at, depth, role, of)
		}
		if at < 0 {
			return -1
		}
		if at = r.skip(at); at < 0 || at == len(r.data) || r.data[at] != ',' && r.data[at] != closing {
			return -1
		}
		if r.data[at] == ',' {
			at++
		}
	}
}

// element is the offset behind an element of a list; one that is a list itself
// holds no objects.
func (r *flowReader) element(at, depth int, role role, of int) int {
	switch r.data[at] {
	case '{':
		return r.brackets(at, depth+1, role, of)
	case '[':
		return r.brackets(at, depth+1, plain, of)
	}
	return r.scalar(at)
}

// field is the offset behind a key and its value.
func (r *flowReader) field(at, depth int, role role, of int) int {
	end := r.scalar(at)
	if end < 0 || end-at > maxKey || end+1 >= len(r.data) || r.data[end] != ':' || bytes.IndexByte(r.data[at:end], '\n') >= 0 {
		return -1
	}
	isQuoted := r.data[at] == '"' || r.data[at] == '\''
	if c := r.data[end+1]; c != ' ' && c != '\n' && c != '\r' && !isQuoted {
		return -1
	}
	next, into, ok := r.meaning(at, end, role, of)
	if at = r.skip(end + 1); !ok || at < 0 || at == len(r.data) {
		return -1
	}
	switch c := r.data[at]; {
	case c == '{' && next != object, c == '[' && next != metadata:
		if into != nil {
			return -1
		}
		return r.brackets(at, depth+1, next, of)
	case c == '{', c == '[', next != plain:
		return -1 // items that are no list, metadata that is no map
	}
	end = r.scalar(at)
	if end > 0 && into != nil {
		if *into = r.word(at, end, role == metadata); *into == nil {
			return -1
		}
	}
	return end
}

// meaning says what the value of a key is, and where it is to be kept. It is
// false where the key is there twice or written with escapes.
func (r *flowReader) meaning(at, end int, role role, of int) (next role, into *[]byte, ok bool) {
	if role == plain {
		return plain, nil, true
	}
	name := r.data[at:end]
	if name[0] == '"' || name[0] == '\'' {
		if name = unescaped(name); name == nil {
			return plain, nil, false
		}
	}
	c := &r.block.found[of]
	if role == metadata {
		switch string(name) {
		case "name":
			return plain, &c.name, c.name == nil
		case "namespace":
			return plain, &c.namespace, c.namespace == nil
		}
		return plain, nil, true
	}
	switch string(name) {
	case "apiVersion":
		r.place.moveTo(r.data, at)
		c.line, c.column = r.place.line, r.place.column
		return plain, &c.apiVersion, c.apiVersion == nil
	case "kind":
		return plain, &c.kind, c.kind == nil
	case "metadata":
		seen := c.metadata
		c.metadata = true
		return metadata, nil, !seen
	case "items":
		seen := c.items
		c.items = true
		return object, nil, !seen
	}
	return plain, nil, true
}

// word is the text of a scalar, nil where that is doubtful.
func (r *flowReader) word(at, end int, name bool) []byte {
	raw := r.data[at:end]
	switch {
	case bytes.IndexByte(raw, '\n') >= 0:
		return nil
	case raw[0] == '"' || raw[0] == '\'':
		return unescaped(raw)
	case !isText(raw, name):
		return nil
	}
	return raw
}

// unescaped is what stands between quotes, nil where it is written with escapes.
func unescaped(raw []byte) []byte {
	inner := raw[1 : len(raw)-1]
	if bytes.IndexByte(inner, raw[0]) >= 0 || bytes.IndexByte(inner, '\\') >= 0 {
		return nil
	}
	return inner
}

// skip is the offset of what follows blanks, breaks and comments; -1 where a
// document may end inside of the brackets.
func (r *flowReader) skip(at int) int {
	for at < len(r.data) {
		switch c := r.data[at]; {
		case c == ' ':
			at++
		case !r.lines:
			return at
		case c == '\n':
			if at++; marker(r.data[at:], "...") {
				return -1
			}
		case c == '\r':
			at++
		case c == '#' && (at == 0 || r.data[at-1] == ' ' || r.data[at-1] == '\n'):
			end := bytes.IndexByte(r.data[at:], '\n')
			if end < 0 {
				return len(r.data)
			}
			at += end
		default:
			return at
		}
	}
	return at
}

// scalar is the offset behind the scalar at offset at; -1 where it is doubtful.
func (r *flowReader) scalar(at int) int {
	if c := r.data[at]; c == '"' || c == '\'' {
		return r.quoted(at)
	}
	return r.plain(at)
}

// quoted is [quoted], over several lines where these are allowed.
func (r *flowReader) quoted(at int) int {
	end := quoted(r.data[at:])
	if end < 0 {
		return -1
	}
	for from := at; ; {
		next := bytes.IndexByte(r.data[from:at+end], '\n')
		if next < 0 {
			return at + end
		}
		if from += next + 1; marker(r.data[from:], "...") {
			return -1
		}
	}
}

// plain is the offset behind a text without quotes.
func (r *flowReader) plain(at int) int {
	s := r.data
	switch c := s[at]; {
	case alphanumeric(c), c >= 0x80, c == '.', c == '_', c == '/', c == '$', c == '(', c == ')':
	case c == '-' && at+1 < len(s) && (s[at+1] == '-' || alphanumeric(s[at+1])):
	default:
		return -1
	}
	end := at
	for at < len(s) {
		switch c := s[at]; {
		case alphanumeric(c), c >= 0x80, bytes.IndexByte([]byte("._/$()-=+*@~%^;<>!&|'\""), c) >= 0:
			at++
			end = at
		case c == ':' && at+1 < len(s) && (alphanumeric(s[at+1]) || s[at+1] == '/'):
			at++
			end = at
		case c == ' ', c == '\n' && r.lines, c == '\r' && r.lines:
			next := at
			for next < len(s) && (s[next] == ' ' || r.lines && (s[next] == '\n' || s[next] == '\r')) {
				if next++; s[next-1] == '\n' && marker(s[next:], "...") {
					return -1
				}
			}
			if next == len(s) || s[next] == '#' || s[next] == ',' || s[next] == ']' || s[next] == '}' {
				return end
			}
			at = next
		case c == ',', c == ']', c == '}', c == ':':
			return end
		default:
			return -1
		}
	}
	return end
}
