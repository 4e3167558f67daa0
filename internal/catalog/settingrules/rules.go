// Package settingrules reads what is known of settings from its data files
// into the values package settings judges by: the table of feature gates and
// the rules about flags, fields and nodes. It decides nothing. Start at
// [Decode] and [DecodeGates].
package settingrules

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/fixline-dev/fixline/internal/core/settings"
	"github.com/fixline-dev/fixline/internal/core/version"
)

type ruleFile struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	Date       string `json:"date"`
	Rules      []rule `json:"rules"`
}

type rule struct {
	ID        string   `json:"id"`
	Component string   `json:"component"`
	Kind      string   `json:"kind"`
	Names     []string `json:"names"`
	Values    []string `json:"values"`
	Except    []string `json:"except"`
	Below     string   `json:"below"`
	Unless    *struct {
		Name  string `json:"name"`
		Value string `json:"value"`
	} `json:"unless"`
	From    string `json:"from"`
	Effect  string `json:"effect"`
	Message string `json:"message"`
	Remedy  string `json:"remedy"`
	Source  string `json:"source"`
	Date    string `json:"date"`
	Says    string `json:"says"`

	KubeadmRemoves bool `json:"kubeadmRemoves"`
}

// Decode reads a SettingRules file, strictly: an unknown key, kind or effect,
// an ID that is there twice, or a rule without what it must have is an error.
func Decode(data []byte) ([]settings.Rule, error) {
	var f ruleFile
	if err := strict(data, &f); err != nil {
		return nil, fmt.Errorf("reading setting rules: %w", err)
	}
	if f.Kind != "SettingRules" {
		return nil, fmt.Errorf("reading setting rules: kind is %q, not SettingRules", f.Kind)
	}
	var out []settings.Rule
	seen := map[string]bool{}
	for _, r := range f.Rules {
		if r.Date == "" {
			r.Date = f.Date
		}
		one, err := r.rule()
		if err == nil && seen[r.ID] {
			err = fmt.Errorf("it is there twice")
		}
		if err != nil {
			return nil, fmt.Errorf("reading setting rule %q: %w", r.ID, err)
		}
		seen[r.ID] = true
		out = append(out, one)
	}
	return out, nil
}

func (r rule) rule() (settings.Rule, error) {
	out := settings.Rule{ID: r.ID, Component: r.Component, Kind: settings.Kind(r.Kind), Names: r.Names, Values: r.Values, Except: r.Except,
		Effect: settings.Effect(r.Effect), Message: r.Message, Remedy: r.Remedy, Source: r.Source, Date: r.Date, Says: r.Says, KubeadmRemoves: r.KubeadmRemoves}
	var err error
	if out.From, err = version.ParseMinor(r.From); err != nil {
		return out, fmt.Errorf("from: %w", err)
	}
	if _, err := time.Parse(time.DateOnly, r.Date); err != nil {
		return out, fmt.Errorf("date: %w", err)
	}
	if r.Unless != nil {
		out.Unless, out.UnlessValue = r.Unless.Name, r.Unless.Value
	}
	if r.Below != "" {
		if out.Below, err = version.Parse(r.Below); err != nil {
			return out, fmt.Errorf("below: %w", err)
		}
	}
	kinds := []settings.Kind{settings.Flag, settings.Config, settings.Cgroup, settings.Runtime, settings.ProxyMode, settings.KubeadmConfig}
	effects := []settings.Effect{settings.Stops, settings.Ignored, settings.Deprecated, settings.Changes}
	named := slices.Contains([]settings.Kind{settings.Flag, settings.Config, settings.KubeadmConfig}, out.Kind)
	switch {
	case r.ID == "" || r.Component == "" || r.Message == "" || r.Remedy == "":
		return out, fmt.Errorf("id, component, message and remedy belong to it")
	case !strings.HasPrefix(r.Source, "https://"):
		return out, fmt.Errorf("the source %q is no https address", r.Source)
	case !slices.Contains(kinds, out.Kind):
		return out, fmt.Errorf("the kind %q is not known", r.Kind)
	case !slices.Contains(effects, out.Effect):
		return out, fmt.Errorf("the effect %q is not known", r.Effect)
	case named != (len(r.Names) > 0):
		return out, fmt.Errorf("names belong to kinds flag, config and kubeadm-config, and to no other")
	case len(r.Values) > 0 && len(r.Except) > 0:
		return out, fmt.Errorf("either values or except")
	case (out.Kind == settings.Runtime) != (r.Below != ""):
		return out, fmt.Errorf("below belongs to kind runtime, and to no other")
	case (out.Kind == settings.Cgroup) != (r.Unless != nil):
		return out, fmt.Errorf("unless belongs to kind cgroup, and to no other")
	case out.Kind == settings.Flag && out.Effect == settings.Stops && r.Says == "":
		return out, fmt.Errorf("a flag that stops a program says what the program answers")
	}
	return out, nil
}
