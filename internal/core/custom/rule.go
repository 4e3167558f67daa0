package custom

import (
	"slices"
	"strings"

	"github.com/fixline-dev/fixline/internal/core/version"
)

// Rule is what is known of one add-on.
type Rule struct {
	Name string // "cert-manager"
	// Security says what it decides of it: "policy-engine",
	// "admission-webhook", "network-policy", "runtime-sensor", "secrets",
	// "identity"; "" = nothing.
	Security string
	// Images are repositories whose tag is the add-on's version: whole, or the
	// end of one after a "/"; "*" stands for anything. Not are those among them
	// that are something else.
	Images, Not []string
	// Groups are API groups of its custom resources, Labels "key=value" of its
	// pods, Webhooks names of its webhook configurations or their webhooks ("*"
	// stands for anything).
	Groups, Labels, Webhooks []string
	// Supports are its facts, the first that speaks of a version counts.
	Supports []Support
}

// Support says which minors of Kubernetes some versions of an add-on support.
type Support struct {
	// From and To are minors of the add-on, both included; To zero: all later.
	From, To version.Minor
	// MinKubernetes and MaxKubernetes are the minors it supports, both
	// included; zero: no bound.
	MinKubernetes, MaxKubernetes version.Minor
	// Tested: the source says what was tested and does not rule out the rest,
	// so a minor outside of the bounds is unknown and not excluded. Older: only
	// newer ones are unknown, and older ones are excluded.
	Tested, Older bool
	Source        string // URL
	Date          string // when the source was read, YYYY-MM-DD
}

// Verdict is what a rule says of a version at a minor of Kubernetes.
type Verdict int

// The values of Verdict.
const (
	Unsaid    Verdict = iota // no fact speaks of it
	Supported                // the project says so
	Excluded                 // the project names others
	Untested                 // the project tested others and rules nothing out
)

// At is what the rule says of a version of the add-on at a minor, and the fact
// it rests on.
func (r Rule) At(v version.Version, kubernetes version.Minor) (Verdict, Support) {
	none := version.Minor{}
	for _, s := range r.Supports {
		if !v.Known() || v.Minor().Compare(s.From) < 0 || s.To != none && v.Minor().Compare(s.To) > 0 {
			continue
		}
		below := s.MinKubernetes != none && kubernetes.Compare(s.MinKubernetes) < 0
		above := s.MaxKubernetes != none && kubernetes.Compare(s.MaxKubernetes) > 0
		switch {
		case !below && !above:
			return Supported, s
		case s.Tested && !(below && s.Older):
			return Untested, s
		}
		return Excluded, s
	}
	return Unsaid, Support{}
}

// Kubernetes is the range of s in words: "1.31 to 1.35", "1.31 and later".
func (s Support) Kubernetes() string {
	none := version.Minor{}
	switch {
	case s.MinKubernetes == s.MaxKubernetes && s.MinKubernetes != none:
		return s.MinKubernetes.String()
	case s.MaxKubernetes == none && s.MinKubernetes == none:
		return "any release"
	case s.MaxKubernetes == none:
		return s.MinKubernetes.String() + " and later"
	case s.MinKubernetes == none:
		return "up to " + s.MaxKubernetes.String()
	}
	return s.MinKubernetes.String() + " to " + s.MaxKubernetes.String()
}

// runs reports whether an image is the add-on's.
func (r Rule) runs(i Image) bool {
	is := func(p string) bool { return matches(p, i.Repository) || matches("*/"+p, i.Repository) }
	return slices.ContainsFunc(r.Images, is) && !slices.ContainsFunc(r.Not, is)
}

// labelled reports whether an image is of a pod with one of the add-on's labels.
func (r Rule) labelled(i Image) bool {
	return slices.ContainsFunc(r.Labels, func(l string) bool { return slices.Contains(i.Labels, l) })
}

func (r Rule) webhook(name string) bool {
	return slices.ContainsFunc(r.Webhooks, func(p string) bool { return matches(p, name) })
}

// matches compares a text with a pattern in which "*" stands for anything.
func matches(pattern, text string) bool {
	parts := strings.Split(pattern, "*")
	if len(parts) == 1 {
		return pattern == text
	}
	if !strings.HasPrefix(text, parts[0]) {
		return false
	}
	text = text[len(parts[0]):]
	for _, part := range parts[1 : len(parts)-1] {
		at := strings.Index(text, part)
		if at < 0 {
			return false
		}
		text = text[at+len(part):]
	}
	return strings.HasSuffix(text, parts[len(parts)-1])
}

// Merge is rules with more added. A rule of a name that is there already counts
// before it: what it recognises is added, its facts come first, and what it
// says of security replaces what was said; Security "none" takes it away.
func Merge(rules, more []Rule) []Rule {
	out := slices.Clone(rules)
	for _, m := range more {
		i := slices.IndexFunc(out, func(r Rule) bool { return r.Name == m.Name })
		if i < 0 {
			out = append(out, m.settled())
			continue
		}
		r := out[i]
		r.Images, r.Not = slices.Concat(m.Images, r.Images), slices.Concat(m.Not, r.Not)
		r.Groups, r.Labels, r.Webhooks = slices.Concat(m.Groups, r.Groups), slices.Concat(m.Labels, r.Labels), slices.Concat(m.Webhooks, r.Webhooks)
		r.Supports = slices.Concat(m.Supports, r.Supports)
		if m.Security != "" {
			r.Security = m.Security
		}
		out[i] = r.settled()
	}
	return out
}

func (r Rule) settled() Rule {
	if r.Security == "none" {
		r.Security = ""
	}
	return r
}
