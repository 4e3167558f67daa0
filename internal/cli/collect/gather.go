package collect

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"
	"k8s.io/client-go/rest"

	"github.com/fixline-dev/fixline/internal/cli/build"
	"github.com/fixline-dev/fixline/internal/cli/hosts"
	"github.com/fixline-dev/fixline/internal/cli/source"
	"github.com/fixline-dev/fixline/internal/evidence"
	"github.com/fixline-dev/fixline/internal/evidence/helm"
	"github.com/fixline-dev/fixline/internal/evidence/host"
	"github.com/fixline-dev/fixline/internal/evidence/kube"
	"github.com/fixline-dev/fixline/internal/remote"
	"github.com/fixline-dev/fixline/internal/remote/local"
)

// gathering is one run: each method asks one kind of source.
type gathering struct {
	*Options
	at     source.Connection
	way    hosts.Prepared
	sink   evidence.Sink
	api    *kube.Collected
	looked []host.Looked
	tunnel []string // nodes whose kubelet was asked through their host
	doing  progress

	mu     sync.Mutex
	clocks []evidence.Clock
}

// all asks the API server and, once it has named the nodes, the hosts beside
// it; then the kubelets that no host led to.
func (g *gathering) all(ctx context.Context) error {
	g.doing.show = g.Factory.Progress.Step
	if g.HostsOnly {
		return g.hosts(ctx, kube.Collected{})
	}
	nodes := make(chan kube.Collected, 1)
	group, both := errgroup.WithContext(ctx)
	group.Go(func() error {
		if err := g.server(both, nodes); err != nil {
			return err
		}
		return g.releases(both)
	})
	group.Go(func() error {
		select {
		case known := <-nodes:
			return g.hosts(both, known)
		case <-both.Done():
			return both.Err()
		}
	})
	if err := group.Wait(); err != nil {
		return err
	}
	return g.kubelets(ctx)
}

// server asks the API server and hands on the nodes as soon as they are known.
func (g *gathering) server(ctx context.Context, nodes chan<- kube.Collected) error {
	timeout := g.at.Timeout
	if timeout == 0 {
		timeout = g.Timeout
	}
	defer g.doing.done(&g.doing.api)
	known, err := kube.Collect(ctx, g.at.Config, g.sink, kube.CollectOptions{
		Version: build.Version(), Timeout: timeout, Now: g.Factory.Now,
		Early:    func(c kube.Collected) { nodes <- c },
		Progress: func(p kube.Progress) { g.doing.step(&g.doing.api, "%s, %d to go", counted(p), p.Left) },
	})
	if err != nil {
		return source.LiveError(ctx, fmt.Errorf("collecting from cluster %s: %w", g.at.Label, err))
	}
	g.api = known
	g.clock(known.Clocks...)
	for _, w := range known.Warnings {
		g.Factory.IO.Notef("warning from the API server of %s: %s", g.at.Label, w)
	}
	return nil
}

func (g *gathering) clock(c ...evidence.Clock) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.clocks = append(g.clocks, c...)
}

// releases asks for what Helm installed.
func (g *gathering) releases(ctx context.Context) error {
	if !g.Helm {
		g.sink.Note(evidence.Check{Asked: "helm-releases", State: evidence.NotAsked, Reason: "it takes the right to list Secrets; --helm reads them"})
		return nil
	}
	defer g.doing.done(&g.doing.api)
	return helm.Collect(ctx, g.at.Config, g.sink, helm.Options{
		Version: build.Version(), By: g.api.By, Timeout: g.Timeout, Now: g.Factory.Now,
		Progress: func(done, all int) { g.doing.step(&g.doing.api, "Helm releases, %d of %d", done, all) },
	})
}

