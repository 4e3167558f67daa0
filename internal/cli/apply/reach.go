package apply

import (
	"context"
	"fmt"

	v1 "k8s.io/api/core/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/fixline-dev/fixline/internal/apply/client"
	"github.com/fixline-dev/fixline/internal/cli/hosts"
	"github.com/fixline-dev/fixline/internal/remote"
)

// remotely is how hosts are reached, by node.
type remotely func(ctx context.Context, node string) (remote.Runner, error)

// reach prepares the ways to the nodes of the cluster, and says how they go.
func (o *Options) reach(ctx context.Context, api *client.Client) (to remotely, way string, end func(), err error) {
	o.Factory.Progress.Step("asking for the cluster's nodes")
	defer o.Factory.Progress.Done()
	all, err := api.Core.Nodes().List(ctx, meta.ListOptions{})
	if err != nil {
		return nil, "", nil, fmt.Errorf("asking for the cluster's nodes: %w", err)
	}
	runner, end, err := o.Hosts.Runners(o.Factory, nodesOf(all.Items))
	if err != nil {
		return nil, "", nil, err
	}
	way = "ssh"
	if o.Hosts.Local != "" {
		way = "local on " + o.Hosts.Local
		if o.Hosts.Asked() {
			way += ", ssh"
		}
	}
	return func(_ context.Context, node string) (remote.Runner, error) { return runner(node) }, way, end, nil
}

// nodesOf are the nodes with where they can be reached, inside addresses first.
func nodesOf(all []v1.Node) []hosts.Node {
	out := []hosts.Node{}
	for _, n := range all {
		one := hosts.Node{Name: n.Name, OS: n.Status.NodeInfo.OperatingSystem}
		for _, kind := range []v1.NodeAddressType{v1.NodeInternalIP, v1.NodeExternalIP} {
			for _, a := range n.Status.Addresses {
				if a.Type == kind {
					one.Addresses = append(one.Addresses, a.Address)
				}
			}
		}
		out = append(out, one)
	}
	return out
}
