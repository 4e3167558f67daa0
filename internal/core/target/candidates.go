package target

import (
	"errors"
	"fmt"
	"slices"

	"github.com/fixline-dev/fixline/internal/core/skew"
	"github.com/fixline-dev/fixline/internal/core/support"
	"github.com/fixline-dev/fixline/internal/core/version"
)

// candidates are every released version from the floor up, with what speaks
// against each, ascending.
func (t *Table) candidates(in Input, affecting, fixable Set) []candidate {
	var out []candidate
	counted := t.fixable
	if in.Narrow {
		counted = t.set(in.Asked).and(t.fixable)
	}
	for _, v := range t.versions(in) {
		base := v.Base()
		if base.Less(in.Floor.Base()) {
			continue // kubeadm and every provider refuse to go down
		}
		open := t.openFor(in.Components, base).and(t.fixable)
		c := candidate{offered: v, base: base, left: open.and(fixable), other: open.without(affecting).and(counted)}
		c.path, c.reject = t.reach(in, v)
		out = append(out, c)
	}
	return out
}

// versions are the candidates before anything is judged: what is offered, or
// every release that is public on the day.
func (t *Table) versions(in Input) []version.Version {
	if in.Available == nil {
		return t.released
	}
	vs := slices.Clone(in.Available)
	slices.SortFunc(vs, version.Version.Compare)
	return slices.CompactFunc(vs, func(a, b version.Version) bool { return a.String() == b.String() })
}

// reach judges everything about v but its defects: is it a release the
// calendar knows, supported on the day, and is there a way to it.
func (t *Table) reach(in Input, v version.Version) ([]version.Version, string) {
	base := v.Base()
	if base.Kind() == version.PreRelease {
		return nil, "a pre-release"
	}
	if !t.calendar.Knows(base) {
		return nil, "newer than the catalogue knows: its fixes cannot be judged"
	}
	switch s, m := t.calendar.Status(base.Minor(), t.asOf); {
	case s == support.EndOfLife && m.EndOfLife.IsZero():
		return nil, fmt.Sprintf("%s is end of life", base.Minor())
	case s == support.EndOfLife:
		return nil, fmt.Sprintf("%s is end of life since %s", base.Minor(), day(m.EndOfLife))
	case !s.Live():
		return nil, fmt.Sprintf("whether %s is supported is not known", base.Minor())
	}
	if why := t.aging(in, base.Minor()); why != "" {
		return nil, why
	}
	return t.path(in, v)
}

// aging turns down the own minor of a mixed fleet when it is about to end.
func (t *Table) aging(in Input, m version.Minor) string {
	_, row := t.calendar.Status(m, t.asOf)
	if in.Mixed == "" || m != in.Oldest.Minor() || !row.EndsWithin(in.Margin, t.asOf) {
		return ""
	}
	return fmt.Sprintf("%s leaves support on %s and %s: one step to the next minor brings every node to one version", m, day(row.EndOfLife), in.Mixed)
}

// path is skew.Path from the oldest API server, with the reason where there is
// none.
func (t *Table) path(in Input, v version.Version) ([]version.Version, string) {
	way, err := skew.Path(in.Oldest, v, *t.calendar, t.asOf, in.Available)
	switch {
	case errors.Is(err, skew.ErrNoHop):
		return nil, "a minor on the way to it has no version on offer, and none may be skipped"
	case err != nil:
		return nil, err.Error()
	case len(way) == 0:
		// The API servers are there already; what is behind still moves.
		return []version.Version{v}, ""
	}
	return way, ""
}

// Released are the versions public on the table's day, ascending. It is not to
// be changed.
func (t *Table) Released() []version.Version { return t.released }

// Hops is the way from a minor to a version by every released minor between,
// newest patch of each; empty where one of them has no release.
func (t *Table) Hops(from version.Minor, to version.Version) []version.Version {
	way, err := skew.Path(from.First(), to, *t.calendar, t.asOf, nil)
	if err != nil {
		return nil
	}
	return way
}

// pick is the index of the best candidate, -1 where none helps: the smallest
// that leaves nothing fixable open; where there is none, of those that pass
// everything else, the smallest of those that leave the least.
func pick(all []candidate, fixable Set, mustMove bool) int {
	best, bestLeft, bestOther := -1, fixable.count(), 0
	for i, c := range all {
		if c.reject != "" {
			continue
		}
		left, other := c.left.count(), c.other.count()
		better := left < bestLeft || left == bestLeft && other < bestOther
		if best < 0 {
			better = left < bestLeft || mustMove && left <= bestLeft
		}
		if better {
			best, bestLeft, bestOther = i, left, other
		}
	}
	return best
}
