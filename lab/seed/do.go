package seed

import (
	"context"
	"errors"
	"slices"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// do carries out one step.
func (r run) do(ctx context.Context, step Step) error {
	switch {
	case step.Helm != nil:
		secret, err := step.Helm.secret()
		if err != nil {
			return err
		}
		return r.api.apply(ctx, secret, "")
	case step.Status != nil:
		return r.api.apply(ctx, step.Status, "", "status")
	case step.Wait != nil:
		return r.wait(ctx, *step.Wait)
	case step.Loop != nil:
		return r.loop(ctx, *step.Loop)
	case step.Kubelet != nil:
		return r.kubelet(ctx, *step.Kubelet, step.Kubelet.Version)
	case step.Exec != nil:
		return r.exec(ctx, step.Exec.At, script(step.Exec.With)+step.Exec.Run)
	}
	for _, object := range step.Apply {
		if err := r.settled(ctx, func() error { return r.api.apply(ctx, object, step.As) }); err != nil {
			return err
		}
	}
	return nil
}

// undo takes one step back, whether it was done or not.
func (r run) undo(ctx context.Context, step Step) error {
	switch {
	case step.Helm != nil:
		secret, err := step.Helm.secret()
		if err != nil {
			return err
		}
		return r.api.remove(ctx, secret)
	case step.Kubelet != nil:
		return r.kubelet(ctx, *step.Kubelet, r.version)
	case step.Exec != nil && step.Exec.Undo != "":
		return r.exec(ctx, step.Exec.At, script(step.Exec.With)+step.Exec.Undo)
	}
	for _, object := range slices.Backward(step.Apply) {
		remove := r.api.remove
		if step.Shared {
			remove = func(ctx context.Context, object Object) error { return r.api.release(ctx, object, step.As) }
		}
		if err := remove(ctx, object); err != nil {
			return err
		}
	}
	return nil
}

// settled tries again while the server has not caught up with what was made a moment ago: a kind that was just defined,
// an object of that name that is still on its way out.
func (r run) settled(ctx context.Context, do func() error) error {
	var last error
	err := r.api.wait(ctx, 15*time.Second, func(context.Context) (bool, error) {
		last = do()
		if meta.IsNoMatchError(last) || apierrors.IsNotFound(last) || apierrors.IsConflict(last) || terminating(last) {
			return false, nil
		}
		return true, last
	})
	if errors.Is(err, errInVain) {
		return last
	}
	return err
}

func terminating(err error) bool {
	return apierrors.HasStatusCause(err, "NamespaceTerminating")
}

func (r run) wait(ctx context.Context, w Wait) error {
	u := &unstructured.Unstructured{Object: Object{
		"apiVersion": w.APIVersion, "kind": w.Kind, "metadata": map[string]any{"name": w.Name, "namespace": w.Namespace},
	}}
	within := time.Duration(w.Within)
	if within == 0 {
		within = time.Minute
	}
	return r.api.wait(ctx, within, func(ctx context.Context) (bool, error) {
		resource, err := r.api.resource(u)
		if err != nil {
			if meta.IsNoMatchError(err) {
				return false, nil
			}
			return false, err
		}
		got, err := resource.Get(ctx, w.Name, metav1.GetOptions{})
		if err != nil {
			return false, ignoreGone(err)
		}
		return w.Condition == "" || hasCondition(got, w.Condition), nil
	})
}

func hasCondition(u *unstructured.Unstructured, wanted string) bool {
	conditions, _, err := unstructured.NestedSlice(u.Object, "status", "conditions")
	return err == nil && slices.ContainsFunc(conditions, func(c any) bool {
		condition, ok := c.(map[string]any)
		return ok && condition["type"] == wanted && condition["status"] == "True"
	})
}

func (r run) loop(ctx context.Context, l Loop) error {
	for range l.Times {
		if err := r.api.discovery.RESTClient().Get().AbsPath(l.Path).Do(ctx).Error(); err != nil {
			return err
		}
		if err := sleep(ctx, time.Duration(l.Every)); err != nil {
			return err
		}
	}
	return nil
}

func ignoreGone(err error) error {
	if apierrors.IsNotFound(err) {
		return nil
	}
	return err
}
