package cluster

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/fixline-dev/fixline/internal/apply"
	"github.com/fixline-dev/fixline/internal/core/inventory"
	"github.com/fixline-dev/fixline/internal/core/plan"
)

// Gates are those about API servers, nodes and add-ons.
func (c *Cluster) Gates() apply.Gates { return gates{c} }

type gates struct{ c *Cluster }

// Holds implements [apply.Gates]. Security probes are not this package's: the
// gate about them holds with the word that nothing was compared; whoever can
// compare them stands before it in [apply.Joined].
func (g gates) Holds(ctx context.Context, gate string, s *plan.Step) (bool, string, error) {
	switch gate {
	case plan.GateHealthy:
		return g.c.healthy(ctx)
	case plan.GateNodesReady:
		return g.c.nodesReady(ctx)
	case plan.GateNodeReady:
		return g.c.nodeReady(ctx, s)
	case plan.GateProxyRolled:
		return g.c.addonsThere(ctx, s)
	case plan.GateNoRegression:
		return true, notCompared, nil
	}
	return false, "", &apply.UnknownGateError{Gate: gate}
}

const notCompared = "unknown: security probes were not compared, since the record holds no baseline of them"

// nodesReady: what was Ready at the start is.
func (c *Cluster) nodesReady(ctx context.Context) (bool, string, error) {
	start, err := c.Start(ctx)
	if err != nil {
		return false, "", err
	}
	v, err := c.see(ctx)
	if err != nil {
		return false, "", err
	}
	holds, says := v.ready(start)
	return holds, says, nil
}

func (v *view) ready(start Start) (bool, string) {
	wrong, was := []string{}, 0
	for _, name := range slices.Sorted(maps.Keys(start.Ready)) {
		if !start.Ready[name] {
			continue
		}
		was++
		switch n := v.node(name); {
		case n == nil:
			wrong = append(wrong, name+" is no node any more")
		case !nodeReady(n):
			wrong = append(wrong, name+" is not Ready"+because(n))
		}
	}
	if len(wrong) > 0 {
		return false, some(wrong)
	}
	return true, fmt.Sprintf("%d of %d nodes were Ready at the start, and are", was, len(start.Ready))
}

// nodeReady: Ready, with the kubelet of its latest step.
func (c *Cluster) nodeReady(ctx context.Context, s *plan.Step) (bool, string, error) {
	v, err := c.seeNode(ctx, s.Node)
	if err != nil {
		return false, "", err
	}
	n, is, to := v.nodes[0], kubelet(v.nodes[0]), c.book.kubelet(s)
	switch {
	case !nodeReady(n):
		return false, s.Node + " is not Ready" + because(n), nil
	case is.Version == "":
		return false, s.Node + ": " + is.Says, nil
	case to != "" && !same(is.Version, to):
		return false, fmt.Sprintf("the kubelet of %s is %s, not %s", s.Node, is.Version, to), nil
	}
	return true, fmt.Sprintf("%s is Ready with kubelet %s", s.Node, is.Version), nil
}

// addonsThere: kube-proxy and CoreDNS as a step leaves them, all of them Ready.
func (c *Cluster) addonsThere(ctx context.Context, s *plan.Step) (bool, string, error) {
	v, err := c.see(ctx)
	if err != nil {
		return false, "", err
	}
	want := c.book.at(s.ID)
	wrong, says := []string{}, []string{}
	for component, rollout := range map[string]func(context.Context, *view, string) (rolled, error){inventory.KubeProxy: addon{c}.proxy, inventory.CoreDNS: addon{c}.dns} {
		to := anywhere(want[component])
		if to == "" { // the start did not know it, or there was none
			bad, said, _ := v.addon(component, "", c.book.has[component])
			wrong, says = append(wrong, bad...), append(says, said)
			continue
		}
		r, err := rollout(ctx, v, to)
		if err != nil {
			return false, "", err
		}
		if !r.there {
			wrong = append(wrong, r.says)
		}
		says = append(says, r.says)
	}
	slices.Sort(wrong)
	slices.Sort(says)
	if len(wrong) > 0 {
		return false, some(wrong), nil
	}
	return true, strings.Join(says, "; "), nil
}

// addon judges the pods of one add-on, and counts them; to "" = any version.
func (v *view) addon(component, to string, had bool) (wrong []string, says string, n int) {
	for _, s := range v.sightings() {
		if s.component != component {
			continue
		}
		n++
		switch {
		case s.Version == "" && to != "":
			wrong = append(wrong, fmt.Sprintf("%s on %s: %s", component, s.node, s.Says))
		case to != "" && !same(s.Version, to):
			wrong = append(wrong, fmt.Sprintf("%s on %s runs %s, not %s", component, s.node, s.Version, to))
		case !s.Ready && v.expectsReady(s.node):
			wrong = append(wrong, fmt.Sprintf("%s on %s is not Ready", component, s.node))
		}
	}
	switch {
	case n == 0 && had:
		return []string{fmt.Sprintf("no pod of %s runs, and at the start of the plan there were some", component)}, "", 0
	case n == 0:
		return nil, "there is no " + component + ", as at the start of the plan", 0
	case to == "":
		return wrong, fmt.Sprintf("%d pods of %s are Ready; of which version they should be the plan does not know", n, component), n
	}
	return wrong, fmt.Sprintf("%d pods of %s are Ready at %s", n, component, to), n
}

// expectsReady: of a node that is not Ready nothing that runs there is. The gate
// about nodes says so; whatever waits for a rollout would wait for ever.
func (v *view) expectsReady(node string) bool {
	n := v.node(node)
	return n == nil || nodeReady(n)
}

func some(list []string) string {
	const most = 10
	if len(list) <= most {
		return strings.Join(list, "; ")
	}
	return fmt.Sprintf("%s; and %d more", strings.Join(list[:most], "; "), len(list)-most)
}
