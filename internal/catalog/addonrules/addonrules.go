// Package addonrules reads the rule files (kind: AddonRules) in which is
// written how an add-on is recognised, whether it decides security, and which
// of its versions support which releases of Kubernetes: those that are built in
// and those of users, which have one form. It judges no cluster and opens no
// file by itself. Start at [Read].
package addonrules

import (
	"fmt"
	"io"
	"regexp"
	"strings"
	"time"

	"github.com/fixline-dev/fixline/internal/core/custom"
	"github.com/fixline-dev/fixline/internal/core/version"
	"github.com/fixline-dev/fixline/internal/strict"
)

// Rules is one AddonRules document.
type Rules struct {
	Name string
	// Date the facts of the whole document were looked at; the zero time where
	// it has none.
	Date   time.Time
	Addons []custom.Rule
}

// Read reads the AddonRules documents of a rule file. file names the input in
// errors, which name line and field too; every mistake of a document is
// reported at once.
func Read(r io.Reader, file string) ([]Rules, error) {
	var out []Rules
	for rules, err := range strict.Decode(r, file, strict.Limits{Bytes: 16 << 20, Documents: 1000}, document) {
		if err != nil {
			return nil, err
		}
		out = append(out, rules)
	}
	if len(out) == 0 {
		return nil, &strict.Error{File: file, Msg: "holds no rules", Hint: "kind: AddonRules, with spec.addons"}
	}
	return out, nil
}

// Securities are the words for what an add-on may decide of security; "none"
// takes away what was said before.
func Securities() []string {
	return []string{"none", "policy-engine", "admission-webhook", "network-policy", "runtime-sensor", "secrets", "identity"}
}

