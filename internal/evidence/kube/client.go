package kube

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"slices"
	"sync"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/client-go/rest"

	"github.com/fixline-dev/fixline/internal/evidence"
)

// client sends GET requests and nothing else. It knows no types but Status:
// answers are decoded by package evidence, which drops what it does not need.
type client struct {
	rest     *rest.RESTClient
	host     string
	warnings *warnings
}

func newClient(cfg *rest.Config, opts Options) (*client, error) {
	cfg = rest.CopyConfig(cfg)
	version := opts.Version
	if version == "" {
		version = "unknown"
	}
	cfg.UserAgent = "fixline/" + version + " (assess)"
	seen := &warnings{}
	cfg.WarningHandler = nil
	cfg.WarningHandlerWithContext = seen
	if opts.Timeout > 0 {
		cfg.Timeout = opts.Timeout
	}
	if cfg.Timeout == 0 {
		cfg.Timeout = defaultTimeout
	}
	// Some forty requests in all: no need to hold them back on the client's side.
	cfg.QPS, cfg.Burst = 50, 100
	scheme := runtime.NewScheme()
	metav1.AddToGroupVersion(scheme, schema.GroupVersion{Version: "v1"})
	cfg.GroupVersion = &schema.GroupVersion{Version: "v1"}
	cfg.NegotiatedSerializer = serializer.NewCodecFactory(scheme).WithoutConversion()
	cfg.AcceptContentTypes = runtime.ContentTypeJSON
	cfg.ContentType = runtime.ContentTypeJSON
	c, err := rest.UnversionedRESTClientFor(cfg)
	if err != nil {
		return nil, &Error{Kind: BadConfig, Err: fmt.Errorf("using the kubeconfig: %w", err)}
	}
	base := c.Get().AbsPath("/").URL()
	return &client{rest: c, host: base.Scheme + "://" + base.Host, warnings: seen}, nil
}

// object reads one answer that is a single object into v, bounded like the
// objects of a list.
func (c *client) object(ctx context.Context, path string, v any) error {
	body, err := c.get(ctx, path, nil)
	if err != nil {
		return err
	}
	defer body.Close()
	return json.NewDecoder(io.LimitReader(body, evidence.MaxObject)).Decode(v)
}

// get streams one answer; the caller closes it. Errors are client-go's own.
func (c *client) get(ctx context.Context, path string, query url.Values) (io.ReadCloser, error) {
	req := c.rest.Get().AbsPath(path)
	for name, values := range query {
		for _, v := range values {
			req = req.Param(name, v)
		}
	}
	return req.Stream(ctx)
}

// warnings keeps the Warning headers the server answered with.
type warnings struct {
	mu   sync.Mutex
	text []string
}

// HandleWarningHeaderWithContext implements rest.WarningHandlerWithContext.
func (w *warnings) HandleWarningHeaderWithContext(_ context.Context, code int, _ string, text string) {
	if code != 299 || text == "" {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if !slices.Contains(w.text, text) {
		w.text = append(w.text, text)
	}
}

func (w *warnings) all() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.text
}
