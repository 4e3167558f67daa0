// Package handwritten reads advisories a person writes in Fixline's own YAML:
// one of an embargo, of a vendor, or of a component no feed covers. It decides
// what such a file means and which mistakes in it are errors; how it weighs
// against other sources is package claim's. Start at [Parse].
package handwritten

import (
	"errors"
	"io"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/fixline-dev/fixline/internal/catalog/claim"
	"github.com/fixline-dev/fixline/internal/core/advisory"
	"github.com/fixline-dev/fixline/internal/strict"
)

// APIVersion and Kind of the files this package reads.
const (
	APIVersion = "fixline.dev/v1alpha1"
	Kind       = "Advisory"
)

// Advisory is one advisory as written: the claim that is weighed against other
// sources, and what only a person can say.
type Advisory struct {
	Claim       claim.Claim // Source is "user"
	Summary     string
	Fix         advisory.Fix // "" = told from the versions
	ClientOnly  bool
	Conditions  []advisory.Condition
	Mitigations []advisory.Mitigation
	Sources     []advisory.Source
	Line        int // where it begins in its file
}

// Parse reads every advisory of a file: several documents, or a kind: List.
// The error holds every mistake with file, line and field; the advisories
// beside it are the ones without any.
func Parse(r io.Reader, file string) ([]Advisory, error) {
	out := []Advisory{}
	var errs []error
	seen := map[string]int{}
	for a, err := range strict.Decode(r, file, strict.Limits{}, read) {
		if err == nil && seen[a.Claim.CVE] > 0 {
			err = &strict.Error{File: file, Line: a.Line, Field: "metadata.name", Msg: a.Claim.CVE + " is written twice in this file", Hint: "join the two, or remove one"}
		}
		if err != nil {
			errs = append(errs, err)
			continue
		}
		seen[a.Claim.CVE] = a.Line
		a.Claim.URL = link(a, file)
		out = append(out, a)
	}
	return out, errors.Join(errs...)
}

// link is where a reader can check the claim: the first source with an
// address, else the file itself.
func link(a Advisory, file string) string {
	for _, s := range a.Sources {
		if s.URL != "" {
			return s.URL
		}
	}
	return file
}

// Overlay adds what the person wrote to what the sources, this claim among
// them, were merged to. Conditions written by hand replace others: they speak
// for the writer's clusters. Mitigations and sources are added.
func (a Advisory) Overlay(to *advisory.Advisory) {
	if a.Summary != "" {
		to.Summary = a.Summary
	}
	if a.Fix != "" {
		to.Fix = a.Fix
	}
	to.ClientOnly = to.ClientOnly || a.ClientOnly
	if len(a.Conditions) > 0 {
		to.Conditions = slices.Clone(a.Conditions)
		if a.Claim.OS != "" { // os: windows is a condition too
			to.Conditions = append([]advisory.Condition{claim.OSCondition(a.Claim.OS)}, to.Conditions...)
		}
	}
	// Clipped: to may share its lists with another catalogue.
	to.Mitigations = append(slices.Clip(to.Mitigations), a.Mitigations...)
	to.Sources = slices.Clip(to.Sources)
	for _, s := range a.Sources {
		if s.URL != a.Claim.URL { // the claim itself is a source already
			to.Sources = append(to.Sources, s)
		}
	}
}

var id = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$`)

func read(n *strict.Node) Advisory {
	a := Advisory{Line: n.Line(), Claim: claim.Claim{Source: "user"}}
	n.Fields("apiVersion", "kind", "metadata", "spec")
	if v := n.Get("apiVersion"); v.Required() != APIVersion && !v.Failed() {
		v.Report("not an advisory of "+APIVersion, "write apiVersion: "+APIVersion)
	}
	if k := n.Get("kind"); k.Required() != Kind && !k.Failed() {
		k.Report("not an Advisory", "write kind: "+Kind)
	}
	meta := n.Get("metadata").Fields("name")
	name := meta.Get("name")
	if a.Claim.CVE = name.Required(); a.Claim.CVE != "" && !id.MatchString(a.Claim.CVE) {
		name.Report("not an advisory id", "write one such as CVE-2026-1234, of letters, digits, dots and hyphens")
	}
	spec := n.Get("spec").Fields("summary", "published", "vector", "os", "aliases", "fix", "clientOnly", "fixed", "components", "conditions", "mitigations", "sources")
	a.Summary = spec.Get("summary").Text()
	a.Claim.Title = a.Summary
	a.Claim.Published = date(spec.Get("published"))
	a.Claim.Vector = vector(spec.Get("vector"))
	a.Claim.OS = spec.Get("os").Enum("linux", "windows")
	a.Claim.Aliases = spec.Get("aliases").Texts()
	a.Fix = advisory.Fix(spec.Get("fix").Enum(string(advisory.Fixed), string(advisory.GateOnly), string(advisory.Never)))
	a.ClientOnly, _ = spec.Get("clientOnly").Bool()
	a.Claim.Components = components(spec, a.Fix == advisory.Never)
	for _, c := range spec.Get("conditions").Items() {
		text, question, _ := statement(c, "text", "question")
		a.Conditions = append(a.Conditions, advisory.Condition{Text: text, Question: question})
	}
	for _, m := range spec.Get("mitigations").Items() {
		text, question, apply := statement(m, "text", "question", "apply")
		a.Mitigations = append(a.Mitigations, advisory.Mitigation{Text: text, Question: question, Apply: apply})
	}
	for _, s := range spec.Get("sources").Items() {
		a.Sources = append(a.Sources, source(s))
	}
	return a
}

func date(n *strict.Node) time.Time {
	s := n.Text()
	if s == "" {
		return time.Time{}
	}
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		n.Report("not a date", "write one such as 2026-03-15")
	}
	return t
}

func vector(n *strict.Node) string {
	s := n.Text()
	if s == "" {
		return ""
	}
	v, _, err := claim.BaseVector(s)
	if err != nil {
		n.Report("not a CVSS vector: "+err.Error(), "write one such as CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:U/C:H/I:H/A:H")
	}
	return v
}

// statement is a sentence alone, or a map of a text, a question and, for a
// mitigation, what applies it.
func statement(n *strict.Node, fields ...string) (text string, q *advisory.Question, apply string) {
	if n.Kind() == strict.Scalar {
		return n.Required(), nil, ""
	}
	n.Fields(fields...)
	if n.Has("apply") {
		apply = n.Get("apply").Text()
	}
	return n.Get("text").Required(), asked(n.Get("question")), apply
}

// source is an address alone, or a map.
func source(n *strict.Node) advisory.Source {
	var s advisory.Source
	if n.Kind() == strict.Scalar {
		s.URL = n.Required()
	} else {
		n.Fields("name", "url", "says")
		s = advisory.Source{Name: n.Get("name").Text(), URL: n.Get("url").Text(), Says: n.Get("says").Text()}
		if s.Name == "" && s.URL == "" {
			n.Report("a source without a name and an address", "name one of them")
		}
	}
	if s.Name == "" {
		s.Name = host(s.URL)
	}
	return s
}

func host(url string) string {
	_, rest, ok := strings.Cut(url, "://")
	if !ok {
		return url
	}
	rest, _, _ = strings.Cut(rest, "/")
	return rest
}
