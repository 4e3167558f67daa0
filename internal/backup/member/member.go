// Package member speaks with the members of an etcd cluster: who they are and
// how they are, a snapshot as it streams, and how many keys of each resource
// there were at a revision. It decides which member a snapshot is taken from.
// It never writes to etcd, and keeps nothing. Start at [Connect].
package member

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"
	"go.uber.org/zap"
	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
)

// Timeout is how long a member may take for one answer that is no stream.
const Timeout = 20 * time.Second

// window is how many bytes may be on their way, which bounds what a slow store
// makes us hold.
const window = 4 << 20

// Options say where etcd is and how to be let in.
type Options struct {
	// Endpoints are client URLs: "https://127.0.0.1:2379", "unix:///run/etcd.sock".
	Endpoints []string
	// TLS is nil for plain HTTP.
	TLS *tls.Config
	// Host is the one that Dial goes through, for messages; "" = none.
	Host string
	// Dial reaches an address as from a host; nil is this machine's own way.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
}

// Cluster is a connection.
type Cluster struct {
	*clientv3.Client

	o Options
}

// Connect prepares a client. Nothing is asked yet, so that a member that is
// down is told by [Look].
func Connect(o Options) (*Cluster, error) {
	for _, e := range o.Endpoints {
		if err := Check(e); err != nil {
			return nil, err
		}
	}
	c, err := open(o, o.Endpoints)
	if err != nil {
		return nil, fmt.Errorf("connecting to etcd at %s: %w", strings.Join(o.Endpoints, ", "), err)
	}
	return &Cluster{Client: c, o: o}, nil
}

// Check says what is wrong with an endpoint as a person wrote it.
func Check(endpoint string) error {
	u, err := url.Parse(endpoint)
	if err != nil || u.Scheme != "unix" && (u.Host == "" || u.Scheme != "http" && u.Scheme != "https") {
		return fmt.Errorf("%q is no endpoint of etcd such as https://10.0.0.11:2379", endpoint)
	}
	return nil
}

func open(o Options, endpoints []string) (*clientv3.Client, error) {
	cfg := clientv3.Config{Endpoints: endpoints, TLS: o.TLS, DialTimeout: 10 * time.Second, Logger: zap.NewNop(),
		DialKeepAliveTime: 10 * time.Second, DialKeepAliveTimeout: 20 * time.Second,
		// A snapshot is one long stream: few and large reads of it.
		DialOptions: []grpc.DialOption{grpc.WithReadBufferSize(window), grpc.WithInitialWindowSize(window), grpc.WithInitialConnWindowSize(window),
			// An etcd that is being started is to be found soon after it listens.
			grpc.WithConnectParams(grpc.ConnectParams{MinConnectTimeout: 20 * time.Second, Backoff: backoff.Config{BaseDelay: 50 * time.Millisecond, Multiplier: 1.6, Jitter: 0.2, MaxDelay: time.Second}})}}
	if o.Dial != nil {
		cfg.DialOptions = append(cfg.DialOptions, grpc.WithContextDialer(func(ctx context.Context, address string) (net.Conn, error) {
			return o.Dial(ctx, "tcp", address)
		}))
	}
	return clientv3.New(cfg)
}

// At is a connection to one endpoint alone: a snapshot is that of one member.
func (c *Cluster) At(endpoint string) (*Cluster, error) {
	one, err := open(c.o, []string{endpoint})
	if err != nil {
		return nil, fmt.Errorf("connecting to etcd at %s: %w", endpoint, err)
	}
	return &Cluster{Client: one, o: Options{Endpoints: []string{endpoint}, TLS: c.o.TLS, Host: c.o.Host, Dial: c.o.Dial}}, nil
}

// Said makes an error of etcd's client readable: who was asked, and the usual
// reason of a handshake that fails.
func Said(endpoint string, err error) error {
	if err == nil {
		return nil
	}
	text := err.Error()
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		err = errors.New("no answer in time")
	case strings.Contains(text, "certificate signed by unknown authority"):
		err = &TrustError{endpoint, errors.New("its certificate is not signed by the authority that was named")}
	case strings.Contains(text, "remote error: tls: expired certificate"):
		err = &TrustError{endpoint, errors.New("it says that the client certificate has expired")}
	case strings.Contains(text, "remote error: tls: "):
		err = &TrustError{endpoint, errors.New("it does not accept the client certificate")}
	case strings.Contains(text, "etcdserver: request timed out"), strings.Contains(text, "etcdserver: no leader"):
		err = fmt.Errorf("it cannot ask the other members (%w)", err)
	case strings.Contains(text, "x509:"):
		_, reason, _ := strings.Cut(text, "x509:")
		err = &TrustError{endpoint, fmt.Errorf("its certificate is not accepted:%s", strings.TrimSuffix(reason, `"`))}
	}
	return fmt.Errorf("asking etcd at %s: %w", endpoint, err)
}

// TrustError is a member whose certificate we do not take, or that does not take ours.
type TrustError struct {
	Endpoint string
	Why      error
}

func (e *TrustError) Error() string { return e.Why.Error() }

// Unwrap gives the reason.
func (e *TrustError) Unwrap() error { return e.Why }

// Hint says where kubeadm keeps what is needed.
func (e *TrustError) Hint() string {
	return "kubeadm keeps them in /etc/kubernetes/pki/etcd: --cacert ca.crt --cert healthcheck-client.crt --key healthcheck-client.key; `kubeadm certs check-expiration` tells how old they are"
}
