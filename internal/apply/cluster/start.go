package cluster

import (
	"context"
	"time"
)

// Start is how the cluster stood before the first step: what gates and triggers
// compare with. Its JSON form is for the journal, from which a run that goes on
// gives it back.
type Start struct {
	Taken    string            `json:"taken"` // RFC 3339, UTC
	Ready    map[string]bool   `json:"ready"` // by node
	Nodes    map[string]string `json:"nodes"` // their UIDs, by name
	Versions map[string]string `json:"versions"`
	// Failing are containers of kube-system that did not start: "Pod/name/container".
	Failing map[string]string `json:"failing"`
}

// Start is what the cluster was told or has taken; the first call without either
// looks.
func (c *Cluster) Start(ctx context.Context) (Start, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.start != nil {
		return *c.start, nil
	}
	v, err := c.see(ctx)
	if err != nil {
		return Start{}, doing("taking down how the cluster stands before the change", err)
	}
	s := Start{Taken: c.o.Now().UTC().Format(time.RFC3339), Ready: map[string]bool{}, Nodes: map[string]string{}, Versions: map[string]string{}, Failing: v.failing()}
	for _, n := range v.nodes {
		s.Ready[n.Name] = nodeReady(n)
		s.Nodes[n.Name] = string(n.UID)
		s.Versions[n.Name] = kubelet(n).Version
	}
	c.start = &s
	return s, nil
}

// Nodes are the UIDs of the nodes there are now, by name.
func (c *Cluster) Nodes(ctx context.Context) (map[string]string, error) {
	v, err := c.see(ctx)
	if err != nil {
		return nil, doing("looking which cluster it is", err)
	}
	uids := map[string]string{}
	for _, n := range v.nodes {
		uids[n.Name] = string(n.UID)
	}
	return uids, nil
}
