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
	"github.com/fixline-dev/fixline/internal/core/progress"
)

// pause are the hands of a verification pause: wait, then look at what may have
// broken meanwhile.
type pause struct{ c *Cluster }

// Look implements [apply.Hands]. A pause leaves no trace in the cluster, so one
// of an earlier run that was not written down as done is made again.
func (p pause) Look(ctx context.Context, s *plan.Step) (progress.Look, error) {
	if !p.c.done(s.ID) {
		return progress.Look{State: progress.Before, Says: "it was not paused yet"}, nil
	}
	wrong, says, err := p.c.check(ctx, s)
	if err != nil {
		return progress.Look{}, err
	}
	return verdict(wrong, says), nil
}

// Do implements [apply.Hands].
func (p pause) Do(ctx context.Context, s *plan.Step, log *apply.Log) error {
	if err := p.c.wait(ctx, log, p.c.o.Settle); err != nil {
		return err
	}
	p.c.sample(ctx, log)
	wrong, _, err := p.c.check(ctx, s)
	if err != nil {
		return err
	}
	for _, w := range wrong {
		log.Note("at the end of the pause: " + w)
	}
	p.c.mark(s.ID)
	return nil
}

func verdict(wrong, says []string) progress.Look {
	if len(wrong) > 0 {
		return progress.Look{State: progress.Partly, Says: some(wrong)}
	}
	return progress.Look{State: progress.There, Says: strings.Join(says, "; ")}
}

// check is what must be right between two phases.
func (c *Cluster) check(ctx context.Context, s *plan.Step) (wrong, says []string, err error) {
	holds, why, err := c.healthy(ctx)
	if err != nil {
		return nil, nil, err
	}
	wrong, says = sorted(wrong, says, holds, why)
	start, err := c.Start(ctx)
	if err != nil {
		return nil, nil, err
	}
	v, err := c.see(ctx)
	if err != nil {
		return nil, nil, err
	}
	holds, why = v.ready(start)
	wrong, says = sorted(wrong, says, holds, why)
	bad, right := v.as(c.book.at(s.ID))
	wrong = append(wrong, bad...)
	says = append(says, fmt.Sprintf("%d components run as the plan says", right))
	now := v.failing()
	for _, who := range slices.Sorted(maps.Keys(now)) {
		if start.Failing[who] == "" {
			wrong = append(wrong, namespace+": "+who+" is in "+now[who]+", and was not at the start")
		}
	}
	return wrong, says, nil
}

func sorted(wrong, says []string, holds bool, why string) ([]string, []string) {
	if !holds {
		return append(wrong, why), says
	}
	return wrong, append(says, why)
}

// seenInAPI are the components that the API shows where they run.
func seenInAPI() []string {
	return []string{inventory.Etcd, inventory.KubeAPIServer, inventory.KubeControllerManager, inventory.KubeScheduler,
		inventory.Kubelet, inventory.KubeProxy, inventory.CoreDNS}
}

// as compares what runs with what a plan says of it, node by node; CoreDNS stands
// on no fixed one.
func (v *view) as(want map[string]map[string]string) (wrong []string, right int) {
	is := map[[2]string]sighting{}
	for _, s := range v.sightings() {
		at := [2]string{s.component, s.node}
		if have, twice := is[at]; !twice || less(s.Version, have.Version) || s.Version == "" {
			is[at] = s
		}
	}
	for _, component := range seenInAPI() {
		if component == inventory.CoreDNS {
			bad, n := v.floating(component, anywhere(want[component]))
			wrong, right = append(wrong, bad...), right+n
			continue
		}
		for _, node := range slices.Sorted(maps.Keys(want[component])) {
			to := want[component][node]
			switch s, runs := is[[2]string{component, node}]; {
			case !runs:
				wrong = append(wrong, fmt.Sprintf("no %s is seen on %s", component, node))
			case s.Version == "":
				wrong = append(wrong, fmt.Sprintf("%s on %s: %s", component, node, s.Says))
			case !same(s.Version, to):
				wrong = append(wrong, fmt.Sprintf("%s on %s runs %s, not %s", component, node, s.Version, to))
			case !s.Ready && component != inventory.Kubelet && v.expectsReady(node):
				wrong = append(wrong, fmt.Sprintf("%s on %s is not Ready", component, node))
			default:
				right++
			}
		}
	}
	return wrong, right
}

func (v *view) floating(component, to string) (wrong []string, right int) {
	if to == "" {
		return nil, 0
	}
	wrong, _, _ = v.addon(component, to, true)
	if len(wrong) == 0 {
		right = 1
	}
	return wrong, right
}
