package kube

import (
	"cmp"
	"context"
	"crypto/x509"
	"errors"
	"io"
	"maps"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"k8s.io/client-go/rest"

	"github.com/fixline-dev/fixline/internal/evidence"
)

// see keeps of the objects that pass what the rest of the run needs.
func (c *collector) see(object any) {
	switch o := object.(type) {
	case *evidence.Node:
		c.known.Nodes = append(c.known.Nodes, nodeOf(o))
	case *evidence.EndpointSlice:
		// The API servers themselves keep this one and put right what others write
		// to it (https://kubernetes.io/docs/concepts/architecture/control-plane-node-communication/).
		// Credentials go where it points: another one of the same Service would do
		// for the Service, but anybody could have made it.
		if o.Namespace == "default" && o.Name == "kubernetes" && o.Labels["kubernetes.io/service-name"] == "kubernetes" {
			for _, address := range serversOf(o) {
				c.servers[address] = true
			}
		}
	}
}

// forget drops what was seen of a list that is read again.
func (c *collector) forget(list evidence.List) {
	switch list.Resource {
	case evidence.Nodes:
		c.known.Nodes = nil
	case evidence.EndpointSlices:
		clear(c.servers)
	}
}

func serversOf(slice *evidence.EndpointSlice) []string {
	port := 443
	for _, p := range slice.Ports {
		if p.Port != nil && (p.Name == "https" || len(slice.Ports) == 1) {
			port = *p.Port
		}
	}
	var out []string
	for _, e := range slice.Endpoints {
		for _, address := range e.Addresses {
			out = append(out, net.JoinHostPort(address, strconv.Itoa(port)))
		}
	}
	return out
}

// metrics reads those of the server that was asked for everything else.
func (c *collector) metrics(ctx context.Context) error {
	err := c.copyMetrics(ctx, c.client, metricsFile, metricsPath)
	access := evidence.Access{State: evidence.Read}
	if err != nil {
		if own, ok := errors.AsType[*writeError](err); ok {
			return own.err
		}
		if access, err = c.outcome(ctx, evidence.Rule{NonResourceURL: metricsPath, Verb: "get"}, err); err != nil {
			return err
		}
	}
	c.note(string(evidence.MetricsText), access)
	return nil
}

func (c *collector) copyMetrics(ctx context.Context, from *client, file, path string) error {
	body, err := from.get(ctx, metricsPath)
	if err != nil {
		return err
	}
	defer body.Close()
	return c.file(file, path, func(w io.Writer) (int, error) { return 0, evidence.CopyMetrics(w, body) })
}

// serverTimeout is how long one of several API servers may take to answer:
// the way to it may be closed, and the rest of the bundle does not need it.
const serverTimeout = 10 * time.Second

// everyServer asks each API server for its own metrics: they count requests
// of deprecated APIs each for itself.
func (c *collector) everyServer(ctx context.Context) error {
	if c.noServer.State != evidence.Read {
		reason := "which API servers there are was not read (endpointslices): " + c.noServer.Reason
		c.note("apiservers", evidence.Access{State: c.noServer.State, Reason: reason, Rule: c.noServer.Rule})
		return nil
	}
	if len(c.servers) == 0 {
		c.note("apiservers", evidence.Access{State: evidence.Absent, Reason: "the EndpointSlices of the Service default/kubernetes name no address"})
		return nil
	}
	for _, address := range slices.Sorted(maps.Keys(c.servers)) {
		file := serverFolder + fileName(address) + "/" + metricsFile
		access, err := c.oneServer(ctx, address, file)
		if err != nil {
			return err
		}
		c.note(file, access)
	}
	return nil
}

// fileName is an address as a name of a folder: no system takes a colon.
func fileName(address string) string {
	return strings.NewReplacer(":", "_", "[", "", "]", "").Replace(address)
}

func (c *collector) oneServer(ctx context.Context, address, file string) (evidence.Access, error) {
	if c.cfg.Insecure {
		return evidence.Access{State: evidence.Failed, Reason: "the context does not verify certificates, so credentials are sent to no other address than its own"}, nil
	}
	var err error
	for _, name := range c.serverNames(address) {
		err = c.askServer(ctx, address, name, file)
		if _, misnamed := errors.AsType[x509.HostnameError](err); !misnamed {
			break
		}
	}
	if ctx.Err() != nil {
		return evidence.Access{}, ctx.Err()
	}
	if own, ok := errors.AsType[*writeError](err); ok {
		return evidence.Access{}, own.err
	}
	if err == nil {
		return evidence.Access{State: evidence.Read}, nil
	}
	access, fatal := classify(err, evidence.Rule{NonResourceURL: metricsPath, Verb: "get"})
	if fatal != nil {
		access = evidence.Access{State: evidence.Failed, Reason: "asked at its own address, " + oneLine(fatal.Error())}
	}
	return access, nil
}

// serverNames are what the certificate of an API server may be for, in the
// order they are tried: what the context says; the address; the name of the
// context's server; the name pods know it by.
func (c *collector) serverNames(address string) []string {
	if c.cfg.ServerName != "" {
		return []string{c.cfg.ServerName}
	}
	host, _, _ := net.SplitHostPort(address)
	names := []string{host}
	if base, err := url.Parse(c.client.host); err == nil {
		names = append(names, base.Hostname())
	}
	return append(names, "kubernetes")
}

func (c *collector) askServer(ctx context.Context, address, name, file string) error {
	cfg := rest.CopyConfig(c.cfg)
	cfg.Host, cfg.APIPath, cfg.ServerName = "https://"+address, "", name
	client, err := newClient(cfg, clientOptions{version: c.opts.Version, verb: "collect", timeout: min(c.client.timeout, serverTimeout)})
	if err != nil {
		return err
	}
	at := *c
	at.known = &Collected{Server: client.host, By: c.known.By}
	return at.copyMetrics(ctx, client, file, metricsPath)
}

func nodeOf(n *evidence.Node) Node {
	out := Node{Name: n.Name, OS: cmp.Or(n.Status.NodeInfo.OperatingSystem, n.Labels["kubernetes.io/os"]),
		Kubelet: n.Status.NodeInfo.KubeletVersion, Port: cmp.Or(n.Status.Endpoints.Kubelet.Port, 10250)}
	for _, kind := range []string{"InternalIP", "ExternalIP"} {
		for _, a := range n.Status.Addresses {
			if a.Type == kind {
				out.Addresses = append(out.Addresses, a.Address)
			}
		}
	}
	return out
}
