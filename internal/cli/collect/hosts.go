package collect

import (
	"context"

	"github.com/fixline-dev/fixline/internal/cli/hosts"
	"github.com/fixline-dev/fixline/internal/evidence"
	"github.com/fixline-dev/fixline/internal/evidence/host"
	"github.com/fixline-dev/fixline/internal/evidence/kube"
	"github.com/fixline-dev/fixline/internal/remote"
)

// targets are the hosts to look at, each once. What cannot be one is noted.
func targets(way hosts.Prepared, nodes []kube.Node, sink evidence.Sink) []host.Target {
	var known []hosts.Node
	if nodes != nil {
		known = []hosts.Node{}
	}
	for _, n := range nodes {
		known = append(known, hosts.Node{Name: n.Name, OS: n.OS, Addresses: n.Addresses})
	}
	places, lost := way.Places(known)
	for _, l := range lost {
		state := evidence.Failed
		if l.Never {
			state = evidence.NotAsked
		}
		sink.Note(evidence.Check{Asked: "hosts/" + l.Node, State: state, Reason: l.Why})
	}
	var out []host.Target
	for _, p := range places {
		out = append(out, host.Target{Name: p.Name, Node: p.Node, Dial: func(ctx context.Context) (remote.Runner, error) { return hosts.Dial(ctx, p.Way) }})
	}
	return out
}
