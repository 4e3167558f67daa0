package strict

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
	"go.yaml.in/yaml/v4/plugin/loaderlimits"
)

// yamlNode reads one YAML document; nil where it holds only comments.
func (p piece) yamlNode(obj *object) *Node {
	if n := p.values(); n > obj.limits.Values {
		obj.errs = append(obj.errs, tooMany(obj, p.line))
		return nil
	}
	var doc yaml.Node
	loader, err := yaml.NewLoader(bytes.NewReader(p.data), yaml.WithPlugin(loaderlimits.New(loaderlimits.DepthValue(obj.limits.Depth))))
	if err == nil {
		err = loader.Load(&doc)
	}
	if errors.Is(err, io.EOF) {
		return nil
	}
	if err != nil {
		obj.errs = append(obj.errs, p.yamlError(obj, err))
		return nil
	}
	if doc.Kind != yaml.DocumentNode || len(doc.Content) != 1 {
		return nil
	}
	c := converter{obj: obj, shift: p.line - 1}
	n := c.convert(doc.Content[0], &Node{obj: obj})
	if c.err != nil {
		obj.errs = append(obj.errs, c.err)
		return nil
	}
	return n
}

// values is at least a third of the values that p may hold. The library builds
// the whole tree before anyone can count, so it is counted in the text.
func (p piece) values() int {
	n := 0
	for i, c := range p.data {
		switch c {
		case '\n', ',', '"', '\'':
			n++
		case '[', '{':
			n += 2 // a value, and what the library notes about it
		case ' ':
			if i > 0 && (p.data[i-1] == '-' || p.data[i-1] == '?') {
				n++
			}
		}
	}
	return n
}

func tooMany(obj *object, line int) *Error {
	return &Error{File: obj.file, Line: line, Msg: fmt.Sprintf("one document holds more than %d values", obj.limits.Values), Hint: "split it into several documents"}
}

// yamlError puts the library's words into file, line, message and hint.
func (p piece) yamlError(obj *object, err error) *Error {
	e := &Error{File: obj.file, Line: p.line, Msg: "not YAML: " + err.Error()}
	var load *yaml.LoadError
	if !errors.As(err, &load) {
		return e
	}
	e.Msg = "not YAML: " + strings.TrimSpace(load.Message)
	line := load.Mark.Line
	if line == 0 {
		line = load.ContextMark.Line
	}
	// The library counts some rare line breaks that editors do not.
	line = min(max(line, 1), 1+bytes.Count(p.data, []byte("\n")))
	e.Line = p.line + line - 1
	switch text := p.lineText(line); {
	case strings.Contains(load.Message, "max depth"):
		e.Msg = fmt.Sprintf("nested deeper than %d levels", obj.limits.Depth)
	case load.Stage == yaml.ReaderStage:
		e.Line = p.line + badCharacter(p.data)
		e.Msg = "not UTF-8 text: " + load.Message
		e.Hint = "save the file as UTF-8"
	case strings.HasPrefix(strings.TrimLeft(text, " "), "\t"):
		e.Hint = "YAML indents with spaces: replace the tab"
	case load.ContextMsg != "" && load.ContextMark.Line > 0 && load.ContextMark.Line != line:
		e.Hint = fmt.Sprintf("see line %d: %s", p.line+load.ContextMark.Line-1, load.ContextMsg)
	}
	return e
}

func (p piece) lineText(line int) string {
	rest := p.data
	for ; line > 1; line-- {
		_, after, ok := bytes.Cut(rest, []byte("\n"))
		if !ok {
			return ""
		}
		rest = after
	}
	text, _, _ := bytes.Cut(rest, []byte("\n"))
	return string(text)
}

// badCharacter counts the lines before the first byte that is no text.
func badCharacter(data []byte) int {
	for i := 0; i < len(data); {
		r, size := utf8.DecodeRune(data[i:])
		if r == utf8.RuneError && size <= 1 || r < ' ' && r != '\n' && r != '\r' && r != '\t' || r == 0x7f {
			return bytes.Count(data[:i], []byte("\n"))
		}
		i += size
	}
	return 0
}

