package helm

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/client-go/rest"

	"github.com/fixline-dev/fixline/internal/evidence"
)

const (
	// defaultTimeout is above the API server's own limit of 60 s per request.
	defaultTimeout = 65 * time.Second
	// defaultPage is how many revisions one request lists, without content.
	defaultPage = 500
	// together is how many releases are read at the same time. It bounds
	// memory and what the API server is asked at once.
	together = 4
	// maxPages and maxRestarts bound a list that never ends or always expires.
	maxPages, maxRestarts = 2000, 3
	// metadataOnly lets the server send no content, and nothing where it cannot
	// leave the content out.
	metadataOnly = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
)

type client struct {
	rest *rest.RESTClient
	host string
	patience
}

func newClient(cfg *rest.Config, opts Options) (*client, error) {
	cfg = rest.CopyConfig(cfg)
	version := opts.Version
	if version == "" {
		version = "unknown"
	}
	cfg.UserAgent = "fixline/" + version + " (collect)"
	if opts.Timeout > 0 {
		cfg.Timeout = opts.Timeout
	}
	if cfg.Timeout == 0 {
		cfg.Timeout = defaultTimeout
	}
	cfg.QPS = -1 // no more than together are on their way; the server says when that is too much
	scheme := runtime.NewScheme()
	metav1.AddToGroupVersion(scheme, schema.GroupVersion{Version: "v1"})
	cfg.GroupVersion = &schema.GroupVersion{Version: "v1"}
	cfg.NegotiatedSerializer = serializer.NewCodecFactory(scheme).WithoutConversion()
	cfg.AcceptContentTypes, cfg.ContentType = runtime.ContentTypeJSON, runtime.ContentTypeJSON
	cfg.DisableCompression = true // what Helm stores is packed already, and names alone are short
	c, err := rest.UnversionedRESTClientFor(cfg)
	if err != nil {
		return nil, fmt.Errorf("using the kubeconfig: %w", err)
	}
	base := c.Get().AbsPath("/").URL()
	return &client{rest: c, host: base.Scheme + "://" + base.Host, patience: patience{limit: cfg.Timeout, now: opts.Now}}, nil
}

// revisions lists what one driver stores and picks one revision of each release.
func (c *client) revisions(ctx context.Context, d Driver, page int) ([]revision, error) {
	if page == 0 {
		page = defaultPage
	}
	for attempt := 0; ; attempt++ {
		var p picker
		err := c.pages(ctx, d, page, &p)
		if err == nil {
			return p.picked(d), nil
		}
		if !apierrors.IsResourceExpired(err) && !apierrors.IsGone(err) || attempt == maxRestarts {
			return nil, err
		}
	}
}

func (c *client) pages(ctx context.Context, d Driver, page int, p *picker) error {
	token := ""
	for range maxPages {
		request := func() *rest.Request {
			req := c.rest.Get().AbsPath("/api/v1/"+d.Resource).SetHeader("Accept", metadataOnly).Param("limit", strconv.Itoa(page))
			for name, value := range d.selector {
				req = req.Param(name, value)
			}
			if token != "" {
				req = req.Param("continue", token)
			}
			return req
		}
		var got evidence.Listing
		var whole []stored // a page counts once, however often it is asked for
		err := c.ask(ctx, request, func(body io.Reader) (err error) {
			whole = whole[:0]
			got, err = evidence.DecodeList(body, func(o *stored) error {
				whole = append(whole, *o)
				return nil
			})
			if err != nil {
				return &unreadable{why: "the list of revisions could not be understood"}
			}
			return nil
		})
		if err != nil {
			return err
		}
		for _, o := range whole {
			p.add(o)
		}
		if token = got.Continue; token == "" {
			return nil
		}
	}
	return &unreadable{why: fmt.Sprintf("the list of revisions did not end after %d pages", maxPages)}
}

// each reads the picked revisions, a few at a time, and hands them on in order.
// The error of a release that could not be read is handed on beside it.
func (c *client) each(ctx context.Context, all []revision, done func(n int, r evidence.Release, err error) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	type outcome struct {
		release evidence.Release
		err     error
	}
	under := make(chan chan outcome, together-1) // in order, and one more at its reader
	go func() {
		defer close(under)
		for _, r := range all {
			one := make(chan outcome, 1)
			select {
			case under <- one:
			case <-ctx.Done():
				return
			}
			go func() {
				release, err := c.release(ctx, r)
				one <- outcome{release, err}
			}()
		}
	}()
	n := 0
	for one := range under {
		got := <-one
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err := done(n, got.release, got.err); err != nil {
			return err
		}
		n++
	}
	return ctx.Err()
}

// release reads one stored revision. The answer is a Release in any case; the
// error says that its object could not be had.
func (c *client) release(ctx context.Context, r revision) (evidence.Release, error) {
	out := r.Release
	out.Objects = []evidence.ReleaseObject{}
	text, err := c.content(ctx, r)
	if err != nil {
		out.Unreadable = reason(err)
		return out, err
	}
	content := Decode(text)
	out.Chart, out.Unreadable = content.Chart, content.Unreadable
	if content.Objects != nil {
		out.Objects = content.Objects
	}
	return out, nil
}
