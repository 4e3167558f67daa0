// Package target chooses the version that closes what affects a cluster: the
// smallest that is fixed, supported, not itself affected by another known
// fixable advisory, offered, and reachable without skipping a minor. It says
// why every alternative was turned down, and never looks at anything but
// versions: what is reachable for an attacker is package reach's to judge.
// Start at [Table.Choose].
package target

import (
	"math/bits"
	"slices"
	"time"

	"github.com/fixline-dev/fixline/internal/core/support"
	"github.com/fixline-dev/fixline/internal/core/version"
)

// Defect is one advisory as the choice needs it.
type Defect struct {
	ID string
	// Fixable: some version closes it. What no version closes never blocks a
	// target and is listed as remaining.
	Fixable bool
	// Open reports whether upstream release v of component is inside the
	// affected range, or cannot be told to be outside of it.
	Open func(component string, v version.Version) bool
}

// Set is a set of defects of one Table, as a bit mask.
type Set []uint64

func (s Set) add(i int)      { s[i/64] |= 1 << (i % 64) }
func (s Set) has(i int) bool { return s[i/64]&(1<<(i%64)) != 0 }
func (s Set) union(o Set)    { merge(s, o, func(a, b uint64) uint64 { return a | b }) }
func (s Set) and(o Set) Set {
	c := slices.Clone(s)
	merge(c, o, func(a, b uint64) uint64 { return a & b })
	return c
}
func (s Set) without(o Set) Set {
	c := slices.Clone(s)
	merge(c, o, func(a, b uint64) uint64 { return a &^ b })
	return c
}
func (s Set) empty() bool { return !slices.ContainsFunc(s, func(w uint64) bool { return w != 0 }) }
func (s Set) count() int {
	n := 0
	for _, w := range s {
		n += bits.OnesCount64(w)
	}
	return n
}
func merge(s, o Set, f func(a, b uint64) uint64) {
	for i := range s {
		s[i] = f(s[i], o[i])
	}
}

// Table knows, for every release of the calendar and every component, which
// defects are open there. It is made once per run: choosing for one of ten
// thousand clusters is then a matter of bit masks.
type Table struct {
	calendar *support.Calendar
	asOf     time.Time
	released []version.Version // public on asOf, ascending
	defects  []Defect
	fixable  Set
	open     map[string]map[version.Version]Set // component -> upstream release -> defects
}

// NewTable indexes defects over the calendar's releases for these components,
// as of a day: a version released after it does not exist.
func NewTable(cal *support.Calendar, asOf time.Time, components []string, defects []Defect) *Table {
	t := &Table{calendar: cal, asOf: asOf, defects: defects, open: map[string]map[version.Version]Set{}}
	for _, m := range cal.Minors {
		for _, p := range m.Patches {
			if cal.Released(p.Version, asOf) == support.Out {
				t.released = append(t.released, p.Version)
			}
		}
	}
	t.fixable = t.none()
	for i, d := range defects {
		if d.Fixable {
			t.fixable.add(i)
		}
	}
	for _, c := range components {
		t.open[c] = map[version.Version]Set{}
		for _, m := range cal.Minors {
			for _, p := range m.Patches {
				v := p.Version.Base()
				t.open[c][v] = t.openAt(c, v)
			}
		}
	}
	return t
}

func (t *Table) none() Set { return make(Set, len(t.defects)/64+1) }

func (t *Table) openAt(component string, v version.Version) Set {
	s := t.none()
	for i, d := range t.defects {
		if d.Open(component, v) {
			s.add(i)
		}
	}
	return s
}

// openFor is what stays open when all of these components run v.
func (t *Table) openFor(components []string, v version.Version) Set {
	s := t.none()
	for _, c := range components {
		if known, ok := t.open[c][v]; ok {
			s.union(known)
		} else {
			s.union(t.openAt(c, v))
		}
	}
	return s
}

// ids lists the members of s, in the order the defects were given.
func (t *Table) ids(s Set) []string {
	out := []string{}
	for i, d := range t.defects {
		if s.has(i) {
			out = append(out, d.ID)
		}
	}
	return out
}

// set is the defects named by ids; unknown names are left out.
func (t *Table) set(ids []string) Set {
	s := t.none()
	for i, d := range t.defects {
		if slices.Contains(ids, d.ID) {
			s.add(i)
		}
	}
	return s
}