var (
	namePattern    = regexp.MustCompile(`^[a-z0-9]([a-z0-9.-]{0,61}[a-z0-9])?$`)
	addressPattern = regexp.MustCompile(`^https://[^ ]+$`)
	labelPattern   = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9./_-]*=[A-Za-z0-9][A-Za-z0-9._-]*$`)
	groupPattern   = regexp.MustCompile(`^[a-z0-9-]+(\.[a-z0-9-]+)+$`)
)

func document(n *strict.Node) Rules {
	n.Fields("apiVersion", "kind", "metadata", "spec")
	if v := n.Get("apiVersion"); v.Required() != "fixline.dev/v1alpha1" {
		v.Report(fmt.Sprintf("%q is not what rule files are written in", v.Text()), "fixline.dev/v1alpha1")
	}
	if k := n.Get("kind"); k.Required() != "AddonRules" {
		k.Report(fmt.Sprintf("%q is not AddonRules", k.Text()), "kind: AddonRules")
	}
	out := Rules{Name: n.Get("metadata").Fields("name").Get("name").Required()}
	spec := n.Get("spec").Fields("date", "addons")
	out.Date = day(spec.Get("date"))
	seen := map[string]int{}
	for _, item := range spec.Get("addons").Items() {
		r := addon(item, spec.Get("date").Text())
		if line := seen[r.Name]; line > 0 {
			item.Report(fmt.Sprintf("%s has a rule on line %d", r.Name, line), "keep one")
		}
		seen[r.Name] = item.Line()
		out.Addons = append(out.Addons, r)
	}
	if len(out.Addons) == 0 && !n.Failed() {
		spec.Report("holds no add-ons", "spec.addons, a list of {name, images, supports}")
	}
	return out
}

// addon reads one rule.
func addon(n *strict.Node, shared string) custom.Rule {
	n.Fields("name", "security", "images", "not", "crdGroups", "labels", "webhooks", "supports", "olm")
	r := custom.Rule{Name: n.Get("name").Required()}
	if r.Name != "" && !namePattern.MatchString(r.Name) {
		n.Get("name").Report(fmt.Sprintf("%q is no name", r.Name), "lower-case letters, digits, dots and hyphens, such as cert-manager")
	}
	if n.Has("security") {
		r.Security = n.Get("security").Enum(Securities()...)
	}
	r.Images, r.Not, r.Webhooks = patterns(n.Get("images")), patterns(n.Get("not")), patterns(n.Get("webhooks"))
	r.Groups = checked(n.Get("crdGroups"), groupPattern, "an API group such as cert-manager.io")
	r.Labels = checked(n.Get("labels"), labelPattern, "key=value, such as app.kubernetes.io/name=cert-manager")
	for _, item := range n.Get("supports").Items() {
		r.Supports = append(r.Supports, support(item, shared))
	}
	for _, item := range n.Get("olm").Items() {
		r.Supports = append(r.Supports, olm(item, shared))
	}
	if len(r.Images)+len(r.Groups)+len(r.Labels)+len(r.Webhooks)+len(r.Supports) == 0 && r.Security == "" && !n.Failed() {
		n.Report("says nothing", "images that are recognised as the add-on, or what its versions support")
	}
	return r
}

// patterns are names in which "*" stands for anything; one that is nearly
// nothing else would recognise everything.
func patterns(n *strict.Node) []string {
	out := n.Texts()
	for _, p := range out {
		if len(strings.ReplaceAll(p, "*", "")) < 4 || strings.ContainsAny(p, " :@") {
			n.Report(fmt.Sprintf("%q is no pattern", p), "a repository without tag, or the end of one, with at least four letters beside *: jetstack/cert-manager-controller")
		}
	}
	return out
}

func checked(n *strict.Node, pattern *regexp.Regexp, hint string) []string {
	out := n.Texts()
	for _, text := range out {
		if !pattern.MatchString(text) {
			n.Report(fmt.Sprintf("%q is none", text), hint)
		}
	}
	return out
}

// support reads a range of versions with what it supports.
func support(n *strict.Node, shared string) custom.Support {
	n.Fields("versions", "kubernetes", "outside", "source", "date")
	var s custom.Support
	s.From, s.To = span(n.Get("versions"))
	s.MinKubernetes, s.MaxKubernetes = span(n.Get("kubernetes"))
	if n.Has("outside") {
		switch n.Get("outside").Enum("excluded", "unknown", "newer-unknown") {
		case "unknown":
			s.Tested = true
		case "newer-unknown":
			s.Tested, s.Older = true, true
		}
	}
	s.Source, s.Date = cite(n, shared)
	return s
}

// olm reads what a ClusterServiceVersion says of one version of an operator.
func olm(n *strict.Node, shared string) custom.Support {
	n.Fields("versions", "minKubeVersion", "maxOpenShiftVersion", "source", "date")
	var s custom.Support
	s.From, s.To = span(n.Get("versions"))
	if lowest := n.Get("minKubeVersion"); lowest.Text() != "" {
		v, err := version.Parse(lowest.Text())
		if err != nil {
			lowest.Report(err.Error(), "as spec.minKubeVersion has it: 1.25.0")
		}
		s.MinKubernetes = v.Minor()
	}
	if highest := n.Get("maxOpenShiftVersion"); highest.Text() != "" {
		m, err := version.ParseMinor(highest.Text())
		if err != nil || m.Major != 4 || m.Minor < 3 {
			highest.Report(fmt.Sprintf("%q is no release of OpenShift from 4.3 on", highest.Text()), "as olm.maxOpenShiftVersion has it: 4.18")
		}
		// OpenShift 4.3 is Kubernetes 1.16, and each minor is one more
		// (https://access.redhat.com/solutions/4870701).
		s.MaxKubernetes = version.Minor{Major: 1, Minor: m.Minor + 13}
	}
	none := version.Minor{}
	if s.MinKubernetes == none && s.MaxKubernetes == none && !n.Failed() {
		n.Report("says nothing", "minKubeVersion or maxOpenShiftVersion, from the operator's ClusterServiceVersion")
	}
	s.Source, s.Date = cite(n, shared)
	return s
}

// cite is where a fact is from, and when that was read.
func cite(n *strict.Node, shared string) (source, date string) {
	from := n.Get("source")
	if source = from.Required(); source != "" && !addressPattern.MatchString(source) {
		from.Report(fmt.Sprintf("%q is no https address", source), "the page that says so")
	}
	if date = n.Get("date").Text(); date != "" {
		day(n.Get("date"))
	} else {
		date = shared
	}
	if date == "" && !n.Failed() {
		n.Report("has no date", "date: the day the source was read, here or under spec")
	}
	return source, date
}

func day(n *strict.Node) time.Time {
	if n.Text() == "" {
		return time.Time{}
	}
	d, err := time.Parse(time.DateOnly, n.Text())
	if err != nil {
		n.Report(fmt.Sprintf("%q is no day", n.Text()), "2026-11-30")
	}
	return d
}

// span reads "1.31", "1.31 - 1.35", "1.31 -" or "- 1.35": minors, both ends
// included, zero where one is open.
func span(n *strict.Node) (from, to version.Minor) {
	text := n.Required()
	if text == "" {
		return from, to
	}
	first, last, ranged := strings.Cut(text, "-")
	read := func(s string) version.Minor {
		if s = strings.TrimSpace(s); s == "" {
			return version.Minor{}
		}
		m, err := version.ParseMinor(s)
		if err != nil {
			n.Report(err.Error(), `"1.31", "1.31 - 1.35", "1.31 -" or "- 1.35"`)
		}
		return m
	}
	from, to = read(first), read(last)
	if !ranged {
		return from, from
	}
	none := version.Minor{}
	if strings.TrimSpace(first+last) == "" {
		n.Report("names no release", `"1.31", "1.31 - 1.35", "1.31 -" or "- 1.35"`)
	}
	if to != none && from.Compare(to) > 0 {
		n.Report(fmt.Sprintf("%s is after %s", from, to), "the older one first")
	}
	return from, to
}
