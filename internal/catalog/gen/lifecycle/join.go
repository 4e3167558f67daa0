package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/fixline-dev/fixline/internal/catalog/lifecycle"
	"github.com/fixline-dev/fixline/internal/core/removal"
	"github.com/fixline-dev/fixline/internal/core/version"
)

// build joins observed.json and the rule files into api-lifecycle.json.
func build(dir string) ([]byte, error) {
	var o observed
	if err := load(filepath.Join(dir, "observed.json"), &o); err != nil {
		return nil, err
	}
	table, err := join(o)
	if err != nil {
		return nil, err
	}
	files, err := filepath.Glob(filepath.Join(dir, "rules", "*.yaml"))
	if err != nil {
		return nil, err
	}
	var rules []lifecycle.Rules
	for _, file := range files {
		r, err := readRules(file)
		if err != nil {
			return nil, err
		}
		rules = append(rules, r...)
	}
	// What changes is said of kinds that the other files have dated.
	slices.SortStableFunc(rules, func(a, b lifecycle.Rules) int { return strings.Compare(order(a), order(b)) })
	if table, err = lifecycle.Apply(table, rules...); err != nil {
		return nil, err
	}
	return encode(written(o, table, rules))
}

func order(r lifecycle.Rules) string {
	if r.Name == "changes" {
		return "2"
	}
	return "1"
}

func readRules(file string) ([]lifecycle.Rules, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return lifecycle.ReadRules(f, file)
}

// join turns what was read of the modules into lifecycles.
func join(o observed) (*removal.Table, error) {
	facts := removal.Facts{From: map[string]version.Minor{}, Through: map[string]version.Minor{}}
	scanned := map[string][]version.Minor{}
	for _, r := range o.Read {
		m := r.minor()
		scanned[r.Module] = append(scanned[r.Module], m)
		if r.Module == apiModule {
			if _, ok := facts.From[removal.Kubernetes]; !ok {
				facts.From[removal.Kubernetes] = m
			}
			if !r.Preview {
				facts.Through[removal.Kubernetes] = m
			}
		}
	}
	for _, s := range o.Kinds {
		l, err := s.lifecycle(scanned[s.Module])
		if err != nil {
			return nil, fmt.Errorf("%s/%s %s: %w", s.Group, s.Version, s.Kind, err)
		}
		if l.Introduced.Compare(facts.Through[removal.Kubernetes]) <= 0 { // a preview introduces nothing yet
			facts.Lives = append(facts.Lives, l)
		}
	}
	return removal.NewTable(facts)
}

// apiModule is read in every minor, so that the types it has date their
// removal; the others are read here and there.
const apiModule = "k8s.io/api"

// lifecycle works out when a kind was served. What the newest release with the
// type says holds, because dates move; the first release without the type ends
// it in any case.
func (s sighting) lifecycle(scanned []version.Minor) (removal.Lifecycle, error) {
	l := removal.Lifecycle{GVK: removal.GVK{Group: s.Group, Version: s.Version, Kind: s.Kind}, Product: removal.Kubernetes,
		Source: "https://pkg.go.dev/" + s.Module, Verified: "lifecycle"}
	spans, err := values(s.Spans)
	if err != nil {
		return l, err
	}
	last := spans[len(spans)-1]
	l.Deprecated, l.Replacement = last.Deprecated, last.Replacement
	for _, v := range slices.Backward(spans) { // an older release may know a replacement that a newer one forgot
		if l.Replacement.Zero() {
			l.Replacement = v.Replacement
		}
	}
	l.Payload = !last.Listed
	l.Introduced = introduced(s, spans, scanned)
	l.Removed, err = removed(spans, scanned)
	if err != nil {
		return l, err
	}
	if l.Removed != last.Removed {
		l.Verified = "types"
	}
	if l.Deprecated.Compare(l.Removed) > 0 && known(l.Removed) {
		l.Deprecated = version.Minor{} // it went before it was to be deprecated
	}
	l.OffByDefault = offByDefault(l)
	return l, nil
}

func known(m version.Minor) bool { return m != version.Minor{} }

// stay is what a run of releases says of a kind.
type stay struct {
	From, To version.Minor
	life
}

