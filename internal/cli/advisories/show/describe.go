package show

import (
	"time"

	"github.com/fixline-dev/fixline/internal/core/advisory"
)

// Description is `fixline advisories show ID -o json`.
type Description struct {
	APIVersion  string       `json:"apiVersion"`
	Kind        string       `json:"kind"`
	ID          string       `json:"id"`
	Aliases     []string     `json:"aliases"`
	Summary     *string      `json:"summary"`
	Published   *string      `json:"published"`
	Score       *float64     `json:"score"`
	Vector      *string      `json:"vector"`
	FixState    string       `json:"fixState"`
	ClientOnly  bool         `json:"clientOnly"`
	Disputed    bool         `json:"disputed"`
	Dispute     *string      `json:"dispute"`
	Unparsed    *string      `json:"unparsed"` // version lines that could not be read
	Affected    []Affected   `json:"affected"`
	Conditions  []string     `json:"conditions"`
	Mitigations []Mitigation `json:"mitigations"`
	Sources     []Source     `json:"sources"`
}

// Affected is one component's ranges.
type Affected struct {
	Component string   `json:"component"`
	Ranges    []Range  `json:"ranges"`
	Fixed     []string `json:"fixed"`
}

// Range is [introduced, before); null reaches without limit.
type Range struct {
	Introduced *string `json:"introduced"`
	Before     *string `json:"before"`
	Unknown    bool    `json:"unknown"` // the data cannot decide inside it
	Why        *string `json:"why"`
	Gate       *string `json:"gate"` // the feature gate that closes the defect
}

// Mitigation lowers or closes exploitation without an upgrade.
type Mitigation struct {
	Text  string  `json:"text"`
	Apply *string `json:"apply"`
}

// Source is a source and what it says.
type Source struct {
	Name string `json:"name"`
	URL  string `json:"url"`
	Says string `json:"says"`
}

func describe(a advisory.Advisory) Description {
	d := Description{APIVersion: "fixline.dev/v1alpha1", Kind: "AdvisoryDescription", ID: a.ID, Aliases: append([]string{}, a.Aliases...),
		Summary: orNull(a.Summary), Vector: orNull(a.Vector), FixState: string(a.Fix), ClientOnly: a.ClientOnly,
		Disputed: a.Disputed, Dispute: orNull(a.Dispute), Unparsed: orNull(a.Unparsed),
		Affected: []Affected{}, Conditions: []string{}, Mitigations: []Mitigation{}, Sources: []Source{}}
	if !a.Published.IsZero() {
		d.Published = orNull(a.Published.Format(time.DateOnly))
	}
	if a.Vector != "" {
		d.Score = &a.Score
	}
	for _, of := range a.Affected {
		d.Affected = append(d.Affected, affected(of))
	}
	for _, c := range a.Conditions {
		d.Conditions = append(d.Conditions, c.Text)
	}
	for _, m := range a.Mitigations {
		d.Mitigations = append(d.Mitigations, Mitigation{m.Text, orNull(m.Apply)})
	}
	for _, s := range a.Sources {
		d.Sources = append(d.Sources, Source(s))
	}
	return d
}

func affected(of advisory.Affected) Affected {
	out := Affected{Component: of.Component, Ranges: []Range{}, Fixed: []string{}}
	for _, r := range of.Ranges {
		rng := Range{Introduced: orNull(r.Introduced.String()), Before: orNull(r.Before.String()), Unknown: r.Unknown, Why: orNull(r.Why)}
		if r.Gate != nil {
			value := "false"
			if r.Gate.Value {
				value = "true"
			}
			rng.Gate = orNull(r.Gate.Component + " " + r.Gate.Gate + "=" + value + " from " + r.Gate.Since.String())
		}
		out.Ranges = append(out.Ranges, rng)
	}
	for _, v := range of.Fixed {
		out.Fixed = append(out.Fixed, v.String())
	}
	return out
}

func orNull(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
