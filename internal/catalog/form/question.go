package form

import (
	"fmt"

	"github.com/fixline-dev/fixline/internal/core/advisory"
)

// Question is advisory.Question in lower camel case: exactly one field beside
// not is set.
type Question struct {
	Not             bool          `json:"not,omitempty" yaml:"not"`
	Any             []Question    `json:"any,omitempty" yaml:"any"`
	All             []Question    `json:"all,omitempty" yaml:"all"`
	OS              string        `json:"os,omitempty" yaml:"os"`
	Uses            string        `json:"uses,omitempty" yaml:"uses"`
	Gate            *GateQuestion `json:"gate,omitempty" yaml:"gate"`
	Flag            *Setting      `json:"flag,omitempty" yaml:"flag"`
	Config          *Setting      `json:"config,omitempty" yaml:"config"`
	AdmissionPlugin string        `json:"admissionPlugin,omitempty" yaml:"admissionPlugin"`
	AnonymousAuth   bool          `json:"anonymousAuth,omitempty" yaml:"anonymousAuth"`
	Who             []Permission  `json:"who,omitempty" yaml:"who"`
	PodSecurity     string        `json:"podSecurity,omitempty" yaml:"podSecurity"`
	Runs            *Runs         `json:"runs,omitempty" yaml:"runs"`
	Beyond          string        `json:"beyond,omitempty" yaml:"beyond"`
}

// GateQuestion asks for the effective value of a feature gate.
type GateQuestion struct {
	Component string        `json:"component" yaml:"component"`
	Gate      string        `json:"gate" yaml:"gate"`
	Value     bool          `json:"value" yaml:"value"`
	Defaults  []GateDefault `json:"defaults,omitempty" yaml:"defaults"`
	Source    string        `json:"source,omitempty" yaml:"source"`
}

// GateDefault is the default of a gate from a version on.
type GateDefault struct {
	From   string `json:"from" yaml:"from"`
	Value  bool   `json:"value" yaml:"value"`
	Locked bool   `json:"locked,omitempty" yaml:"locked"`
}

// Setting compares a flag or a configuration field.
type Setting struct {
	Component string  `json:"component" yaml:"component"`
	Name      string  `json:"name" yaml:"name"`
	Op        string  `json:"op" yaml:"op"`
	Value     string  `json:"value,omitempty" yaml:"value"`
	Default   *string `json:"default,omitempty" yaml:"default"`
}

// Permission is one verb on one resource.
type Permission struct {
	Verb        string `json:"verb" yaml:"verb"`
	Group       string `json:"group,omitempty" yaml:"group"`
	Resource    string `json:"resource" yaml:"resource"`
	ClusterWide bool   `json:"clusterWide,omitempty" yaml:"clusterWide"`
}

// Runs names a range of another component.
type Runs struct {
	Component string `json:"component" yaml:"component"`
	From      string `json:"from,omitempty" yaml:"from"`
	Before    string `json:"before,omitempty" yaml:"before"`
}

