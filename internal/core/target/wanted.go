package target

import (
	"fmt"
	"slices"
	"strings"

	"github.com/fixline-dev/fixline/internal/core/version"
)

// wanted judges the version the user asked about instead of choosing one.
func (t *Table) wanted(in Input, affecting Set) Choice {
	v, base := in.Wanted, in.Wanted.Base()
	open := t.openFor(in.Components, base)
	c := Choice{Version: v, Fixes: t.ids(affecting.without(open)), Remaining: t.ids(open), Rejected: []Rejected{}}
	if base.Less(in.Floor.Base()) {
		c.Kind, c.Version, c.Path = Unreachable, version.Version{}, []version.Version{}
		c.Fixes = []string{}
		c.Reason = fmt.Sprintf("%s is below %s, which %s already runs: nothing goes down", base, in.Floor.Base(), in.FloorWhy)
		c.Wanted = fmt.Sprintf("a version not below %s", in.Floor.Base())
		return c
	}
	way, reject := t.reach(in, v)
	if way == nil {
		// An unsupported version still has a way; only a missing minor has none.
		way, _ = t.path(in, v)
	}
	if way == nil {
		c.Kind, c.Version, c.Path, c.Fixes = Unreachable, version.Version{}, []version.Version{}, []string{}
		c.Reason, c.Wanted = reject, "a way to "+base.String()
		return c
	}
	c.Kind, c.Path = kind(in, base), way
	if base.Compare(in.Oldest.Base()) == 0 && base.Compare(in.Floor.Base()) == 0 {
		c.Kind, c.Version, c.Path = None, version.Version{}, []version.Version{}
	}
	notes := []string{"asked for"}
	if reject != "" {
		notes = append(notes, reject)
	}
	if in.Available != nil && !slices.ContainsFunc(in.Available, func(o version.Version) bool { return o.Base().Compare(base) == 0 }) {
		notes = append(notes, in.AvailableSource+" does not offer it now")
	}
	if left := affecting.and(open).and(t.fixable); !left.empty() {
		notes = append(notes, "it does not fix "+t.many(left))
	}
	if other := open.without(affecting).and(t.fixable); !other.empty() {
		notes = append(notes, "it is itself in range of "+t.many(other))
	}
	c.Reason = strings.Join(notes, "; ")
	return c
}
