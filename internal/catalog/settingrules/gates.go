package settingrules

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/fixline-dev/fixline/internal/core/settings"
	"github.com/fixline-dev/fixline/internal/core/version"
)

// GateFile is gates.json: which feature gates each release accepts.
type GateFile struct {
	Date       string   `json:"date"`
	License    string   `json:"license"`
	From       string   `json:"from"`
	Through    string   `json:"through"`
	Components []string `json:"components"` // that accept all of them
	Modules    []Module `json:"modules"`
	Gates      []Gate   `json:"gates"`
}

// Module is one module version that was read, with the sum Go knows it by.
type Module struct {
	Path    string `json:"path"`
	Version string `json:"version"`
	Sum     string `json:"sum"`
}

// Gate is one feature gate.
type Gate struct {
	Name  string `json:"name"`
	Spans []Span `json:"spans"`
}

// Span is a run of minors that say the same of a gate.
type Span struct {
	From    string `json:"from"`
	To      string `json:"to"`
	Stage   string `json:"stage"`
	Default bool   `json:"default,omitempty"`
	Locked  bool   `json:"locked,omitempty"`
}

// DecodeGates reads gates.json, strictly: an unknown key, a gate named twice,
// spans that overlap, or a stage nobody knows is an error.
func DecodeGates(data []byte) (settings.Gates, error) {
	var f GateFile
	if err := strict(data, &f); err != nil {
		return settings.Gates{}, fmt.Errorf("reading feature gates: %w", err)
	}
	out := settings.Gates{Components: f.Components, ByName: map[string][]settings.Span{},
		Source: "https://github.com/kubernetes/kubernetes/blob/v" + f.Through + ".0/pkg/features/kube_features.go"}
	var err error
	if out.From, err = version.ParseMinor(f.From); err != nil {
		return out, fmt.Errorf("reading feature gates: from: %w", err)
	}
	if out.Through, err = version.ParseMinor(f.Through); err != nil {
		return out, fmt.Errorf("reading feature gates: through: %w", err)
	}
	if len(f.Components) == 0 || f.Date == "" || len(f.Modules) == 0 {
		return out, fmt.Errorf("reading feature gates: date, components and modules belong to it")
	}
	for _, g := range f.Gates {
		spans, err := g.spans()
		if err == nil && out.ByName[g.Name] != nil {
			err = fmt.Errorf("it is there twice")
		}
		if err != nil {
			return out, fmt.Errorf("reading feature gate %q: %w", g.Name, err)
		}
		out.ByName[g.Name] = spans
	}
	return out, nil
}

func (g Gate) spans() ([]settings.Span, error) {
	if g.Name == "" || len(g.Spans) == 0 {
		return nil, fmt.Errorf("a name and spans belong to it")
	}
	var out []settings.Span
	for _, s := range g.Spans {
		from, err := version.ParseMinor(s.From)
		if err != nil {
			return nil, err
		}
		to, err := version.ParseMinor(s.To)
		if err != nil {
			return nil, err
		}
		if n := len(out); from.Compare(to) > 0 || n > 0 && from.Compare(out[n-1].To) <= 0 {
			return nil, fmt.Errorf("the span %s to %s is out of order", s.From, s.To)
		}
		if !slices.Contains([]string{"ALPHA", "BETA", "GA", "DEPRECATED"}, s.Stage) {
			return nil, fmt.Errorf("stage %q is not known", s.Stage)
		}
		out = append(out, settings.Span{From: from, To: to, Stage: s.Stage, Default: s.Default, Locked: s.Locked})
	}
	return out, nil
}

func strict(data []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	return d.Decode(into)
}
