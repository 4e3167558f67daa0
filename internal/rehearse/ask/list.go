package ask

import (
	"context"
	"strconv"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	v1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// page is how many objects are asked for at once; kubectl asks for as many.
const page = 500

// List lists every object of a resource, in pages of one revision, which it
// returns (0 = it named none). visit must not keep an object.
func (s *Server) List(ctx context.Context, r Resource, visit func(*unstructured.Unstructured)) (n int, revision int64, err error) {
	opts := v1.ListOptions{Limit: page}
	for {
		list, err := s.in(r, "").List(ctx, opts)
		if err != nil {
			return n, revision, err
		}
		if revision == 0 {
			revision, _ = strconv.ParseInt(list.GetResourceVersion(), 10, 64) // 0 is said
		}
		for i := range list.Items {
			n++
			visit(&list.Items[i])
		}
		if opts.Continue = list.GetContinue(); opts.Continue == "" {
			return n, revision, nil
		}
	}
}

// Get reads one object; why is "" when it can be read or is not there.
func (s *Server) Get(ctx context.Context, r Resource, namespace, name string) (o *unstructured.Unstructured, why string) {
	o, err := s.in(r, namespace).Get(ctx, name, v1.GetOptions{})
	switch {
	case apierrors.IsNotFound(err):
		return nil, ""
	case err != nil:
		return nil, plain(err)
	}
	return o, ""
}

// Update writes an object back without carrying it out, and gives what would be
// stored; refused is the server's message, "" = it took it.
func (s *Server) Update(ctx context.Context, r Resource, o *unstructured.Unstructured) (back *unstructured.Unstructured, refused string, err error) {
	back, err = s.in(r, o.GetNamespace()).Update(ctx, o, v1.UpdateOptions{DryRun: []string{v1.DryRunAll}})
	return back, said(err), unless(err)
}

// Create makes an object without carrying it out. One that is there already was
// not refused: it came as far.
func (s *Server) Create(ctx context.Context, r Resource, o *unstructured.Unstructured) (refused string, err error) {
	_, err = s.in(r, o.GetNamespace()).Create(ctx, o, v1.CreateOptions{DryRun: []string{v1.DryRunAll}})
	if apierrors.IsAlreadyExists(err) {
		return "", nil
	}
	return said(err), unless(err)
}

// said is what a server that answered says, "" where it took the request.
func said(err error) string {
	if err == nil || unless(err) != nil {
		return ""
	}
	return plain(err)
}

// unless is err where the server did not answer at all.
func unless(err error) error {
	if _, ok := err.(apierrors.APIStatus); ok || err == nil {
		return nil
	}
	return err
}
