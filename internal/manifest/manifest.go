// Package manifest finds Kubernetes objects in text: their apiVersion, kind,
// namespace and name, with file, line, column and document. It decides what is
// an object, and names everything it could not read; what an object means for
// an upgrade is its caller's. It never renders a template, never follows a link
// out of a folder, and never leaves anything out without saying so.
//
// Ordinary block style is read line by line (block.go), JSON by its brackets
// (json.go). Both give up where they are not certain, and a whole YAML parser
// reads the document instead (tree.go); a fuzz test holds all three to the same
// answers. Start at [Read].
package manifest

import "fmt"

// Object is one Kubernetes object, as it was written.
type Object struct {
	APIVersion, Kind string
	Namespace, Name  string // "" = not written
	// Where the key apiVersion stands, or the object where it has none of its
	// own (an item of a typed list, a merge). All count from 1; columns count
	// characters.
	Line, Column int
	Document     int // in the file, by YAML's count: every --- begins one
}

// Reason is why something was not read.
type Reason string

const (
	Template Reason = "template"  // braces of Go, Helm, or another language
	Syntax   Reason = "syntax"    // neither YAML nor JSON
	NotText  Reason = "not-text"  // apiVersion or kind is no word
	Half     Reason = "half"      // only one of apiVersion and kind
	Encoding Reason = "encoding"  // not UTF-8 or UTF-16
	TooLarge Reason = "too-large" // above a limit of this package
	Access   Reason = "access"    // the operating system refused
	Special  Reason = "special"   // a pipe, socket or device in a folder
	Link     Reason = "link"      // leads out of the folder, or nowhere
	Hidden   Reason = "hidden"    // begins with a dot
)

// Required reports whether an object could hide there, so that without it the
// answer is incomplete. Links and hidden folders are left out by choice, and
// half an object is none that an API server would take.
func (r Reason) Required() bool { return r != Link && r != Hidden && r != Half }

// Unread is one thing that was not read.
type Unread struct {
	Reason   Reason
	Line     int // from 1; 0 = the whole file
	Document int // from 1; 0 = the whole file
	Text     string
	Hint     string // what to do next, "" where Text says it all
}

// File is what one file holds.
type File struct {
	Path      string // as reached from the path the user named; "-" is standard input
	Documents int    // also empty ones
	Objects   []Object
	Unread    []Unread
}

// renderHint is what to do about a template.
const renderHint = "render it and scan the result: helm template CHART | fixline scan - --target V"

// word is the text of one field as a reader found it.
type word struct {
	text  string
	state state
}

type state uint8

const (
	absent state = iota
	text
	other // a list, a map, a number, nothing
	twice
)

// candidate is a map that may be an object.
type candidate struct {
	apiVersion, kind, namespace, name word
	line, column                      int
}

// add decides what a candidate is and notes it.
func (f *File) add(c candidate, document int) {
	unread := func(r Reason, hint, format string, args ...any) {
		f.Unread = append(f.Unread, Unread{Reason: r, Line: c.line, Document: document, Text: fmt.Sprintf(format, args...), Hint: hint})
	}
	switch {
	case c.apiVersion.state == absent && c.kind.state == absent:
		return // values, a workflow, a chart's own files: nothing of Kubernetes
	case c.apiVersion.state == absent:
		unread(Half, "", "a kind without an apiVersion: no Kubernetes object")
		return
	case c.kind.state == absent:
		unread(Half, "", "an apiVersion without a kind: no Kubernetes object")
		return
	}
	for _, part := range []struct {
		name  string
		word  word
		valid func(string) bool
	}{{"apiVersion", c.apiVersion, isAPIVersion}, {"kind", c.kind, isKind}} {
		switch {
		case part.word.state == twice:
			unread(NotText, "keep one of them: programs differ in which they read", "%s is given twice", part.name)
			return
		case part.word.state == other:
			unread(NotText, "", "%s is no text", part.name)
			return
		case !part.valid(part.word.text):
			reason, hint := NotText, ""
			if placeholder(part.word.text) {
				reason, hint = Template, renderHint
			}
			unread(reason, hint, "%s %.60q is none", part.name, part.word.text)
			return
		}
	}
	f.Objects = append(f.Objects, Object{APIVersion: c.apiVersion.text, Kind: c.kind.text,
		Namespace: c.namespace.name(), Name: c.name.name(), Line: c.line, Column: c.column, Document: document})
}

func (w word) name() string {
	if w.state != text {
		return ""
	}
	return w.text
}

// isAPIVersion: "v1" or "group/version" of the characters names are made of.
func isAPIVersion(s string) bool {
	slashes := 0
	for i := range len(s) {
		switch c := s[i]; {
		case c == '/':
			slashes++
		case !alphanumeric(c) && c != '.' && c != '-':
			return false
		}
	}
	return s != "" && slashes <= 1 && s[0] != '/' && s[len(s)-1] != '/'
}

func isKind(s string) bool {
	for i := range len(s) {
		if !alphanumeric(s[i]) {
			return false
		}
	}
	return s != "" && (s[0] < '0' || s[0] > '9')
}

func alphanumeric(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
}

// placeholder: a value some other program is to fill in.
func placeholder(s string) bool {
	for i := range len(s) {
		if c := s[i]; c == '{' || c == '$' || c == '<' || c == '%' {
			return true
		}
	}
	return false
}

// isList reports whether a kind with items is a list of objects, and itself none.
func isList(kind string) bool { return len(kind) >= 4 && kind[len(kind)-4:] == "List" }

// inherit gives an item of a typed list (DeploymentList), which may leave them
// out, the apiVersion and kind of its list.
func (c *candidate) inherit(list candidate) {
	kind := list.kind.text
	if c.apiVersion.state == absent && c.kind.state == absent && kind != "List" && list.apiVersion.state == text {
		c.apiVersion = list.apiVersion
		c.kind = word{kind[:len(kind)-4], text}
	}
}
