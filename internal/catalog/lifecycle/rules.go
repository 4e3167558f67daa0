package lifecycle

import (
	"fmt"
	"io"
	"regexp"
	"strings"

	"github.com/fixline-dev/fixline/internal/core/removal"
	"github.com/fixline-dev/fixline/internal/core/version"
	"github.com/fixline-dev/fixline/internal/strict"
)

// Rule is what a rule file says of one kind of one API version. It adds to, or
// overrules, what is known of it: a key that was not written changes nothing.
type Rule struct {
	removal.Lifecycle
	// Line of the rule in its file.
	Line int
	// Wrote are the keys that were written.
	Wrote map[string]bool
}

// Rules is one rule file.
type Rules struct {
	Name, Product string
	// From and Through bound the releases the rules were written from; zero for
	// no bound.
	From, Through version.Minor
	Rules         []Rule
	Bystanders    []removal.Bystander
}

// ReadRules reads the APIRules documents of a rule file. file names the input
// in errors, which name line and field too; every mistake of a document is
// reported at once.
func ReadRules(r io.Reader, file string) ([]Rules, error) {
	var out []Rules
	for rules, err := range strict.Decode(r, file, strict.Limits{Bytes: 16 << 20, Documents: 1000}, readRules) {
		if err != nil {
			return nil, err
		}
		out = append(out, rules)
	}
	if len(out) == 0 {
		return nil, &strict.Error{File: file, Msg: "holds no rules", Hint: "kind: APIRules, with spec.rules"}
	}
	return out, nil
}

// Apply adds rule files to t, later ones over earlier ones. The error names
// the rules and the line of one that cannot hold beside what t knows.
func Apply(t *removal.Table, files ...Rules) (*removal.Table, error) {
	for _, f := range files {
		more := removal.Facts{Bystanders: f.Bystanders, From: map[string]version.Minor{}, Through: map[string]version.Minor{}}
		if f.Product != removal.Kubernetes && f.From != (version.Minor{}) {
			more.From[f.Product] = f.From
		}
		if f.Product != removal.Kubernetes && f.Through != (version.Minor{}) {
			more.Through[f.Product] = f.Through
		}
		for _, r := range f.Rules {
			if owner := t.Owner(r.Group); owner != "" && owner != f.Product {
				return nil, fmt.Errorf("applying the rules %q: line %d: %s belongs to %s, not to %s", f.Name, r.Line, r.GVK, owner, f.Product)
			}
			known, _ := t.Lookup(r.GVK)
			more.Lives = append(more.Lives, r.Over(known))
		}
		next, err := t.With(more)
		if err != nil {
			return nil, fmt.Errorf("applying the rules %q: %w", f.Name, err)
		}
		t = next
	}
	return t, nil
}

// Over is what is known once r has been added to it; known may be empty.
func (r Rule) Over(known removal.Lifecycle) removal.Lifecycle {
	out := known
	out.GVK, out.Product = r.GVK, r.Product
	for key, set := range map[string]func(){
		"introduced":   func() { out.Introduced = r.Introduced },
		"deprecated":   func() { out.Deprecated = r.Deprecated },
		"removed":      func() { out.Removed = r.Removed },
		"replacement":  func() { out.Replacement = r.Replacement },
		"offByDefault": func() { out.OffByDefault = r.OffByDefault },
		"payload":      func() { out.Payload = r.Payload },
		"changes":      func() { out.Changes, out.ChangesKnown = r.Changes, true },
		"note":         func() { out.Note = r.Note },
	} {
		if r.Wrote[key] {
			set()
		}
	}
	if dated := r.Wrote["introduced"] || r.Wrote["deprecated"] || r.Wrote["removed"]; dated || out.Source == "" {
		out.Source, out.Verified = r.Source, r.Verified
	}
	return out
}

