package manifest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v4"
	"go.yaml.in/yaml/v4/plugin/loaderlimits"
)

const (
	// maxDepth bounds nesting, as kubectl's own decoders do less strictly.
	maxDepth = 1000
	// maxValues bounds the tree of one document, which takes a few hundred
	// bytes a value.
	maxValues = 2_000_000
	// maxNested bounds lists in lists, and merges in merges.
	maxNested = 8
)

// tree reads a piece with a whole YAML parser. It is the reference the faster
// readers are held to.
func (s *scanner) tree(f *File, p piece) {
	lineOf := func(line int) int { return p.line + line - 1 }
	if rareBreaks(p.data) {
		lines := editorLines(p.data)
		lineOf = func(line int) int { return p.line + lines[min(line, len(lines)-1)] - 1 }
	}
	fail := func(u Unread) {
		f.Documents++
		u.Document = f.Documents
		f.Unread = append(f.Unread, u)
	}
	if n := values(p.data); n > maxValues {
		fail(Unread{Reason: TooLarge, Line: p.line, Text: fmt.Sprintf("one document holds more than %d values", maxValues), Hint: "save it as JSON, or split it"})
		return
	}
	data := p.data
	if i := bytes.Index(data, []byte("%YAML 1.")); i == 0 || i > 0 && data[i-1] == '\n' {
		data = bytes.Clone(data)
		data[i] = '#' // the library refuses 1.2, which it reads
	}
	loader, err := yaml.NewLoader(bytes.NewReader(data), yaml.WithPlugin(loaderlimits.New(loaderlimits.DepthValue(maxDepth))))
	if err != nil {
		fail(Unread{Reason: Syntax, Line: p.line, Text: err.Error()})
		return
	}
	for {
		var doc yaml.Node
		err := loader.Load(&doc)
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			fail(p.unreadable(err, lineOf))
			return
		}
		f.Documents++
		if doc.Kind == yaml.DocumentNode && len(doc.Content) == 1 {
			w := walker{file: f, lineOf: lineOf, left: 3*values(data) + 100, keep: s.keep}
			w.node(doc.Content[0], nil, 0)
		}
	}
}

// values is at least a third of the values data may hold: the library builds
// the whole tree before anyone can count.
func values(data []byte) int {
	return bytes.Count(data, []byte("\n")) + bytes.Count(data, []byte(",")) + 2*bytes.Count(data, []byte("[")) +
		2*bytes.Count(data, []byte("{")) + bytes.Count(data, []byte("- "))
}

// action is what Go templates, and those that look alike, write.
var action = regexp.MustCompile(`\{\{.*\}\}|\{%.*%\}`)

// unreadable puts the library's words into a line and a reason.
func (p piece) unreadable(err error, lineOf func(int) int) Unread {
	u := Unread{Reason: Syntax, Line: p.line, Text: "not YAML: " + err.Error()}
	var load *yaml.LoadError
	if errors.As(err, &load) {
		u.Text = "not YAML: " + strings.TrimSpace(load.Message)
		if line := max(load.Mark.Line, load.ContextMark.Line); line > 0 {
			u.Line = min(lineOf(line), p.line+bytes.Count(p.data, []byte("\n")))
		}
	}
	if at := action.FindIndex(p.data); at != nil {
		u.Reason, u.Hint = Template, renderHint
		u.Text = fmt.Sprintf("a template: line %d holds %.40q", p.line+bytes.Count(p.data[:at[0]], []byte("\n")), p.data[at[0]:at[1]])
	}
	return u
}

// walker finds candidates in the tree of one document.
type walker struct {
	file   *File
	lineOf func(int) int
	keep   func(Object, *yaml.Node)
	left   int // how many more nodes it visits: aliases can make a short text endless
}

