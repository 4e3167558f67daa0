// Package kube reads a live cluster into an evidence.Bundle: read-only, in
// pages, and in stable API versions only. It judges nothing and never asks
// for a Secret. Start at [Read].
package kube

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/client-go/rest"

	"github.com/fixline-dev/fixline/internal/evidence"
)

// Options of [Read]. The zero value works.
type Options struct {
	// Version of this program, for the user agent.
	Version string
	// PageSize overrides how many objects one request asks for, for tests.
	PageSize int
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
// server cannot be asked at all, and ctx's own when ctx ended.
func Read(ctx context.Context, cfg *rest.Config, opts Options) (*evidence.Bundle, error) {
	c, err := newClient(cfg, opts)
	if err != nil {
		return nil, err
	}
	r := reader{client: c, opts: opts, b: evidence.New(c.host)}
	// The first request decides whether the server can be asked at all.
	if err := r.version(ctx); err != nil {
		return nil, err
	}
	if err := r.groups(ctx); err != nil {
		return nil, err
	}
	for _, list := range evidence.Lists() {
		if err := r.list(ctx, list); err != nil {
			return nil, err
		}
	}
	for _, name := range evidence.ConfigMapNames() {
		if err := r.configMap(ctx, name); err != nil {
			return nil, err
		}
	}
	if err := r.metrics(ctx); err != nil {
		return nil, err
	}
	r.b.Warnings = c.warnings.all()
	return r.b, nil
}

type reader struct {
	client *client
	opts   Options
	b      *evidence.Bundle
	slow   int // requests in a row that were not answered in time
}

func (r *reader) progress(format string, args ...any) {
	if r.opts.Progress != nil {
		r.opts.Progress(fmt.Sprintf(format, args...))
	}
}

// note records what became of a request that failed, and returns the error
// where going on makes no sense: ctx ended, or the server is not there. One
// request that takes too long is a gap; two in a row are a server that hangs.
func (r *reader) note(ctx context.Context, res evidence.Resource, rule evidence.Rule, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	access, fatal := classify(err, rule)
	if fatal == nil {
		r.slow = 0
		r.b.Access[res] = access
		return nil
	}
	if late(err) && r.b.Was(evidence.ServerVersionFile) && r.slow == 0 {
		r.slow++
		r.b.Access[res] = evidence.Access{State: evidence.Failed, Reason: "no answer in time"}
		return nil
	}
	return fatal
}

func (r *reader) version(ctx context.Context) error {
	r.progress("reading the server's version")
	rule := evidence.Rule{NonResourceURL: "/version", Verb: "get"}
	err := r.client.object(ctx, "/version", &r.b.Version)
	if err == nil && r.b.Version.GitVersion == "" {
		err = &Error{Kind: NotKubernetes, Err: errors.New("/version names no version")}
	}
	if err != nil {
		if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
			return &Error{Kind: NotKubernetes, Err: fmt.Errorf("the answer of /version is no JSON: %w", syntax)}
		}
		if err := r.note(ctx, evidence.ServerVersionFile, rule, err); err != nil {
			return err
		}
		switch r.b.Access[evidence.ServerVersionFile].State {
		case evidence.Absent:
			return &Error{Kind: NotKubernetes, Err: fmt.Errorf("%s has no /version", r.client.host)}
		case evidence.Failed:
			if apierrors.IsBadRequest(err) { // what a TLS port answers to plain HTTP
				return &Error{Kind: NotKubernetes, Err: err}
			}
			return &Error{Kind: Unreachable, Err: err}
		}
		return nil
	}
	r.b.Access[evidence.ServerVersionFile] = evidence.Access{State: evidence.Read}
	return nil
}

// groups asks which group versions are served. The answer names deprecated
// ones, but asking for it requests none of them.
func (r *reader) groups(ctx context.Context) error {
	var doc struct {
		Groups []struct {
			Name     string `json:"name"`
			Versions []struct {
				Version string `json:"version"`
			} `json:"versions"`
		} `json:"groups"`
	}
	if err := r.client.object(ctx, "/apis", &doc); err != nil {
		return r.note(ctx, evidence.APIGroups, evidence.Rule{NonResourceURL: "/apis", Verb: "get"}, err)
	}
	r.b.Groups = map[string][]string{}
	for _, g := range doc.Groups {
		for _, v := range g.Versions {
			r.b.Groups[g.Name] = append(r.b.Groups[g.Name], v.Version)
		}
	}
	r.b.Access[evidence.APIGroups] = evidence.Access{State: evidence.Read}
	return nil
}

func (r *reader) configMap(ctx context.Context, name string) error {
	r.progress("reading configmap kube-system/%s", name)
	res := evidence.ConfigMapResource(name)
	rule := evidence.Rule{Resource: "configmaps", ResourceName: name, Verb: "get"}
	var c evidence.ConfigMap
	if err := r.client.object(ctx, "/api/v1/namespaces/kube-system/configmaps/"+name, &c); err != nil {
		return r.note(ctx, res, rule, err)
	}
	c.Labels, c.Annotations = nil, nil
	r.b.ConfigMaps = append(r.b.ConfigMaps, c)
	r.b.Access[res] = evidence.Access{State: evidence.Read}
	return nil
}

func (r *reader) metrics(ctx context.Context) error {
	r.progress("reading the server's metrics")
	rule := evidence.Rule{NonResourceURL: "/metrics", Verb: "get"}
	body, err := r.client.get(ctx, "/metrics", nil)
	if err != nil {
		return r.note(ctx, evidence.MetricsText, rule, err)
	}
	defer body.Close()
	m, err := evidence.ReadMetrics(body)
	if err != nil {
		return r.note(ctx, evidence.MetricsText, rule, err)
	}
	r.b.Metrics = m
	r.b.Access[evidence.MetricsText] = evidence.Access{State: evidence.Read}
	return nil
}
