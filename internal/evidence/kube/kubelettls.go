package kube

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"k8s.io/client-go/rest"
)

// unverifiedError is a kubelet that may be another: no credential was sent.
type unverifiedError struct{ why string }

func (e *unverifiedError) Error() string {
	return "the kubelet's certificate is not verified, so no credentials were sent: " + e.why
}

// kubeletConnectTimeout is short: on a closed way packets are dropped silently.
const kubeletConnectTimeout = 10 * time.Second

// directClient connects to one kubelet with the context's credentials, after
// its certificate was verified. client-go cannot pin a certificate, so the
// connection is made here; who one is stays client-go's.
func (k *asking) directClient(at KubeletAt) (*http.Client, error) {
	cfg := rest.CopyConfig(k.cfg)
	cfg.UserAgent = userAgent(k.opts.Version, "collect")
	if err := rest.LoadTLSFiles(cfg); err != nil {
		return nil, fmt.Errorf("reading the context's certificates: %w", err)
	}
	verify, err := verifier(at, cfg)
	if err != nil {
		return nil, err
	}
	mine := rest.CopyConfig(cfg)
	mine.TLSClientConfig = rest.TLSClientConfig{CertData: cfg.CertData, KeyData: cfg.KeyData, Insecure: true}
	conf, err := rest.TLSConfigFor(mine) // for the client's certificate
	if err != nil {
		return nil, fmt.Errorf("using the context's credentials: %w", err)
	}
	if conf == nil {
		conf = &tls.Config{MinVersion: tls.VersionTLS12}
	}
	// Go's own verification knows neither pinned certificates nor two names at
	// once; verify stands in its place and runs before anything is sent.
	conf.InsecureSkipVerify = true
	conf.VerifyConnection = verify
	conf.ServerName = at.Name
	dial := at.Dial
	if dial == nil {
		dial = (&net.Dialer{Timeout: kubeletConnectTimeout}).DialContext
	}
	transport := &http.Transport{TLSClientConfig: conf, TLSHandshakeTimeout: kubeletConnectTimeout,
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			ctx, cancel := context.WithTimeout(ctx, kubeletConnectTimeout)
			defer cancel()
			return dial(ctx, network, address)
		}}
	rt, err := rest.HTTPWrappersForConfig(cfg, transport)
	if err != nil {
		return nil, fmt.Errorf("using the context's credentials: %w", err)
	}
	return &http.Client{Transport: rt, Timeout: k.client.timeout,
		// A kubelet redirects nowhere; credentials follow no one.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}, nil
}

// verifier says how a kubelet proves that it is the node's.
func verifier(at KubeletAt, cfg *rest.Config) (func(tls.ConnectionState) error, error) {
	if at.Serving != nil {
		block, _ := pem.Decode(at.Serving)
		if block == nil || block.Type != "CERTIFICATE" {
			return nil, &unverifiedError{"what the host gave as its serving certificate is none"}
		}
		return func(s tls.ConnectionState) error {
			if len(s.PeerCertificates) == 0 || !bytes.Equal(s.PeerCertificates[0].Raw, block.Bytes) {
				return &unverifiedError{"it shows another certificate than the host has"}
			}
			return nil
		}, nil
	}
	roots := x509.NewCertPool()
	if cfg.Insecure || !roots.AppendCertsFromPEM(cfg.CAData) {
		return nil, &unverifiedError{"the context names no certificate authority; --ssh takes the kubelet's certificate from the host"}
	}
	return func(s tls.ConnectionState) error {
		if len(s.PeerCertificates) == 0 {
			return &unverifiedError{"it shows none"}
		}
		leaf := s.PeerCertificates[0]
		between := x509.NewCertPool()
		for _, c := range s.PeerCertificates[1:] {
			between.AddCert(c)
		}
		_, err := leaf.Verify(x509.VerifyOptions{Roots: roots, Intermediates: between})
		if _, ok := errors.AsType[x509.UnknownAuthorityError](err); ok {
			return &unverifiedError{"it is not signed by the cluster's authority (serverTLSBootstrap is off, or its request was not approved); --ssh takes it from the host"}
		}
		if err != nil {
			return &unverifiedError{oneLine(err.Error())}
		}
		for _, name := range append([]string{at.Name}, at.Addresses...) {
			if leaf.VerifyHostname(name) == nil {
				return nil
			}
		}
		return &unverifiedError{"it is for another node: " + leaf.Subject.CommonName}
	}, nil
}