// node notes the object n is, or those of the list it is.
func (w *walker) node(n *yaml.Node, list *candidate, depth int) {
	n = resolve(n)
	if w.left--; w.left == 0 || depth > maxNested {
		w.left = min(w.left, 0)
		w.file.Unread = append(w.file.Unread, Unread{Reason: TooLarge, Line: w.lineOf(n.Line), Document: w.file.Documents, Text: fmt.Sprintf("lists nested deeper than %d, or too many aliases", maxNested)})
	}
	if w.left <= 0 || depth > maxNested {
		return
	}
	switch {
	case n.Kind == yaml.SequenceNode && list == nil:
		for _, item := range n.Content {
			w.node(item, &candidate{}, depth+1)
		}
	case n.Kind == yaml.MappingNode:
		c := candidate{line: w.lineOf(n.Line), column: n.Column}
		if key := keyNode(n, "apiVersion"); key != nil {
			c.line, c.column = w.lineOf(key.Line), key.Column
		}
		c.apiVersion, c.kind = textOf(get(n, "apiVersion", 0)), textOf(get(n, "kind", 0))
		if meta, _ := get(n, "metadata", 0); meta != nil && meta.Kind == yaml.MappingNode {
			c.name, c.namespace = nameOf(get(meta, "name", 0)), nameOf(get(meta, "namespace", 0))
		}
		if list != nil {
			c.inherit(*list)
		}
		items, again := get(n, "items", 0)
		if c.kind.state != text || !isList(c.kind.text) || items == nil || again {
			before := len(w.file.Objects)
			w.file.add(c, w.file.Documents)
			if w.keep != nil && len(w.file.Objects) > before {
				w.keep(w.file.Objects[before], n)
			}
			return
		}
		if items.Kind == yaml.SequenceNode {
			for _, item := range items.Content {
				w.node(item, &c, depth+1)
			}
		}
	}
}

// keyNode is the key of n itself, not one of a merge.
func keyNode(n *yaml.Node, key string) *yaml.Node {
	for i := 0; i+1 < len(n.Content); i += 2 {
		if isKey(n.Content[i], key) {
			return n.Content[i]
		}
	}
	return nil
}

func isKey(n *yaml.Node, key string) bool {
	n = resolve(n)
	return n.Kind == yaml.ScalarNode && strings.TrimPrefix(n.Value, "\ufeff") == key // left where files were joined
}

// get is the value of a key, of n or of what it merges, and whether n gives it twice.
func get(n *yaml.Node, key string, depth int) (value *yaml.Node, again bool) {
	for i := 0; i+1 < len(n.Content); i += 2 {
		if isKey(n.Content[i], key) {
			again = value != nil
			value = resolve(n.Content[i+1])
		}
	}
	if value != nil || depth > maxNested {
		return value, again
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Tag != "!!merge" {
			continue
		}
		merged := []*yaml.Node{resolve(n.Content[i+1])}
		if merged[0].Kind == yaml.SequenceNode {
			merged = merged[0].Content
		}
		for _, m := range merged {
			if m = resolve(m); m.Kind == yaml.MappingNode {
				if value, _ := get(m, key, depth+1); value != nil {
					return value, false
				}
			}
		}
	}
	return nil, false
}

// resolve follows an alias to what it stands for.
func resolve(n *yaml.Node) *yaml.Node {
	for range maxNested {
		if n.Kind != yaml.AliasNode || n.Alias == nil {
			return n
		}
		n = n.Alias
	}
	return n
}

// textOf is the word a node is.
func textOf(n *yaml.Node, again bool) word {
	switch {
	case n == nil:
		return word{}
	case again:
		return word{state: twice}
	case n.Kind != yaml.ScalarNode || n.ShortTag() != "!!str":
		return word{state: other}
	}
	return word{n.Value, text}
}

// nameOf is a name, which may look like a number.
func nameOf(n *yaml.Node, again bool) word {
	if n == nil || again || n.Kind != yaml.ScalarNode || n.ShortTag() == "!!null" {
		return word{state: other}
	}
	return word{n.Value, text}
}
