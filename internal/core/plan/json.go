package plan

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// stepJSON is a step as it is written: what is absent is null, lists never are.
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

func (s *Step) wire() stepJSON {
	w := stepJSON{s.ID, s.Phase, s.Kind, null(s.Node), list(s.Components), s.Also, nil, s.Hop, null(s.From), null(s.To), s.Say,
		list(s.Commands), list(s.GatesBefore), list(s.GatesAfter), null(s.Undo), s.Minutes, s.Exposure, s.State}
	if s.Batch != 0 {
		w.Batch = &s.Batch
	}
	return w
}

// MarshalJSON writes the public form of a step.
func (s Step) MarshalJSON() ([]byte, error) { return encode(s.wire()) }

// sortedJSON is the same with its members in the order of RFC 8785.
type sortedJSON struct {
	Also        []Move     `json:"also,omitempty"`
	Batch       *int       `json:"batch"`
	Commands    []string   `json:"commands"`
	Components  []string   `json:"components"`
	Exposure    []Exposure `json:"exposure,omitempty"`
	From        *string    `json:"from"`
	GatesAfter  []string   `json:"gatesAfter"`
	GatesBefore []string   `json:"gatesBefore"`
	Hop         string     `json:"hop,omitempty"`
	ID          string     `json:"id"`
	Kind        Kind       `json:"kind"`
	Minutes     float64    `json:"minutes,omitempty"`
	Node        *string    `json:"node"`
	Phase       Phase      `json:"phase"`
	Say         string     `json:"say"`
	State       State      `json:"state"`
	To          *string    `json:"to"`
	Undo        *string    `json:"undo"`
}

// Sorted is the public form with the members of every object in order. As long
// as it is plain ASCII without an escaped character it is the canonical form of
// RFC 8785, since numbers are written as there; see package planfile.
func (s *Step) Sorted() ([]byte, error) {
	w := s.wire()
	return encode(sortedJSON{w.Also, w.Batch, w.Commands, w.Components, w.Exposure, w.From, w.GatesAfter, w.GatesBefore, w.Hop, w.ID, w.Kind,
		w.Minutes, w.Node, w.Phase, w.Say, w.State, w.To, w.Undo})
}

// encode is JSON without HTML's escapes.
func encode(value any) ([]byte, error) {
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	err := e.Encode(value)
	return bytes.TrimSuffix(out.Bytes(), []byte("\n")), err
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

func null(s string) *string {
	if s == "" {
		return nil
	}
	return &s
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

// quote is s as a JSON string, without HTML's escapes.
func quote(out *bytes.Buffer, s string) {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c == '"' || c == '\\' || c > '~' {
			b, err := json.Marshal(s)
			if err != nil {
				b = fmt.Appendf(nil, "%q", s) // never: a string always marshals
			}
			out.Write(b)
			return
		}
	}
	out.WriteByte('"')
	out.WriteString(s)
	out.WriteByte('"')
}
