package removal

import (
	"fmt"
	"slices"

	"github.com/fixline-dev/fixline/internal/core/version"
)

// State of one API version at a target.
type State string

const (
	// Served at the target and not deprecated there.
	Served State = "served"
	// Deprecated at the target, still served.
	Deprecated State = "deprecated"
	// Removed: no longer served at the target.
	Removed State = "removed"
	// NotYet: first served by a release after the target.
	NotYet State = "not-yet-served"
	// Unknown: a Kubernetes group with a version or kind the table does not
	// hold, a target the table does not reach, or an add-on of unknown version.
	Unknown State = "unknown"
	// Foreign: neither built in nor covered by a rule, such as a custom resource.
	Foreign State = "foreign"
)

// Judgement is what a target does to one API version.
type Judgement struct {
	State State
	// Life is what the table knows; its GVK is zero for Unknown and Foreign
	// kinds that it does not hold.
	Life Lifecycle
	// Already: the release the cluster runs now does not serve it any more.
	Already bool
	// Planned: the removal is announced for a release the table was not made
	// from; it may still move.
	Planned bool
	// Replacement is the end of the chain of replacements that the target
	// serves; zero where there is none.
	Replacement GVK
	// Chain are the replacements as declared, from the first to the last.
	Chain []GVK
	// ReplacementAt is the minor that first serves the last of Chain, where
	// the target serves none of them: "replacement not yet served at the target".
	ReplacementAt version.Minor
	// ReplacementTooNew: the target serves the replacement, but the release the
	// cluster runs now does not, so nobody can move before the upgrade.
	ReplacementTooNew bool
	// Bridge is, where the replacement is too new, another version of the kind
	// that both releases serve; zero where there is none.
	Bridge GVK
	// Changes to make besides the apiVersion, on the whole way to Replacement.
	// ChangesKnown: every link was looked at, so an empty list is a statement.
	Changes      []Change
	ChangesKnown bool
	// Reason is one sentence without a full stop; for Unknown it says why.
	Reason string
}

// Judge says what becomes of k at the target of a move. Its answer only
// depends on its arguments: what is removed at one target is removed at every
// later one, and nothing is served before it was introduced.
func (t *Table) Judge(k GVK, move Move) Judgement {
	l, ok := t.Lookup(k)
	if !ok {
		return t.stranger(k)
	}
	return t.judge(l, move)
}

func (t *Table) stranger(k GVK) Judgement {
	switch {
	case k.Kind == "List" && k.APIVersion() == "v1":
		return Judgement{State: Served, Reason: "a list is served as long as its items are"}
	case t.groups[k.Group] != Kubernetes:
		return Judgement{State: Foreign, Reason: fmt.Sprintf("%s is no API of Kubernetes itself, and no rule speaks of it", k.APIVersion())}
	}
	return Judgement{State: Unknown, Reason: fmt.Sprintf("the table holds no %s, though its group is one of Kubernetes", k)}
}

func (t *Table) judge(l Lifecycle, move Move) Judgement {
	j := Judgement{Life: l, Chain: t.chain(l)}
	m, ok := move.of(l.Product)
	if !ok {
		j.State, j.Reason = Unknown, fmt.Sprintf("which version of %s it is for is not known", l.Product)
		if l.Removed == (version.Minor{}) && l.Deprecated == (version.Minor{}) {
			j.State, j.Reason = Served, fmt.Sprintf("no version of %s deprecates it", l.Product)
		}
		return j
	}
	j.State = t.at(l, m.Target)
	through := t.facts.Through[l.Product]
	j.Already = known(m.From) && t.at(l, m.From) == Removed
	j.Planned = known(l.Removed) && known(through) && l.Removed.Compare(through) > 0
	t.replace(&j, l.Product, m)
	j.Reason = t.reason(j, m)
	return j
}

func known(m version.Minor) bool { return m != version.Minor{} }

// at is the state of l in one release of its product.
func (t *Table) at(l Lifecycle, m version.Minor) State {
	from, through := t.facts.From[l.Product], t.facts.Through[l.Product]
	switch {
	case known(l.Removed) && m.Compare(l.Removed) >= 0:
		return Removed
	case known(through) && m.Compare(through) > 0:
		return Unknown
	case m.Compare(l.Introduced) < 0:
		return NotYet
	case !known(l.Introduced) && m.Compare(from) < 0:
		return Unknown // it is at least as old as the oldest release that was read
	case known(l.Deprecated) && m.Compare(l.Deprecated) >= 0:
		return Deprecated
	}
	return Served
}

// replace finds what to write instead: the furthest link of the chain that the
// target serves, one that is not itself deprecated first.
func (t *Table) replace(j *Judgement, product string, m Move) {
	best := Removed
	for _, k := range j.Chain {
		l, ok := t.Lookup(k)
		state := Served // what no rule speaks of is what the rule that names it says to write
		if ok {
			state = t.offered(l, product, m.Target)
		}
		if state == Served || state == Deprecated && best != Served {
			best, j.Replacement = state, k
			j.ReplacementTooNew = ok && known(m.From) && m.From.Compare(l.Introduced) < 0
		}
	}
	if j.Replacement.Zero() && len(j.Chain) > 0 {
		last := t.lives[j.Chain[len(j.Chain)-1]]
		if m.Target.Compare(last.Introduced) < 0 {
			j.ReplacementAt = last.Introduced
		}
	}
	j.Changes, j.ChangesKnown = t.changes(*j)
	if j.ReplacementTooNew {
		j.Bridge = t.bridge(j.Life, m)
	}
}

// offered is the state of a replacement at a target. Past the newest release
// that was read it is that release's, unless a removal is announced.
func (t *Table) offered(l Lifecycle, product string, target version.Minor) State {
	state := t.at(l, target)
	if through := t.Through(product); state == Unknown && known(through) && target.Compare(through) > 0 {
		return t.at(l, through)
	}
	return state
}

// changes are those of every link on the way to the replacement.
func (t *Table) changes(j Judgement) ([]Change, bool) {
	if j.Replacement.Zero() {
		return nil, false
	}
	out, all := j.Life.Changes, j.Life.ChangesKnown
	for _, k := range j.Chain {
		if k == j.Replacement {
			break
		}
		l := t.lives[k]
		out, all = slices.Concat(out, l.Changes), all && l.ChangesKnown
	}
	return out, all
}

// bridge is another version of the same kind that both the release of now and
// the target serve, so that one can move before the upgrade.
func (t *Table) bridge(of Lifecycle, m Move) GVK {
	var best Lifecycle
	for _, l := range t.All() {
		if l.GVK == of.GVK || l.Product != of.Product || l.OffByDefault || t.family(l.GVK) != t.family(of.GVK) {
			continue
		}
		now, then := t.at(l, m.From), t.at(l, m.Target)
		if (now == Served || now == Deprecated) && (then == Served || then == Deprecated) && l.Introduced.Compare(best.Introduced) >= 0 {
			best = l
		}
	}
	return best.GVK
}
