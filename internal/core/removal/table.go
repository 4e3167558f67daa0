package removal

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/fixline-dev/fixline/internal/core/version"
)

// Facts are what a table is made of.
type Facts struct {
	// Date the facts were gathered on.
	Date time.Time
	// From and Through are, by product, the oldest and the newest release the
	// facts were read from. Of a later release nothing is known but announced
	// removals; a product without an entry has no such bounds.
	From, Through map[string]version.Minor
	Lives         []Lifecycle
	Bystanders    []Bystander
}

// Table answers what is known of API versions. It does not change once made,
// and may be asked from several goroutines.
type Table struct {
	facts     Facts
	lives     map[GVK]Lifecycle
	groups    map[string]string // product by group
	resources map[GVK]GVK       // by group, version and resource
}

// NewTable checks facts and makes them answerable. The error names the API
// version that is wrong: given twice, removed before it was introduced,
// replaced in a circle.
func NewTable(f Facts) (*Table, error) {
	t := &Table{facts: f, lives: map[GVK]Lifecycle{}, groups: map[string]string{}, resources: map[GVK]GVK{}}
	for _, l := range f.Lives {
		if err := t.add(l); err != nil {
			return nil, err
		}
	}
	for _, l := range f.Lives {
		seen := map[GVK]bool{l.GVK: true}
		for next := l.Replacement; !next.Zero(); next = t.lives[next].Replacement {
			if seen[next] {
				return nil, fmt.Errorf("%s: its replacements lead back to %s", l.GVK, next)
			}
			seen[next] = true
		}
	}
	return t, nil
}

func (t *Table) add(l Lifecycle) error {
	none := version.Minor{}
	switch {
	case l.GVK.Version == "" || l.Kind == "":
		return fmt.Errorf("%q names no kind of an API version", l.GVK)
	case l.Product == "":
		return fmt.Errorf("%s: no product", l.GVK)
	case t.lives[l.GVK].Kind != "":
		return fmt.Errorf("%s is given twice", l.GVK)
	case l.Removed != none && l.Introduced.Compare(l.Removed) >= 0:
		return fmt.Errorf("%s: removed in %s, introduced in %s", l.GVK, l.Removed, l.Introduced)
	case l.Removed != none && l.Deprecated.Compare(l.Removed) > 0:
		return fmt.Errorf("%s: removed in %s, deprecated in %s", l.GVK, l.Removed, l.Deprecated)
	case t.groups[l.Group] != "" && t.groups[l.Group] != l.Product:
		return fmt.Errorf("%s: the group belongs to %s, not to %s", l.GVK, t.groups[l.Group], l.Product)
	}
	t.lives[l.GVK] = l
	t.groups[l.Group] = l.Product
	if r := (GVK{l.Group, l.GVK.Version, Resource(l.Kind)}); t.resources[r].Zero() {
		t.resources[r] = l.GVK
	}
	return nil
}

// With is t with the facts of a user added: an API version that t holds is
// replaced, and bounds and bystanders are added to those of t.
func (t *Table) With(more Facts) (*Table, error) {
	f := Facts{Date: t.facts.Date, From: map[string]version.Minor{}, Through: map[string]version.Minor{}}
	for _, from := range []Facts{t.facts, more} {
		for p, m := range from.From {
			f.From[p] = m
		}
		for p, m := range from.Through {
			f.Through[p] = m
		}
		f.Bystanders = append(f.Bystanders, from.Bystanders...)
	}
	for _, l := range t.facts.Lives {
		if !slices.ContainsFunc(more.Lives, func(m Lifecycle) bool { return m.GVK == l.GVK }) {
			f.Lives = append(f.Lives, l)
		}
	}
	f.Lives = append(f.Lives, more.Lives...)
	return NewTable(f)
}

// Date the facts were gathered on.
func (t *Table) Date() time.Time { return t.facts.Date }

// From is the oldest release of a product that the table was made from; zero
// for one that has no such bound.
func (t *Table) From(product string) version.Minor { return t.facts.From[product] }

// Through is the newest release of a product that the table was made from;
// zero for one that has no such bound.
func (t *Table) Through(product string) version.Minor { return t.facts.Through[product] }

// Owner is the product an API group belongs to, "" where none is known.
func (t *Table) Owner(group string) string { return t.groups[group] }

// Products are the products whose APIs the table holds, in order.
func (t *Table) Products() []string {
	var out []string
	for _, p := range t.groups {
		if !slices.Contains(out, p) {
			out = append(out, p)
		}
	}
	slices.Sort(out)
	return out
}

// All are the lifecycles in order of group, version and kind.
func (t *Table) All() []Lifecycle {
	out := slices.Clone(t.facts.Lives)
	slices.SortFunc(out, func(a, b Lifecycle) int { return a.compare(b.GVK) })
	return out
}

func (k GVK) compare(o GVK) int {
	return slices.Compare([]string{k.Group, k.Version, k.Kind}, []string{o.Group, o.Version, o.Kind})
}

// Lookup is what is known of one kind of one API version. A list of a kind
// ("IngressList") is its kind.
func (t *Table) Lookup(k GVK) (Lifecycle, bool) {
	l, ok := t.lives[k]
	if base, isList := strings.CutSuffix(k.Kind, "List"); !ok && isList && base != "" {
		l, ok = t.lives[GVK{k.Group, k.Version, base}]
	}
	return l, ok
}

// ByResource finds the kind a request names by its resource, "ingresses".
func (t *Table) ByResource(group, v, resource string) (Lifecycle, bool) {
	k, ok := t.resources[GVK{group, v, resource}]
	return t.lives[k], ok
}

// Resource is the name requests use for a kind. It holds for every built-in
// kind; custom resources choose theirs freely.
func Resource(kind string) string {
	r := strings.ToLower(kind)
	switch {
	case strings.HasSuffix(r, "endpoints"):
		return r
	case strings.HasSuffix(r, "y"):
		return strings.TrimSuffix(r, "y") + "ies"
	case strings.HasSuffix(r, "s"), strings.HasSuffix(r, "x"), strings.HasSuffix(r, "ch"):
		return r + "es"
	}
	return r + "s"
}

// chain follows the replacements of l as declared; the first comes first.
func (t *Table) chain(l Lifecycle) []GVK {
	var out []GVK
	for next := l.Replacement; !next.Zero(); next = t.lives[next].Replacement {
		out = append(out, next) // NewTable has refused circles
	}
	return out
}

// family names what stays the same while API versions come and go: the group
// and kind at the end of the chain. An Ingress is one object under extensions
// and under networking.k8s.io.
func (t *Table) family(k GVK) GVK {
	l, ok := t.Lookup(k)
	if !ok {
		return GVK{Group: k.Group, Kind: k.Kind}
	}
	end := l.GVK
	if c := t.chain(l); len(c) > 0 {
		end = c[len(c)-1]
	}
	return GVK{Group: end.Group, Kind: end.Kind}
}
