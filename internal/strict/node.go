package strict

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Kind is the form of a value.
type Kind int

const (
	Absent Kind = iota // the key was not there
	Null
	Scalar
	Map
	List
)

// Node is one value of an input. Its methods never fail: what is wrong is
// noted with [Node.Report] and an empty value returned, so that a reader goes
// on and finds every mistake of an object.
type Node struct {
	kind   Kind
	plain  bool   // a scalar without quotes
	text   string // a scalar as it was written
	line   int
	pairs  []pair
	byKey  map[string]int // positions in pairs; nil while there are few
	items  []*Node
	parent *Node
	key    string // in the parent map
	index  int    // in the parent list
	obj    *object
}

type pair struct {
	key   string
	line  int
	value *Node
}

// object is what all nodes of one object share.
type object struct {
	file   string
	prefix string // "items[3]" inside a list
	limits Limits
	added  int // values that aliases added so far
	errs   Errors
}

// Kind is the form of n.
func (n *Node) Kind() Kind { return n.kind }

// Line is where n begins, from 1; for an absent value its parent's.
func (n *Node) Line() int { return n.line }

// File is the name of the input, for messages that compare two places.
func (n *Node) File() string { return n.obj.file }

// Path is the field as messages name it: "spec.components[3].version".
func (n *Node) Path() string {
	if n.parent == nil {
		return n.obj.prefix
	}
	up := n.parent.Path()
	if n.parent.kind == List {
		return up + "[" + strconv.Itoa(n.index) + "]"
	}
	key := n.key
	if key == "" || strings.ContainsAny(key, ". []\n") {
		key = strconv.Quote(key)
	}
	if up == "" {
		return key
	}
	return up + "." + key
}

// Report notes a mistake at n.
func (n *Node) Report(msg, hint string) { n.report(n.line, n.Path(), msg, hint) }

// Reportf is Report with a format and no hint.
func (n *Node) Reportf(format string, args ...any) { n.Report(fmt.Sprintf(format, args...), "") }

func (n *Node) report(line int, field, msg, hint string) {
	if len(n.obj.errs) < MaxErrors {
		n.obj.errs = append(n.obj.errs, &Error{File: n.obj.file, Line: line, Field: field, Msg: msg, Hint: hint})
	}
}

// Failed reports whether a mistake was noted anywhere in the object of n.
func (n *Node) Failed() bool { return len(n.obj.errs) > 0 }

// Has reports whether the map n holds key, with whatever value.
func (n *Node) Has(key string) bool { return n.find(key) >= 0 }

// Get is the value of key; an absent one where n has none.
func (n *Node) Get(key string) *Node {
	if i := n.find(key); i >= 0 {
		return n.pairs[i].value
	}
	return &Node{line: n.line, parent: n, key: key, obj: n.obj}
}

// many is the number of keys from which a map is worth an index: a hostile
// file may hold a million in one.
const many = 32

// find is the position of key in n.pairs, or -1.
func (n *Node) find(key string) int {
	if n.byKey != nil {
		if i, ok := n.byKey[key]; ok {
			return i
		}
		return -1
	}
	return slices.IndexFunc(n.pairs, func(p pair) bool { return p.key == key })
}

// add appends a value under its key, which stands on line; a key that is
// already there is reported and left out.
func (n *Node) add(line int, value *Node) {
	key := value.key
	if i := n.find(key); i >= 0 {
		n.report(line, value.Path(), fmt.Sprintf("the key %q is already set on line %d", key, n.pairs[i].line), "keep one of the two")
		return
	}
	n.pairs = append(n.pairs, pair{key, line, value})
	switch {
	case n.byKey != nil:
		n.byKey[key] = len(n.pairs) - 1
	case len(n.pairs) == many:
		n.byKey = make(map[string]int, 2*many)
		for i, p := range n.pairs {
			n.byKey[p.key] = i
		}
	}
}

