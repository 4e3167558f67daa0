// Package planfile reads and writes plan.json and says what it is known by: the
// hash of its canonical form. It decides nothing about a plan; whether its
// steps may be made is package plan's. Start at [Write] and [Read].
package planfile

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash"
	"io"
	"maps"
	"slices"

	"github.com/gowebpki/jcs"

	"github.com/fixline-dev/fixline/internal/core/plan"
	"github.com/fixline-dev/fixline/internal/evidence/declared"
)

// Kind of the document; its API group is that of every file of Fixline.
const Kind = "Plan"

// member is a top-level member of a plan, but for the steps.
type member struct {
	name  string
	value any
	// left: it is not written, so that plans that do without it keep the hash
	// they had before there was such a member.
	left bool
}

// members are a plan's, in the order in which they are written; "steps" has no
// value here, since they are written one by one.
func members(p *plan.Plan) []member {
	return []member{
		{name: "apiVersion", value: p.APIVersion}, {name: "kind", value: p.Kind}, {name: "cluster", value: p.Cluster}, {name: "asOf", value: p.AsOf},
		{name: "catalogDate", value: p.CatalogDate}, {name: "hash", value: p.Hash}, {name: "strategy", value: p.Strategy}, {name: "skewPolicy", value: p.SkewPolicy},
		{name: "from", value: p.From}, {name: "target", value: p.Target}, {name: "hops", value: p.Hops},
		{name: "ignorePreflightErrors", value: p.IgnorePreflightErrors, left: len(p.IgnorePreflightErrors) == 0},
		{name: "exposure", value: p.Exposure}, {name: "readiness", value: p.Readiness}, {name: "findings", value: p.Findings},
		{name: "inventory", value: declared.Encode(p.Start)}, {name: "steps"},
	}
}

// written are the members that a plan has.
func written(p *plan.Plan) []member {
	return slices.DeleteFunc(members(p), func(m member) bool { return m.left })
}

// Write gives a plan its hash and writes it, indented, so that a person can
// read what changed between two.
func Write(w io.Writer, p *plan.Plan) error {
	sum, err := Hash(p)
	if err != nil {
		return err
	}
	p.Hash = sum
	out := bufio.NewWriterSize(w, 64<<10)
	var scratch bytes.Buffer
	out.WriteString("{")
	for i, m := range written(p) {
		if i > 0 {
			out.WriteString(",")
		}
		fmt.Fprintf(out, "\n  %q: ", m.name)
		if m.name != "steps" {
			if err := writeValue(out, &scratch, m.value, "  "); err != nil {
				return fmt.Errorf("writing a plan: %s: %w", m.name, err)
			}
			continue
		}
		out.WriteString("[")
		steps := plan.NewEncoder()
		err := inOrder(len(p.Steps), func(to []byte, k int) ([]byte, error) {
			if k > 0 {
				to = append(to, ',')
			}
			return steps.Indented(append(to, "\n    "...), &p.Steps[k], "    "), nil
		}, func(text []byte) error {
			_, err := out.Write(text)
			return err
		})
		if err != nil {
			return fmt.Errorf("writing a plan: %w", err)
		}
		if len(p.Steps) > 0 {
			out.WriteString("\n  ")
		}
		out.WriteString("]")
	}
	out.WriteString("\n}\n")
	if err := out.Flush(); err != nil {
		return fmt.Errorf("writing a plan: %w", err)
	}
	return nil
}

func writeValue(out *bufio.Writer, scratch *bytes.Buffer, value any, prefix string) error {
	text, err := marshal(value)
	if err != nil {
		return err
	}
	scratch.Reset()
	if err := json.Indent(scratch, text, prefix, "  "); err != nil {
		return err
	}
	_, err = out.Write(scratch.Bytes())
	return err
}

// marshal is JSON without HTML's escapes.
func marshal(value any) ([]byte, error) {
	var text bytes.Buffer
	e := json.NewEncoder(&text)
	e.SetEscapeHTML(false)
	err := e.Encode(value)
	return bytes.TrimSpace(text.Bytes()), err
}

// Hash is the SHA-256, in hexadecimal, of the plan's canonical form (RFC 8785)
// without its hash. The steps go through it a few at a time: a plan of thousands
// of nodes is never in memory a second time.
func Hash(p *plan.Plan) (string, error) {
	values := map[string]func(*canon) error{}
	for _, m := range written(p) {
		values[m.name] = func(c *canon) error { return c.marshalled(m.value) }
	}
	values["steps"] = func(c *canon) error {
		c.text("[")
		steps := plan.NewEncoder()
		err := inOrder(len(p.Steps), func(to []byte, i int) ([]byte, error) {
			if i > 0 {
				to = append(to, ',')
			}
			return canonical(steps.Sorted(to, &p.Steps[i]), len(to))
		}, func(text []byte) error {
			c.hash.Write(text)
			return nil
		})
		c.text("]")
		return err
	}
	return sum(values)
}

// sum hashes an object of members, each written by its function, in the order
// of RFC 8785; the hash itself is left out.
func sum(values map[string]func(*canon) error) (string, error) {
	c := &canon{sha256.New()}
	delete(values, "hash")
	c.text("{")
	for i, name := range slices.Sorted(maps.Keys(values)) { // all ASCII, so sorted as UTF-16 too
		if i > 0 {
			c.text(",")
		}
		if err := c.marshalled(name); err != nil {
			return "", fmt.Errorf("hashing a plan: %s: %w", name, err)
		}
		c.text(":")
		if err := values[name](c); err != nil {
			return "", fmt.Errorf("hashing a plan: %s: %w", name, err)
		}
	}
	c.text("}")
	return hex.EncodeToString(c.hash.Sum(nil)), nil
}

// canon writes canonical JSON into a hash, value by value.
type canon struct{ hash hash.Hash }

func (c *canon) text(s string) { c.hash.Write([]byte(s)) }

func (c *canon) marshalled(value any) error {
	text, err := marshal(value)
	if err != nil {
		return err
	}
	return c.raw(text)
}

// raw takes any JSON value; the library takes objects and arrays, so it gets
// an array of one.
func (c *canon) raw(text []byte) error {
	form, err := transformed(text)
	if err == nil {
		c.hash.Write(form)
	}
	return err
}

func transformed(text []byte) ([]byte, error) {
	boxed := make([]byte, 0, len(text)+2)
	boxed = append(append(append(boxed, '['), text...), ']')
	form, err := jcs.Transform(boxed)
	if err != nil {
		return nil, err
	}
	return form[1 : len(form)-1], nil
}

// canonical is a text whose end, an object that begins at from with its members
// in order, is in its form. Of ASCII in which at most quotes and backslashes are
// escaped the end is that already, and the library, which takes most of the time
// of a large plan, would change nothing.
func canonical(text []byte, from int) ([]byte, error) {
	for i := from; i < len(text); i++ {
		switch b := text[i]; {
		case b == '\\' && (text[i+1] == '\\' || text[i+1] == '"'): // JSON never ends after a backslash
			i++
		case b == '\\' || b < ' ' || b > '~':
			form, err := transformed(text[from:])
			return append(text[:from], form...), err
		}
	}
	return text, nil
}
