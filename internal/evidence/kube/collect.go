package kube

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"k8s.io/client-go/rest"

	"github.com/fixline-dev/fixline/internal/evidence"
	"github.com/fixline-dev/fixline/internal/evidence/kube/wire"
)

// CollectOptions of [Collect]. Now is required.
type CollectOptions struct {
	// Version of this program, for the user agent.
	Version string
	// PageSize overrides how many objects one request asks for, for tests.
	PageSize int
	// Timeout is how long one request may take, and how long a server that
	// answers 429 or 5xx is asked again; 0 = the config's, else 65 s.
	Timeout time.Duration
	// Now is the clock.
	Now func() time.Time
	// Progress, when set, is told what is being read.
	Progress func(Progress)
	// Early, when set, is told once By and Nodes are known, so that nodes can be
	// looked at while the rest is read. It must not block.
	Early func(Collected)
}

// Progress is how far a collect has come.
type Progress struct {
	// Asked is what is being read: "pods", "configmaps/coredns", "metrics".
	Asked string
	// Done is how many of its objects have been read.
	Done int
	// Left is how many things are to be read after it.
	Left int
}

// Collected is what one collect knows beside the files it wrote.
type Collected struct {
	// Server is the API server asked: "https://10.77.0.11:6443".
	Server string
	// By is who the API server takes us for; "unknown" where it does not say.
	By string
	// Version is the server's: "v1.37.1"; "" where it was not read.
	Version string
	// Warnings are Warning headers the server answered with.
	Warnings []string
	// Clocks is the server's clock, where its answers carry one.
	Clocks []evidence.Clock
	// Nodes are the cluster's, by name, for asking hosts and [Kubelets]; nil
	// where they were not read.
	Nodes []Node
}

// Unknown is who asked, where the server does not say.
const Unknown = "unknown"

// Collect reads one cluster into sink, page by page, so that memory does not
// grow with it. What is forbidden, missing or fails is noted in sink and the
// rest is read. The error is an *Error when the server cannot be asked at all
// (any more), ctx's own when ctx ended, and sink's when it cannot be written.
// Every request is a GET but one, see [Plan].
func Collect(ctx context.Context, cfg *rest.Config, sink evidence.Sink, opts CollectOptions) (*Collected, error) {
	dates := &dates{now: opts.Now}
	cfg = rest.CopyConfig(cfg)
	direct := rest.CopyConfig(cfg)
	cfg.Wrap(func(rt http.RoundTripper) http.RoundTripper { return &dated{rt, dates} })
	client, err := newClient(cfg, clientOptions{version: opts.Version, verb: "collect", timeout: opts.Timeout})
	if err != nil {
		return nil, err
	}
	client.patience = &patience{limit: client.timeout, now: opts.Now}
	c := collector{asker: asker{client: client}, sink: sink, opts: opts, cfg: direct,
		known: &Collected{Server: client.host, By: Unknown}, servers: map[string]bool{}}
	if err := c.run(ctx); err != nil {
		return nil, err
	}
	c.known.Warnings = client.warnings.all()
	c.known.Clocks = dates.clocks(client.host)
	return c.known, nil
}

type collector struct {
	asker

	sink evidence.Sink
	opts CollectOptions
	cfg  *rest.Config // to ask API servers one by one
	left int

	known    *Collected
	servers  map[string]bool // "10.77.0.11:6443" of every API server
	noServer evidence.Access // why servers is empty, where that is known
}

// step is one thing that is asked for.
type step struct {
	asked string
	do    func(context.Context) error
}

