package admissionrules

import (
	"fmt"
	"strings"
	"time"

	"github.com/fixline-dev/fixline/internal/core/admission"
	"github.com/fixline-dev/fixline/internal/core/version"
)

// mapping is the written form of what a PodSecurityPolicy means.
type mapping struct {
	Date          string  `json:"date"`
	Removed       string  `json:"removed"`
	RemovedSource string  `json:"removedSource"`
	Source        string  `json:"source"`
	Guide         string  `json:"guide"`
	Rules         []field `json:"rules"`
}

type field struct {
	Field      string    `json:"field"`
	Unset      []string  `json:"unset"`
	Open       bool      `json:"open"`
	Holds      string    `json:"holds"`
	Baseline   condition `json:"baseline"`
	Restricted condition `json:"restricted"`
	Lost       []struct {
		If   []string `json:"if"`
		Text string   `json:"text"`
	} `json:"lost"`
}

type condition struct {
	Only  []string `json:"only"`
	Not   []string `json:"not"`
	Needs []string `json:"needs"`
}

// DecodeMapping reads what PodSecurityPolicies mean; errors name the field.
func DecodeMapping(data []byte) (admission.Mapping, error) {
	var f mapping
	if err := strictly(data, &f); err != nil {
		return admission.Mapping{}, err
	}
	if _, err := time.Parse(time.DateOnly, f.Date); err != nil {
		return admission.Mapping{}, fmt.Errorf("date: %w", err)
	}
	removed, err := version.ParseMinor(f.Removed)
	if err != nil {
		return admission.Mapping{}, fmt.Errorf("removed: %w", err)
	}
	for _, url := range []string{f.Source, f.Guide, f.RemovedSource} {
		if !strings.HasPrefix(url, "https://") {
			return admission.Mapping{}, fmt.Errorf("the source %q is no https address", url)
		}
	}
	out := admission.Mapping{Removed: removed, Source: f.Source, Guide: f.Guide}
	for _, r := range f.Rules {
		if r.Field == "" || r.Open && r.Holds == "" {
			return out, fmt.Errorf("rule %q: a rule has a field, and an open one says what it holds", r.Field)
		}
		rule := admission.Field{Name: r.Field, Unset: r.Unset, Open: r.Open, Holds: r.Holds,
			Baseline: admission.Condition(r.Baseline), Restricted: admission.Condition(r.Restricted)}
		for _, l := range r.Lost {
			if l.Text == "" {
				return out, fmt.Errorf("rule %q: a loss has a text", r.Field)
			}
			rule.Lost = append(rule.Lost, admission.Loss(l))
		}
		out.Rules = append(out.Rules, rule)
	}
	return out, nil
}
