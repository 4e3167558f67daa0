package drain

import (
	"context"
	"fmt"

	v1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/fixline-dev/fixline/internal/apply"
	"github.com/fixline-dev/fixline/internal/core/plan"
	"github.com/fixline-dev/fixline/internal/core/progress"
)

// uncordon are the hands that open a node again which was closed here.
type uncordon struct{ d *Drains }

// whose tells whether a node that takes no pods was closed by this change.
func (u uncordon) whose(n *v1.Node, s *plan.Step) (ours, known bool) {
	if m, ok := markOf(n); ok {
		return !m.CordonedBefore, true
	}
	before, ok := u.d.facts(s)[FactCordonedBefore]
	return ok && before == "false", ok
}

// Look implements [apply.Hands]. A node that somebody else closed is there as it is.
func (u uncordon) Look(ctx context.Context, s *plan.Step) (progress.Look, error) {
	n, err := u.d.node(ctx, s.Node)
	if apierrors.IsNotFound(err) {
		return progress.Look{State: progress.Unclear, Says: s.Node + " is no node any more"}, nil
	}
	if err != nil {
		return progress.Look{}, err
	}
	ours, known := u.whose(n, s)
	_, marked := markOf(n)
	switch {
	case !n.Spec.Unschedulable && !marked:
		return progress.Look{State: progress.There, Says: s.Node + " takes pods"}, nil
	case !n.Spec.Unschedulable:
		return progress.Look{State: progress.Partly, Says: s.Node + " takes pods, and is still marked as drained"}, nil
	case ours:
		return progress.Look{State: progress.Before, Says: s.Node + " is cordoned by this change"}, nil
	case marked:
		return progress.Look{State: progress.Before, Says: s.Node + " is marked as drained, and was cordoned by somebody else before"}, nil
	case !known:
		return progress.Look{State: progress.There, Says: s.Node + " was not cordoned by this change, and stays cordoned"}, nil
	}
	return progress.Look{State: progress.There, Says: s.Node + " was cordoned before this change, and stays so"}, nil
}

// Do implements [apply.Hands]. It takes the mark away, and opens the node where
// it was open before.
func (u uncordon) Do(ctx context.Context, s *plan.Step, log *apply.Log) error {
	for try := 1; ; try++ {
		n, err := u.d.node(ctx, s.Node)
		if err != nil {
			return err
		}
		if m, ok := markOf(n); ok {
			u.d.keep(s.Node, m.Workloads)
		}
		ours, _ := u.whose(n, s)
		what := "uncordon " + s.Node
		if !ours {
			what = "take the mark of the drain off " + s.Node
			log.Note(s.Node + " was cordoned by somebody else before, and stays so")
		}
		err = u.d.patch(ctx, n, "", n.Spec.Unschedulable && !ours, what, log)
		if apierrors.IsConflict(err) && try < conflicts {
			continue
		}
		if err != nil {
			return fmt.Errorf("uncordoning %s: %w", s.Node, err)
		}
		return nil
	}
}

// keep remembers what was evicted once the mark is gone, for the gate after it.
func (d *Drains) keep(node string, all []workload) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.gone[node] = all
}