func values(spans []span) ([]stay, error) {
	var out []stay
	for _, s := range spans {
		var v stay
		for _, m := range []struct {
			text string
			into *version.Minor
		}{{s.From, &v.From}, {s.To, &v.To}, {s.Introduced, &v.Introduced}, {s.Deprecated, &v.Deprecated}, {s.Removed, &v.Removed}} {
			if m.text == "" {
				continue
			}
			var err error
			if *m.into, err = version.ParseMinor(m.text); err != nil {
				return nil, err
			}
		}
		v.Listed = s.Listed
		if api, kind, ok := strings.Cut(s.Replacement, " "); ok {
			var err error
			if v.Replacement, err = removal.ParseGVK(api, kind); err != nil {
				return nil, err
			}
		}
		out = append(out, v)
	}
	return out, nil
}

// introduced is what the newest release says, or the first that has the type.
// A type that came later than it says, or one of a stable version that was
// there before, decides: the methods of stable versions were written years
// after and some are wrong. Zero is "with the oldest release read or before".
func introduced(s sighting, spans []stay, scanned []version.Minor) version.Minor {
	said, first := spans[len(spans)-1].Introduced, spans[0].From
	if first == scanned[0] {
		first = version.Minor{}
	}
	stable := !strings.Contains(s.Version, "alpha") && !strings.Contains(s.Version, "beta")
	switch {
	case s.Module != apiModule && known(said):
		return said
	case !known(said):
		return first
	case known(first) && said.Compare(first) < 0:
		return first
	case !known(first) && stable && said.Compare(scanned[0]) > 0:
		return version.Minor{}
	case known(first) && stable:
		return first
	}
	return said
}

// removed is the earlier of what the newest release says and the first release
// that was read and lacks the type; zero for neither.
func removed(spans []stay, scanned []version.Minor) (version.Minor, error) {
	var gone version.Minor
	for _, m := range scanned {
		has := slices.ContainsFunc(spans, func(s stay) bool { return m.Compare(s.From) >= 0 && m.Compare(s.To) <= 0 })
		switch {
		case has && known(gone):
			return gone, fmt.Errorf("the type is in %s again, after it was gone in %s", m, gone)
		case !has && !known(gone) && m.Compare(spans[0].From) > 0:
			gone = m
		}
	}
	said := spans[len(spans)-1].Removed
	if !known(gone) || known(said) && said.Compare(gone) < 0 {
		return said, nil
	}
	return gone, nil
}

// offByDefault: alpha versions always, beta versions that came with 1.24 or
// later unless an earlier beta of the group was on
// (https://github.com/kubernetes/enhancements/tree/master/keps/sig-architecture/3136-beta-apis-off-by-default).
func offByDefault(l removal.Lifecycle) bool {
	if strings.Contains(l.GVK.Version, "alpha") {
		return true
	}
	return strings.Contains(l.GVK.Version, "beta") && l.Introduced.Compare(version.Minor{Major: 1, Minor: 24}) >= 0 &&
		l.Group != "flowcontrol.apiserver.k8s.io"
}

// written is the file form of the whole table.
func written(o observed, t *removal.Table, rules []lifecycle.Rules) lifecycle.File {
	f := lifecycle.File{Date: o.Date, Products: map[string]lifecycle.Bounds{}, Modules: []lifecycle.Module{}, Bystanders: []lifecycle.Bystander{}, Kinds: []lifecycle.Kind{}}
	for _, r := range o.Read {
		f.Modules = append(f.Modules, lifecycle.Module{Path: r.Module, Version: r.Version, Sum: r.Sum})
	}
	for _, p := range t.Products() {
		f.Products[p] = lifecycle.Bounds{From: write(t.From(p)), Through: write(t.Through(p))}
	}
	for _, r := range rules {
		for _, b := range r.Bystanders {
			f.Bystanders = append(f.Bystanders, lifecycle.Bystander{Name: b.Name, Users: b.User, UserAgents: b.UserAgent, Managers: b.Manager, Why: b.Why, Source: b.Source})
		}
	}
	for _, l := range t.All() {
		f.Kinds = append(f.Kinds, lifecycle.Of(l))
	}
	return f
}
