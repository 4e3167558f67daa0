package hosts

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/fixline-dev/fixline/internal/cli/exit"
	"github.com/fixline-dev/fixline/internal/cli/factory"
	"github.com/fixline-dev/fixline/internal/evidence/host"
	"github.com/fixline-dev/fixline/internal/remote"
	"github.com/fixline-dev/fixline/internal/remote/local"
	"github.com/fixline-dev/fixline/internal/remote/ssh"
)

// Runners are the ways to nodes, for options with the flags of
// [Options.AddNodeFlags] that were validated. runner gives the one of a node by
// its name: always the same, which connects when it is first used and again
// after it was lost, and then proves by [host.Is] that the node is at its other
// end. Nothing is connected to before. Its methods may be called from several
// goroutines. A node that no flag reaches is an error of runner, a host that
// belongs to no node or to two one of Runners, with code [exit.Usage]. nodes
// are all that the host could be taken for. closeAll ends every connection for
// good.
func (o *Options) Runners(f *factory.Factory, nodes []Node) (runner func(node string) (remote.Runner, error), closeAll func(), err error) {
	p, err := o.Prepare(f)
	if err != nil {
		return nil, nil, err
	}
	if nodes == nil {
		nodes = []Node{}
	}
	links, why, err := p.links(nodes)
	if err != nil {
		return nil, nil, err
	}
	if err := o.here(f, nodes, links); err != nil {
		return nil, nil, err
	}
	runner = func(node string) (remote.Runner, error) {
		if l, ok := links[node]; ok {
			return l, nil
		}
		if reason, ok := why[node]; ok {
			return nil, fmt.Errorf("the node %s cannot be reached: %s", node, reason)
		}
		return nil, exit.WithHint(exit.Usagef("no host was named for the node %s", node), "add --ssh %s=[USER@]HOST, or --ssh [USER@]nodes for every node", node)
	}
	closeAll = func() {
		for _, l := range links {
			l.end()
		}
	}
	return runner, closeAll, nil
}

// links are the ways over SSH by node, and why some nodes have none.
func (p Prepared) links(nodes []Node) (links map[string]*link, why map[string]string, err error) {
	links, why = map[string]*link{}, map[string]string{}
	places, lost := p.Places(nodes)
	for _, l := range lost {
		why[l.Node] = l.Why
	}
	for _, place := range places {
		node, err := place.of(nodes)
		if err != nil {
			return nil, nil, err
		}
		if have, twice := links[node]; twice {
			return nil, nil, exit.Usagef("--ssh: %s and %s are both named for the node %s", have.called, place.Name, node)
		}
		names, err := ssh.Way(place.Way)
		if err != nil {
			return nil, nil, exit.BadInput(fmt.Errorf("--ssh %s: %w", place.Name, err))
		}
		name := names[len(names)-1]
		user, _ := cutUser(name)
		links[node] = &link{node: node, name: name, user: strings.TrimSuffix(user, "@"), called: place.Name, nodes: known(nodes),
			dial: func(ctx context.Context) (remote.Runner, error) { return Dial(ctx, place.Way) }}
	}
	return links, why, nil
}

// of is the node a place was named for, or that has its name or address.
func (place Place) of(nodes []Node) (string, error) {
	at := strings.Trim(hostOf(place.Way.Target), "[]")
	for _, n := range nodes {
		if place.Node == n.Name || place.Node == "" && (n.Name == at || slices.Contains(n.Addresses, at)) {
			return n.Name, nil
		}
	}
	if place.Node != "" {
		return "", exit.Usagef("--ssh: %s is named for the node %s, which the cluster does not have", place.Name, place.Node)
	}
	return "", exit.WithHint(exit.Usagef("--ssh: no node has the name or address %s", at), "write which node it is: --ssh NODE=%s", place.Name)
}

// here takes this very host for the node of --local.
func (o *Options) here(f *factory.Factory, nodes []Node, links map[string]*link) error {
	if o.Local == "" {
		return nil
	}
	if !slices.ContainsFunc(nodes, func(n Node) bool { return n.Name == o.Local }) {
		return exit.Usagef("--local: the cluster has no node %s", o.Local)
	}
	if l, ok := links[o.Local]; ok && !o.EveryNode() {
		return exit.Usagef("--local and --ssh %s both name the node %s", l.called, o.Local)
	}
	account := Account(f)
	name := account + "@" + o.Local
	links[o.Local] = &link{node: o.Local, name: name, user: account, called: "this host", nodes: known(nodes),
		dial: func(context.Context) (remote.Runner, error) { return local.New("this host", account), nil }}
	return nil
}

func known(nodes []Node) []host.Node {
	out := make([]host.Node, len(nodes))
	for i, n := range nodes {
		out[i] = host.Node{Name: n.Name, Addresses: n.Addresses}
	}
	return out
}
