package main

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"time"

	"github.com/fixline-dev/fixline/internal/catalog/claim"
	"github.com/fixline-dev/fixline/internal/catalog/form"
	"github.com/fixline-dev/fixline/internal/core/advisory"
	"github.com/fixline-dev/fixline/internal/core/version"
)

// correction sets what the rules alone get wrong, or what no claim can say.
// Files: curated/ranges-*.yaml, a mapping from id to a list of these. Fields
// that are absent leave what the claims say.
type correction struct {
	// Why it is right, in our own words, and where to check it.
	Why    string `yaml:"why"`
	Source string `yaml:"source"`

	// Only: the components the ranges and fixes below hold for, where the
	// advisory names others as well.
	Only []string `yaml:"only"`
	// Components replaces those of the same product; their ranges stay.
	Components []string `yaml:"components"`
	// Rename gives a component its right name; others of the same expansion go.
	Rename map[string]string `yaml:"rename"`
	// Ranges in the form of form.FormatIntervals; Fixed are releases.
	Ranges  string   `yaml:"ranges"`
	Fixed   []string `yaml:"fixed"`
	Unknown []struct {
		Range string `yaml:"range"`
		Why   string `yaml:"why"`
	} `yaml:"unknown"`
	// Gated are stretches of Ranges in which a feature gate closes the defect.
	Gated []struct {
		Range     string `yaml:"range"`
		Component string `yaml:"component"`
		Gate      string `yaml:"gate"`
		Value     bool   `yaml:"value"`
		ByDefault bool   `yaml:"byDefault"` // the value is the default there
	} `yaml:"gated"`
	Fix        string `yaml:"fix"` // fixed | gate | never
	OS         string `yaml:"os"`
	ClientOnly *bool  `yaml:"clientOnly"`
	Disputed   string `yaml:"disputed"`  // what the sources disagree on
	Settled    bool   `yaml:"settled"`   // the sources' difference is explained by why: not disputed
	Published  string `yaml:"published"` // the day it was disclosed
	Vector     string `yaml:"vector"`
	Drop       bool   `yaml:"drop"` // not an advisory of this catalogue
}

func loadCorrections(dir string) (map[string][]correction, error) {
	paths, err := filepath.Glob(filepath.Join(dir, "ranges-*.yaml"))
	if err != nil {
		return nil, err
	}
	slices.Sort(paths)
	out := map[string][]correction{}
	for _, path := range paths {
		var f map[string][]correction
		if err := loadYAML(path, &f); err != nil {
			return nil, err
		}
		for id, list := range f {
			for i, c := range list {
				if c.Why == "" || c.Source == "" {
					return nil, fmt.Errorf("reading %s: %s: correction %d needs a why and a source", path, id, i+1)
				}
			}
			out[id] = append(out[id], list...)
		}
	}
	return out, nil
}

// apply makes one correction.
func (c correction) apply(a *advisory.Advisory) error {
	if len(c.Components) > 0 {
		if len(a.Affected) == 0 {
			a.Affected = []advisory.Affected{{}}
		}
		first := a.Affected[0]
		a.Affected = nil
		for _, name := range c.Components {
			x := first
			x.Component = name
			a.Affected = append(a.Affected, x)
		}
	}
	for _, from := range slices.Sorted(maps.Keys(c.Rename)) {
		a.Affected = renamed(a.Affected, from, c.Rename[from])
	}
	if c.Ranges != "" {
		ranges, err := c.ranges()
		if err != nil {
			return err
		}
		for i := range a.Affected {
			if c.concerns(a.Affected[i].Component) {
				a.Affected[i].Ranges = ranges
				a.Affected[i].Fixed = closing(ranges)
			}
		}
		a.Unparsed = ""
		a.Fix = advisory.Fixed
	}
	if len(c.Fixed) > 0 {
		var fixed []version.Version
		for _, s := range c.Fixed {
			v, err := version.Parse(s)
			if err != nil {
				return fmt.Errorf("fixed: %w", err)
			}
			fixed = append(fixed, v)
		}
		for i := range a.Affected {
			if c.concerns(a.Affected[i].Component) {
				a.Affected[i].Fixed = fixed
			}
		}
	}
	switch fix := advisory.Fix(c.Fix); fix {
	case "":
	case advisory.Fixed, advisory.GateOnly, advisory.Never:
		a.Fix = fix
	default:
		return fmt.Errorf("fix: %q is none of fixed, gate, never", c.Fix)
	}
	if c.OS != "" {
		a.Conditions = []advisory.Condition{claim.OSCondition(c.OS)}
	}
	if c.ClientOnly != nil {
		a.ClientOnly = *c.ClientOnly
	}
	if c.Disputed != "" {
		a.Disputed, a.Dispute = true, c.Disputed
	}
	if c.Settled {
		a.Disputed, a.Dispute = false, ""
	}
	if c.Published != "" {
		t, err := time.Parse(time.DateOnly, c.Published)
		if err != nil {
			return fmt.Errorf("published: %w", err)
		}
		a.Published = t
	}
	if c.Vector != "" {
		v, score, err := claim.BaseVector(c.Vector)
		if err != nil {
			return fmt.Errorf("vector: %w", err)
		}
		a.Vector, a.Score = v, score
	}
	a.Sources = append(a.Sources, advisory.Source{Name: "Fixline curation", URL: c.Source, Says: c.Why})
	return nil
}

