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
	s := Start{Taken: c.o.Now().UTC().Format(time.RFC3339), Ready: map[string]bool{}, Versions: map[string]string{}, Failing: v.failing()}
	for _, n := range v.nodes {
		s.Ready[n.Name] = nodeReady(n)
		s.Versions[n.Name] = kubelet(n).Version
	}
	c.start = &s
	return s, nil
}