// converter copies the library's tree into nodes, aliases resolved and counted.
type converter struct {
	obj   *object
	shift int // lines before the piece
	open  []*yaml.Node
	err   *Error
}

func (c *converter) fail(y *yaml.Node, format string, args ...any) {
	if c.err == nil {
		c.err = &Error{File: c.obj.file, Line: y.Line + c.shift, Msg: fmt.Sprintf(format, args...)}
	}
}

// convert fills place, which knows where it hangs, from y.
func (c *converter) convert(y *yaml.Node, place *Node) *Node {
	n := place
	n.line = y.Line + c.shift
	if c.err != nil {
		return n
	}
	if len(c.open) > 0 {
		if c.obj.added++; c.obj.added > c.obj.limits.Aliased {
			c.fail(y, "aliases expand to more than %d values", c.obj.limits.Aliased)
			return n
		}
	}
	switch y.Kind {
	case yaml.AliasNode:
		target := c.enter(y)
		if target == nil {
			return n
		}
		c.convert(target, n)
		c.open = c.open[:len(c.open)-1]
	case yaml.MappingNode:
		c.tag(y, "!!map")
		n.kind, n.pairs = Map, make([]pair, 0, len(y.Content)/2)
		c.pairs(y, n)
	case yaml.SequenceNode:
		c.tag(y, "!!seq")
		n.kind, n.items = List, make([]*Node, 0, len(y.Content))
		for i, item := range y.Content {
			n.items = append(n.items, c.convert(item, &Node{parent: n, index: i, obj: c.obj}))
		}
	case yaml.ScalarNode:
		c.tag(y, "!!str", "!!int", "!!float", "!!bool", "!!null", "!!timestamp")
		n.kind, n.text = Scalar, y.Value
		n.plain = y.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle|yaml.LiteralStyle|yaml.FoldedStyle) == 0
		if n.plain && y.Tag == "!!null" {
			n.kind, n.text = Null, ""
		}
	default:
		c.fail(y, "a value is missing")
	}
	return n
}

// enter follows an alias; nil where it leads into itself.
func (c *converter) enter(alias *yaml.Node) *yaml.Node {
	for _, open := range c.open {
		if open == alias.Alias {
			c.fail(alias, "the alias *%s contains itself", alias.Value)
			return nil
		}
	}
	if alias.Alias == nil {
		c.fail(alias, "unknown alias *%s", alias.Value)
		return nil
	}
	c.open = append(c.open, alias.Alias)
	return alias.Alias
}

// pairs reads the keys of a map; a merge key adds what is not there yet
// (https://yaml.org/type/merge.html).
func (c *converter) pairs(y *yaml.Node, n *Node) {
	var merges []*yaml.Node
	for i := 0; i+1 < len(y.Content); i += 2 {
		key := y.Content[i]
		if key.Tag == "!!merge" {
			merges = append(merges, y.Content[i+1])
			continue
		}
		if key.Kind != yaml.ScalarNode {
			c.fail(key, "a key must be a plain text, not a map, list or alias")
			return
		}
		value := c.convert(y.Content[i+1], &Node{parent: n, key: key.Value, obj: c.obj})
		n.add(key.Line+c.shift, value)
	}
	for _, m := range merges {
		c.merge(m, n)
	}
}

func (c *converter) merge(m *yaml.Node, n *Node) {
	source := c.convert(m, &Node{parent: n, key: "<<", obj: c.obj})
	maps := []*Node{source}
	if source.kind == List {
		maps = source.items
	}
	for _, from := range maps {
		if from.kind != Map {
			c.fail(m, "<< takes a map or a list of maps")
			return
		}
		for _, p := range from.pairs {
			if !n.Has(p.key) {
				p.value.parent = n
				n.add(p.line, p.value)
			}
		}
	}
}

func (c *converter) tag(y *yaml.Node, standard ...string) {
	if y.Tag == "" || y.Tag == "!" {
		return
	}
	for _, s := range standard {
		if y.Tag == s {
			return
		}
	}
	c.fail(y, "the tag %s is not taken here: write the value without it", y.Tag)
}
