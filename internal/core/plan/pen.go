package plan

import (
	"bytes"
	"encoding/json"
	"math"
	"strconv"
)

// pen appends JSON to a text, in one line or indented as [json.Indent] does it.
// A plan of thousands of nodes has a hundred megabytes of steps, which are
// written and hashed: by reflection that took longer than planning them.
type pen struct {
	out    []byte
	indent string // of one level; "" = all in one line
	prefix string // before each line but the first
	depth  int
	fresh  bool // nothing stands yet in the object or list at hand
}

func (p *pen) open(bracket byte) {
	p.out = append(p.out, bracket)
	p.depth++
	p.fresh = true
}

func (p *pen) close(bracket byte) {
	p.depth--
	if !p.fresh {
		p.line()
	}
	p.fresh = false
	p.out = append(p.out, bracket)
}

// next begins a member or an element.
func (p *pen) next() {
	if !p.fresh {
		p.out = append(p.out, ',')
	}
	p.fresh = false
	p.line()
}

func (p *pen) line() {
	if p.indent == "" {
		return
	}
	p.out = append(append(p.out, '\n'), p.prefix...)
	for range p.depth {
		p.out = append(p.out, p.indent...)
	}
}

func (p *pen) key(name string) {
	p.next()
	p.string(name)
	p.out = append(p.out, ':')
	if p.indent != "" {
		p.out = append(p.out, ' ')
	}
}

// string is s as a JSON string, without HTML's escapes.
func (p *pen) string(s string) {
	start := len(p.out)
	p.out = append(p.out, '"')
	plain := 0 // how far s is written
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			p.out = append(append(p.out, s[plain:i]...), '\\', c)
			plain = i + 1
		case c < ' ' || c > '~':
			p.out = p.out[:start]
			p.marshal(s)
			return
		}
	}
	p.out = append(append(p.out, s[plain:]...), '"')
}

// null is s, or null where there is none.
func (p *pen) null(s string) {
	if s == "" {
		p.out = append(p.out, "null"...)
		return
	}
	p.string(s)
}

func (p *pen) strings(list []string) {
	p.open('[')
	for _, s := range list {
		p.next()
		p.string(s)
	}
	p.close(']')
}

// number is f as encoding/json and RFC 8785 write it.
func (p *pen) number(f float64) {
	if size := math.Abs(f); f != 0 && (size < 1e-6 || size >= 1e21) || math.IsNaN(f) {
		p.marshal(f)
		return
	}
	p.out = strconv.AppendFloat(p.out, f, 'f', -1, 64)
}

func (p *pen) bool(b bool) { p.out = strconv.AppendBool(p.out, b) }

// marshal is a plain value as the library writes it. Where it cannot, as for a
// number that JSON does not have, null stands.
func (p *pen) marshal(value any) {
	var text bytes.Buffer
	e := json.NewEncoder(&text)
	e.SetEscapeHTML(false)
	if err := e.Encode(value); err != nil {
		p.null("")
		return
	}
	p.out = append(p.out, bytes.TrimSuffix(text.Bytes(), []byte("\n"))...)
}
