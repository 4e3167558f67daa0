// Package lock keeps a second run from carrying out another change of the same
// cluster: a Lease in kube-system that names who holds it. It survives a crash,
// and nothing but its holder's record, or a person, takes it away: a change that
// was left half-way is no reason to begin another. Start at [Acquire].
package lock

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	coordination "k8s.io/api/coordination/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/fixline-dev/fixline/internal/apply/client"
)

// Where the Lease is.
const (
	Namespace = "kube-system"
	Name      = "fixline-apply"
)

// Annotations beside the Lease's own fields.
const (
	annotationPlan = "fixline.dev/plan"
	annotationHost = "fixline.dev/host"
	annotationRun  = "fixline.dev/run"
)

// Holder is who carries a change out.
type Holder struct {
	Record string // its id
	Plan   string // its hash
	Host   string // on which it runs
	Run    string // of this process alone, such as a random number: two runs of one record are two
}

// HeldError is a cluster on which another change is under way.
type HeldError struct {
	By             Holder
	Since, Renewed time.Time
}

func (e *HeldError) Error() string {
	return fmt.Sprintf("another change is under way: record %s, plan %s, on host %s since %s, last seen %s. Let it end, or go on with it from its record (fixline apply with the same record); "+
		"when its record is lost and nothing runs on that host any more, take the lock over (--take-over)",
		e.By.Record, e.By.Plan, e.By.Host, e.Since.UTC().Format(time.RFC3339), e.Renewed.UTC().Format(time.RFC3339))
}

// LostError is a lock that somebody else holds now.
type LostError struct{ By Holder }

func (e *LostError) Error() string {
	if e.By == (Holder{}) {
		return "the lock was taken away meanwhile: nothing more may be begun"
	}
	return fmt.Sprintf("the lock was taken over by record %s on host %s: nothing more may be begun", e.By.Record, e.By.Host)
}

// Lock is held.
type Lock struct {
	api *client.Client
	who Holder
	now func() time.Time
	// Former is whom it was taken from: an earlier run of the same record, or
	// somebody else where it was taken over; nil = it was free.
	Former *Holder
}

// Acquire takes the lock where it is free, held by the same record, or is to be
// taken over; else it is a *[HeldError]. It is never waited for.
func Acquire(ctx context.Context, api *client.Client, who Holder, takeOver bool, now func() time.Time) (*Lock, error) {
	l := &Lock{api: api, who: who, now: now}
	const attempts = 5 // of two that write at the same time one has to read again
	var err error
	for range attempts {
		if err = l.take(ctx, takeOver); !apierrors.IsConflict(err) && !apierrors.IsAlreadyExists(err) {
			break
		}
	}
	if err != nil {
		return nil, fmt.Errorf("taking the lock %s/%s: %w", Namespace, Name, err)
	}
	return l, nil
}

func (l *Lock) take(ctx context.Context, takeOver bool) error {
	leases := l.api.Coordination.Leases(Namespace)
	x, err := leases.Get(ctx, Name, meta.GetOptions{})
	if apierrors.IsNotFound(err) {
		x = &coordination.Lease{ObjectMeta: meta.ObjectMeta{Name: Name, Namespace: Namespace}}
		l.write(x, l.now())
		_, err = leases.Create(ctx, x, meta.CreateOptions{FieldManager: "fixline"})
		return err
	}
	if err != nil {
		return err
	}
	is, since := holder(x), l.now()
	if is.Record != "" && is.Record != l.who.Record && !takeOver {
		return &HeldError{is, timeOf(x.Spec.AcquireTime), timeOf(x.Spec.RenewTime)}
	}
	if is.Record == l.who.Record && x.Spec.AcquireTime != nil {
		since = x.Spec.AcquireTime.Time
	}
	if is.Record != "" {
		l.Former = &is
	}
	l.write(x, since)
	_, err = leases.Update(ctx, x, meta.UpdateOptions{FieldManager: "fixline"})
	return err
}

// Renew says that the holder still runs. Its error is a *[LostError] where it
// holds the lock no more; any other is of a request, and may be tried again.
func (l *Lock) Renew(ctx context.Context) error {
	x, err := l.own(ctx)
	if err != nil {
		return fmt.Errorf("renewing the lock %s/%s: %w", Namespace, Name, err)
	}
	l.write(x, timeOf(x.Spec.AcquireTime))
	if _, err = l.api.Coordination.Leases(Namespace).Update(ctx, x, meta.UpdateOptions{FieldManager: "fixline"}); err != nil {
		return fmt.Errorf("renewing the lock %s/%s: %w", Namespace, Name, err)
	}
	return nil
}

// Release gives the lock back; one that was lost meanwhile is left alone.
func (l *Lock) Release(ctx context.Context) error {
	x, err := l.own(ctx)
	if _, lost := errors.AsType[*LostError](err); lost {
		return nil
	}
	if err == nil {
		uid, version := x.UID, x.ResourceVersion
		err = l.api.Coordination.Leases(Namespace).Delete(ctx, Name, meta.DeleteOptions{Preconditions: &meta.Preconditions{UID: &uid, ResourceVersion: &version}})
	}
	if err != nil && !apierrors.IsNotFound(err) {
		return fmt.Errorf("releasing the lock %s/%s: %w", Namespace, Name, err)
	}
	return nil
}

// own is the Lease, where it is still ours.
func (l *Lock) own(ctx context.Context) (*coordination.Lease, error) {
	x, err := l.api.Coordination.Leases(Namespace).Get(ctx, Name, meta.GetOptions{})
	if apierrors.IsNotFound(err) {
		return nil, &LostError{}
	}
	if err != nil {
		return nil, err
	}
	if is := holder(x); is.Record != l.who.Record || is.Run != l.who.Run {
		return nil, &LostError{is}
	}
	return x, nil
}

func (l *Lock) write(x *coordination.Lease, since time.Time) {
	seconds, now, from := int32(3600), meta.NewMicroTime(l.now()), meta.NewMicroTime(since)
	x.Spec = coordination.LeaseSpec{HolderIdentity: &l.who.Record, LeaseDurationSeconds: &seconds, AcquireTime: &from, RenewTime: &now}
	if x.Annotations == nil {
		x.Annotations = map[string]string{}
	}
	x.Annotations[annotationPlan], x.Annotations[annotationHost], x.Annotations[annotationRun] = l.who.Plan, l.who.Host, l.who.Run
}

// Look says who holds the lock; nil = nobody.
func Look(ctx context.Context, api *client.Client) (*HeldError, error) {
	x, err := api.Coordination.Leases(Namespace).Get(ctx, Name, meta.GetOptions{})
	if apierrors.IsNotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("looking at the lock %s/%s: %w", Namespace, Name, err)
	}
	return &HeldError{holder(x), timeOf(x.Spec.AcquireTime), timeOf(x.Spec.RenewTime)}, nil
}

func holder(x *coordination.Lease) Holder {
	h := Holder{Plan: x.Annotations[annotationPlan], Host: x.Annotations[annotationHost], Run: x.Annotations[annotationRun]}
	if x.Spec.HolderIdentity != nil {
		h.Record = *x.Spec.HolderIdentity
	}
	if h.Record == "" && h != (Holder{}) {
		h.Record = cmp.Or(h.Run, "unknown")
	}
	return h
}

func timeOf(t *meta.MicroTime) time.Time {
	if t == nil {
		return time.Time{}
	}
	return t.Time
}
