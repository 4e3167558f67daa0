package target

import (
	"fmt"
	"strings"
	"time"

	"github.com/fixline-dev/fixline/internal/core/support"
	"github.com/fixline-dev/fixline/internal/core/version"
)

// reason says why c, in one or two sentences.
func (t *Table) reason(in Input, c candidate, own support.MinorRelease, fixable Set) string {
	var b strings.Builder
	from, to := in.Oldest.Minor(), c.base.Minor()
	closes := fixable.without(c.left)
	ended := !own.EndOfLife.IsZero() && own.EndOfLife.Before(t.asOf)
	switch {
	case from == to && fixable.empty():
		fmt.Fprintf(&b, "%s is the smallest version that closes nothing else open", c.base)
	case from == to:
		fmt.Fprintf(&b, "the smallest version of the same minor that fixes %s", t.many(closes))
	case ended && fixable.empty():
		fmt.Fprintf(&b, "%s is end of life since %s; %s is the smallest clean version of a supported minor", from, day(own.EndOfLife), c.base)
	case ended && closes.empty():
		fmt.Fprintf(&b, "%s is end of life since %s; %s is the smallest version on offer of a supported minor", from, day(own.EndOfLife), c.base)
	case ended:
		fmt.Fprintf(&b, "%s is end of life since %s, so no fix comes there; %s is the smallest supported version that fixes %s", from, day(own.EndOfLife), c.base, t.many(closes))
	case fixable.empty():
		fmt.Fprintf(&b, "%s is the smallest clean version that the API servers can follow to", c.base)
	default:
		fmt.Fprintf(&b, "no usable version of %s fixes what affects the cluster; %s is the smallest that fixes %s", from, c.base, t.many(closes))
	}
	if !c.left.empty() {
		fmt.Fprintf(&b, "; no version on offer fixes %s", t.many(c.left))
		if !closes.empty() {
			b.WriteString(" as well")
		}
	}
	if !c.other.empty() {
		fmt.Fprintf(&b, "; it is itself in range of %s, as is everything else on offer", t.many(c.other))
	}
	if in.Mixed != "" {
		fmt.Fprintf(&b, "; it brings every node to one version (now %s)", in.Mixed)
	}
	if in.Floor.Minor() != from {
		fmt.Fprintf(&b, "; %s already runs %s, and nothing goes down", in.FloorWhy, in.Floor.Base())
	}
	if _, m := t.calendar.Status(to, t.asOf); m.EndsWithin(in.Margin, t.asOf) {
		fmt.Fprintf(&b, "; mind that %s leaves support on %s", to, day(m.EndOfLife))
	}
	if in.Managed {
		b.WriteString("; the provider builds and offers it: its statement on the fix decides")
	}
	return b.String()
}

// many names up to three defects and counts the rest.
func (t *Table) many(s Set) string {
	ids := t.ids(s)
	if len(ids) > 4 {
		return fmt.Sprintf("%s and %d more", strings.Join(ids[:3], ", "), len(ids)-3)
	}
	return strings.Join(ids, ", ")
}

func day(d time.Time) string { return d.Format(time.DateOnly) }

// verdict says what speaks against a candidate that was not taken.
func (t *Table) verdict(c candidate) string {
	switch {
	case !c.left.empty():
		return "does not fix " + t.many(c.left)
	case c.reject != "":
		return c.reject
	case !c.other.empty():
		return "itself affected by " + t.many(c.other)
	}
	return ""
}

// alternatives are the versions somebody would ask about, with the reason each
// was turned down: every patch from the floor to the target, and of each minor
// above the smallest that would do and the newest. Of a minor that is end of
// life, its last patch stands for all.
func (t *Table) alternatives(all []candidate, best int, in Input) []Rejected {
	out := []Rejected{}
	add := func(c candidate, why string) { out = append(out, Rejected{c.offered, why}) }
	chosen := all[best]
	for i, c := range all {
		why := t.verdict(c)
		last := i == len(all)-1 || all[i+1].base.Minor() != c.base.Minor()
		s, _ := t.calendar.Status(c.base.Minor(), t.asOf)
		switch {
		case i == best || c.base.Compare(in.Floor.Base()) == 0 && c.offered.String() == in.Floor.String():
		case i < best && s == support.EndOfLife:
			if last {
				add(c, c.reject)
			}
		case i < best:
			if why == "" {
				why = "leaves more open than " + chosen.base.String()
			}
			add(c, why)
		case why == "" && c.base.Minor() != chosen.base.Minor() && firstGood(all, i, t):
			add(c, fmt.Sprintf("would do, but is a larger change than %s", chosen.base))
		case last && c.base.Minor() == chosen.base.Minor() && why == "":
			add(c, fmt.Sprintf("newer than needed: %s is the smallest fixed version", chosen.base))
		case last && why != "":
			add(c, why)
		}
	}
	return out
}

// firstGood reports whether all[i] is the first candidate of its minor that
// nothing speaks against.
func firstGood(all []candidate, i int, t *Table) bool {
	for j := i - 1; j >= 0 && all[j].base.Minor() == all[i].base.Minor(); j-- {
		if t.verdict(all[j]) == "" {
			return false
		}
	}
	return true
}

// unreachable says what would be needed, where nothing on offer helps.
func (t *Table) unreachable(in Input, fixable Set, all []candidate) Choice {
	c := Choice{Kind: Unreachable, Path: []version.Version{}, Fixes: []string{}, Remaining: t.ids(t.openFor(in.Components, in.Oldest.Base())), Rejected: []Rejected{}}
	for i, a := range all {
		if i == len(all)-1 || all[i+1].base.Minor() != a.base.Minor() {
			why := t.verdict(a)
			if why == "" {
				why = "no better than what runs"
			}
			c.Rejected = append(c.Rejected, Rejected{a.offered, why})
		}
	}
	wide := in
	wide.Available = nil
	everything := t.candidates(wide, t.set(in.Affecting), fixable)
	if i := pick(everything, fixable, true); i >= 0 && in.Available != nil {
		need := everything[i].base
		c.Wanted = fmt.Sprintf("%s or a later fixed version", need)
		if len(everything[i].path) > 1 {
			c.Wanted += ", by way of " + join(everything[i].path[:len(everything[i].path)-1])
		}
		c.Reason = fmt.Sprintf("%s would be the target, but %s does not offer the way there", need, in.AvailableSource)
		return c
	}
	c.Wanted = "a release that fixes " + t.many(fixable) + " in a supported minor"
	c.Reason = fmt.Sprintf("no release known on %s fixes %s: mitigate, and look again when one is out", day(t.asOf), t.many(fixable))
	return c
}

func join(vs []version.Version) string {
	s := make([]string, len(vs))
	for i, v := range vs {
		s[i] = v.String()
	}
	return strings.Join(s, " -> ")
}