func (c *collector) run(ctx context.Context) error {
	steps := []step{
		{string(evidence.ServerVersionFile), c.version}, {"identity", c.whoami}, {string(evidence.APIGroups), c.groups},
	}
	for _, list := range evidence.Collected() {
		steps = append(steps, step{string(list.Resource), func(ctx context.Context) error { return c.list(ctx, list) }})
	}
	steps = append(steps, step{string(evidence.ConfigMaps), c.configMaps}, step{eventsAsked, c.events},
		step{string(evidence.MetricsText), c.metrics}, step{"apiservers", c.everyServer})
	for n, s := range steps {
		c.left = len(steps) - n - 1
		c.progress(s.asked, 0)
		if err := s.do(ctx); err != nil {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if s.asked == string(evidence.Nodes) && c.opts.Early != nil {
			early := *c.known
			early.Nodes = slices.Clone(early.Nodes)
			c.opts.Early(early)
		}
	}
	return nil
}

func (c *collector) progress(asked string, done int) {
	if c.opts.Progress != nil {
		c.opts.Progress(Progress{Asked: asked, Done: done, Left: c.left})
	}
}

func (c *collector) note(asked string, a evidence.Access) {
	c.sink.Note(evidence.Check{Asked: asked, State: a.State, Reason: a.Reason, Rule: a.Rule})
}

// origin is a GET of path by whom the server takes us for.
func (c *collector) origin(path string) evidence.Origin {
	return evidence.Origin{From: "GET " + c.known.Server + path, By: c.known.By, At: stamp(c.opts.Now())}
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// text is a small file written at once.
func text(data []byte) func(io.Writer) (int, error) {
	return func(w io.Writer) (int, error) {
		_, err := w.Write(data)
		return 0, err
	}
}

// version asks first: it decides whether there is a server. Who asks is known
// only after it, so the file is written with the next step.
func (c *collector) version(ctx context.Context) error {
	v, access, err := c.asker.version(ctx)
	if err != nil {
		return err
	}
	c.client.patience.answered = true
	c.note(string(evidence.ServerVersionFile), access)
	c.known.Version = v.GitVersion
	if access.State != evidence.Read {
		return nil
	}
	data, err := json.MarshalIndent(v, "", " ")
	if err != nil {
		return err
	}
	at := c.origin(versionPath)
	if err := c.whoami(ctx); err != nil {
		return err
	}
	at.By = c.known.By
	return c.sink.File(versionFile, at, text(append(data, '\n')))
}

// whoami asks once.
func (c *collector) whoami(ctx context.Context) error {
	if c.known.By != Unknown {
		return nil
	}
	name, err := c.client.whoami(ctx)
	if err == nil && name != "" {
		c.known.By = name
		return nil
	}
	return ctx.Err() // a bundle is as good without it
}

func (c *collector) groups(ctx context.Context) error {
	at := c.origin(groupsPath)
	groups, access, err := c.asker.groups(ctx)
	if err != nil {
		return err
	}
	c.note(string(evidence.APIGroups), access)
	if access.State != evidence.Read {
		return nil
	}
	data, err := evidence.WriteAPIGroups(groups)
	if err != nil {
		return err
	}
	return c.sink.File(evidence.APIGroupsFile, at, text(data))
}

func (c *collector) list(ctx context.Context, list evidence.List) error {
	binary, _ := wire.For(list)
	access, err := c.whole(ctx, list, c.opts.PageSize, func(page int) error {
		c.forget(list)
		return c.file(list.File(), list.Path(), func(w io.Writer) (int, error) {
			out := evidence.NewListWriter(w, list.APIVersion(), list.Kind)
			err := c.pages(ctx, listing{list: list, page: page, decode: list.Each, wire: binary,
				each: func(o any) error { c.see(o); return out.Add(o) },
				done: func(total int) { c.progress(string(list.Resource), total) }})
			if err != nil {
				return 0, err
			}
			items, err := out.Close()
			c.progress(string(list.Resource), items)
			return items, err
		})
	})
	if err != nil {
		return err
	}
	if access.State != evidence.Read {
		c.forget(list) // half of a list is no list
	}
	if list.Resource == evidence.EndpointSlices {
		c.noServer = access
	}
	c.note(string(list.Resource), access)
	return nil
}

// file writes what fill reads and writes. An error of reading comes back as it
// is, one of the sink as a writeError.
func (c *collector) file(path, request string, fill func(io.Writer) (int, error)) error {
	var reading error
	err := c.sink.File(path, c.origin(request), func(w io.Writer) (items int, err error) {
		items, reading = fill(tagged{w})
		return items, reading
	})
	if _, own := errors.AsType[*writeError](reading); reading != nil && !own {
		return reading
	}
	if err != nil {
		return &writeError{err}
	}
	return nil
}

// tagged marks the errors of what is written to, so that a full disk is not
// taken for a server that failed.
type tagged struct{ io.Writer }

func (t tagged) Write(p []byte) (int, error) {
	n, err := t.Writer.Write(p)
	if err != nil {
		err = &writeError{err}
	}
	return n, err
}

// configMaps reads those of kube-system that are named, one by one.
func (c *collector) configMaps(ctx context.Context) error {
	var read []*evidence.ConfigMap
	names := evidence.CollectedConfigMaps()
	for _, name := range names {
		c.progress(string(evidence.ConfigMapResource(name)), 0)
		cm, access, err := c.configMap(ctx, name)
		if err != nil {
			return err
		}
		c.note(string(evidence.ConfigMapResource(name)), access)
		if cm != nil {
			read = append(read, cm)
		}
	}
	if len(read) == 0 {
		return nil
	}
	at := c.origin(configMapPath + "{" + strings.Join(names, ",") + "}")
	return c.sink.File(configMapsFile, at, func(w io.Writer) (int, error) {
		out := evidence.NewListWriter(w, "v1", "ConfigMap")
		for _, cm := range read {
			if err := out.Add(cm); err != nil {
				return 0, err
			}
		}
		return out.Close()
	})
}
