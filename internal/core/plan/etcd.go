package plan

import (
	"slices"

	"github.com/fixline-dev/fixline/internal/core/datastore"
	"github.com/fixline-dev/fixline/internal/core/inventory"
)

// EtcdActions are what the steps of p do to etcd's image tag, in the form
// package datastore judges hops by: what a step takes care of is no finding.
func (p *Plan) EtcdActions() []datastore.Action {
	var out []datastore.Action
	stops := 0 // at the end of out: they wait for the hop they are made for
	at := p.From
	for i := range p.Steps {
		s := &p.Steps[i]
		hop, ok := parsed(s.Hop)
		switch {
		case !ok:
		case s.Kind == EtcdImageTag && s.Hop == at:
			out = append(out, datastore.Action{Set: s.To, Stop: true})
			stops++
		case s.Kind == EtcdImageTag:
			out = append(out, datastore.Action{Hop: hop, Set: s.To, Clear: s.To == ""})
		case (s.Kind == KubeadmApply || s.Kind == KubeadmNode) && slices.Contains(s.Components, inventory.KubeAPIServer):
			at = s.To
		}
		if ok && s.Hop != at { // the next hop has begun
			for k := range out {
				if !out[k].Hop.Known() {
					out[k].Hop = hop
				}
			}
			stops = 0
		}
	}
	return out[:len(out)-stops]
}
