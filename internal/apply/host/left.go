package host

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/fixline-dev/fixline/internal/apply"
	"github.com/fixline-dev/fixline/internal/core/plan"
	"github.com/fixline-dev/fixline/internal/core/progress"
	"github.com/fixline-dev/fixline/internal/remote"
)

// unitOf names a command of a step, from 0. Steps of another plan may have the
// same ids: what is left of those is not this one's.
func (h *Hands) unitOf(s *plan.Step, i int) string {
	return unit(fmt.Sprintf("%.12s-%s-%d", h.o.Plan, s.ID, i+1))
}

// left is the command of a step, from 0, that an earlier run began on a host and
// whose end it did not see; -1 = none. Those before it ended well.
func (h *Hands) left(ctx context.Context, r remote.Runner, s *plan.Step) (int, error) {
	out, err := ask(ctx, r, "ls -1 "+remote.Quote(h.o.Folder)+" 2>/dev/null || :")
	if err != nil {
		return -1, err
	}
	units := strings.Fields(out)
	for i := len(s.Commands) - 1; i >= 0; i-- {
		if slices.Contains(units, h.unitOf(s, i)) {
			return i, nil
		}
	}
	return -1, nil
}

// under is where a step stands of which a command is under way: not there yet,
// whatever the world shows meanwhile, and nothing for a person.
func under(s *plan.Step, i int) progress.Look {
	return progress.Look{State: progress.Partly, Says: fmt.Sprintf("%s was begun on %s by an earlier run, which did not see how it ended", s.Commands[i], s.Node)}
}

// first is the command of a step to go on with, from 0: the one that is under
// way, and where kubeadm has moved a part of the control plane already, the one
// that moves it, since kubeadm offers no upgrade to what runs.
func (h *Hands) first(ctx context.Context, r remote.Runner, s *plan.Step, log *apply.Log) (int, error) {
	i, err := h.left(ctx, r, s)
	if err != nil {
		return 0, err
	}
	if i >= 0 {
		log.Note(under(s, i).Says + ": it is waited for, and not run again")
		return i, nil
	}
	if s.Kind != plan.KubeadmApply {
		return 0, nil
	}
	look, err := h.kubeadm(ctx, s)
	if err != nil || look.State != progress.Partly {
		return 0, err
	}
	i = slices.IndexFunc(s.Commands, func(c string) bool { return strings.HasPrefix(c, "sudo kubeadm upgrade apply ") })
	if i > 0 {
		log.Note("kubeadm's own plan is not asked again: " + look.Says)
	}
	return max(i, 0), nil
}
