// Package skewrules reads the version-skew policy from its data file into the
// values package skew judges by. It decides nothing. Start at [Decode].
package skewrules

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/fixline-dev/fixline/internal/core/skew"
	"github.com/fixline-dev/fixline/internal/core/version"
)

type file struct {
	APIVersion string   `json:"apiVersion"`
	Kind       string   `json:"kind"`
	URL        string   `json:"url"`
	Date       string   `json:"date"`
	Sources    []string `json:"sources"`
	Rules      []struct {
		Code         string `json:"code"`
		Component    string `json:"component"`
		Against      string `json:"against"`
		SameNode     bool   `json:"sameNode"`
		MaxNewer     int    `json:"maxNewer"`
		MaxOlder     int    `json:"maxOlder"`
		Conservative *int   `json:"conservativeMaxOlder"`
		Below        *struct {
			Minor    string `json:"minor"`
			MaxNewer int    `json:"maxNewer"`
			MaxOlder int    `json:"maxOlder"`
		} `json:"below"`
		Client bool   `json:"client"`
		URL    string `json:"url"`
	} `json:"rules"`
	Steps []struct {
		Code      string `json:"code"`
		Component string `json:"component"`
		MaxMinors int    `json:"maxMinors"`
		URL       string `json:"url"`
	} `json:"steps"`
}

// Decode reads a SkewRules file, strictly: an unknown key, a rule without a
// code, component, counterpart or source, or a pair ruled twice is an error.
func Decode(data []byte) (skew.Rules, error) {
	var f file
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(&f); err != nil {
		return skew.Rules{}, fmt.Errorf("reading skew rules: %w", err)
	}
	if f.Kind != "SkewRules" {
		return skew.Rules{}, fmt.Errorf("reading skew rules: kind is %q, not SkewRules", f.Kind)
	}
	out := skew.Rules{URL: f.URL, Date: f.Date}
	seen := map[string]bool{}
	// Several rules may raise one finding, but each pair is ruled once.
	check := func(code, component, against, url string) error {
		if code == "" || component == "" || url == "" || seen[component+" "+against] {
			return fmt.Errorf("reading skew rules: rule %q of %q needs a code, a component not ruled yet and a url", code, component)
		}
		seen[component+" "+against] = true
		return nil
	}
	for _, r := range f.Rules {
		if err := check(r.Code, r.Component, "against "+r.Against, r.URL); err != nil {
			return skew.Rules{}, err
		}
		if r.Against == "" || r.MaxNewer < 0 || r.MaxOlder < 0 {
			return skew.Rules{}, fmt.Errorf("reading skew rules: rule %s of %s needs something to compare with and bounds of 0 or more", r.Code, r.Component)
		}
		rule := skew.Rule{Code: r.Code, Component: r.Component, Against: r.Against, SameNode: r.SameNode,
			MaxNewer: r.MaxNewer, MaxOlder: r.MaxOlder, Conservative: r.Conservative, Client: r.Client, URL: r.URL}
		if b := r.Below; b != nil {
			m, err := version.ParseMinor(b.Minor)
			if err != nil {
				return skew.Rules{}, fmt.Errorf("reading skew rules: rule %s: below: %w", r.Code, err)
			}
			rule.Below = &skew.Exception{Minor: m, MaxNewer: b.MaxNewer, MaxOlder: b.MaxOlder}
		}
		out.Rules = append(out.Rules, rule)
	}
	for _, s := range f.Steps {
		if err := check(s.Code, s.Component, "step", s.URL); err != nil {
			return skew.Rules{}, err
		}
		out.Steps = append(out.Steps, skew.Step(s))
	}
	return out, nil
}
