package plan

import (
	"cmp"
	"iter"
	"maps"
	"slices"
)

// Versions are what runs where: component, node, version. In JSON an object of
// components, each an object of nodes. A whole cluster of thousands of nodes
// stands many times in a plan, so only its numbers are kept for each time.
type Versions struct {
	some  []running
	whole *whole
}

type running struct{ component, node, version string }

// whole is the cluster at one step: per place the index of its version.
type whole struct {
	roster *roster
	at     []uint32
}

// roster is what all whole states of a plan share.
type roster struct {
	places []running // sorted by component and node; their versions are not used
	first  []int     // the instance of each place
	words  []string
	index  map[string]uint32
}

// VersionsOf makes Versions from component -> node -> version.
func VersionsOf(m map[string]map[string]string) Versions {
	v := Versions{}
	for _, c := range slices.Sorted(maps.Keys(m)) {
		for _, n := range slices.Sorted(maps.Keys(m[c])) {
			v.some = append(v.some, running{c, n, m[c][n]})
		}
	}
	return v
}

// All gives component, node and version of each, sorted by the first two.
func (v Versions) All() iter.Seq[[3]string] {
	return func(yield func([3]string) bool) {
		for _, r := range v.some {
			if !yield([3]string{r.component, r.node, r.version}) {
				return
			}
		}
		if v.whole == nil {
			return
		}
		for i, p := range v.whole.roster.places {
			if !yield([3]string{p.component, p.node, v.whole.roster.words[v.whole.at[i]]}) {
				return
			}
		}
	}
}

func sortRunning(list []running) []running {
	slices.SortFunc(list, func(a, b running) int {
		return cmp.Or(cmp.Compare(a.component, b.component), cmp.Compare(a.node, b.node))
	})
	return slices.CompactFunc(list, func(a, b running) bool { return a.component == b.component && a.node == b.node })
}

func newRoster(w *world) *roster {
	r := &roster{index: map[string]uint32{}}
	for i, inst := range w.track.Instances() {
		p := place{inst.Component, inst.Where()}
		if w.places[p][0] == i {
			r.places = append(r.places, running{component: p.component, node: p.node})
		}
	}
	r.places = sortRunning(r.places)
	for _, p := range r.places {
		r.first = append(r.first, w.places[place{p.component, p.node}][0])
	}
	return r
}

func (r *roster) now(w *world) Versions {
	at := make([]uint32, len(r.places))
	last, lastID := "\x00", uint32(0)
	for i, inst := range r.first {
		word := w.text(inst)
		if word != last {
			id, ok := r.index[word]
			if !ok {
				id = uint32(len(r.words))
				r.index[word] = id
				r.words = append(r.words, word)
			}
			last, lastID = word, id
		}
		at[i] = lastID
	}
	return Versions{whole: &whole{r, at}}
}