var (
	namePattern    = regexp.MustCompile(`^[a-z0-9]([a-z0-9.-]{0,61}[a-z0-9])?$`)
	kindPattern    = regexp.MustCompile(`^[A-Z][A-Za-z0-9]{0,62}$`)
	apiPattern     = regexp.MustCompile(`^([a-z0-9]([a-z0-9.-]*[a-z0-9])?/)?v[0-9]+((alpha|beta)[0-9]+)?$`)
	addressPattern = regexp.MustCompile(`^https://[^ ]+$`)
)

func readRules(n *strict.Node) Rules {
	n.Fields("apiVersion", "kind", "metadata", "spec")
	if v := n.Get("apiVersion"); v.Required() != "fixline.dev/v1alpha1" {
		v.Report(fmt.Sprintf("%q is not what rule files are written in", v.Text()), "fixline.dev/v1alpha1")
	}
	if k := n.Get("kind"); k.Required() != "APIRules" {
		k.Report(fmt.Sprintf("%q is not APIRules", k.Text()), "kind: APIRules")
	}
	out := Rules{Name: n.Get("metadata").Fields("name").Get("name").Required(), Product: removal.Kubernetes}
	spec := n.Get("spec").Fields("product", "from", "through", "source", "rules", "bystanders")
	if p := spec.Get("product"); p.Text() != "" {
		if out.Product = p.Text(); !namePattern.MatchString(out.Product) {
			p.Report(fmt.Sprintf("%q is no name", out.Product), "lower-case letters, digits, dots and hyphens, such as cert-manager")
		}
	}
	out.From, out.Through = minorOf(spec.Get("from")), minorOf(spec.Get("through"))
	shared := address(spec.Get("source"))
	seen := map[removal.GVK]int{}
	for _, item := range spec.Get("rules").Items() {
		for _, r := range readRule(item, out.Product, shared) {
			if line := seen[r.GVK]; line > 0 {
				item.Report(fmt.Sprintf("%s has a rule on line %d", r.GVK, line), "keep one")
			}
			seen[r.GVK] = r.Line
			out.Rules = append(out.Rules, r)
		}
	}
	for _, item := range spec.Get("bystanders").Items() {
		out.Bystanders = append(out.Bystanders, readBystander(item))
	}
	if len(out.Rules)+len(out.Bystanders) == 0 && !n.Failed() {
		spec.Report("holds no rules", "spec.rules, a list of {apiVersion, kinds, removed, replacement, source}")
	}
	return out
}

// readRule reads one rule; it is one for each of its kinds.
func readRule(n *strict.Node, product, shared string) []Rule {
	n.Fields("apiVersion", "kinds", "introduced", "deprecated", "removed", "replacement", "offByDefault", "payload", "changes", "note", "source")
	r := Rule{Line: n.Line(), Wrote: map[string]bool{}}
	n.Pairs(func(key string, _ *strict.Node) { r.Wrote[key] = true })
	r.Product, r.Verified = product, "hand"
	group, v := apiVersion(n.Get("apiVersion"))
	r.Introduced, r.Deprecated, r.Removed = minorOf(n.Get("introduced")), minorOf(n.Get("deprecated")), minorOf(n.Get("removed"))
	if r.Removed != (version.Minor{}) && r.Introduced.Compare(r.Removed) >= 0 {
		n.Get("removed").Report(fmt.Sprintf("%s is not after its introduction in %s", r.Removed, r.Introduced), "")
	}
	if r.Removed != (version.Minor{}) && r.Deprecated.Compare(r.Removed) > 0 {
		n.Get("removed").Report(fmt.Sprintf("%s is before its deprecation in %s", r.Removed, r.Deprecated), "")
	}
	r.OffByDefault, _ = n.Get("offByDefault").Bool()
	r.Payload, _ = n.Get("payload").Bool()
	r.Note = n.Get("note").Text()
	r.Source = shared
	if n.Has("source") {
		r.Source = address(n.Get("source"))
	}
	if r.Source == "" && !n.Failed() {
		n.Report("has no source", "source: the https address of the page that says so, here or under spec")
	}
	for _, c := range n.Get("changes").Items() {
		r.Changes = append(r.Changes, readChange(c, r.Source))
	}
	var out []Rule
	kinds := n.Get("kinds").Texts()
	if len(kinds) == 0 {
		n.Get("kinds").Report("names no kind", "kinds: [Ingress]")
	}
	for _, kind := range kinds {
		if !kindPattern.MatchString(kind) {
			n.Get("kinds").Report(fmt.Sprintf("%q is no kind", kind), "a kind is written as in manifests: Ingress")
		}
		one := r
		one.GVK = removal.GVK{Group: group, Version: v, Kind: kind}
		one.Replacement = replacement(n.Get("replacement"), kind)
		if one.Replacement == one.GVK {
			n.Get("replacement").Report("is the API version it replaces", "")
		}
		out = append(out, one)
	}
	return out
}

