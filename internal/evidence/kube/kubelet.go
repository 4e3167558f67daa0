package kube

import (
	"context"
	"errors"
	"net"
	"time"

	"k8s.io/client-go/rest"

	"github.com/fixline-dev/fixline/internal/evidence"
)

// KubeletOptions of [Kubelets]. Now is required.
type KubeletOptions struct {
	// Way is [Direct] or [Proxy]; "" notes one gap that names both.
	Way     Level
	Version string
	// By is who asks, as [Collected] has it.
	By string
	// Timeout of one request; 0 = 60 s. Connecting may take a sixth of it.
	Timeout time.Duration
	Now     func() time.Time
	// Progress, when set, is told of each kubelet.
	Progress func(Progress)
}

// KubeletAt is a kubelet to ask.
type KubeletAt struct {
	Node
	// Serving is the PEM of the kubelet's serving certificate as the host has
	// it: the kubelet must show this very one. nil: its certificate must be
	// signed by the cluster's authority for the node's name or address.
	Serving []byte
	// Dial connects to it, through a tunnel for example; nil connects directly.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
}

// Kubelets reads each kubelet's effective configuration (/configz) into sink.
// Kubelets that cannot be read are noted; where the first few of many cannot
// be reached, the rest are not asked and one gap says so. The error is ctx's
// own or sink's. A credential is sent only after the kubelet's certificate was
// verified.
func Kubelets(ctx context.Context, cfg *rest.Config, sink evidence.Sink, kubelets []KubeletAt, opts KubeletOptions) error {
	return errors.New("asking kubelets is not built yet")
}

// Node is a node as far as it is needed to reach it.
type Node struct {
	Name string
	OS   string // linux, windows
	// Kubelet is the kubelet's version as the node reports it: "v1.37.1".
	Kubelet string
	// Addresses are InternalIPs, then ExternalIPs.
	Addresses []string
	// Port is the kubelet's.
	Port int
}
