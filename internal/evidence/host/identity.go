package host

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/fixline-dev/fixline/internal/remote"
)

// Is proves that a host is the node it is taken for, by the same signs as
// [Collect] finds nodes: the names its kubelet's certificates were issued for,
// its host name, where it was reached and its addresses. What the user said
// does not count, and one sign of another node is an error: what is to be
// changed on one node is never run on another. called is what the host was
// called to reach it. It needs root, since only root reads the certificates.
func Is(ctx context.Context, r remote.Runner, called, node string, nodes []Node) error {
	probes := slices.DeleteFunc(Probes(), func(p Probe) bool { return p.Name != "system" && p.Name != "certificates" })
	text, mark := script(probes)
	result, err := r.Run(ctx, remote.Command{Script: text, Root: true})
	if err != nil {
		return fmt.Errorf("asking which node it is: %w", err)
	}
	all := answers(result.Stdout, mark)
	var f found
	for _, p := range probes {
		access, usable := state(p, all[p.Name])
		if !usable {
			if p.Name == "system" {
				return fmt.Errorf("on %s: which node it is was not read: %s", r.Name(), access.Reason)
			}
			continue
		}
		if _, err := parsers()[p.Name](&f, all[p.Name].out); err != nil {
			return fmt.Errorf("on %s: which node it is was not read: %s: %w", r.Name(), p.From, err)
		}
	}
	is, err := nodeName(Options{Nodes: nodes}, []string{r.Name(), called}, f)
	if unclear, ok := errors.AsType[*unclearError](err); ok {
		return fmt.Errorf("on %s: it is not certain that this is %s: %s", r.Name(), node, unclear.signs())
	}
	if err != nil {
		return fmt.Errorf("on %s: %w", r.Name(), err)
	}
	switch {
	case !is.isNode:
		return fmt.Errorf("on %s: this is not %s: it is %q, which is no node of the cluster", r.Name(), node, is.name)
	case is.name != node:
		return fmt.Errorf("on %s: this is not %s: it is the node %s", r.Name(), node, is.name)
	}
	return nil
}

// unclearError is a host with signs of two nodes.
type unclearError struct {
	first, other sign
	name         string
}

func (e *unclearError) Error() string {
	return "its node is not clear, so nothing of it is kept: " + e.signs() + "; name its node in an inventory file (--ssh-hosts)"
}

func (e *unclearError) signs() string {
	return fmt.Sprintf("%s speaks for %s, %s for %s", e.first.what, e.name, e.other.what, e.other.nodes[0])
}
