package strict

import (
	"bytes"
	"slices"
)

// isList reports whether n is a kind: List as kubectl writes it.
func isList(n *Node) bool { return n.kind == Map && n.Get("kind").text == "List" }

// envelope reads what is around the items of a list; false where that is not a
// kind: List without mistakes, so that the parser of the whole shall name them.
func (p piece) envelope(text []byte) bool {
	obj := &object{limits: Limits{}.withDefaults()}
	n := piece{data: text, line: 1, json: p.json}.node(obj)
	if n == nil || !isList(n) {
		return false
	}
	n.Fields("apiVersion", "kind", "metadata", "items")
	return len(obj.errs) == 0
}

// jsonItems cuts a kind: List into its items; ok is false where it is none.
func (p piece) jsonItems() (parts []piece, ok bool) {
	start, end := topLevel(p.data, "items")
	if end-start < 2 || p.data[start] != '[' || p.data[end-1] != ']' ||
		!p.envelope(slices.Concat(p.data[:start], []byte("[]"), p.data[end:])) {
		return nil, false
	}
	line := p.line + bytes.Count(p.data[:start], []byte("\n"))
	for at := start + 1; ; {
		next := skipSpace(p.data, at)
		line += bytes.Count(p.data[at:next], []byte("\n"))
		if p.data[next] == ']' {
			return parts, next == end-1 && len(parts) == 0
		}
		stop := next + valueEnd(p.data[next:end-1])
		parts = append(parts, piece{data: p.data[next:stop], line: line, json: true})
		line += bytes.Count(p.data[next:stop], []byte("\n"))
		if at = skipSpace(p.data, stop); at == end-1 {
			return parts, true
		}
		if p.data[at] != ',' {
			return nil, false
		}
		line += bytes.Count(p.data[stop:at], []byte("\n"))
		at++
	}
}

// topLevel is the range of the value of key in the JSON object data; 0, 0
// where there is none or the text is no object.
func topLevel(data []byte, key string) (start, end int) {
	quoted := []byte(`"` + key + `"`)
	depth := 0
	for i := 0; i < len(data); i++ {
		switch data[i] {
		case '{', '[':
			depth++
		case '}', ']':
			depth--
		case '"':
			close := stringEnd(data, i)
			if depth == 1 && close < len(data) && bytes.Equal(data[i:close+1], quoted) {
				if colon := skipSpace(data, close+1); colon < len(data) && data[colon] == ':' {
					start = skipSpace(data, colon+1)
					return start, start + valueEnd(data[start:])
				}
			}
			i = close
		}
	}
	return 0, 0
}

func skipSpace(data []byte, at int) int {
	for at < len(data) && bytes.IndexByte([]byte(" \t\r\n"), data[at]) >= 0 {
		at++
	}
	return at
}

// yamlItems cuts a kind: List in block style into its items. Text with anchors
// or aliases stays whole, for they reach across items.
func (p piece) yamlItems() (parts []piece, ok bool) {
	if bytes.ContainsAny(p.data, "&*") {
		return nil, false
	}
	var around []byte
	var indent []byte // of the dashes; nil before the first
	inItems := false
	start, startLine, line := 0, 0, p.line
	flush := func(end int) {
		if start > 0 {
			parts = append(parts, piece{data: undash(p.data[start:end], len(indent)), line: startLine})
			start = 0
		}
	}
	for at := 0; at < len(p.data); line++ {
		end := len(p.data)
		if i := bytes.IndexByte(p.data[at:], '\n'); i >= 0 {
			end = at + i + 1
		}
		text := p.data[at:end]
		body := bytes.TrimLeft(text, " ")
		dash := marker(body, "-")
		switch {
		case inItems && dash && (indent == nil || len(text)-len(body) == len(indent)):
			flush(at)
			indent = append([]byte{}, text[:len(text)-len(body)]...)
			start, startLine = at, line
		case inItems && start > 0 && (text[0] == ' ' || text[0] == '#' || len(bytes.TrimSpace(text)) == 0):
			// inside the item, or a comment
		default:
			flush(at)
			inItems = string(bytes.TrimRight(text, " \r\n")) == "items:"
			around = append(around, text...)
			if indent != nil && inItems {
				return nil, false
			}
		}
		at = end
	}
	flush(len(p.data))
	return parts, len(parts) > 0 && p.envelope(around)
}

// undash is an item without the dash that began it.
func undash(item []byte, indent int) []byte {
	out := bytes.Clone(item)
	out[indent] = ' '
	return out
}
