package main

import (
	"context"
	"fmt"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"

	"github.com/fixline-dev/fixline/internal/evidence"
)

type passOptions struct {
	content string
	helm    bool
	limit   int64
}

// wanted is one list of a pass.
type wanted struct {
	resource schema.GroupVersionResource
	kind     string
	options  metav1.ListOptions
}

// lists are those that `fixline collect` reads, and Events.
func lists(helm bool) ([]wanted, error) {
	var out []wanted
	for _, l := range append(evidence.Collected(), evidence.List{Resource: "events", Kind: "Event"}) {
		gv, err := schema.ParseGroupVersion(l.APIVersion())
		if err != nil {
			return nil, err
		}
		out = append(out, wanted{resource: gv.WithResource(string(l.Resource)), kind: l.Kind})
	}
	if helm {
		core := schema.GroupVersion{Version: "v1"}
		out = append(out,
			wanted{core.WithResource("secrets"), "Secret", metav1.ListOptions{LabelSelector: "owner=helm", FieldSelector: "type=helm.sh/release.v1"}},
			wanted{core.WithResource("configmaps"), "ConfigMap", metav1.ListOptions{LabelSelector: "owner=helm"}})
	}
	return out, nil
}

// pass reads every list once and says how many objects there were.
func pass(ctx context.Context, cfg *rest.Config, opts passOptions) error {
	c, err := newReader(cfg, opts.content)
	if err != nil {
		return err
	}
	all, err := lists(opts.helm)
	if err != nil {
		return err
	}
	total := 0
	for _, w := range all {
		w.options.Limit = opts.limit
		for {
			page, err := c.list(ctx, w)
			if err != nil {
				return fmt.Errorf("reading %s: %w", w.resource.Resource, err)
			}
			total += meta.LenList(page)
			list, err := meta.ListAccessor(page)
			if err != nil {
				return err
			}
			if w.options.Continue = list.GetContinue(); w.options.Continue == "" {
				break
			}
		}
	}
	fmt.Printf("%d objects\n", total)
	return nil
}

// reader reads as the typed clients of client-go do, and as its dynamic client does where they have no type.
type reader struct {
	typed   *rest.RESTClient // nil = dynamic alone
	dynamic *dynamic.DynamicClient
}

func newReader(cfg *rest.Config, content string) (*reader, error) {
	cfg = plain(cfg)
	var c reader
	var err error
	if c.dynamic, err = dynamic.NewForConfig(cfg); err != nil {
		return nil, err
	}
	switch content {
	case "dynamic":
		return &c, nil
	case "json":
		cfg.ContentType = runtime.ContentTypeJSON
	case "protobuf":
		cfg.ContentType = runtime.ContentTypeProtobuf
	default:
		return nil, fmt.Errorf("json, protobuf or dynamic was expected, not %q", content)
	}
	c.typed, err = typedClient(cfg)
	return &c, err
}

func typedClient(cfg *rest.Config) (*rest.RESTClient, error) {
	cfg = rest.CopyConfig(cfg)
	cfg.GroupVersion = &schema.GroupVersion{}
	cfg.NegotiatedSerializer = scheme.Codecs.WithoutConversion()
	return rest.UnversionedRESTClientFor(cfg)
}

func (c *reader) list(ctx context.Context, w wanted) (runtime.Object, error) {
	into, err := scheme.Scheme.New(w.resource.GroupVersion().WithKind(w.kind + "List"))
	if err != nil || c.typed == nil {
		return c.dynamic.Resource(w.resource).List(ctx, w.options)
	}
	return into, c.typed.Get().AbsPath(path(w.resource, "")).SpecificallyVersionedParams(&w.options, scheme.ParameterCodec, w.resource.GroupVersion()).Do(ctx).Into(into)
}

// path of a resource, over all namespaces where namespace is "".
func path(r schema.GroupVersionResource, namespace string) string {
	out := "/apis/" + r.Group + "/" + r.Version
	if r.Group == "" {
		out = "/api/" + r.Version
	}
	if namespace != "" {
		out += "/namespaces/" + namespace
	}
	return out + "/" + r.Resource
}
