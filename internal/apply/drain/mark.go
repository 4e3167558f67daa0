package drain

import (
	"context"
	"encoding/json"
	"fmt"

	v1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/fixline-dev/fixline/internal/apply"
)

// annotation is on a node from the request that cordons it to the one that
// uncordons it.
const annotation = "fixline.dev/drain"

// mark is how a node stood before it was cordoned here. What a journal says of a
// step comes when the step ends: too late for a run that is killed.
type mark struct {
	Plan           string     `json:"plan"` // its hash
	CordonedBefore bool       `json:"cordonedBefore"`
	Workloads      []workload `json:"workloads"`
}

// Under tells whether a drain has a node in hand, or has emptied it and not yet
// let pods on it again.
func Under(n *v1.Node) bool {
	_, ok := markOf(n)
	return ok
}

func markOf(n *v1.Node) (mark, bool) {
	text, ok := n.Annotations[annotation]
	var m mark
	if !ok || json.Unmarshal([]byte(text), &m) != nil {
		return mark{}, ok
	}
	return m, true
}

// text is the workloads of a mark, for the record.
func (m mark) text() string {
	out, err := json.Marshal(list(m.Workloads))
	if err != nil {
		return "[]"
	}
	return string(out)
}

// conflicts is how often a node may change between reading and writing it.
const conflicts = 5

// cordon marks a node and closes it, in one request. The mark of an earlier
// attempt stays: it was made when the node was as before.
func (d *Drains) cordon(ctx context.Context, node string, before []workload, log *apply.Log) (mark, error) {
	for try := 1; ; try++ {
		n, err := d.node(ctx, node)
		if err != nil {
			return mark{}, err
		}
		m := mark{Plan: d.o.Plan.Hash, CordonedBefore: n.Spec.Unschedulable, Workloads: before}
		if was, ok := markOf(n); ok {
			m.CordonedBefore = was.CordonedBefore
			if was.Plan == m.Plan {
				m.Workloads = merged(was.Workloads, before)
			}
		}
		text, err := json.Marshal(m)
		if err != nil {
			return mark{}, fmt.Errorf("cordoning %s: %w", node, err)
		}
		err = d.patch(ctx, n, string(text), true, "cordon "+node, log)
		if apierrors.IsConflict(err) && try < conflicts {
			continue
		}
		if err != nil {
			return mark{}, fmt.Errorf("cordoning %s: %w", node, err)
		}
		return m, nil
	}
}

// patch writes both, unless the node changed since n was read. An empty mark is
// taken away.
func (d *Drains) patch(ctx context.Context, n *v1.Node, mark string, unschedulable bool, what string, log *apply.Log) error {
	var value any
	if mark != "" {
		value = mark
	}
	spec := map[string]any{"unschedulable": nil}
	if unschedulable {
		spec["unschedulable"] = true
	}
	body, err := json.Marshal(map[string]any{"spec": spec,
		"metadata": map[string]any{"resourceVersion": n.ResourceVersion, "annotations": map[string]any{annotation: value}}})
	if err != nil {
		return err
	}
	began := d.o.Now()
	_, err = d.api.Core.Nodes().Patch(ctx, n.Name, types.MergePatchType, body, meta.PatchOptions{FieldManager: "fixline"})
	if !apierrors.IsConflict(err) {
		d.ran(log, what, began, err)
	}
	return err
}
