package datastore

import (
	"cmp"
	"fmt"

	"github.com/fixline-dev/fixline/internal/core/finding"
	"github.com/fixline-dev/fixline/internal/core/kubeadm"
	"github.com/fixline-dev/fixline/internal/core/version"
)

// pinned is where kubeadm would take etcd: to the tag that is pinned, else to
// what the release brings. held: the tag keeps it from what the release brings.
func (w *walker) pinned(need *Need, b kubeadm.Brings, known bool) (to version.Version, held bool) {
	if w.pin == "" {
		return b.Etcd, false
	}
	v, ok := readTag(w.pin)
	switch {
	case !ok:
		w.need(need, Action{Clear: true}, "kubeadm cannot read the pinned tag "+w.pin)
		w.say("ETCD-004", configMap, fmt.Sprintf("etcd.local.imageTag %q is no semantic version, and kubeadm %s ends with an error on it", w.pin, need.Hop), kubeadmSource)
		return b.Etcd, false
	case !known:
		w.pinSays(fmt.Sprintf("etcd.local.imageTag is %s; which etcd kubeadm %s would bring is not known", w.pin, need.Hop))
	case v.Less(b.Etcd):
		w.pinSays(fmt.Sprintf("etcd.local.imageTag is %s: kubeadm %s would bring %s and will not", w.pin, need.Hop, b.EtcdTag))
		w.need(need, Action{Clear: true}, fmt.Sprintf("the pinned tag %s keeps etcd from %s", w.pin, b.EtcdTag))
		w.tooOld(b, v)
		return v, true
	default:
		w.pinSays(fmt.Sprintf("etcd.local.imageTag is %s; kubeadm %s brings %s", w.pin, need.Hop, b.EtcdTag))
	}
	return v, false
}

// tooOld is a pinned version below the oldest the release accepts.
func (w *walker) tooOld(b kubeadm.Brings, v version.Version) {
	if !v.Less(b.MinExternalEtcd) {
		return
	}
	f := w.say("ETCD-004", configMap, fmt.Sprintf("etcd.local.imageTag is %s, and kubeadm %s accepts %s or newer", w.pin, b.Kubernetes, b.MinExternalEtcd), b.Source)
	if v.Minor() == b.MinExternalEtcd.Minor() {
		f.Severity = finding.Warning
	}
}

// older is a hop that brings less than what runs.
func (w *walker) older(need *Need, to version.Version) {
	if !to.Less(w.newest) {
		return
	}
	tag := cmp.Or(w.tags[w.newest.String()], w.newest.String()+"-0")
	need.Clear = false // an unreadable tag that was there gives way to this one
	w.need(need, Action{Set: tag}, fmt.Sprintf("kubeadm %s brings %s, and %s runs", need.Hop, to, w.newest))
	f := w.say("ETCD-002", "Hop/"+need.Hop.String(), fmt.Sprintf("kubeadm %s would take etcd to %s, and %s runs: it skips the members, and a control plane joined later starts the older one", need.Hop, to, w.newest), kubeadmSource,
		"https://github.com/kubernetes-sigs/kubespray/issues/12496")
	f.Remedy = fmt.Sprintf("set etcd.local.imageTag in the ConfigMap kubeadm-config to the tag that runs (%s), or choose a patch release that brings one as new", tag)
}

// behind is a pinned tag below what runs. Clearing it is a need already.
func (w *walker) behind(need *Need, pin version.Version) {
	if !pin.Less(w.newest) {
		return
	}
	f := w.say("ETCD-002", "Hop/"+need.Hop.String(), fmt.Sprintf("etcd.local.imageTag is %s, and %s runs: kubeadm %s skips the members, and a control plane joined later starts the older one", w.pin, w.newest, need.Hop), kubeadmSource)
	f.Remedy = "clear etcd.local.imageTag in the ConfigMap kubeadm-config, or set it to what runs"
}