// Decode reads a question; nil stays nil. A question that asks nothing, or two
// things at once, is refused.
func (q *Question) Decode() (*advisory.Question, error) {
	if q == nil {
		return nil, nil
	}
	out := &advisory.Question{
		Not: q.Not, OS: q.OS, Uses: q.Uses, AdmissionPlugin: q.AdmissionPlugin,
		AnonymousAuth: q.AnonymousAuth, PodSecurity: q.PodSecurity, Beyond: q.Beyond,
	}
	asked := 0
	count := func(set bool) {
		if set {
			asked++
		}
	}
	for _, set := range []bool{
		len(q.Any) > 0, len(q.All) > 0, q.OS != "", q.Uses != "", q.Gate != nil, q.Flag != nil, q.Config != nil,
		q.AdmissionPlugin != "", q.AnonymousAuth, len(q.Who) > 0, q.PodSecurity != "", q.Runs != nil, q.Beyond != "",
	} {
		count(set)
	}
	if asked != 1 {
		return nil, fmt.Errorf("a question must ask exactly one thing, this one asks %d", asked)
	}
	var err error
	if out.Any, err = decodeAll(q.Any); err != nil {
		return nil, fmt.Errorf("any%w", err)
	}
	if out.All, err = decodeAll(q.All); err != nil {
		return nil, fmt.Errorf("all%w", err)
	}
	if q.Gate != nil {
		if out.Gate, err = q.Gate.decode(); err != nil {
			return nil, err
		}
	}
	if q.Flag != nil {
		if out.Flag, err = q.Flag.decode("flag"); err != nil {
			return nil, err
		}
	}
	if q.Config != nil {
		if out.Config, err = q.Config.decode("config"); err != nil {
			return nil, err
		}
	}
	for _, p := range q.Who {
		if p.Verb == "" || p.Resource == "" {
			return nil, fmt.Errorf("who: verb and resource must be named")
		}
		out.Who = append(out.Who, advisory.Permission(p))
	}
	switch q.PodSecurity {
	case "", "baseline", "restricted":
	default:
		return nil, fmt.Errorf("podSecurity: %q is neither baseline nor restricted", q.PodSecurity)
	}
	if q.Runs != nil {
		if out.Runs, err = q.Runs.decode(); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func decodeAll(in []Question) ([]advisory.Question, error) {
	var out []advisory.Question
	for i := range in {
		q, err := in[i].Decode()
		if err != nil {
			return nil, fmt.Errorf("[%d]: %w", i, err)
		}
		out = append(out, *q)
	}
	return out, nil
}

func (g GateQuestion) decode() (*advisory.GateQuestion, error) {
	if g.Component == "" || g.Gate == "" {
		return nil, fmt.Errorf("gate: component and gate must be named")
	}
	out := &advisory.GateQuestion{Component: g.Component, Gate: g.Gate, Value: g.Value, Source: g.Source}
	for i, d := range g.Defaults {
		from, err := optional(d.From)
		if err != nil {
			return nil, fmt.Errorf("gate.defaults[%d].from: %w", i, err)
		}
		if i > 0 && !out.Defaults[i-1].From.Less(from) {
			return nil, fmt.Errorf("gate.defaults[%d]: not above the one before it", i)
		}
		out.Defaults = append(out.Defaults, advisory.GateDefault{From: from, Value: d.Value, Locked: d.Locked})
	}
	return out, nil
}

func (s Setting) decode(field string) (*advisory.SettingQuestion, error) {
	switch s.Op {
	case "equals", "not-equals", "at-least", "contains", "set":
	default:
		return nil, fmt.Errorf("%s.op: %q is none of equals, not-equals, at-least, contains, set", field, s.Op)
	}
	if s.Name == "" {
		return nil, fmt.Errorf("%s: name is missing", field)
	}
	return &advisory.SettingQuestion{Component: s.Component, Name: s.Name, Op: s.Op, Value: s.Value, Default: s.Default}, nil
}

func (r Runs) decode() (*advisory.RunsQuestion, error) {
	from, err := optional(r.From)
	if err != nil {
		return nil, fmt.Errorf("runs.from: %w", err)
	}
	before, err := optional(r.Before)
	if err != nil {
		return nil, fmt.Errorf("runs.before: %w", err)
	}
	if r.Component == "" {
		return nil, fmt.Errorf("runs: component is missing")
	}
	return &advisory.RunsQuestion{Component: r.Component, From: from, Before: before}, nil
}

func encodeQuestion(q *advisory.Question) *Question {
	if q == nil {
		return nil
	}
	out := &Question{
		Not: q.Not, OS: q.OS, Uses: q.Uses, AdmissionPlugin: q.AdmissionPlugin,
		AnonymousAuth: q.AnonymousAuth, PodSecurity: q.PodSecurity, Beyond: q.Beyond,
	}
	for i := range q.Any {
		out.Any = append(out.Any, *encodeQuestion(&q.Any[i]))
	}
	for i := range q.All {
		out.All = append(out.All, *encodeQuestion(&q.All[i]))
	}
	if g := q.Gate; g != nil {
		out.Gate = &GateQuestion{Component: g.Component, Gate: g.Gate, Value: g.Value, Source: g.Source}
		for _, d := range g.Defaults {
			from := d.From.String()
			if from == "" {
				from = "0"
			}
			out.Gate.Defaults = append(out.Gate.Defaults, GateDefault{from, d.Value, d.Locked})
		}
	}
	if q.Flag != nil {
		out.Flag = encodeSetting(*q.Flag)
	}
	if q.Config != nil {
		out.Config = encodeSetting(*q.Config)
	}
	for _, p := range q.Who {
		out.Who = append(out.Who, Permission(p))
	}
	if q.Runs != nil {
		out.Runs = &Runs{q.Runs.Component, q.Runs.From.String(), q.Runs.Before.String()}
	}
	return out
}

func encodeSetting(s advisory.SettingQuestion) *Setting {
	return &Setting{Component: s.Component, Name: s.Name, Op: s.Op, Value: s.Value, Default: s.Default}
}
