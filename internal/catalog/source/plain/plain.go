// Package plain reads YAML and JSON written by others as the text it is: a
// scalar is what stands in the file, so that an unquoted 1.30 stays "1.30" and
// a date stays a date. It decides nothing and never expands an alias. Start at
// [Documents].
package plain

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"
)

// Value is one node. The zero Value is an absent one: it has no items, no
// fields and the text "".
type Value struct{ n *yaml.Node }

// Field is one key of a mapping with its value.
type Field struct {
	Key   string
	Line  int
	Value Value
}

// Documents reads every document of data. JSON is YAML here. An alias is an
// error: no format we read needs one, and a file that nests them can grow
// without bound.
func Documents(data []byte) ([]Value, error) {
	var nodes []yaml.Node
	if err := yaml.Load(data, &nodes, yaml.WithAllDocuments()); err != nil {
		return nil, fmt.Errorf("reading YAML: %w", err)
	}
	out := []Value{}
	for i := range nodes {
		n := &nodes[i]
		if line := alias(n); line > 0 {
			return nil, fmt.Errorf("reading YAML: line %d uses an alias; write the value out", line)
		}
		for n.Kind == yaml.DocumentNode && len(n.Content) > 0 {
			n = n.Content[0]
		}
		out = append(out, Value{n})
	}
	return out, nil
}

func alias(n *yaml.Node) int {
	if n.Kind == yaml.AliasNode {
		return n.Line
	}
	for _, c := range n.Content {
		if line := alias(c); line > 0 {
			return line
		}
	}
	return 0
}

// Exists reports whether v is there and not null.
func (v Value) Exists() bool { return v.n != nil && v.n.ShortTag() != "!!null" }

// Map reports whether v is a mapping.
func (v Value) Map() bool { return v.n != nil && v.n.Kind == yaml.MappingNode }

// List reports whether v is a list.
func (v Value) List() bool { return v.n != nil && v.n.Kind == yaml.SequenceNode }

// Scalar reports whether v is one word or number rather than a collection.
func (v Value) Scalar() bool { return v.Exists() && v.n.Kind == yaml.ScalarNode }

// Line is where v stands in its file, from 1; 0 for an absent value.
func (v Value) Line() int {
	if v.n == nil {
		return 0
	}
	return v.n.Line
}

// Text is the scalar as it is written, without quotes; "" where there is none.
func (v Value) Text() string {
	if !v.Scalar() {
		return ""
	}
	return strings.TrimSpace(v.n.Value)
}

// Get is the value of a key; absent where v is no mapping or has no such key.
func (v Value) Get(key string) Value {
	for _, f := range v.Fields() {
		if f.Key == key {
			return f.Value
		}
	}
	return Value{}
}

// Fields are the keys of a mapping in the order of the file.
func (v Value) Fields() []Field {
	out := []Field{}
	if !v.Map() {
		return out
	}
	for i := 0; i+1 < len(v.n.Content); i += 2 {
		k := v.n.Content[i]
		out = append(out, Field{Key: k.Value, Line: k.Line, Value: Value{v.n.Content[i+1]}})
	}
	return out
}

// Items are the elements of a list.
func (v Value) Items() []Value {
	out := []Value{}
	if !v.List() {
		return out
	}
	for _, c := range v.n.Content {
		out = append(out, Value{c})
	}
	return out
}

// Bool is true or false as written; ok is false for anything else.
func (v Value) Bool() (b, ok bool) {
	b, err := strconv.ParseBool(v.Text())
	return b, err == nil && v.n.ShortTag() == "!!bool"
}

// Date reads YYYY-MM-DD, with or without a time behind it. Absent, "", "N/A"
// and their like give the zero time and no error.
func (v Value) Date() (time.Time, error) {
	s := v.Text()
	switch strings.ToLower(s) {
	case "", "n/a", "na", "tbd", "not planned", "unknown":
		return time.Time{}, nil
	}
	if len(s) > len(time.DateOnly) && (s[len(time.DateOnly)] == 'T' || s[len(time.DateOnly)] == ' ') {
		s = s[:len(time.DateOnly)]
	}
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return time.Time{}, fmt.Errorf("line %d: %q is not a date such as 2026-03-15", v.Line(), v.Text())
	}
	return t, nil
}
