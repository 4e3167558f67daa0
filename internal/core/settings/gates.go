package settings

import (
	"slices"

	"github.com/fixline-dev/fixline/internal/core/version"
)

// Gates says which feature gates the components of Kubernetes accept, of every
// minor From to Through.
type Gates struct {
	From, Through version.Minor
	// Components that register all of them: one set for all.
	Components []string
	ByName     map[string][]Span
	Source     string
}

// Span is a run of minors in which a gate is the same; both ends belong to it.
type Span struct {
	From, To version.Minor
	Stage    string // ALPHA | BETA | GA | DEPRECATED
	Default  bool
	Locked   bool // only Default can be set
}

// At is what a minor says of a gate; false: it does not know the gate, and a
// component that is given it does not start.
func (g Gates) At(name string, m version.Minor) (Span, bool) {
	for _, s := range g.ByName[name] {
		if m.Compare(s.From) >= 0 && m.Compare(s.To) <= 0 {
			return s, true
		}
	}
	return Span{}, false
}

// Covers reports whether the table says anything of a minor.
func (g Gates) Covers(m version.Minor) bool {
	return m.Compare(g.From) >= 0 && m.Compare(g.Through) <= 0
}

func (g Gates) of(component string) bool { return slices.Contains(g.Components, component) }

// flips are the gates whose default is another in to than in from, both of
// which know them, sorted by name.
func (g Gates) flips(from, to version.Minor) []string {
	var out []string
	for name := range g.ByName {
		a, okA := g.At(name, from)
		b, okB := g.At(name, to)
		if okA && okB && a.Default != b.Default {
			text := name + ": off to on"
			if a.Default {
				text = name + ": on to off"
			}
			out = append(out, text)
		}
	}
	slices.Sort(out)
	return out
}
