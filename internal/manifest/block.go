package manifest

import (
	"bytes"
)

// block reads the ordinary block style of one document line by line, without a
// tree: maps and lists by indentation, scalars by their first character. It
// accepts only what it is certain a YAML parser reads the same way, and gives
// the document up at anything else: anchors, tags, tabs between words, flow
// style over several lines, keys in quotes where they matter.
type block struct {
	data  []byte
	at    int // offset of the next line
	line  int // number in the file of the line being read
	depth int
	stack [maxBlockDepth]level
	found []blockCandidate
	list  bool // the document is a list: every element may be an object

	// continues: the last line ended in a plain scalar, which goes on in lines
	// that are indented deeper than over.
	continues bool
	over      int
	captured  bool // that scalar is a field of a candidate
}

const maxBlockDepth = 100

// level is a map or list that is open at the line being read.
type level struct {
	indent int // of its entries, from 0
	seq    bool
	open   bool // its last entry has no value yet
	role   role // of a map: what it is; of a list: what its elements are
	next   role // of the value of its last entry, while it is open
	of     int  // the candidate it belongs to, an index into found
}

// role is what a map or list is for the search for objects.
type role uint8

const (
	plain    role = iota
	object        // a map that may be an object, or a list of such
	metadata      // the metadata of one
)

// blockCandidate is a candidate whose words are still part of the text.
type blockCandidate struct {
	line, column                      int
	apiVersion, kind, namespace, name []byte // parts of the text; nil = no such key
	metadata, items                   bool   // keys seen
	parent                            int    // the list it is an item of; -1 = none
}

// read notes the objects of p; false where it is not certain. Then it has
// noted nothing.
func (b *block) read(s *scanner, f *File, p piece) bool {
	if !ordinary(p.data) {
		return false
	}
	b.data, b.at, b.line, b.depth, b.found, b.list, b.continues = p.data, 0, p.line-1, 0, b.found[:0], false, false
	marked := marker(p.data, "---")
	start := 0
	if marked {
		start = len("---")
	}
	if tried, ok := b.flowDocument(p.line, start); tried {
		if !ok || !b.settled() {
			return false
		}
		f.Documents++
		b.note(s, f)
		return true
	}
	if marked {
		rest := b.nextLine()[len("---"):]
		if rest = trimSpaces(rest); len(rest) > 0 && rest[0] != '#' {
			return false
		}
	}
	for b.at < len(b.data) {
		if !b.readLine(b.nextLine()) {
			return false
		}
	}
	if !b.settled() {
		return false
	}
	if marked || b.depth > 0 {
		f.Documents++
	}
	b.note(s, f)
	return true
}

// nextLine is the next line without its break.
func (b *block) nextLine() []byte {
	line := b.data[b.at:]
	if i := bytes.IndexByte(line, '\n'); i >= 0 {
		line = line[:i]
		b.at += i + 1
	} else {
		b.at = len(b.data)
	}
	b.line++
	if n := len(line); n > 0 && line[n-1] == '\r' {
		line = line[:n-1]
	}
	return line
}

// unread takes back the last line, which began at offset at.
func (b *block) unread(at int) {
	b.at = at
	b.line--
}

func (b *block) readLine(line []byte) bool {
	indent := spaces(line)
	rest := line[indent:]
	switch {
	case len(rest) == 0:
		return true
	case rest[0] == '#':
		b.continues = false
		return true
	case rest[0] == '\t', indent == 0 && marker(rest, "..."):
		return false
	case b.continues && indent > b.over:
		return !b.captured && continuation(rest)
	}
	b.continues = false
	return b.place(indent, rest)
}

// place finds the map or list that a line belongs to.
func (b *block) place(indent int, rest []byte) bool {
	dash := isDash(rest)
	for b.depth > 0 {
		top := &b.stack[b.depth-1]
		switch {
		case indent < top.indent, indent == top.indent && top.seq && !dash:
			if b.depth--; b.depth == 0 {
				return false
			}
		case indent == top.indent && (top.seq || !dash):
			return b.entry(indent, rest)
		default: // deeper, or a list at the indentation of its key
			return top.open && b.begin(indent, rest)
		}
	}
	return b.begin(indent, rest)
}

// begin opens the map or list that rest is the first entry of.
func (b *block) begin(indent int, rest []byte) bool {
	if b.depth == maxBlockDepth {
		return false
	}
	next := level{indent: indent, seq: isDash(rest), role: object, of: -1}
	if b.depth > 0 {
		top := &b.stack[b.depth-1]
		top.open = false
		next.role, next.of = top.next, top.of
	}
	switch {
	case next.seq && b.depth == 0:
		b.list = true
	case next.seq && (next.role == metadata || b.stack[b.depth-1].seq):
		next.role = plain // metadata that is no map, a list in a list: nothing of an object
	case !next.seq && next.role == object:
		if b.depth > 0 && !b.stack[b.depth-1].seq {
			return false // items that are no list
		}
		parent := next.of
		next.of = len(b.found)
		b.found = append(b.found, blockCandidate{line: b.line, column: indent + 1, parent: parent})
	}
	b.stack[b.depth] = next
	b.depth++
	return b.entry(indent, rest)
}

