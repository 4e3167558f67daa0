package helm

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/fixline-dev/fixline/internal/evidence"
)

const (
	// maxDocument is more than the API server takes as one object.
	maxDocument = 4 << 20
	// maxObjects bounds what one release lists.
	maxObjects = 20_000
)

// walk lists the objects of a manifest, in its order. bad says which documents
// could not be read, by number and line; the others are there.
func walk(manifest string) (objects []evidence.ReleaseObject, bad []string) {
	left := maxObjects
	for _, d := range documents(manifest, maxObjects+1) {
		var why string
		if left--; left >= 0 {
			var found []evidence.ReleaseObject
			d.left = &left
			found, why = d.objects()
			objects = append(objects, found...)
		}
		if left < 0 {
			return objects, append(bad, fmt.Sprintf("it lists more than %d objects", maxObjects))
		}
		if why != "" {
			bad = append(bad, fmt.Sprintf("document %d (line %d): %s", d.number, d.line, why))
		}
	}
	return objects, bad
}

// document is one YAML document of a manifest.
type document struct {
	number int // of the documents that hold anything, from 1
	line   int // of the manifest its text begins in, from 1
	text   string
	left   *int // objects that may still be looked at, whether they are any or not
}

// documents splits a manifest at lines that begin with "---". Such a line can
// be no part of a document: the text of a block scalar is indented below its
// key (https://yaml.org/spec/1.2.2/#914-explicit-documents). They are split
// before they are parsed, so that a broken one hides no other. What comes after
// the most-th is left out.
func documents(manifest string, most int) []document {
	var out []document
	begin, line, at := 0, 1, 1
	add := func(end int) {
		if text := manifest[begin:end]; holdsAnything(text) {
			out = append(out, document{number: len(out) + 1, line: line, text: text})
		}
	}
	for i := 0; i < len(manifest) && len(out) < most; at++ {
		end := strings.IndexByte(manifest[i:], '\n')
		if end < 0 {
			end = len(manifest)
		} else {
			end += i + 1
		}
		if separator(manifest[i:end]) {
			add(i)
			// What follows on the line belongs to the document; the line counts
			// as its first, so numbers stay those of the manifest.
			begin, line = i+3, at
		}
		i = end
	}
	if len(out) < most {
		add(len(manifest))
	}
	return out
}

func separator(line string) bool {
	return strings.HasPrefix(line, "---") && (len(line) == 3 || strings.ContainsRune(" \t\r\n", rune(line[3])))
}

func holdsAnything(text string) bool {
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' && line != "..." {
			return true
		}
	}
	return false
}

var errorLine = regexp.MustCompile(`\bline ([0-9]+)`)

// objects are the document's objects: one, or those of a List. Reasons are in
// our own words: what the YAML library says may quote the text.
func (d document) objects() ([]evidence.ReleaseObject, string) {
	if len(d.text) > maxDocument {
		return nil, "it is larger than any object"
	}
	var root yaml.Node
	if err := yaml.Unmarshal([]byte(d.text), &root); err != nil {
		if m := errorLine.FindStringSubmatch(err.Error()); m != nil {
			if n, err := strconv.Atoi(m[1]); err == nil {
				return nil, fmt.Sprintf("no YAML at line %d", d.line+n-1)
			}
		}
		return nil, "no YAML"
	}
	if root.Kind != yaml.DocumentNode || len(root.Content) != 1 {
		return nil, ""
	}
	return d.node(root.Content[0], 0)
}

// node lists the object a node is, or those of the List it is.
func (d document) node(n *yaml.Node, depth int) ([]evidence.ReleaseObject, string) {
	n = resolve(n)
	if n.Kind == yaml.ScalarNode && n.Tag == "!!null" {
		return nil, ""
	}
	if n.Kind != yaml.MappingNode || depth > 3 {
		return nil, "it is no object"
	}
	version, kind := field(n, "apiVersion"), field(n, "kind")
	items := field(n, "items")
	if items != nil && items.Kind == yaml.SequenceNode && kind != nil && strings.HasSuffix(kind.Value, "List") {
		var out []evidence.ReleaseObject
		var wrong []string
		for i, item := range items.Content {
			if *d.left--; *d.left < 0 { // items may be aliases of lists of aliases
				break
			}
			found, why := d.node(item, depth+1)
			if why != "" {
				wrong = append(wrong, fmt.Sprintf("item %d: %s", i+1, why))
			}
			out = append(out, found...)
		}
		return out, few(wrong)
	}
	o := evidence.ReleaseObject{}
	meta := field(n, "metadata")
	for _, part := range []struct {
		name string
		node *yaml.Node
		into *string
		must bool
	}{
		{"apiVersion", version, &o.APIVersion, true},
		{"kind", kind, &o.Kind, true},
		{"metadata.name", field(meta, "name"), &o.Name, false},
		{"metadata.namespace", field(meta, "namespace"), &o.Namespace, false},
	} {
		switch {
		case part.node == nil || part.node.Value == "" && part.node.Kind == yaml.ScalarNode:
			if part.must {
				return nil, "it has no " + part.name
			}
		case part.node.Kind != yaml.ScalarNode || !word.MatchString(part.node.Value):
			return nil, "its " + part.name + " is none"
		default:
			*part.into = part.node.Value
		}
	}
	o.Line = d.line + version.Line - 1
	return []evidence.ReleaseObject{o}, ""
}

// word is a name, a kind or an API version. Anything else is not passed on.
var word = regexp.MustCompile(`^[A-Za-z0-9*][A-Za-z0-9._:/*-]{0,252}$`)

// field is the value of a key; nil where there is none.
func field(n *yaml.Node, key string) *yaml.Node {
	if n == nil || n.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return resolve(n.Content[i+1])
		}
	}
	return nil
}

// resolve follows an alias to what it stands for.
func resolve(n *yaml.Node) *yaml.Node {
	for range 10 {
		if n.Kind != yaml.AliasNode || n.Alias == nil {
			return n
		}
		n = n.Alias
	}
	return n
}