// replacement is written "networking.k8s.io/v1", or with a kind where that
// changes: "discovery.k8s.io/v1 EndpointSlice". "none" takes away a known one.
func replacement(n *strict.Node, kind string) removal.GVK {
	text := n.Text()
	if text == "" || text == "none" {
		return removal.GVK{}
	}
	api, other, ok := strings.Cut(text, " ")
	if ok {
		kind = other
	}
	if !apiPattern.MatchString(api) || !kindPattern.MatchString(kind) {
		n.Report(fmt.Sprintf("%q is no API version", text), "networking.k8s.io/v1, or with the kind where it changes: discovery.k8s.io/v1 EndpointSlice")
		return removal.GVK{}
	}
	group, v := splitAPI(api)
	return removal.GVK{Group: group, Version: v, Kind: kind}
}

func readChange(n *strict.Node, shared string) removal.Change {
	n.Fields("field", "kind", "text", "source")
	c := removal.Change{Field: n.Get("field").Text(), Text: n.Get("text").Required(), Source: shared,
		Kind: n.Get("kind").Enum("renamed", "removed", "required", "default", "validation", "moved", "behavior")}
	if c.Kind == "" && !n.Failed() {
		n.Get("kind").Report("is required", "renamed, removed, required, default, validation, moved or behavior")
	}
	if n.Has("source") {
		c.Source = address(n.Get("source"))
	}
	return c
}

func readBystander(n *strict.Node) removal.Bystander {
	n.Fields("name", "users", "userAgents", "managers", "why", "source")
	b := removal.Bystander{Name: n.Get("name").Required(), User: n.Get("users").Texts(), UserAgent: n.Get("userAgents").Texts(), Manager: n.Get("managers").Texts(),
		Why: n.Get("why").Required(), Source: address(n.Get("source"))}
	for _, p := range append(append(append([]string{}, b.User...), b.UserAgent...), b.Manager...) {
		if len(strings.TrimSuffix(p, "*")) < 4 {
			n.Report(fmt.Sprintf("%q matches too much", p), "at least four letters before the *")
		}
	}
	if len(b.User)+len(b.UserAgent)+len(b.Manager) == 0 && !n.Failed() {
		n.Report("matches nobody", "users, userAgents or managers: text, or a beginning followed by *")
	}
	return b
}

func apiVersion(n *strict.Node) (group, v string) {
	text := n.Required()
	if text != "" && !apiPattern.MatchString(text) {
		n.Report(fmt.Sprintf("%q is no API version", text), "extensions/v1beta1, or v1 for the core group")
	}
	return splitAPI(text)
}

func splitAPI(text string) (group, v string) {
	group, v, ok := strings.Cut(text, "/")
	if !ok {
		return "", text
	}
	return group, v
}

func minorOf(n *strict.Node) version.Minor {
	text := n.Text()
	if text == "" {
		return version.Minor{}
	}
	m, err := version.ParseMinor(text)
	if err != nil {
		n.Report(err.Error(), "")
	}
	return m
}

func address(n *strict.Node) string {
	text := n.Text()
	if text != "" && !addressPattern.MatchString(text) {
		n.Report(fmt.Sprintf("%q is no https address", text), "the page that says so")
	}
	return text
}
