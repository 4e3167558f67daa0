package admission

import (
	"fmt"
	"slices"
	"strings"

	"github.com/fixline-dev/fixline/internal/core/version"
)

// Pod Security levels, from the one that holds nothing back to the strictest
// (https://kubernetes.io/docs/concepts/security/pod-security-standards/).
const (
	privileged = "privileged"
	baseline   = "baseline"
	restricted = "restricted"
)

// strictness orders levels; -1 = it is none.
func strictness(level string) int {
	return slices.Index([]string{privileged, baseline, restricted}, level)
}

// SecurityPolicy is a PodSecurityPolicy, laid flat.
type SecurityPolicy struct {
	Name string
	From string // where it was read: "podsecuritypolicies.json", "policies.yaml:12"
	// Fields by dotted path in its spec ("runAsUser.rule"), and its annotations
	// by name; a list has its values, a truth value "true" or "false". What is
	// not written is not in it.
	Fields map[string][]string
}

// Mapping is what fields of a PodSecurityPolicy mean in Pod Security levels.
type Mapping struct {
	// Removed is the release that no longer serves PodSecurityPolicies.
	Removed version.Minor
	Rules   []Field
	Source  string // URL of the reference it is from
	Guide   string // URL of what to do
}

// Field is what one field means.
type Field struct {
	Name  string
	Unset []string // what it means where it is not written
	// Baseline and Restricted say when everything the field admits, the level
	// admits too.
	Baseline, Restricted Condition
	// Open: policies mostly leave it open because they cannot say what a level
	// says. It does not decide the level; what the level then refuses is told.
	Open  bool
	Holds string // what it is about: "host paths"
	Lost  []Loss
}

// Condition is one over the values of a field. The zero Condition holds.
type Condition struct {
	Only  []string // no other value; nil = any. "localhost/*" is every value that begins so
	Not   []string // none of these
	Needs []string // all of these
}

// Loss is what no level does that a field does.
type Loss struct {
	If   []string // one of these values; nil = whatever is written
	Text string
}

func (c Condition) holds(values []string) bool {
	for _, v := range values {
		if c.Only != nil && !slices.ContainsFunc(c.Only, func(o string) bool {
			prefix, wild := strings.CutSuffix(o, "/*")
			return o == v || wild && strings.HasPrefix(v, prefix+"/")
		}) {
			return false
		}
		if slices.Contains(c.Not, v) {
			return false
		}
	}
	for _, n := range c.Needs {
		if !slices.Contains(values, n) {
			return false
		}
	}
	return true
}

// meaning is what a policy means.
type meaning struct {
	policy  SecurityPolicy
	level   string
	because []string // what keeps it from the stricter levels
	beyond  []string // what the level refuses that the policy left open
	lost    []string // what no level does
}

// of decides the strictest level that admits everything a policy admits.
func (m Mapping) of(p SecurityPolicy) meaning {
	out := meaning{policy: p, level: restricted}
	for _, f := range m.Rules {
		values, written := p.Fields[f.Name]
		if !written {
			values = f.Unset
		}
		for _, l := range f.Lost {
			if written && (l.If == nil || slices.ContainsFunc(values, func(v string) bool { return slices.Contains(l.If, v) })) {
				out.lost = append(out.lost, shown(f.Name, values, written)+": "+l.Text)
			}
		}
		if f.Open {
			continue
		}
		level := restricted
		switch {
		case !f.Baseline.holds(values):
			level = privileged
		case !f.Restricted.holds(values):
			level = baseline
		}
		if level != restricted {
			out.because = append(out.because, fmt.Sprintf("%s: %s admits it", shown(f.Name, values, written), level))
		}
		if strictness(level) < strictness(out.level) {
			out.level = level
		}
	}
	for _, f := range m.Rules {
		values, written := p.Fields[f.Name]
		if !written {
			values = f.Unset
		}
		want := map[string]Condition{baseline: f.Baseline, restricted: f.Restricted}[out.level]
		if f.Open && !want.holds(values) {
			out.beyond = append(out.beyond, fmt.Sprintf("%s leaves %s open, of which %s refuses some", shown(f.Name, values, written), f.Holds, out.level))
		}
	}
	return out
}

// shown is a field with its values as a person knows it.
func shown(name string, values []string, written bool) string {
	if !written {
		return name + " (not set)"
	}
	if len(values) == 0 {
		return name + " (empty)"
	}
	return name + " " + few(values)
}