// stopAt is the stop a move to a version would skip.
func (w *walker) stopAt(to version.Version) (Stop, bool) {
	for _, s := range w.q.Stops {
		if w.oldest.Known() && w.oldest.Base().Less(s.Below) && !to.Less(s.Crossing) {
			return s, true
		}
	}
	return Stop{}, false
}

// patch is the way to a stop. A tag that already names a version between stays.
func (w *walker) patch(s Stop) Action {
	if v, ok := readTag(w.pin); ok && !v.Less(s.Below) && v.Less(s.Crossing) {
		return Action{Stop: true, Clear: true}
	}
	return Action{Set: s.Below.String() + "-0", Stop: true, Clear: true}
}

// stops is a hop over a version that must be stopped at.
func (w *walker) stops(need *Need, to version.Version, said bool) {
	s, ok := w.stopAt(to)
	if !ok {
		return
	}
	w.minors(need, s.Below, said) // the stop itself may be more than a minor away
	a := w.patch(s)
	w.stop(need, a, fmt.Sprintf("etcd %s to %s: %s (%s)", w.oldest, to, s.Text, s.Source))
	if !said {
		return
	}
	f := w.say("ETCD-001", "Hop/"+need.Hop.String(), fmt.Sprintf("kubeadm %s takes etcd from %s to %s: %s", need.Hop, w.oldest, to, s.Text), s.Source)
	f.Remedy = fmt.Sprintf("set etcd.local.imageTag in the ConfigMap kubeadm-config to %s-0 or a later %s (see that your registry has it), "+
		"run `kubeadm upgrade apply` to the version the cluster has and `kubeadm upgrade node` on the other control planes, clear the tag, then go to %s", s.Below, s.Below.Minor(), need.Hop)
	if a.Set == "" {
		f.Remedy = fmt.Sprintf("the tag %s is set already: run `kubeadm upgrade apply` to the version the cluster has and `kubeadm upgrade node` on the other control planes, clear the tag, then go to %s", w.pin, need.Hop)
	}
}

// minors is a hop that skips a minor of etcd, which happens where a tag was
// pinned over several hops: it goes by way of each.
func (w *walker) minors(need *Need, to version.Version, said bool) {
	for need.Refused == "" {
		after := w.oldest
		if v, ok := w.stopped(need); ok {
			after = v
		}
		if to.Minor().Major == after.Minor().Major && to.Minor().Minor-after.Minor().Minor <= 1 {
			return
		}
		between := after.Minor().Next()
		if said {
			w.say("SKEW-010", "Hop/"+need.Hop.String(), fmt.Sprintf("kubeadm %s would take etcd from %s to %s, over %s", need.Hop, w.oldest, to, between))
			said = false
		}
		tag, ok := w.tagOf(between)
		if !ok {
			need.Refused = fmt.Sprintf("etcd %s cannot go to %s in one step, and no release of kubeadm is known that brings %s to stop at", after, to, between)
			return
		}
		w.stop(need, Action{Set: tag, Stop: true, Clear: true}, fmt.Sprintf("etcd goes one minor at a time: by way of %s", between))
	}
}

// stopped is where the stops of a need have taken etcd so far.
func (w *walker) stopped(need *Need) (version.Version, bool) {
	if !need.Stop {
		return version.Version{}, false
	}
	if need.Set == "" { // the tag is there already
		return readTag(w.pin)
	}
	return readTag(need.Set)
}

// tagOf is the tag of a minor of etcd: of the release that runs, else of the
// newest before it that brings one.
func (w *walker) tagOf(etcd version.Minor) (string, bool) {
	if b, ok := w.q.Brings.At(w.at); ok && b.Etcd.Minor() == etcd {
		return b.EtcdTag, true
	}
	const newest = 1 << 20 // as a patch: the newest that was read
	for m := w.at.Minor(); m.Minor > 0; m.Minor-- {
		if b, ok := w.q.Brings.At(m.Patch(newest)); ok && b.Etcd.Minor() == etcd {
			return b.EtcdTag, true
		}
	}
	return "", false
}
