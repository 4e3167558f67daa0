package skew

import (
	"slices"

	"github.com/fixline-dev/fixline/internal/core/inventory"
	"github.com/fixline-dev/fixline/internal/core/version"
)

// Track holds a cluster whose instances move one after the other and says after
// each move whether anything is illegal. It answers what [Check] would, but
// judges again only what a move can have changed: an instance and its node's
// counterparts one by one, the rest by how many there are of each minor. It is
// not safe for concurrent use. Start at [NewTrack].
type Track struct {
	policy    Policy
	instances []inventory.Instance
	rules     []tracked
	pairs     [][]pairRef // per instance: what it is part of
	bad       int         // pairs that are illegal, clients left out
	badClient int         // and those of clients
}

// Violation is what makes a state illegal and the move that must come first.
type Violation struct {
	Row Row
	// Index is the instance that breaks the rule; First is the one that has to
	// move before it may: the same where it is too old, its oldest counterpart
	// where it is too new.
	Index, First int
}

// reach says what an instance is compared with under one rule.
type reach uint8

const (
	none   reach = iota // not ruled, or nothing that could make it illegal
	wide                // every instance of the counterpart
	near                // those of its own node
	either              // illegal only with its own and with all
)

type tracked struct {
	rule   Rule
	reach  []reach               // per instance
	judged map[version.Minor]int // instances compared with all, per minor
	peers  map[version.Minor]int // counterparts, per minor
	pairs  []pair
	bad    bool // the wide part is illegal
}

// pair is an instance with the counterparts of its node.
type pair struct {
	instance int
	others   []int
	bad      bool
}

type pairRef struct{ rule, pair int }

// NewTrack starts from the instances as they are; it keeps a copy.
func NewTrack(rules Rules, policy Policy, instances []inventory.Instance) *Track {
	t := &Track{policy: policy, instances: slices.Clone(instances), pairs: make([][]pairRef, len(instances))}
	places := placesOf(instances)
	for _, rule := range rules.Rules {
		t.add(rule, places)
	}
	return t
}

// place is a component on a node.
type place struct{ component, node string }

func placesOf(instances []inventory.Instance) map[place][]int {
	places := make(map[place][]int, len(instances))
	for i, inst := range instances {
		if inst.Node != "" {
			places[place{inst.Component, inst.Node}] = append(places[place{inst.Component, inst.Node}], i)
		}
	}
	return places
}

func (t *Track) add(rule Rule, places map[place][]int) {
	r := tracked{rule: rule, reach: make([]reach, len(t.instances)), judged: map[version.Minor]int{}, peers: map[version.Minor]int{}}
	at := len(t.rules)
	for i, inst := range t.instances {
		if inst.Component == rule.Against && inst.Version.Known() {
			r.peers[inst.Version.Minor()]++
		}
		if inst.Component != rule.Component {
			continue
		}
		own := places[place{rule.Against, inst.Node}]
		if inst.Node == "" {
			own = nil
		}
		r.reach[i] = reachOf(rule, inst, len(own) > 0)
		switch r.reach[i] {
		case wide:
			if inst.Version.Known() {
				r.judged[inst.Version.Minor()]++
			}
		case near, either:
			ref := pairRef{at, len(r.pairs)}
			r.pairs = append(r.pairs, pair{instance: i, others: own})
			t.pairs[i] = append(t.pairs[i], ref)
			for _, o := range own {
				t.pairs[o] = append(t.pairs[o], ref)
			}
		}
	}
	t.rules = append(t.rules, r)
	t.judgeWide(at)
	for k := range r.pairs {
		t.judgePair(pairRef{at, k})
	}
}

// reachOf mirrors what [Check] compares an instance with.
func reachOf(rule Rule, inst inventory.Instance, hasOwn bool) reach {
	switch {
	case rule.Component == rule.Against:
		return wide
	case rule.SameNode && hasOwn:
		return near
	case rule.SameNode:
		return none // its node, or what runs beside it, is not known
	case inst.Server == "own" && hasOwn:
		return near
	case inst.Server == "own":
		return none
	case inst.Server == "" && hasOwn && !rule.Client:
		return either
	}
	return wide
}

// Version is where an instance is now.
func (t *Track) Version(i int) version.Version { return t.instances[i].Version }

// Instances are the cluster as it is now. They are the track's own: read them only.
func (t *Track) Instances() []inventory.Instance { return t.instances }

// Move puts instance i to a version.
func (t *Track) Move(i int, to version.Version) {
	from, component := t.instances[i].Version, t.instances[i].Component
	t.instances[i].Version = to
	if from.Known() == to.Known() && from.Minor() == to.Minor() {
		return // no rule looks below the minor
	}
	for at := range t.rules {
		r := &t.rules[at]
		changed := false
		if r.rule.Against == component {
			shift(r.peers, from, to)
			changed = true
		}
		if r.reach[i] == wide {
			shift(r.judged, from, to)
			changed = true
		}
		if !changed {
			continue
		}
		t.judgeWide(at)
		for k, p := range r.pairs {
			if r.reach[p.instance] == either {
				t.judgePair(pairRef{at, k})
			}
		}
	}
	for _, ref := range t.pairs[i] {
		t.judgePair(ref)
	}
}

