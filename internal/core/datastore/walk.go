package datastore

import (
	"fmt"

	"github.com/fixline-dev/fixline/internal/core/finding"
	"github.com/fixline-dev/fixline/internal/core/kubeadm"
	"github.com/fixline-dev/fixline/internal/core/version"
)

const (
	configMap = "ConfigMap/kube-system/kubeadm-config"
	external  = "Etcd/external"
)

// walker goes through the hops with what etcd runs and what is pinned. A need
// is met as soon as it is found, so that one cause is one finding.
type walker struct {
	q              Question
	at             version.Version // Kubernetes
	oldest, newest version.Version // etcd
	pin            string
	pinSaid        bool
	tags           map[string]string // of images that run, by version
	needs          []Need
	found          []finding.Found
}

// walk is the way of a stacked etcd through the hops.
func walk(c *Cluster, q Question) *walker {
	w := &walker{q: q, at: q.From, pin: c.Config.ImageTag, tags: map[string]string{}}
	for _, m := range c.Members {
		w.tags[m.Version.String()] = m.Tag
	}
	w.oldest, w.newest = span(c.Members)
	for _, hop := range q.Hops {
		w.planned(hop)
		w.hop(hop)
		w.at = hop
	}
	return w
}

// span is the oldest and newest version that runs; both are unknown as soon as
// one member's is.
func span(members []Member) (oldest, newest version.Version) {
	for i, m := range members {
		if !m.Version.Known() {
			return version.Version{}, version.Version{}
		}
		if i == 0 || m.Version.Less(oldest) {
			oldest = m.Version
		}
		if i == 0 || newest.Less(m.Version) {
			newest = m.Version
		}
	}
	return oldest, newest
}

// planned does what a plan does before a hop.
func (w *walker) planned(hop version.Version) {
	for _, a := range w.q.Planned {
		if a.Hop.Compare(hop) == 0 {
			w.apply(a)
		}
	}
}

// apply changes the tag, lets `kubeadm upgrade` run, and clears the tag. A tag
// below what runs moves nothing: kubeadm skips it.
func (w *walker) apply(a Action) {
	if a.Set != "" {
		w.pin, w.pinSaid = a.Set, true // a tag that a step sets is no finding
	}
	if a.Stop {
		to, ok := readTag(w.pin)
		if w.pin == "" {
			b, known := w.q.Brings.At(w.at)
			to, ok = b.Etcd, known
		}
		if ok {
			w.moveTo(to)
		}
	}
	if a.Clear {
		w.pin = ""
	}
}

// moveTo is every member at v, but those that run a newer one.
func (w *walker) moveTo(v version.Version) {
	if !w.oldest.Known() || w.oldest.Less(v) {
		w.oldest = v
	}
	if !w.newest.Known() || w.newest.Less(v) {
		w.newest = v
	}
}

// hop judges one hop, and makes it.
func (w *walker) hop(hop version.Version) {
	brings, known := w.q.Brings.At(hop)
	need := Need{Action: Action{Hop: hop}, From: w.oldest}
	to, held := w.pinned(&need, brings, known)
	switch {
	case !known && !to.Known():
		w.say("ETCD-007", "Hop/"+hop.String(), fmt.Sprintf("which etcd kubeadm %s brings is not known", hop))
		w.oldest, w.newest = version.Version{}, version.Version{}
	case w.oldest.Known() && held:
		w.behind(&need, to)
		// Nothing moves while the tag is there, so what clearing it takes is a
		// need of the plan and no finding.
		w.stops(&need, brings.Etcd, false)
		w.minors(&need, brings.Etcd, false)
	case w.oldest.Known():
		w.older(&need, to)
		w.stops(&need, to, true)
		w.minors(&need, to, true)
	}
	if known && !brings.Sure(kubeadm.Etcd) && w.pin == "" {
		f := w.say("ETCD-007", "Hop/"+hop.String(), brings.Why, brings.Source)
		f.Severity = finding.Info
	}
	for _, a := range need.Actions() {
		w.apply(a)
	}
	if pin, ok := readTag(w.pin); ok {
		to = pin
	} else if known {
		to = brings.Etcd
	}
	if to.Known() {
		w.moveTo(to)
	}
	need.To = w.newest
	w.needs = append(w.needs, need)
}

// need adds an action to what a hop needs.
func (w *walker) need(n *Need, a Action, why string) {
	if a.Set != "" {
		n.Set = a.Set
	}
	n.Stop, n.Clear = n.Stop || a.Stop, n.Clear || a.Clear
	n.Why = append(n.Why, why)
}

// stop adds a stop to what a hop needs, after those that it has.
func (w *walker) stop(n *Need, a Action, why string) {
	if n.Stop {
		n.Before = append(n.Before, Action{Hop: n.Hop, Set: n.Set, Stop: true})
		n.Set = ""
	}
	w.need(n, a, why)
}

// pinSays tells of a pinned tag once.
func (w *walker) pinSays(message string) {
	if !w.pinSaid {
		w.say("ETCD-003", configMap, message)
	}
	w.pinSaid = true
}

func (w *walker) say(code, object, message string, evidence ...string) *finding.Found {
	w.found = append(w.found, finding.New(code, object, message, evidence...))
	return &w.found[len(w.found)-1]
}
