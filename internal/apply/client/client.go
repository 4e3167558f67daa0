// Package client is the connection through which a plan is carried out: the
// typed clients of the API groups that steps touch, all of them v1, and the
// question whether an API server is ready, asked of each at its own address. It
// retries nothing that changes something, and decides nothing. Start at [New].
package client

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/runtime"
	apps "k8s.io/client-go/kubernetes/typed/apps/v1"
	batch "k8s.io/client-go/kubernetes/typed/batch/v1"
	coordination "k8s.io/client-go/kubernetes/typed/coordination/v1"
	core "k8s.io/client-go/kubernetes/typed/core/v1"
	discovery "k8s.io/client-go/kubernetes/typed/discovery/v1"
	policy "k8s.io/client-go/kubernetes/typed/policy/v1"
	"k8s.io/client-go/rest"
)

// Timeouts: of one request, where the kubeconfig says none, and of one answer
// to /readyz, which a server gives at once or not at all.
const (
	requestTimeout = 30 * time.Second
	readyTimeout   = 10 * time.Second
)

// Client talks to one cluster. Its methods may be called from several goroutines.
type Client struct {
	Core         core.CoreV1Interface
	Apps         apps.AppsV1Interface
	Batch        batch.BatchV1Interface
	Policy       policy.PolicyV1Interface
	Coordination coordination.CoordinationV1Interface
	Discovery    discovery.DiscoveryV1Interface
	Host         string // of the kubeconfig: "https://10.77.0.11:6443"

	cfg *rest.Config
}

// New makes the clients; it asks nothing yet. version is this program's, for the
// user agent.
func New(cfg *rest.Config, version string) (*Client, error) {
	cfg = rest.CopyConfig(cfg)
	cfg.UserAgent = "fixline/" + version + " (apply)"
	if cfg.Timeout == 0 {
		cfg.Timeout = requestTimeout
	}
	cfg.QPS = -1 // the server's own flow control says what is too much
	cfg.ContentType = runtime.ContentTypeProtobuf
	cfg.AcceptContentTypes = runtime.ContentTypeProtobuf + "," + runtime.ContentTypeJSON
	cfg.WarningHandler = rest.NoWarnings{}
	h, err := rest.HTTPClientFor(cfg)
	if err != nil {
		return nil, fmt.Errorf("using the kubeconfig: %w", err)
	}
	c := &Client{cfg: cfg}
	var errs [6]error
	c.Core, errs[0] = core.NewForConfigAndClient(cfg, h)
	c.Apps, errs[1] = apps.NewForConfigAndClient(cfg, h)
	c.Batch, errs[2] = batch.NewForConfigAndClient(cfg, h)
	c.Policy, errs[3] = policy.NewForConfigAndClient(cfg, h)
	c.Coordination, errs[4] = coordination.NewForConfigAndClient(cfg, h)
	c.Discovery, errs[5] = discovery.NewForConfigAndClient(cfg, h)
	if err := errors.Join(errs[:]...); err != nil {
		return nil, fmt.Errorf("using the kubeconfig: %w", err)
	}
	base := c.Core.RESTClient().Get().AbsPath("/").URL()
	c.Host = base.Scheme + "://" + base.Host
	return c, nil
}

// Ready asks the server of the kubeconfig for /readyz; nil = it is ready.
func (c *Client) Ready(ctx context.Context) error { return ready(ctx, c.Core.RESTClient()) }

// ReadyAt asks the API server at an address ("10.77.0.11:6443") with the same
// credentials. They are sent to nobody who does not hold a certificate of the
// cluster's authority for an API server: one that a kubelet may have, for its
// own address, does not do. Where the kubeconfig verifies none, none are sent.
func (c *Client) ReadyAt(ctx context.Context, address string) error {
	var err error
	for _, name := range c.serverNames() {
		cfg := rest.CopyConfig(c.cfg)
		if cfg.Insecure {
			cfg = rest.AnonymousClientConfig(cfg)
		}
		cfg.Host, cfg.APIPath, cfg.ServerName, cfg.Timeout = "https://"+address, "", name, readyTimeout
		if cfg.Insecure {
			cfg.ServerName = ""
		}
		at, made := core.NewForConfig(cfg)
		if made != nil {
			return fmt.Errorf("asking %s: %w", address, made)
		}
		err = ready(ctx, at.RESTClient())
		if _, misnamed := errors.AsType[x509.HostnameError](err); !misnamed {
			return err
		}
	}
	return err
}

// serverNames are what the certificate of an API server is for: what the
// kubeconfig says; the name pods know it by; the name of the kubeconfig's server.
func (c *Client) serverNames() []string {
	if c.cfg.ServerName != "" {
		return []string{c.cfg.ServerName}
	}
	names := []string{"kubernetes"}
	if base, err := url.Parse(c.Host); err == nil {
		names = append(names, base.Hostname())
	}
	return names
}

// ReadyzError is a server that answered and is not ready.
type ReadyzError struct{ Failed []string } // checks, such as "etcd"

func (e *ReadyzError) Error() string { return "it is not ready: " + strings.Join(e.Failed, ", ") }

func ready(ctx context.Context, server rest.Interface) error {
	ctx, cancel := context.WithTimeout(ctx, readyTimeout)
	defer cancel()
	answer, err := server.Get().AbsPath("/readyz").SetHeader("Accept", "*/*").MaxRetries(0).Do(ctx).Raw()
	if err == nil {
		return nil
	}
	failed := []string{}
	for line := range strings.Lines(string(answer)) { // [-]etcd failed: reason withheld
		if check, ok := strings.CutPrefix(line, "[-]"); ok {
			name, _, _ := strings.Cut(check, " ")
			failed = append(failed, strings.TrimSpace(name))
		}
	}
	if len(failed) > 0 {
		return &ReadyzError{failed}
	}
	return err
}
