package settings

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/fixline-dev/fixline/internal/core/inventory"
	"github.com/fixline-dev/fixline/internal/core/version"
)

// Judge says what each hop of a path, in its order and the target last, does
// to the settings of a cluster. What could not be read is a finding of its own
// (SET-015), never silence. A component that runs a release already is not
// judged by what that release did. Findings come in the order of the hops and
// then of their codes; the same setting in many places is one finding.
func Judge(c inventory.Cluster, hops []version.Version, facts Facts) []Finding {
	if len(hops) == 0 {
		return []Finding{}
	}
	j := &judge{cluster: c, hops: hops, facts: facts, at: map[key]int{}, seen: map[seen]bool{}, set: map[place][]inventory.Settings{}, versions: versions(c.Instances)}
	for _, s := range c.Facts.Settings {
		j.set[place{s.Component, s.Node}] = append(j.set[place{s.Component, s.Node}], s)
		j.settings(s)
	}
	for _, r := range facts.Rules {
		switch r.Kind {
		case Cgroup:
			j.cgroup(r)
		case Runtime:
			j.runtime(r)
		}
	}
	j.flips()
	j.unread()
	j.reach()
	slices.SortStableFunc(j.out, func(a, b Finding) int {
		return cmp.Or(a.Hop.Compare(b.Hop), cmp.Compare(a.Code, b.Code), cmp.Compare(a.Component, b.Component), cmp.Compare(a.Name, b.Name))
	})
	return j.out
}

type judge struct {
	cluster  inventory.Cluster
	hops     []version.Version
	facts    Facts
	versions map[place]version.Minor
	set      map[place][]inventory.Settings
	at       map[key]int // index into out
	seen     map[seen]bool
	out      []Finding
}

// place is a component on a node, "" for all of its instances.
type place struct{ component, node string }

// key is what makes two findings one.
type key struct{ code, component, name, value, hop, rule string }

// seen is a place that a finding names already.
type seen struct {
	finding int
	place   Place
}

// versions are the minors instances run now, and for "" the oldest of each
// component. What could not be read is not in it.
func versions(instances []inventory.Instance) map[place]version.Minor {
	out := map[place]version.Minor{}
	for _, i := range instances {
		if !i.Version.Known() {
			continue
		}
		for _, p := range []place{{i.Component, i.Where()}, {i.Component, ""}} {
			if had, ok := out[p]; !ok || i.Version.Minor().Compare(had) < 0 {
				out[p] = i.Version.Minor()
			}
		}
	}
	return out
}

// now is the minor a component runs; false where it was not read.
func (j *judge) now(component, node string) (version.Minor, bool) {
	m, ok := j.versions[place{component, node}]
	return m, ok
}

func (j *judge) add(f Finding, rule string, p Place) {
	k := key{f.Code, f.Component, f.Name, f.Value, f.Hop.String(), rule}
	i, ok := j.at[k]
	if !ok {
		i = len(j.out)
		j.at[k] = i
		j.out = append(j.out, f)
	}
	if !j.seen[seen{i, p}] {
		j.seen[seen{i, p}] = true
		j.out[i].Places = append(j.out[i].Places, p)
	}
}

// settingsOf is what was read of one instance, its own before its component's.
func (j *judge) settingsOf(i inventory.Instance) []inventory.Settings {
	own := j.set[place{i.Component, i.Where()}]
	if i.Where() == "" {
		return own
	}
	return slices.Concat(own, j.set[place{i.Component, ""}])
}

// first is the first hop at or after a minor.
func (j *judge) first(from version.Minor) (version.Version, bool) {
	for _, h := range j.hops {
		if h.Minor().Compare(from) >= 0 {
			return h, true
		}
	}
	return version.Version{}, false
}

// settings judges what one instance was started with.
func (j *judge) settings(s inventory.Settings) {
	for _, r := range j.facts.Rules {
		if r.Component != s.Component || r.Kind == Cgroup || r.Kind == Runtime {
			continue
		}
		hop, ok := j.hop(r, s.Node)
		if !ok {
			continue
		}
		for _, set := range r.found(s) {
			f := r.finding(hop, set)
			if r.KubeadmRemoves && j.cluster.Provider == inventory.Kubeadm && hop.Minor() == r.From {
				f.Code = "SET-017"
			}
			j.add(f, r.ID, Place{s.Node, where(s, set)})
		}
	}
	if j.facts.Gates.of(s.Component) {
		j.gates(s)
	}
}

// hop is the hop by which a rule comes to hold on a node. What a component has
// behind it does not stop it any more; what is announced stays announced.
func (j *judge) hop(r Rule, node string) (version.Version, bool) {
	hop, ok := j.first(r.From)
	if ok && r.Kind == KubeadmConfig && slices.Contains(r.Names, "apiVersion") && hop.Compare(j.hops[0]) != 0 {
		// The kubeadm of the hop before writes it in the newest form it knows
		// (https://github.com/kubernetes/kubernetes/blob/v1.37.0/cmd/kubeadm/app/phases/uploadconfig/uploadconfig.go).
		return hop, false
	}
	if now, known := j.now(r.Component, node); ok && known && r.Effect != Deprecated && now.Compare(r.From) >= 0 {
		return hop, false
	}
	return hop, ok
}

// flips tells, of every hop to another minor, which defaults change for
// whoever sets nothing.
func (j *judge) flips() {
	before, ok := j.now(inventory.KubeAPIServer, "")
	for _, h := range j.hops {
		m := h.Minor()
		if changed := j.facts.Gates.flips(before, m); ok && len(changed) > 0 {
			j.add(Finding{Code: "SET-006", Component: "Kubernetes", Name: "feature gate defaults", Hop: h, Source: j.facts.Gates.Source,
				Message: fmt.Sprintf("the defaults of %d feature gates differ from those of %s: %s", len(changed), before, strings.Join(changed, ", "))}, "", Place{})
		}
		before, ok = m, true
	}
}

// reach says that the facts end before the path does.
func (j *judge) reach() {
	for _, h := range j.hops {
		if g := j.facts.Gates; h.Minor().Compare(g.Through) > 0 {
			j.add(Finding{Code: "SET-016", Component: "Kubernetes", Name: "settings", Hop: h, Source: g.Source,
				Message: fmt.Sprintf("flags and feature gates are known through %s: what %s does to them is not", g.Through, h.Minor())}, "", Place{})
			return
		}
	}
}