// Fields says which keys the map n may hold and reports any other. An absent
// or null n is an empty map.
func (n *Node) Fields(known ...string) *Node {
	if !n.is(Map, "a map") {
		return &Node{line: n.line, parent: n.parent, key: n.key, index: n.index, obj: n.obj}
	}
	for _, p := range n.pairs {
		if slices.Contains(known, p.key) {
			continue
		}
		hint := "known keys: " + strings.Join(known, ", ")
		if near, ok := Nearest(p.key, known); ok {
			hint = fmt.Sprintf("did you mean %q?", near)
		}
		p.value.report(p.line, p.value.Path(), fmt.Sprintf("unknown key %q", p.key), hint)
	}
	return n
}

// Pairs calls f for each key of a map whose keys are free, in the order written.
func (n *Node) Pairs(f func(key string, value *Node)) {
	if n.is(Map, "a map") {
		for _, p := range n.pairs {
			f(p.key, p.value)
		}
	}
}

// Items are the values of the list n; none where it is absent or null.
func (n *Node) Items() []*Node {
	if !n.is(List, "a list") {
		return nil
	}
	return n.items
}

// Text is the scalar n as it was written; "" where it is absent or null.
func (n *Node) Text() string {
	if !n.is(Scalar, "a text") {
		return ""
	}
	return n.text
}

// Required is Text that may not be empty.
func (n *Node) Required() string {
	before := len(n.obj.errs)
	s := n.Text()
	if s == "" && len(n.obj.errs) == before {
		n.Report("is required", "")
	}
	return s
}

// Texts is a list of scalars.
func (n *Node) Texts() []string {
	var out []string
	for _, item := range n.Items() {
		out = append(out, item.Required())
	}
	return out
}

// Enum is Text that must be one of values, where it is given.
func (n *Node) Enum(values ...string) string {
	s := n.Text()
	if s == "" || slices.Contains(values, s) {
		return s
	}
	hint := ""
	if near, ok := Nearest(s, values); ok {
		hint = fmt.Sprintf("did you mean %q?", near)
	}
	n.Report(fmt.Sprintf("%q is not one of %s", s, strings.Join(values, ", ")), hint)
	return ""
}

// Bool is true or false; ok is false where n is absent, null or no such word.
func (n *Node) Bool() (value, ok bool) {
	if !n.is(Scalar, "true or false") || n.kind != Scalar {
		return false, false
	}
	if n.plain {
		switch n.text {
		case "true", "True", "TRUE":
			return true, true
		case "false", "False", "FALSE":
			return false, true
		}
	}
	n.Report(fmt.Sprintf("expected true or false, found %s", n.describe()), "write true or false without quotes")
	return false, false
}

// Int is a whole number; ok is false where n is absent, null or no number.
func (n *Node) Int() (value int, ok bool) {
	if !n.is(Scalar, "a whole number") || n.kind != Scalar {
		return 0, false
	}
	value, err := strconv.Atoi(n.text)
	if err != nil || !n.plain {
		n.Report(fmt.Sprintf("expected a whole number, found %s", n.describe()), "")
		return 0, false
	}
	return value, true
}

// Float is a decimal number; ok is false where n is absent, null or no number.
func (n *Node) Float() (value float64, ok bool) {
	if !n.is(Scalar, "a number") || n.kind != Scalar {
		return 0, false
	}
	value, err := strconv.ParseFloat(n.text, 64)
	if err != nil || !n.plain || value != value || value-value != 0 {
		n.Report(fmt.Sprintf("expected a number, found %s", n.describe()), "")
		return 0, false
	}
	return value, true
}

// is reports a value of another kind; absent and null pass, and read as empty.
func (n *Node) is(want Kind, name string) bool {
	if n.kind == want {
		return true
	}
	if n.kind != Absent && n.kind != Null {
		n.Report(fmt.Sprintf("expected %s, found %s", name, n.describe()), "")
		return false
	}
	return true
}

// describe names what n is, for "expected X, found Y".
func (n *Node) describe() string {
	switch n.kind {
	case Map:
		return "a map"
	case List:
		return "a list"
	case Scalar:
		if len(n.text) > 40 {
			return strconv.Quote(n.text[:40]) + "..."
		}
		return strconv.Quote(n.text)
	}
	return "nothing"
}
