package kube

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/url"
	"slices"
	"sync"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/client-go/rest"

	"github.com/fixline-dev/fixline/internal/evidence"
)

// client sends GET requests and, for [reviewPath] alone, a POST. It knows no
// types but Status: answers are decoded by package evidence, which drops what
// it does not need.
type client struct {
	rest     *rest.RESTClient
	host     string
	warnings *warnings
	timeout  time.Duration
	patience *patience // nil: a request is sent once
}

// clientOptions say for what a client is.
type clientOptions struct {
	version string // of this program
	verb    string // of the user agent: assess, collect
	timeout time.Duration
}

// userAgent names this program and the verb that asks, so that what Fixline
// asked can be told from what others did.
func userAgent(version, verb string) string {
	if version == "" {
		version = "unknown"
	}
	return "fixline/" + version + " (" + verb + ")"
}

func newClient(cfg *rest.Config, opts clientOptions) (*client, error) {
	cfg = rest.CopyConfig(cfg)
	cfg.UserAgent = userAgent(opts.version, opts.verb)
	seen := &warnings{}
	cfg.WarningHandler = nil
	cfg.WarningHandlerWithContext = seen
	if opts.timeout > 0 {
		cfg.Timeout = opts.timeout
	}
	if cfg.Timeout == 0 {
		cfg.Timeout = defaultTimeout
	}
	// One or two requests are on their way at a time: the server's own flow
	// control says when that is too much, and a wait of ours would only add to it.
	cfg.QPS = -1
	scheme := runtime.NewScheme()
	metav1.AddToGroupVersion(scheme, schema.GroupVersion{Version: "v1"})
	cfg.GroupVersion = &schema.GroupVersion{Version: "v1"}
	cfg.NegotiatedSerializer = serializer.NewCodecFactory(scheme).WithoutConversion()
	// Single objects are small; for lists see [wire.Accept].
	cfg.AcceptContentTypes = runtime.ContentTypeJSON
	cfg.ContentType = runtime.ContentTypeJSON
	if base, _, err := rest.DefaultServerUrlFor(cfg); err == nil && loopback(base.Hostname()) {
		cfg.DisableCompression = true // nothing is won where nothing is far
	}
	c, err := rest.UnversionedRESTClientFor(cfg)
	if err != nil {
		return nil, &Error{Kind: BadConfig, Err: fmt.Errorf("using the kubeconfig: %w", err)}
	}
	base := c.Get().AbsPath("/").URL()
	return &client{rest: c, host: base.Scheme + "://" + base.Host, warnings: seen, timeout: cfg.Timeout}, nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// object reads one answer that is a single object into v, bounded like the
// objects of a list.
func (c *client) object(ctx context.Context, path string, v any) error {
	body, err := c.get(ctx, path)
	if err != nil {
		return err
	}
	defer body.Close()
	return json.NewDecoder(io.LimitReader(body, evidence.MaxObject)).Decode(v)
}

// get streams one answer; the caller closes it. Errors are client-go's own.
func (c *client) get(ctx context.Context, path string) (io.ReadCloser, error) {
	return c.getAs(ctx, runtime.ContentTypeJSON, path, nil)
}

// getAs does the same for a query, and for the content types of accept.
func (c *client) getAs(ctx context.Context, accept, path string, query url.Values) (io.ReadCloser, error) {
	send := func() (io.ReadCloser, error) {
		req := c.rest.Get().AbsPath(path).SetHeader("Accept", accept)
		for name, values := range query {
			for _, v := range values {
				req = req.Param(name, v)
			}
		}
		if c.patience != nil {
			req = req.MaxRetries(0) // ours knows when to end
		}
		return req.Stream(ctx)
	}
	if c.patience == nil {
		return send()
	}
	return c.patience.ask(ctx, send)
}

// whoami asks who the server takes us for.
func (c *client) whoami(ctx context.Context) (string, error) {
	var answer struct {
		Status struct {
			UserInfo struct {
				Username string `json:"username"`
			} `json:"userInfo"`
		} `json:"status"`
	}
	data, err := c.rest.Post().AbsPath(reviewPath).SetHeader("Content-Type", runtime.ContentTypeJSON).
		Body([]byte(`{"apiVersion":"authentication.k8s.io/v1","kind":"SelfSubjectReview"}`)).Do(ctx).Raw()
	if err != nil {
		return "", err
	}
	if err := json.Unmarshal(data, &answer); err != nil {
		return "", err
	}
	return answer.Status.UserInfo.Username, nil
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
