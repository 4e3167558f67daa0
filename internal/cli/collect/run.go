package collect

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"time"

	"k8s.io/client-go/rest"

	"github.com/fixline-dev/fixline/internal/cli/build"
	"github.com/fixline-dev/fixline/internal/cli/exit"
	"github.com/fixline-dev/fixline/internal/cli/source"
	"github.com/fixline-dev/fixline/internal/evidence"
	"github.com/fixline-dev/fixline/internal/evidence/helm"
	"github.com/fixline-dev/fixline/internal/evidence/host"
	"github.com/fixline-dev/fixline/internal/evidence/kube"
	"github.com/fixline-dev/fixline/internal/evidence/pack"
	"github.com/fixline-dev/fixline/internal/remote"
	"github.com/fixline-dev/fixline/internal/remote/local"
)

// hostTimeout bounds a host unless --timeout says otherwise: its slowest
// command, the list of pending updates, may take a minute of it.
const hostTimeout = 3 * time.Minute

// run gathers, writes the bundle and tells what is in it.
func (o *Options) run(ctx context.Context) error {
	if err := source.Reachable(o.Kube, *o.Kube.Context, o.Factory); err != nil {
		return err
	}
	at, err := source.Connect(o.Kube, *o.Kube.Context)
	if err != nil {
		return err
	}
	w, err := pack.Create(o.Out, pack.Options{Force: o.Force})
	if err != nil {
		return outputError(err)
	}
	defer w.Abort()
	began := o.Factory.Now()
	c := gathering{Options: o, at: at, sink: w}
	err = c.all(ctx)
	o.Factory.Progress.Done()
	if err != nil {
		if ctx.Err() != nil {
			return fmt.Errorf("nothing was written: %w", ctx.Err())
		}
		return outputError(err)
	}
	if err := ctx.Err(); err != nil { // a last moment to stop before something is there
		return fmt.Errorf("nothing was written: %w", err)
	}
	ended := o.Factory.Now()
	written, err := w.Commit(evidence.Manifest{
		Cluster: at.Label, Server: c.api.Server, Program: "fixline " + build.Version(),
		Started: stamp(began), Finished: stamp(ended), Warnings: c.api.Warnings, Clocks: c.clocks,
	})
	if err != nil {
		return outputError(err)
	}
	answer := answerOf(written, c.api, c.looked, ended.Sub(began))
	if err := o.Output.Data(o.Factory, answer, func(w io.Writer) error { return answer.text(w, o.Factory.Program, o.Factory.IO.Width()) }); err != nil {
		return err
	}
	if !answer.Coverage.Complete {
		return exit.Result(exit.Incomplete)
	}
	return nil
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// outputError: a place that cannot be written to is the user's to correct, a
// disk that is full has failed.
func outputError(err error) error {
	out, ok := errors.AsType[*pack.OutputError](err)
	if ok && (errors.Is(out, fs.ErrExist) || errors.Is(out, fs.ErrNotExist) || errors.Is(out, fs.ErrPermission)) {
		return exit.BadInput(err)
	}
	return err
}

// gathering is one run: each method asks one kind of source.
type gathering struct {
	*Options
	at     source.Connection
	sink   evidence.Sink
	api    *kube.Collected
	looked []host.Looked
	clocks []evidence.Clock
	tunnel []string // nodes whose kubelet was asked through their host
}

func (g *gathering) all(ctx context.Context) error {
	for _, step := range []func(context.Context) error{g.server, g.releases, g.hosts, g.kubelets} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}

// server asks the API server.
func (g *gathering) server(ctx context.Context) error {
	timeout := g.at.Timeout
	if timeout == 0 {
		timeout = g.Timeout
	}
	var err error
	g.api, err = kube.Collect(ctx, g.at.Config, g.sink, kube.CollectOptions{
		Version: build.Version(), Timeout: timeout, Now: g.Factory.Now,
		Progress: func(p kube.Progress) { g.step(p) },
	})
	if err != nil {
		return source.LiveError(ctx, fmt.Errorf("collecting from cluster %s: %w", g.at.Label, err))
	}
	g.clocks = g.api.Clocks
	for _, w := range g.api.Warnings {
		g.Factory.IO.Notef("warning from the API server of %s: %s", g.at.Label, w)
	}
	return nil
}

func (g *gathering) step(p kube.Progress) {
	g.Factory.Progress.Step("collecting from %s: %s %d, %d more to read", g.at.Label, p.Asked, p.Done, p.Left)
}

// releases asks for what Helm installed.
func (g *gathering) releases(ctx context.Context) error {
	if !g.Helm {
		g.sink.Note(evidence.Check{Asked: "helm-releases", State: evidence.NotAsked, Reason: "it takes the right to list Secrets; --helm reads them"})
		return nil
	}
	return helm.Collect(ctx, g.at.Config, g.sink, helm.Options{
		Version: build.Version(), By: g.api.By, Timeout: g.Timeout, Now: g.Factory.Now,
		Progress: func(done, all int) {
			g.Factory.Progress.Step("collecting from %s: Helm releases %d of %d", g.at.Label, done, all)
		},
	})
}

// hosts looks at the hosts that were named, and at this one.
func (g *gathering) hosts(ctx context.Context) error {
	targets, err := g.SSH.targets(g.Factory, g.api.Nodes)
	if err != nil {
		return err
	}
	if g.Local {
		targets = append(targets, host.Target{Name: "this host", Dial: func(context.Context) (remote.Runner, error) {
			return local.New("this host", account(g.Factory)), nil
		}})
	}
	if len(targets) == 0 {
		g.sink.Note(evidence.Check{Asked: "hosts", State: evidence.NotAsked, Reason: "no host was named; --ssh [USER@]nodes looks at every node, --local at this host"})
		return nil
	}
	opts := host.AllOptions{Timeout: hostTimeout, Now: g.Factory.Now}
	if g.Timeout > 0 {
		opts.Timeout = g.Timeout
	}
	for _, n := range g.api.Nodes {
		opts.Nodes = append(opts.Nodes, host.Node{Name: n.Name, Addresses: n.Addresses})
	}
	ended := 0
	opts.Done = func(ctx context.Context, l host.Looked, r remote.Runner) error {
		ended++
		g.Factory.Progress.Step("collecting from hosts: %s, %d more to end", l.Host, len(targets)-ended)
		if l.Clock != nil {
			g.clocks = append(g.clocks, *l.Clock)
		}
		return g.through(ctx, l, r)
	}
	g.Factory.Progress.Step("collecting from %d hosts", len(targets))
	g.looked, err = host.All(ctx, targets, g.sink, opts)
	return err
}

// through asks a node's kubelet at its own port by way of its host, where its
// certificate was read. A bearer token goes to no node unless --kubelet direct
// says so: whoever holds the node would hold the token.
func (g *gathering) through(ctx context.Context, l host.Looked, r remote.Runner) error {
	at := slices.IndexFunc(g.api.Nodes, func(n kube.Node) bool { return n.Name == l.Node })
	if at < 0 || r == nil || l.KubeletServing == nil || g.Kubelet.Value == string(kube.Proxy) {
		return nil
	}
	if g.Kubelet.Value == "" && !byCertificate(g.at.Config) {
		return nil
	}
	g.tunnel = append(g.tunnel, l.Node)
	node := kube.KubeletAt{Node: g.api.Nodes[at], Serving: l.KubeletServing, Dial: r.Dial}
	return kube.Kubelets(ctx, g.at.Config, g.sink, []kube.KubeletAt{node}, g.kubeletOptions(kube.Direct))
}

// byCertificate reports whether a client certificate is all that is shown.
func byCertificate(cfg *rest.Config) bool {
	tls := cfg.TLSClientConfig
	return (len(tls.CertData) > 0 || tls.CertFile != "") && cfg.BearerToken == "" && cfg.BearerTokenFile == "" &&
		cfg.Username == "" && cfg.ExecProvider == nil && cfg.AuthProvider == nil
}

// kubelets asks those that were not reached through their host.
func (g *gathering) kubelets(ctx context.Context) error {
	var left []kube.KubeletAt
	for _, n := range g.api.Nodes {
		if !slices.Contains(g.tunnel, n.Name) {
			left = append(left, kube.KubeletAt{Node: n})
		}
	}
	if len(left) == 0 {
		return nil
	}
	return kube.Kubelets(ctx, g.at.Config, g.sink, left, g.kubeletOptions(kube.Level(g.Kubelet.Value)))
}

func (g *gathering) kubeletOptions(way kube.Level) kube.KubeletOptions {
	return kube.KubeletOptions{
		Way: way, Version: build.Version(), By: g.api.By, Timeout: g.Timeout, Now: g.Factory.Now,
		Progress: func(p kube.Progress) { g.step(p) },
	}
}
