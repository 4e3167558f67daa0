package plan

import (
	"bytes"
	"cmp"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
)

// stepJSON is a step as it is read: what is absent is null, lists never are.
type stepJSON struct {
	ID          string     `json:"id"`
	Phase       Phase      `json:"phase"`
	Kind        Kind       `json:"kind"`
	Node        *string    `json:"node"`
	Components  []string   `json:"components"`
	Also        []Move     `json:"also,omitempty"`
	Batch       *int       `json:"batch"`
	Hop         string     `json:"hop,omitempty"`
	From        *string    `json:"from"`
	To          *string    `json:"to"`
	Say         string     `json:"say"`
	Commands    []string   `json:"commands"`
	GatesBefore []string   `json:"gatesBefore"`
	GatesAfter  []string   `json:"gatesAfter"`
	Undo        *string    `json:"undo"`
	Minutes     float64    `json:"minutes,omitempty"`
	Exposure    []Exposure `json:"exposure,omitempty"`
	State       State      `json:"state"`
}

// member is one of a step's in its public form.
type member struct {
	name  string
	write func(*pen, *Step)
	has   func(*Step) bool // nil = it is always written
}

// members in the order of the file, which is that of [stepJSON].
func members() []member {
	return []member{
		{"id", func(p *pen, s *Step) { p.string(s.ID) }, nil},
		{"phase", func(p *pen, s *Step) { p.string(string(s.Phase)) }, nil},
		{"kind", func(p *pen, s *Step) { p.string(string(s.Kind)) }, nil},
		{"node", func(p *pen, s *Step) { p.null(s.Node) }, nil},
		{"components", func(p *pen, s *Step) { p.strings(s.Components) }, nil},
		{"also", func(p *pen, s *Step) { p.moves(s.Also) }, func(s *Step) bool { return len(s.Also) > 0 }},
		{"batch", func(p *pen, s *Step) { p.batch(s.Batch) }, nil},
		{"hop", func(p *pen, s *Step) { p.string(s.Hop) }, func(s *Step) bool { return s.Hop != "" }},
		{"from", func(p *pen, s *Step) { p.null(s.From) }, nil},
		{"to", func(p *pen, s *Step) { p.null(s.To) }, nil},
		{"say", func(p *pen, s *Step) { p.string(s.Say) }, nil},
		{"commands", func(p *pen, s *Step) { p.strings(s.Commands) }, nil},
		{"gatesBefore", func(p *pen, s *Step) { p.strings(s.GatesBefore) }, nil},
		{"gatesAfter", func(p *pen, s *Step) { p.strings(s.GatesAfter) }, nil},
		{"undo", func(p *pen, s *Step) { p.null(s.Undo) }, nil},
		{"minutes", func(p *pen, s *Step) { p.number(s.Minutes) }, func(s *Step) bool { return s.Minutes != 0 }},
		{"exposure", func(p *pen, s *Step) { p.exposure(s.Exposure) }, func(s *Step) bool { return len(s.Exposure) > 0 }},
		{"state", func(p *pen, s *Step) { p.state(s.State) }, nil},
	}
}

func (p *pen) step(s *Step, order []member) []byte {
	p.open('{')
	for i := range order {
		if m := &order[i]; m.has == nil || m.has(s) {
			p.key(m.name)
			m.write(p, s)
		}
	}
	p.close('}')
	return p.out
}

// MarshalJSON writes the public form of a step.
func (s Step) MarshalJSON() ([]byte, error) { return (&pen{}).step(&s, members()), nil }

// Encoder writes many steps. It may be used from several goroutines.
type Encoder struct{ written, sorted []member }

// NewEncoder is ready to use.
func NewEncoder() *Encoder {
	e := &Encoder{members(), members()}
	slices.SortFunc(e.sorted, func(a, b member) int { return cmp.Compare(a.name, b.name) })
	return e
}

// Indented appends the public form of a step as it stands in a file: its lines
// but the first begin with a prefix and two spaces a level.
func (e *Encoder) Indented(to []byte, s *Step, prefix string) []byte {
	return (&pen{out: to, indent: "  ", prefix: prefix}).step(s, e.written)
}

// Sorted appends the public form with the members of every object in order. As
// long as it is ASCII in which only quotes and backslashes are escaped it is the
// canonical form of RFC 8785, since numbers are written as there; see package
// planfile.
func (e *Encoder) Sorted(to []byte, s *Step) []byte { return (&pen{out: to}).step(s, e.sorted) }

func (p *pen) moves(list []Move) {
	p.open('[')
	for _, m := range list {
		p.next()
		p.open('{')
		p.key("component")
		p.string(m.Component)
		p.key("from")
		p.string(m.From)
		p.key("node")
		p.string(m.Node)
		p.key("to")
		p.string(m.To)
		p.close('}')
	}
	p.close(']')
}

func (p *pen) batch(number int) {
	if number == 0 {
		p.null("")
		return
	}
	p.out = strconv.AppendInt(p.out, int64(number), 10)
}

func (p *pen) exposure(list []Exposure) {
	p.open('[')
	for _, e := range list {
		p.next()
		p.open('{')
		p.key("advisory")
		p.string(e.Advisory)
		p.key("nodeMinutes")
		p.number(e.NodeMinutes)
		if len(e.Strategies) > 0 {
			p.key("strategies")
			p.open('{')
			for _, s := range slices.Sorted(maps.Keys(e.Strategies)) {
				p.key(s)
				p.number(e.Strategies[s])
			}
			p.close('}')
		}
		p.close('}')
	}
	p.close(']')
}

func (p *pen) state(s State) {
	p.open('{')
	p.key("legal")
	p.bool(s.Legal)
	if s.Partial {
		p.key("partial")
		p.bool(true)
	}
	p.key("versions")
	p.versions(s.Versions)
	p.close('}')
}

// versions writes {"kubelet":{"w1":"1.34.2"}}.
func (p *pen) versions(v Versions) {
	p.open('{')
	component, inside := "", false
	for r := range v.All() {
		if !inside || r[0] != component {
			if inside {
				p.close('}')
			}
			p.key(r[0])
			p.open('{')
			component, inside = r[0], true
		}
		p.key(r[1])
		p.string(r[2])
	}
	if inside {
		p.close('}')
	}
	p.close('}')
}

// MarshalJSON writes {"kubelet":{"w1":"1.34.2"}}.
func (v Versions) MarshalJSON() ([]byte, error) {
	p := &pen{}
	p.versions(v)
	return p.out, nil
}

// UnmarshalJSON reads what MarshalJSON writes.
func (v *Versions) UnmarshalJSON(data []byte) error {
	var m map[string]map[string]string
	if err := json.Unmarshal(data, &m); err != nil {
		return err
	}
	*v = VersionsOf(m)
	return nil
}

// UnmarshalJSON reads it, strictly: an unknown key is an error.
func (s *Step) UnmarshalJSON(data []byte) error {
	var w stepJSON
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(&w); err != nil {
		return err
	}
	*s = Step{ID: w.ID, Phase: w.Phase, Kind: w.Kind, Node: text(w.Node), Components: w.Components, Also: w.Also, Hop: w.Hop, From: text(w.From),
		To: text(w.To), Say: w.Say, Commands: w.Commands, GatesBefore: w.GatesBefore, GatesAfter: w.GatesAfter, Undo: text(w.Undo),
		Minutes: w.Minutes, Exposure: w.Exposure, State: w.State}
	if w.Batch != nil {
		s.Batch = *w.Batch
	}
	return nil
}

func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

func list[T any](l []T) []T {
	if l == nil {
		return []T{}
	}
	return l
}
