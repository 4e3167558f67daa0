package plan

import (
	"github.com/fixline-dev/fixline/internal/core/datastore"
)

// EtcdActions are what the steps of p do to etcd's image tag, in the form
// package datastore judges hops by: what a step takes care of is no finding.
func (p *Plan) EtcdActions() []datastore.Action {
	var out []datastore.Action
	var waiting *datastore.Action // of a stop at the version the cluster has already
	before := p.From
	for _, hop := range p.Hops {
		set, clears := p.etcdTag(hop)
		to, ok := parsed(hop)
		switch {
		case !ok:
		case hop == before && set != "":
			waiting = &datastore.Action{Set: set, Stop: true}
		default:
			a := datastore.Action{Hop: to, Set: set, Clear: clears}
			if waiting != nil {
				a = datastore.Action{Hop: to, Set: waiting.Set, Stop: true, Clear: clears}
				waiting = nil
			}
			if !a.Nothing() {
				out = append(out, a)
			}
		}
		before = hop
	}
	return out
}

// etcdTag is the tag that a step of a hop sets, and whether one clears it.
func (p *Plan) etcdTag(hop string) (set string, clears bool) {
	for i := range p.Steps {
		if s := &p.Steps[i]; s.Kind == EtcdImageTag && s.Hop == hop {
			set, clears = s.To, clears || s.To == ""
		}
	}
	return set, clears
}
