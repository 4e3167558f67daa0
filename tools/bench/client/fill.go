package main

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/rest"
)

// together is how many objects are created at the same time.
const together = 64

// object is a Kubernetes object of ours.
type object interface {
	runtime.Object
	metav1.Object
}

// kind is one kind of objects a cluster is filled with.
type kind struct {
	resource schema.GroupVersionResource
	count    int // in a full cluster
	// make makes number n, in the namespace where the kind has one.
	make func(n int, namespace string) object
	// writer is the program that creates such objects, which managedFields then name.
	writer string
	// status says who writes the status afterwards; "" = nobody.
	status string
	alone  bool // must be there before what follows
}

// fill brings a cluster from one percentage of its objects to another.
func fill(ctx context.Context, cfg *rest.Config, from, to int) error {
	cfg = plain(cfg)
	cfg.ContentType = runtime.ContentTypeProtobuf
	client, err := typedClient(cfg)
	if err != nil {
		return err
	}
	// Every kind at once would let small kinds wait for large ones.
	total, namespaces := 0, namespaceCount*to/100
	g, until := limited(ctx)
	for _, k := range mix() {
		for n := k.count * from / 100; n < k.count*to/100; n++ {
			g.Go(func() error { return k.create(until, client, n, fmt.Sprintf("team-%02d", n%namespaces)) })
			total++
		}
		if k.alone {
			if err := g.Wait(); err != nil {
				return err
			}
			g, until = limited(ctx)
		}
	}
	if err := g.Wait(); err != nil {
		return err
	}
	fmt.Printf("%d objects\n", total)
	return nil
}

func limited(ctx context.Context) (*errgroup.Group, context.Context) {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(together)
	return g, ctx
}

func (k kind) create(ctx context.Context, client *rest.RESTClient, n int, namespace string) error {
	o := k.make(n, namespace)
	at := path(k.resource, o.GetNamespace())
	var made metav1.PartialObjectMetadata
	err := again(ctx, func() error {
		req := client.Post().AbsPath(at).SetHeader("User-Agent", k.writer).SetHeader("Accept", runtime.ContentTypeJSON)
		if u, ok := o.(*unstructured.Unstructured); ok { // has no form but JSON
			text, err := u.MarshalJSON()
			if err != nil {
				return err
			}
			return req.SetHeader("Content-Type", runtime.ContentTypeJSON).Body(text).Do(ctx).Error()
		}
		answer, err := req.Body(o).Do(ctx).Raw()
		if err != nil || k.status == "" {
			return err
		}
		return json.Unmarshal(answer, &made)
	})
	if err != nil {
		return fmt.Errorf("creating %s %d: %w", k.resource.Resource, n, err)
	}
	if k.status == "" {
		return nil
	}
	o.SetResourceVersion(made.GetResourceVersion())
	o.SetUID(made.GetUID())
	err = client.Put().AbsPath(at, o.GetName(), "status").SetHeader("User-Agent", k.status).Body(o).Do(ctx).Error()
	if err != nil {
		return fmt.Errorf("writing the status of %s %d: %w", k.resource.Resource, n, err)
	}
	return nil
}

// again asks once more where the server had not yet seen the namespace or was busy.
func again(ctx context.Context, do func() error) error {
	for try := 0; ; try++ {
		err := do()
		if err == nil || try == 20 || !apierrors.IsNotFound(err) && !apierrors.IsForbidden(err) && !apierrors.IsTooManyRequests(err) {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(100 * time.Millisecond):
		}
	}
}
