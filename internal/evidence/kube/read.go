// Package kube reads a live cluster: read-only, in pages, and in stable API
// versions only. [Read] makes an evidence.Bundle for one assessment, [Collect]
// streams everything into the files of a bundle, [Kubelets] asks kubelets for
// their configuration, and [Plan] says what all that sends. It judges nothing
// and never asks for a Secret. Start at [Read].
package kube

import (
	"context"
	"fmt"
	"io"
	"time"

	"k8s.io/client-go/rest"

	"github.com/fixline-dev/fixline/internal/evidence"
)

// Options of [Read]. The zero value works.
type Options struct {
	// Version of this program, for the user agent.
	Version string
	// PageSize overrides how many objects one request asks for, for tests.
	PageSize int
	// Upgrade also reads what an upgrade would disturb: the lists of
	// [evidence.Upgrade] and CoreDNS's configuration.
	Upgrade bool
	// Timeout of one request; 0 = the config's, else 60 s.
	Timeout time.Duration
	// Progress, when set, is told what is being read: "reading pods: 1500".
	Progress func(line string)
}

// defaultTimeout is above the API server's own limit of 60 s per request
// (https://kubernetes.io/docs/reference/command-line-tools-reference/kube-apiserver/, --request-timeout).
const defaultTimeout = 65 * time.Second

// Read reads one cluster. A list that is forbidden, missing or fails is noted
// in Bundle.Access and the rest is read; the error is an *Error when the
// server cannot be asked at all, and ctx's own when ctx ended. Every request
// is a GET.
func Read(ctx context.Context, cfg *rest.Config, opts Options) (*evidence.Bundle, error) {
	c, err := newClient(cfg, clientOptions{version: opts.Version, verb: "assess", timeout: opts.Timeout})
	if err != nil {
		return nil, err
	}
	r := reader{asker: asker{client: c}, opts: opts, b: evidence.New(c.host)}
	steps := []func(context.Context) error{r.version, r.groups}
	lists, configMaps := evidence.Lists(), evidence.ConfigMapNames()
	if opts.Upgrade {
		lists, configMaps = append(lists, evidence.Upgrade()...), evidence.CollectedConfigMaps()
	}
	for _, list := range lists {
		steps = append(steps, func(ctx context.Context) error { return r.list(ctx, list) })
	}
	for _, name := range configMaps {
		steps = append(steps, func(ctx context.Context) error { return r.configMap(ctx, name) })
	}
	for _, step := range append(steps, r.metrics) {
		if err := step(ctx); err != nil {
			return nil, err
		}
	}
	r.b.Warnings = c.warnings.all()
	return r.b, nil
}

type reader struct {
	asker

	opts Options
	b    *evidence.Bundle
}

func (r *reader) progress(format string, args ...any) {
	if r.opts.Progress != nil {
		r.opts.Progress(fmt.Sprintf(format, args...))
	}
}

func (r *reader) version(ctx context.Context) (err error) {
	r.progress("reading the server's version")
	r.b.Version, r.b.Access[evidence.ServerVersionFile], err = r.asker.version(ctx)
	return err
}

func (r *reader) groups(ctx context.Context) (err error) {
	r.b.Groups, r.b.Access[evidence.APIGroups], err = r.asker.groups(ctx)
	return err
}

func (r *reader) list(ctx context.Context, list evidence.List) error {
	r.progress("reading %s", list.Resource)
	access, err := r.whole(ctx, list, r.opts.PageSize, func(page int) error {
		err := r.pages(ctx, listing{list: list, page: page,
			decode: func(in io.Reader, _ func(any) error) (evidence.Listing, error) { return r.b.Decode(list, in) },
			done:   func(total int) { r.progress("reading %s: %d", list.Resource, total) }})
		if err != nil {
			// A list that was read in part is no list: what is missing would count
			// as not there.
			r.b.Forget(list)
		}
		return err
	})
	r.b.Access[list.Resource] = access
	return err
}

func (r *reader) configMap(ctx context.Context, name string) error {
	r.progress("reading configmap kube-system/%s", name)
	c, access, err := r.asker.configMap(ctx, name)
	if c != nil {
		r.b.ConfigMaps = append(r.b.ConfigMaps, *c)
	}
	r.b.Access[evidence.ConfigMapResource(name)] = access
	return err
}

func (r *reader) metrics(ctx context.Context) error {
	r.progress("reading the server's metrics")
	access := evidence.Access{State: evidence.Read}
	body, err := r.client.get(ctx, metricsPath)
	if err == nil {
		defer body.Close()
		r.b.Metrics, err = evidence.ReadMetrics(body)
	}
	if err != nil {
		access, err = r.outcome(ctx, evidence.Rule{NonResourceURL: metricsPath, Verb: "get"}, err)
	}
	r.b.Access[evidence.MetricsText] = access
	return err
}
