package skew

import (
	"fmt"

	"github.com/fixline-dev/fixline/internal/core/inventory"
	"github.com/fixline-dev/fixline/internal/core/version"
)

// Check judges every instance that a rule speaks of, one row per rule and
// instance, in the order of the rules and then of the instances. Vendor builds
// and packages are judged by their minor. An instance whose version is not
// readable, or whose counterpart is not, is unknown unless what is readable
// already makes it illegal.
func Check(rules Rules, policy Policy, instances []inventory.Instance) []Row {
	rows := []Row{}
	for _, rule := range rules.Rules {
		against := fieldOf(rule, instances)
		for i, inst := range instances {
			if inst.Component == rule.Component {
				rows = append(rows, judge(rule, policy, i, against))
			}
		}
	}
	return rows
}

// field is what the instances of one rule are compared with, found once: in a
// cluster of thousands of nodes nobody looks through all of them for each.
type field struct {
	all   []inventory.Instance
	every group            // all counterparts
	at    map[string][]int // counterparts by node
	peers []int            // all counterparts, in order
}

func fieldOf(rule Rule, all []inventory.Instance) *field {
	f := &field{all: all, every: group{name: rule.Against}, at: map[string][]int{}}
	for i := range all {
		if o := &all[i]; o.Component == rule.Against {
			f.every.add(*o)
			f.at[o.Node] = append(f.at[o.Node], i)
			f.peers = append(f.peers, i)
		}
	}
	return f
}

// others are all counterparts but the instance itself.
func (f *field) others(rule Rule, i int) group {
	if rule.Component != rule.Against {
		return f.every
	}
	out := group{name: rule.Against}
	for _, j := range f.peers {
		if j != i {
			out.add(f.all[j])
		}
	}
	return out
}

// judge one instance under one rule.
func judge(rule Rule, policy Policy, i int, f *field) Row {
	inst := f.all[i]
	row := Row{Code: rule.Code, Component: inst.Component, Against: rule.Against, Node: inst.Where(), Version: inst.Version, Client: rule.Client}
	if !inst.Version.Known() {
		row.State, row.Rule = Unknown, rule.text(rule.bounds(policy, version.Minor{Major: 1 << 20}))
		row.Why = "its version could not be read"
		if inst.Unread != "" {
			row.Why += ": " + inst.Unread
		}
		return row
	}
	b := rule.bounds(policy, inst.Version.Minor())
	row.Rule = rule.text(b)
	against := counterparts(rule, i, f)
	row.State, row.Why = b.judge(inst, rule, against)
	if against.nodeless && row.State == Illegal {
		row.State, row.Why = Unknown, "its node is not known, so neither is the "+rule.Against+" it runs beside"
	}
	if against.either != nil && row.State == Illegal {
		// Which API server it talks to is not known. It is illegal only if it
		// is so with its own as well as with all of them.
		if own, _ := b.judge(inst, rule, *against.either); own != Illegal {
			row.State = Unknown
			row.Why = "which kube-apiserver it talks to is not known: legal with the one on its own node, not with all of them"
		}
	}
	return row
}

// group is what an instance is compared with.
type group struct {
	name           string
	oldest, newest version.Minor
	seen           bool // oldest and newest are set
	unread         bool // at least one counterpart has no readable version
	missing        string
	nodeless       bool // a same-node rule for an instance whose node is not known
	// either: the narrower group that may be the right one instead.
	either *group
}

func (g *group) add(inst inventory.Instance) {
	if !inst.Version.Known() {
		g.unread = true
		return
	}
	m := inst.Version.Minor()
	if !g.seen || m.Compare(g.oldest) < 0 {
		g.oldest = m
	}
	if !g.seen || m.Compare(g.newest) > 0 {
		g.newest = m
	}
	g.seen = true
}

