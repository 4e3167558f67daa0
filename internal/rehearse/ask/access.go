package ask

import (
	"context"
	"fmt"

	authorization "k8s.io/api/authorization/v1"
	v1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
)

// Access asks whether a subject may do something.
func (s *Server) Access(ctx context.Context, spec authorization.SubjectAccessReviewSpec) (bool, error) {
	review := &authorization.SubjectAccessReview{Spec: spec}
	body, err := runtime.DefaultUnstructuredConverter.ToUnstructured(review)
	if err != nil {
		return false, err
	}
	o := &unstructured.Unstructured{Object: body}
	o.SetAPIVersion(authorization.SchemeGroupVersion.String())
	o.SetKind("SubjectAccessReview")
	back, err := s.objects.Resource(authorization.SchemeGroupVersion.WithResource("subjectaccessreviews")).Create(ctx, o, v1.CreateOptions{})
	if err != nil {
		return false, fmt.Errorf("asking about access: %w", err)
	}
	if err := Into(back, review); err != nil {
		return false, err
	}
	if review.Status.EvaluationError != "" && !review.Status.Allowed {
		return false, fmt.Errorf("asking about access: %s", review.Status.EvaluationError)
	}
	return review.Status.Allowed, nil
}

// Into reads an object into its type.
func Into(o *unstructured.Unstructured, to any) error {
	return runtime.DefaultUnstructuredConverter.FromUnstructured(o.Object, to)
}

// Named is the resource of that name and group, in the server's preferred version.
func (s *Server) Named(resource, group string) (Resource, bool) {
	for _, r := range s.Resources {
		if r.Resource == resource && r.Group == group {
			return r, true
		}
	}
	return Resource{}, false
}

// All lists every object of a resource as its type; none where it is not served.
func All[T any](ctx context.Context, s *Server, resource, group string) ([]T, error) {
	r, ok := s.Named(resource, group)
	if !ok {
		return nil, nil
	}
	var out []T
	var failed error
	_, _, err := s.List(ctx, r, func(o *unstructured.Unstructured) {
		var one T
		if err := Into(o, &one); err != nil && failed == nil {
			failed = err
		}
		out = append(out, one)
	})
	if err == nil {
		err = failed
	}
	if err != nil {
		return nil, fmt.Errorf("listing %s: %w", r.Name(), err)
	}
	return out, nil
}