func shift(count map[version.Minor]int, from, to version.Version) {
	if from.Known() {
		if count[from.Minor()]--; count[from.Minor()] == 0 {
			delete(count, from.Minor())
		}
	}
	if to.Known() {
		count[to.Minor()]++
	}
}

func (t *Track) judgeWide(at int) {
	r := &t.rules[at]
	oldest, newest, seen := span(r.peers)
	r.bad = false
	for m := range r.judged {
		r.bad = r.bad || seen && r.rule.bounds(t.policy, m).breaks(m, oldest, newest)
	}
}

func (t *Track) judgePair(ref pairRef) {
	r := &t.rules[ref.rule]
	p := &r.pairs[ref.pair]
	was := p.bad
	p.bad = t.breaksPair(r, p)
	count := &t.bad
	if r.rule.Client {
		count = &t.badClient
	}
	switch {
	case p.bad && !was:
		*count++
	case was && !p.bad:
		*count--
	}
}

func (t *Track) breaksPair(r *tracked, p *pair) bool {
	v := t.instances[p.instance].Version
	if !v.Known() {
		return false
	}
	var own group
	for _, o := range p.others {
		own.add(t.instances[o])
	}
	b := r.rule.bounds(t.policy, v.Minor())
	if !own.seen || !b.breaks(v.Minor(), own.oldest, own.newest) {
		return false
	}
	if r.reach[p.instance] == near {
		return true
	}
	oldest, newest, seen := span(r.peers)
	return seen && b.breaks(v.Minor(), oldest, newest)
}

// Legal reports whether no instance breaks a rule; clients never count, and
// what could not be read is not illegal.
func (t *Track) Legal() bool { return t.bad == 0 && t.wideLegal(false) }

// ClientsLegal is Legal for clients alone.
func (t *Track) ClientsLegal() bool { return t.badClient == 0 && t.wideLegal(true) }

func (t *Track) wideLegal(client bool) bool {
	for i := range t.rules {
		if t.rules[i].bad && t.rules[i].rule.Client == client {
			return false
		}
	}
	return true
}

// Violations are what breaks a rule now, each instance once, in the order of
// the rules and then of the instances; those of clients last.
func (t *Track) Violations() []Violation {
	var out, clients []Violation
	seen := map[int]bool{}
	for at := range t.rules {
		for _, i := range t.broken(at) {
			if seen[i] {
				continue
			}
			seen[i] = true
			v := t.violation(t.rules[at].rule, i)
			if v.Row.Client {
				clients = append(clients, v)
			} else {
				out = append(out, v)
			}
		}
	}
	return append(out, clients...)
}

// broken are the instances that break one rule, ascending.
func (t *Track) broken(at int) []int {
	r := &t.rules[at]
	var out []int
	oldest, newest, seen := span(r.peers)
	for i, reach := range r.reach {
		v := t.instances[i].Version
		if r.bad && seen && reach == wide && v.Known() && r.rule.bounds(t.policy, v.Minor()).breaks(v.Minor(), oldest, newest) {
			out = append(out, i)
		}
	}
	for _, p := range r.pairs {
		if p.bad {
			out = append(out, p.instance)
		}
	}
	slices.Sort(out)
	return out
}

func (t *Track) violation(rule Rule, i int) Violation {
	v := Violation{Row: judge(rule, t.policy, i, fieldOf(rule, t.instances)), Index: i, First: i}
	oldest := -1
	for j, o := range t.instances {
		if o.Component != rule.Against || !o.Version.Known() || (rule.SameNode || t.instances[i].Server == "own") && o.Node != t.instances[i].Node {
			continue
		}
		if oldest < 0 || o.Version.Less(t.instances[oldest].Version) {
			oldest = j
		}
	}
	if m := t.instances[i].Version.Minor(); oldest >= 0 && t.instances[oldest].Version.Minor().Compare(m) < 0 {
		if d, ok := distance(m, t.instances[oldest].Version.Minor()); !ok || d > rule.bounds(t.policy, m).newer {
			v.First = oldest
		}
	}
	return v
}

// breaks reports whether an instance of minor m is out of bounds.
func (b bounds) breaks(m, oldest, newest version.Minor) bool {
	if d, ok := distance(m, oldest); !ok || d > b.newer {
		return true
	}
	d, ok := distance(newest, m)
	return !ok || d > b.older
}

func span(count map[version.Minor]int) (oldest, newest version.Minor, seen bool) {
	for m := range count {
		if !seen || m.Compare(oldest) < 0 {
			oldest = m
		}
		if !seen || m.Compare(newest) > 0 {
			newest = m
		}
		seen = true
	}
	return oldest, newest, seen
}

// Step says whether a component may go from one version to another in one
// move, by the rules of [Rules.Steps]; a component without such a rule may.
// The code and the reason are empty where it may.
func (r Rules) Step(component string, from, to version.Version) (code, why string) {
	for _, s := range r.Steps {
		if s.Component != component || !from.Known() || !to.Known() {
			continue
		}
		if d, ok := distance(to.Minor(), from.Minor()); to.Less(from) {
			return s.Code, component + " never goes down: " + to.String() + " is below " + from.String()
		} else if !ok || d > s.MaxMinors {
			return s.Code, component + " goes up " + minors(s.MaxMinors, true) + " at a time: " + from.Minor().String() + " to " + to.Minor().String() + " skips a minor"
		}
	}
	return "", ""
}
