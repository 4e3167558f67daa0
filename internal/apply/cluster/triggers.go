package cluster

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/fixline-dev/fixline/internal/apply"
	"github.com/fixline-dev/fixline/internal/apply/drain"
)

// Triggers that this package watches, as they are named when they are pulled.
const (
	TriggerAPIAway  = "the API does not answer"
	TriggerNotReady = "a node that was Ready at the start is not Ready"
	TriggerJoined   = "a node joined at a version the plan does not know"
	TriggerFailing  = "something of kube-system does not start that did at the start"
)

// Triggers watch the cluster. Nodes that a drain has in hand do not count.
func (c *Cluster) Triggers() apply.Triggers { return triggers{c} }

type triggers struct{ c *Cluster }

// Pulled implements [apply.Triggers]. While the API does not answer it waits, as
// long as its limit.
func (t triggers) Pulled(ctx context.Context) (trigger, seen string, err error) {
	v, err := t.answer(ctx)
	var away *awayError
	switch {
	case errors.As(err, &away):
		return TriggerAPIAway, away.Error(), nil
	case err != nil:
		return "", "", err
	}
	start, err := t.c.Start(ctx)
	if err != nil {
		return "", "", err
	}
	if seen := t.notReady(v, start); seen != "" {
		return TriggerNotReady, seen, nil
	}
	if seen := t.joined(v, start); seen != "" {
		return TriggerJoined, seen, nil
	}
	now := v.failing()
	for _, who := range slices.Sorted(maps.Keys(now)) {
		if start.Failing[who] == "" && now[who] == "CrashLoopBackOff" {
			return TriggerFailing, who + " is in " + now[who], nil
		}
	}
	return "", "", nil
}

// awayError is an API that did not answer within its limit.
type awayError struct {
	host  string
	limit time.Duration
	last  error
}

func (e *awayError) Error() string {
	return fmt.Sprintf("%s gave no answer for %s: %v", e.host, e.limit, e.last)
}

// answer is what the API shows, waited for as long as it may be away. A refusal
// is an answer, and who is refused cannot watch.
func (t triggers) answer(ctx context.Context) (*view, error) {
	began := t.c.o.Now()
	for {
		v, err := t.c.see(ctx)
		if err == nil || ctx.Err() != nil {
			return v, err
		}
		if apierrors.IsForbidden(err) || apierrors.IsUnauthorized(err) {
			return nil, err
		}
		if t.c.o.Now().Sub(began) >= t.c.o.APIAway {
			return nil, &awayError{t.c.api.Host, t.c.o.APIAway, err}
		}
		if err := t.c.wait(ctx, &apply.Log{}, min(t.c.o.Poll, t.c.o.APIAway)); err != nil {
			return nil, err
		}
	}
}

func (t triggers) notReady(v *view, start Start) string {
	for _, n := range v.nodes {
		if !start.Ready[n.Name] || nodeReady(n) || drain.Under(n) {
			continue
		}
		c := readiness(n)
		if c == nil || t.c.o.Now().Sub(c.LastTransitionTime.Time) > t.c.o.NotReady {
			return n.Name + " is not Ready" + because(n)
		}
	}
	return ""
}

func (t triggers) joined(v *view, start Start) string {
	for _, n := range v.nodes {
		if _, was := start.Ready[n.Name]; was || t.c.book.nodes[n.Name] {
			continue
		}
		if is := kubelet(n).Version; !t.c.book.known[is] {
			return fmt.Sprintf("%s joined with kubelet %q; the plan knows %v", n.Name, is, slices.Sorted(maps.Keys(t.c.book.known)))
		}
	}
	return ""
}