// hosts looks at the hosts that were named, and at this one.
func (g *gathering) hosts(ctx context.Context, known kube.Collected) error {
	targets := targets(g.way, known.Nodes, g.sink)
	if g.Local {
		targets = append(targets, host.Target{Name: "this host", Dial: func(context.Context) (remote.Runner, error) {
			return local.New("this host", hosts.Account(g.Factory)), nil
		}})
	}
	if len(targets) == 0 {
		if !g.SSH.Asked() {
			g.sink.Note(evidence.Check{Asked: "hosts", State: evidence.NotAsked, Reason: "no host was named; --ssh [USER@]nodes looks at every node, --local at this host"})
		}
		return nil
	}
	opts := host.AllOptions{Timeout: hostTimeout, Now: g.Factory.Now}
	if g.Timeout > 0 {
		opts.Timeout = g.Timeout
	}
	for _, n := range known.Nodes {
		opts.Nodes = append(opts.Nodes, host.Node{Name: n.Name, Addresses: n.Addresses})
	}
	ended := 0
	opts.Done = func(ctx context.Context, l host.Looked, r remote.Runner) error {
		ended++
		g.doing.step(&g.doing.hosts, "hosts, %d of %d", ended, len(targets))
		if l.Clock != nil {
			g.clock(*l.Clock)
		}
		return g.through(ctx, known, l, r)
	}
	g.doing.step(&g.doing.hosts, "hosts, 0 of %d", len(targets))
	defer g.doing.done(&g.doing.hosts)
	var err error
	g.looked, err = host.All(ctx, targets, g.sink, opts)
	return err
}

// through asks a node's kubelet at its own port by way of its host, where its
// certificate was read. A bearer token goes to no node unless --kubelet direct
// says so: whoever holds the node would hold the token.
func (g *gathering) through(ctx context.Context, known kube.Collected, l host.Looked, r remote.Runner) error {
	at := slices.IndexFunc(known.Nodes, func(n kube.Node) bool { return n.Name == l.Node })
	if at < 0 || r == nil || l.KubeletServing == nil || g.Kubelet.Value == string(kube.Proxy) {
		return nil
	}
	if g.Kubelet.Value == "" && !byCertificate(g.at.Config) {
		return nil
	}
	g.tunnel = append(g.tunnel, l.Node)
	node := kube.KubeletAt{Node: known.Nodes[at], Serving: l.KubeletServing, Dial: r.Dial}
	return kube.Kubelets(ctx, g.at.Config, g.sink, []kube.KubeletAt{node}, g.kubeletOptions(kube.Direct, known.By))
}

// byCertificate reports whether a client certificate is all that is shown.
func byCertificate(cfg *rest.Config) bool {
	tls := cfg.TLSClientConfig
	return (len(tls.CertData) > 0 || tls.CertFile != "") && cfg.BearerToken == "" && cfg.BearerTokenFile == "" &&
		cfg.Username == "" && cfg.ExecProvider == nil && cfg.AuthProvider == nil
}

// kubelets asks those that were not reached through their host.
func (g *gathering) kubelets(ctx context.Context) error {
	if g.api.Nodes == nil && g.Kubelet.Value != "" {
		g.sink.Note(evidence.Check{Asked: "kubelets", State: evidence.Failed, Reason: "which kubelets there are is not known: the list of nodes was not read"})
		return nil
	}
	var left []kube.KubeletAt
	for _, n := range g.api.Nodes {
		if !slices.Contains(g.tunnel, n.Name) {
			left = append(left, kube.KubeletAt{Node: n})
		}
	}
	if len(left) == 0 {
		return nil
	}
	defer g.doing.done(&g.doing.api)
	return kube.Kubelets(ctx, g.at.Config, g.sink, left, g.kubeletOptions(kube.Level(g.Kubelet.Value), g.api.By))
}

func (g *gathering) kubeletOptions(way kube.Level, by string) kube.KubeletOptions {
	return kube.KubeletOptions{
		Way: way, Version: build.Version(), By: by, Timeout: g.Timeout, Now: g.Factory.Now,
		Progress: func(p kube.Progress) {
			if p.Left > 0 {
				g.doing.step(&g.doing.api, "kubelets, %d left", p.Left)
			}
		},
	}
}