// entry reads "- value" or "key: value" of the innermost list or map.
func (b *block) entry(indent int, rest []byte) bool {
	top := &b.stack[b.depth-1]
	if top.seq {
		return b.element(top, indent, rest)
	}
	end, after := key(rest)
	if end < 0 {
		return false
	}
	name := rest[:end]
	value := rest[after:]
	skip := spaces(value)
	value = value[skip:]
	top.next = plain
	into, ok := b.meaning(top, name, indent, value)
	if !ok {
		return false
	}
	return b.value(top, indent, value, into)
}

// element reads an entry of a list, which may hold a map or list itself.
func (b *block) element(top *level, indent int, rest []byte) bool {
	skip := 1 + spaces(rest[1:])
	value := rest[skip:]
	top.next = top.role
	if len(value) > 0 && value[0] != '#' {
		if end, _ := key(value); end >= 0 || isDash(value) {
			top.open = true
			return b.begin(indent+skip, value)
		}
		if value[0] == '{' && top.role == object { // an object in braces
			top.open = false
			return b.flow(value, indent+skip+1, object, top.of)
		}
	}
	return b.value(top, indent, value, nil)
}

// meaning notes a key of a candidate or its metadata, and where its value is
// to be kept. It is false where the key is there twice or in quotes.
func (b *block) meaning(top *level, name []byte, indent int, value []byte) (into *[]byte, ok bool) {
	if top.role == plain {
		return nil, true
	}
	if name[0] == '"' || name[0] == '\'' {
		return nil, false
	}
	c := &b.found[top.of]
	if top.role == metadata {
		switch string(name) {
		case "name":
			return &c.name, c.name == nil
		case "namespace":
			return &c.namespace, c.namespace == nil
		}
		return nil, true
	}
	switch string(name) {
	case "apiVersion":
		if c.apiVersion != nil {
			return nil, false
		}
		c.line, c.column = b.line, indent+1
		return &c.apiVersion, true
	case "kind":
		return &c.kind, c.kind == nil
	case "metadata":
		top.next = metadata
		seen := c.metadata
		c.metadata = true
		return nil, !seen && (len(value) == 0 || value[0] == '#' || value[0] == '{')
	case "items":
		top.next = object
		seen := c.items
		c.items = true
		return nil, !seen && (len(value) == 0 || value[0] == '#' || string(value) == "[]")
	}
	return nil, true
}

// value reads what stands behind a key or dash; into keeps it, where it is asked for.
func (b *block) value(top *level, indent int, value []byte, into *[]byte) bool {
	top.open = false
	if len(value) == 0 || value[0] == '#' {
		top.open = true
		return into == nil
	}
	switch value[0] {
	case '|', '>':
		return into == nil && b.literal(indent, value)
	case '"', '\'':
		end := quoted(value)
		if end < 0 {
			return into == nil && b.quotedLines(indent, value)
		}
		if !trailing(value[end:]) {
			return false
		}
		if into != nil {
			*into = value[1 : end-1]
			return bytes.IndexByte(*into, value[0]) < 0 && bytes.IndexByte(*into, '\\') < 0 // no escapes
		}
		return true
	case '[', '{':
		role := top.next
		if top.seq {
			role = plain // a list in a list holds no objects
		}
		return into == nil && b.flow(value, 0, role, top.of)
	}
	end, comment := plainScalar(value)
	if end < 0 {
		return false
	}
	b.continues, b.over, b.captured = !comment, indent, into != nil
	if into != nil {
		*into = value[:end]
		return isText(*into, top.role == metadata)
	}
	return true
}

// settled reports whether the document as a whole is one this reader knows:
// lists in lists are not.
func (b *block) settled() bool {
	for i := range b.found {
		c := &b.found[i]
		if c.parent >= 0 && c.items && b.isList(c) {
			return false
		}
	}
	return !b.list || len(b.found) == 0 || !b.anyList()
}

func (b *block) anyList() bool {
	for i := range b.found {
		if c := &b.found[i]; c.items && b.isList(c) {
			return true
		}
	}
	return false
}

func (b *block) isList(c *blockCandidate) bool {
	return bytes.HasSuffix(c.kind, []byte("List"))
}

// note makes candidates of what was found.
func (b *block) note(s *scanner, f *File) {
	var list candidate
	for i := range b.found {
		one := &b.found[i]
		c := candidate{line: one.line, column: one.column, apiVersion: wordOf(one.apiVersion, s.intern), kind: wordOf(one.kind, s.intern)}
		if one.parent >= 0 {
			if !b.isList(&b.found[one.parent]) {
				continue // items of something else
			}
			c.inherit(list)
		} else if one.items && b.isList(one) {
			list = c
			continue
		}
		c.name, c.namespace = wordOf(one.name, copied), wordOf(one.namespace, copied)
		f.add(c, f.Documents)
	}
}

func wordOf(value []byte, made func([]byte) string) word {
	if value == nil {
		return word{}
	}
	return word{made(value), text}
}

func copied(value []byte) string { return string(value) }
