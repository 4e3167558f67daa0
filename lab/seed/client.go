package seed

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/discovery/cached/memory"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/restmapper"
)

// manager is whom applied fields belong to.
const manager = "fixline-lab"

// paperLabel is on nodes that are objects and nothing else.
const paperLabel = "lab.fixline.dev/paper"

// gone bounds the wait for an object that was removed: a namespace goes when its pods have ended, and after an API server
// was started again the controllers take a while.
const gone = 2 * time.Minute

// client is what the steps use of the API.
type client struct {
	discovery *discovery.DiscoveryClient
	mapper    *restmapper.DeferredDiscoveryRESTMapper
	dynamic   dynamic.Interface
}

func newClient(config *rest.Config) (*client, error) {
	config = rest.CopyConfig(config)
	config.UserAgent = "fixline-lab"
	config.QPS, config.Burst = 50, 100
	config.WarningHandler = rest.NoWarnings{} // what is deprecated here is so on purpose
	d, err := discovery.NewDiscoveryClientForConfig(config)
	if err != nil {
		return nil, err
	}
	objects, err := dynamic.NewForConfig(config)
	if err != nil {
		return nil, err
	}
	return &client{d, restmapper.NewDeferredDiscoveryRESTMapper(memory.NewMemCacheClient(d)), objects}, nil
}

func (c *client) version() (string, error) {
	info, err := c.discovery.ServerVersion()
	if err != nil {
		return "", fmt.Errorf("asking for the version: %w", err)
	}
	return strings.TrimPrefix(info.GitVersion, "v"), nil
}

// nodes says whether there are nodes that are not of paper, and returns the cluster's identity.
func (c *client) nodes(ctx context.Context) (identity string, real bool, err error) {
	list, err := c.dynamic.Resource(schema.GroupVersionResource{Version: "v1", Resource: "nodes"}).
		List(ctx, metav1.ListOptions{LabelSelector: "!" + paperLabel, Limit: 1})
	if err != nil {
		return "", false, err
	}
	system, err := c.dynamic.Resource(schema.GroupVersionResource{Version: "v1", Resource: "namespaces"}).
		Get(ctx, "kube-system", metav1.GetOptions{})
	if err != nil {
		return "", false, err
	}
	return string(system.GetUID()), len(list.Items) > 0, nil
}

// resource is where an object's kind is served. A kind that is not known may have been defined a moment ago.
func (c *client) resource(u *unstructured.Unstructured) (dynamic.ResourceInterface, error) {
	gvk := u.GroupVersionKind()
	mapping, err := c.mapper.RESTMapping(gvk.GroupKind(), gvk.Version)
	if meta.IsNoMatchError(err) {
		c.mapper.Reset()
		mapping, err = c.mapper.RESTMapping(gvk.GroupKind(), gvk.Version)
	}
	if err != nil {
		return nil, err
	}
	if mapping.Scope.Name() == meta.RESTScopeNameNamespace {
		if u.GetNamespace() == "" {
			return nil, fmt.Errorf("%s %s has no namespace", u.GetKind(), u.GetName())
		}
		return c.dynamic.Resource(mapping.Resource).Namespace(u.GetNamespace()), nil
	}
	return c.dynamic.Resource(mapping.Resource), nil
}

// apply makes the object's fields so. A kind or namespace that was made a moment ago may need another.
func (c *client) apply(ctx context.Context, object Object, as string, subresources ...string) error {
	if as == "" {
		as = manager
	}
	u := &unstructured.Unstructured{Object: object}
	r, err := c.resource(u)
	if err != nil {
		return err
	}
	if _, err := r.Apply(ctx, u.GetName(), u, metav1.ApplyOptions{FieldManager: as, Force: true}, subresources...); err != nil {
		return fmt.Errorf("applying %s: %w", name(u), err)
	}
	return nil
}

// release gives up what was applied of an object that is not ours.
func (c *client) release(ctx context.Context, object Object, as string) error {
	u := &unstructured.Unstructured{Object: object}
	r, err := c.resource(u)
	if err != nil {
		return err
	}
	if _, err := r.Get(ctx, u.GetName(), metav1.GetOptions{}); err != nil {
		return ignoreGone(err)
	}
	metadata := map[string]any{"name": u.GetName()}
	if u.GetNamespace() != "" {
		metadata["namespace"] = u.GetNamespace()
	}
	return c.apply(ctx, Object{"apiVersion": u.GetAPIVersion(), "kind": u.GetKind(), "metadata": metadata}, as)
}

// remove deletes the object and waits until it is gone.
func (c *client) remove(ctx context.Context, object Object) error {
	u := &unstructured.Unstructured{Object: object}
	r, err := c.resource(u)
	if meta.IsNoMatchError(err) {
		return nil // its kind is gone, and it with it
	}
	if err != nil {
		return err
	}
	now := int64(0)
	if err := r.Delete(ctx, u.GetName(), metav1.DeleteOptions{GracePeriodSeconds: &now}); err != nil {
		return ignoreGone(err)
	}
	err = c.wait(ctx, gone, func(ctx context.Context) (bool, error) {
		_, err := r.Get(ctx, u.GetName(), metav1.GetOptions{})
		return err != nil, ignoreGone(err)
	})
	if errors.Is(err, errInVain) && u.GetKind() == "Namespace" {
		return fmt.Errorf("removing %s: it is still being removed after %s; does a controller manager run? (\"lab controlplane\" starts one with --controller-manager)", name(u), gone)
	}
	if err != nil {
		return fmt.Errorf("removing %s: %w", name(u), err)
	}
	return nil
}

var errInVain = errors.New("waited in vain")

// wait asks until the answer is yes.
func (c *client) wait(ctx context.Context, within time.Duration, done func(context.Context) (bool, error)) error {
	ctx, cancel := context.WithTimeoutCause(ctx, within, fmt.Errorf("%w for %s", errInVain, within))
	defer cancel()
	for {
		ok, err := done(ctx)
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if ok || err != nil {
			return err
		}
		if err := sleep(ctx, 100*time.Millisecond); err != nil {
			return err
		}
	}
}

// name is what a message calls an object.
func name(u *unstructured.Unstructured) string {
	if u.GetNamespace() != "" {
		return u.GetKind() + " " + u.GetNamespace() + "/" + u.GetName()
	}
	return u.GetKind() + " " + u.GetName()
}