// renamed keeps what has other ranges than the component renamed: those with
// the same came from one source that named none.
func renamed(in []advisory.Affected, from, to string) []advisory.Affected {
	i := slices.IndexFunc(in, func(x advisory.Affected) bool { return x.Component == from })
	if i < 0 {
		return in
	}
	moved := in[i]
	moved.Component = to
	out := []advisory.Affected{moved}
	for _, x := range in {
		if !slices.Equal(x.Ranges, in[i].Ranges) {
			out = append(out, x)
		}
	}
	return out
}

func (c correction) concerns(component string) bool {
	return len(c.Only) == 0 || slices.Contains(c.Only, component)
}

func (c correction) ranges() ([]advisory.Range, error) {
	in, err := form.ParseIntervals(c.Ranges)
	if err != nil {
		return nil, fmt.Errorf("ranges: %w", err)
	}
	var out []advisory.Range
	for _, i := range in {
		out = append(out, advisory.Range{Introduced: i.From, Before: i.Before})
	}
	for _, u := range c.Unknown {
		in, err := form.ParseIntervals(u.Range)
		if err != nil {
			return nil, fmt.Errorf("unknown: %w", err)
		}
		for _, i := range in {
			out = append(out, advisory.Range{Introduced: i.From, Before: i.Before, Unknown: true, Why: u.Why})
		}
	}
	for _, g := range c.Gated {
		in, err := form.ParseIntervals(g.Range)
		if err != nil {
			return nil, fmt.Errorf("gated: %w", err)
		}
		for _, i := range in {
			fix := advisory.GateFix{Component: g.Component, Gate: g.Gate, Value: g.Value, Since: i.From, ByDefault: g.ByDefault}
			out = append(out, advisory.Range{Introduced: i.From, Before: i.Before, Gate: &fix})
		}
	}
	slices.SortFunc(out, func(a, b advisory.Range) int { return a.Introduced.Compare(b.Introduced) })
	return out, nil
}

// closing are the ends of ranges: the fixed releases, unless told otherwise.
func closing(in []advisory.Range) []version.Version {
	var out []version.Version
	for _, r := range in {
		if r.Before.Known() && !r.Unknown && r.Gate == nil {
			out = append(out, r.Before)
		}
	}
	return out
}

// reachDoc is what curated/reach-*.yaml adds: what an attacker needs and what
// lowers the risk.
type reachDoc struct {
	Summary     string            `yaml:"summary"`
	Conditions  []form.Condition  `yaml:"conditions"`
	Mitigations []form.Mitigation `yaml:"mitigations"`
	Sources     []form.Source     `yaml:"sources"`
}

func loadReach(dir string) (map[string]reachDoc, error) {
	paths, err := filepath.Glob(filepath.Join(dir, "reach-*.yaml"))
	if err != nil {
		return nil, err
	}
	slices.Sort(paths)
	out := map[string]reachDoc{}
	for _, path := range paths {
		var f map[string]reachDoc
		if err := loadYAML(path, &f); err != nil {
			return nil, err
		}
		for id, r := range f {
			if _, twice := out[id]; twice {
				return nil, fmt.Errorf("reading %s: %s is in another reach file as well", path, id)
			}
			out[id] = r
		}
	}
	return out, nil
}

// join adds r to a. An operating system the claims name is kept where the
// conditions do not ask for it themselves.
func (r reachDoc) join(a *advisory.Advisory) error {
	a.Summary = r.Summary
	var conditions []advisory.Condition
	asksOS := false
	for i, c := range r.Conditions {
		q, err := c.Question.Decode()
		if err != nil {
			return fmt.Errorf("conditions[%d].question: %w", i, err)
		}
		asksOS = asksOS || q != nil && q.OS != ""
		conditions = append(conditions, advisory.Condition{Text: c.Text, Question: q})
	}
	if asksOS {
		a.Conditions = nil
	}
	a.Conditions = append(a.Conditions, conditions...)
	for i, m := range r.Mitigations {
		q, err := m.Question.Decode()
		if err != nil {
			return fmt.Errorf("mitigations[%d].question: %w", i, err)
		}
		a.Mitigations = append(a.Mitigations, advisory.Mitigation{Text: m.Text, Question: q, Apply: m.Apply})
	}
	for _, s := range r.Sources {
		a.Sources = append(a.Sources, advisory.Source(s))
	}
	return nil
}
