// Package form is how advisories are written down: the JSON of the embedded
// catalogue, and the questions and ranges people write by hand in YAML. It
// decides nothing about them; it refuses what is not well formed. Start at
// [Decode].
package form

import (
	"fmt"
	"time"

	"github.com/fixline-dev/fixline/internal/core/advisory"
	"github.com/fixline-dev/fixline/internal/core/version"
)

// Advisory is one advisory of the catalogue file. Versions carry no v; dates
// are YYYY-MM-DD; absent is empty.
type Advisory struct {
	ID          string       `json:"id"`
	Aliases     []string     `json:"aliases,omitempty"`
	Summary     string       `json:"summary,omitempty"`
	Published   string       `json:"published,omitempty"`
	Vector      string       `json:"vector,omitempty"`
	Score       float64      `json:"score,omitempty"`
	Fix         string       `json:"fix"`
	ClientOnly  bool         `json:"clientOnly,omitempty"`
	Disputed    bool         `json:"disputed,omitempty"`
	Dispute     string       `json:"dispute,omitempty"`
	Affected    []Affected   `json:"affected"`
	Conditions  []Condition  `json:"conditions,omitempty"`
	Mitigations []Mitigation `json:"mitigations,omitempty"`
	Sources     []Source     `json:"sources"`
	Unparsed    string       `json:"unparsed,omitempty"`
}

// Affected is the ranges of components that share them. Aliases are other
// names of the component, where it stands alone.
type Affected struct {
	Components []string `json:"components"`
	Aliases    []string `json:"aliases,omitempty"`
	Ranges     []Range  `json:"ranges"`
	Fixed      []string `json:"fixed,omitempty"`
}

// Range is [From, Before); an empty end is open.
type Range struct {
	From    string   `json:"from,omitempty"`
	Before  string   `json:"before,omitempty"`
	Unknown string   `json:"unknown,omitempty"` // why; set: the data cannot decide here
	Gate    *GateFix `json:"gate,omitempty"`
}

// GateFix is a feature gate that closes the defect from a version on.
type GateFix struct {
	Component string `json:"component" yaml:"component"`
	Gate      string `json:"gate" yaml:"gate"`
	Value     bool   `json:"value" yaml:"value"`
	Since     string `json:"since" yaml:"since"`
	ByDefault bool   `json:"byDefault,omitempty" yaml:"byDefault"`
}

// Condition is one requirement of exploitation.
type Condition struct {
	Text     string    `json:"text" yaml:"text"`
	Question *Question `json:"question,omitempty" yaml:"question"`
}

// Mitigation lowers or closes exploitation without an upgrade.
type Mitigation struct {
	Text     string    `json:"text" yaml:"text"`
	Question *Question `json:"question,omitempty" yaml:"question"`
	Apply    string    `json:"apply,omitempty" yaml:"apply"`
}

// Source is where a fact comes from.
type Source struct {
	Name string `json:"name" yaml:"name"`
	URL  string `json:"url" yaml:"url"`
	Says string `json:"says" yaml:"says"`
}

// Encode writes an advisory down. Components with equal ranges share an entry.
func Encode(a advisory.Advisory) Advisory {
	out := Advisory{
		ID: a.ID, Aliases: a.Aliases, Summary: a.Summary, Vector: a.Vector, Score: a.Score, Fix: string(a.Fix),
		ClientOnly: a.ClientOnly, Disputed: a.Disputed, Dispute: a.Dispute, Unparsed: a.Unparsed,
		Affected: []Affected{}, Sources: []Source{},
	}
	if !a.Published.IsZero() {
		out.Published = a.Published.Format(time.DateOnly)
	}
	for _, x := range a.Affected {
		e := Affected{Components: []string{x.Component}, Aliases: x.Aliases, Ranges: []Range{}}
		for _, r := range x.Ranges {
			e.Ranges = append(e.Ranges, encodeRange(r))
		}
		for _, f := range x.Fixed {
			e.Fixed = append(e.Fixed, f.String())
		}
		if n := len(out.Affected); n > 0 && same(out.Affected[n-1], e) {
			out.Affected[n-1].Components = append(out.Affected[n-1].Components, x.Component)
			continue
		}
		out.Affected = append(out.Affected, e)
	}
	for _, c := range a.Conditions {
		out.Conditions = append(out.Conditions, Condition{c.Text, encodeQuestion(c.Question)})
	}
	for _, m := range a.Mitigations {
		out.Mitigations = append(out.Mitigations, Mitigation{m.Text, encodeQuestion(m.Question), m.Apply})
	}
	for _, s := range a.Sources {
		out.Sources = append(out.Sources, Source(s))
	}
	return out
}