func counterparts(rule Rule, i int, f *field) group {
	inst := f.all[i]
	every := f.others(rule, i)
	own := group{name: rule.Against + " on the same node"}
	if inst.Node != "" {
		for _, j := range f.at[inst.Node] {
			if j != i {
				own.add(f.all[j])
			}
		}
	}
	hasOwn := own.seen || own.unread
	switch {
	case rule.Component == rule.Against:
		if !every.seen && !every.unread {
			every.missing = "alone"
		}
		return every
	case rule.SameNode && hasOwn:
		return own
	case rule.SameNode && inst.Node != "":
		return group{name: own.name, missing: fmt.Sprintf("no %s of its node %q was read", rule.Against, inst.Node)}
	case inst.Server == "own" && hasOwn:
		return own
	case inst.Server == "own":
		return group{name: own.name, missing: fmt.Sprintf("it talks to the %s of its own node %q, which was not read", rule.Against, inst.Node)}
	case rule.SameNode && (every.seen || every.unread):
		every.nodeless = true
	case !every.seen && !every.unread:
		every.missing = fmt.Sprintf("no %s was read", rule.Against)
	case inst.Server == "" && hasOwn && !rule.Client:
		every.either = &own
	}
	return every
}

// bounds are the numbers of a rule that hold for one instance.
type bounds struct {
	newer, older int
	note         string
}

func (r Rule) bounds(policy Policy, m version.Minor) bounds {
	b := bounds{newer: r.MaxNewer, older: r.MaxOlder}
	if policy == Conservative && r.Conservative != nil && *r.Conservative < b.older {
		b.older = *r.Conservative
		b.newer = min(b.newer, *r.Conservative)
		b.note = " (conservative policy)"
	}
	if e := r.Below; e != nil && m.Compare(e.Minor) < 0 {
		if e.MaxOlder < b.older || e.MaxNewer < b.newer {
			b.note = fmt.Sprintf(" (a %s below %s)", r.Component, e.Minor)
		}
		b.older, b.newer = min(b.older, e.MaxOlder), min(b.newer, e.MaxNewer)
	}
	return b
}

func (b bounds) judge(inst inventory.Instance, rule Rule, g group) (State, string) {
	if g.missing == "alone" {
		return Legal, ""
	}
	if g.missing != "" {
		return Unknown, g.missing
	}
	m := inst.Version.Minor()
	if g.seen {
		if d, ok := distance(m, g.oldest); !ok || d > b.newer {
			return Illegal, fmt.Sprintf("%s %s is %s newer than %s %s", inst.Component, m, minors(d, ok), g.name, g.oldest)
		}
		if d, ok := distance(g.newest, m); !ok || d > b.older {
			return Illegal, fmt.Sprintf("%s %s is %s older than %s %s", inst.Component, m, minors(d, ok), g.name, g.newest)
		}
	}
	if g.unread {
		return Unknown, fmt.Sprintf("the version of a %s could not be read", rule.Against)
	}
	if d, _ := distance(g.newest, m); rule.Against == inventory.KubeAPIServer && d == b.older && movesWithServers(rule, m, g) {
		return LastLegal, fmt.Sprintf("before any kube-apiserver goes to %s, this one must move", g.newest.Next())
	}
	return Legal, ""
}

// movesWithServers: among the API servers themselves, only one that is behind
// holds the others up; equals move together, one after the other.
func movesWithServers(rule Rule, m version.Minor, g group) bool {
	return rule.Component != inventory.KubeAPIServer || m.Compare(g.newest) < 0
}

// distance is how many minors a is above b, 0 if it is not; false across majors.
func distance(a, b version.Minor) (int, bool) {
	if a.Major != b.Major {
		return 0, a.Compare(b) < 0
	}
	return max(0, a.Minor-b.Minor), true
}

func minors(n int, sameMajor bool) string {
	switch {
	case !sameMajor:
		return "a major"
	case n == 1:
		return "one minor"
	}
	return fmt.Sprintf("%d minors", n)
}