func same(a, b Affected) bool {
	return len(a.Aliases) == 0 && len(b.Aliases) == 0 && fmt.Sprintf("%v%v", deref(a.Ranges), a.Fixed) == fmt.Sprintf("%v%v", deref(b.Ranges), b.Fixed)
}

// deref makes ranges comparable as text.
func deref(in []Range) string {
	s := ""
	for _, r := range in {
		s += r.From + "," + r.Before + "," + r.Unknown
		if r.Gate != nil {
			s += fmt.Sprint(*r.Gate)
		}
		s += ";"
	}
	return s
}

func encodeRange(r advisory.Range) Range {
	out := Range{From: r.Introduced.String(), Before: r.Before.String()}
	if r.Unknown {
		out.Unknown = r.Why
	}
	if r.Gate != nil {
		out.Gate = &GateFix{r.Gate.Component, r.Gate.Gate, r.Gate.Value, r.Gate.Since.String(), r.Gate.ByDefault}
	}
	return out
}

// Decode reads an advisory back; the error names the field.
func Decode(in Advisory) (advisory.Advisory, error) {
	fail := func(field string, err error) (advisory.Advisory, error) {
		return advisory.Advisory{}, fmt.Errorf("advisory %q: %s: %w", in.ID, field, err)
	}
	if in.ID == "" {
		return fail("id", fmt.Errorf("is missing"))
	}
	out := advisory.Advisory{
		ID: in.ID, Aliases: in.Aliases, Summary: in.Summary, Vector: in.Vector, Score: in.Score, Fix: advisory.Fix(in.Fix),
		ClientOnly: in.ClientOnly, Disputed: in.Disputed, Dispute: in.Dispute, Unparsed: in.Unparsed,
	}
	switch out.Fix {
	case advisory.Fixed, advisory.GateOnly, advisory.Never:
	default:
		return fail("fix", fmt.Errorf("%q is none of fixed, gate, never", in.Fix))
	}
	if in.Published != "" {
		t, err := time.Parse(time.DateOnly, in.Published)
		if err != nil {
			return fail("published", err)
		}
		out.Published = t
	}
	for _, x := range in.Affected {
		a := advisory.Affected{Aliases: x.Aliases}
		for _, r := range x.Ranges {
			d, err := decodeRange(r)
			if err != nil {
				return fail("affected.ranges", err)
			}
			a.Ranges = append(a.Ranges, d)
		}
		for _, f := range x.Fixed {
			v, err := version.Parse(f)
			if err != nil {
				return fail("affected.fixed", err)
			}
			a.Fixed = append(a.Fixed, v)
		}
		for _, c := range x.Components {
			a.Component = c
			out.Affected = append(out.Affected, a)
		}
	}
	for i, c := range in.Conditions {
		q, err := c.Question.Decode()
		if err != nil {
			return fail(fmt.Sprintf("conditions[%d].question", i), err)
		}
		out.Conditions = append(out.Conditions, advisory.Condition{Text: c.Text, Question: q})
	}
	for i, m := range in.Mitigations {
		q, err := m.Question.Decode()
		if err != nil {
			return fail(fmt.Sprintf("mitigations[%d].question", i), err)
		}
		out.Mitigations = append(out.Mitigations, advisory.Mitigation{Text: m.Text, Question: q, Apply: m.Apply})
	}
	for _, s := range in.Sources {
		out.Sources = append(out.Sources, advisory.Source(s))
	}
	return out, nil
}

func decodeRange(in Range) (advisory.Range, error) {
	var out advisory.Range
	var err error
	if out.Introduced, err = optional(in.From); err != nil {
		return out, err
	}
	if out.Before, err = optional(in.Before); err != nil {
		return out, err
	}
	out.Unknown, out.Why = in.Unknown != "", in.Unknown
	if in.Gate != nil {
		g, err := in.Gate.Decode()
		if err != nil {
			return out, err
		}
		out.Gate = &g
	}
	return out, nil
}

// Decode reads a gate fix back.
func (g GateFix) Decode() (advisory.GateFix, error) {
	since, err := optional(g.Since)
	if err != nil {
		return advisory.GateFix{}, fmt.Errorf("gate.since: %w", err)
	}
	if g.Component == "" || g.Gate == "" {
		return advisory.GateFix{}, fmt.Errorf("gate: component and gate must be named")
	}
	return advisory.GateFix{Component: g.Component, Gate: g.Gate, Value: g.Value, Since: since, ByDefault: g.ByDefault}, nil
}

func optional(s string) (version.Version, error) {
	if s == "" || s == "0" {
		return version.Version{}, nil
	}
	return version.Parse(s)
}
