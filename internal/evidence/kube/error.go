package kube

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"net/url"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/fixline-dev/fixline/internal/evidence"
)

// Kind says why a server cannot be asked at all.
type Kind int

const (
	// Unreachable: no connection, no name, no answer in time.
	Unreachable Kind = iota
	// Unauthorized: the credentials are missing, wrong or expired.
	Unauthorized
	// Certificate: the server's or the client's certificate was refused.
	Certificate
	// NotKubernetes: something else answers there.
	NotKubernetes
	// BadConfig: the client configuration cannot be used.
	BadConfig
)

// Error is a server that cannot be asked at all.
type Error struct {
	Kind Kind
	Host string
	Err  error
}

func (e *Error) Error() string {
	what := [...]string{"the API server cannot be reached", "the API server refused the credentials",
		"the TLS handshake with the API server failed", "what answers is no Kubernetes API server", "the client configuration cannot be used"}[e.Kind]
	return what + ": " + e.Err.Error()
}

func (e *Error) Unwrap() error { return e.Err }

// Hint is the next command to run.
func (e *Error) Hint() string {
	switch e.Kind {
	case Unauthorized:
		return "renew the credentials of the context (kubectl auth whoami shows who you are), or name another one with --context"
	case Certificate:
		return "compare certificate-authority and server of the context (kubectl config view --minify); on kubeadm hosts: kubeadm certs check-expiration"
	case BadConfig, NotKubernetes:
		return "look at the context in use: kubectl config view --minify"
	}
	return "check the server of the context (kubectl config view --minify) and try kubectl get --raw /version; without a connection use --bundle or -f"
}

// classify tells a gap from an error that ends the reading.
func classify(err error, rule evidence.Rule) (evidence.Access, error) {
	if own, ok := errors.AsType[*Error](err); ok {
		return evidence.Access{}, own
	}
	switch {
	case apierrors.IsForbidden(err):
		return evidence.Access{State: evidence.Forbidden, Rule: &rule, Reason: "forbidden; the missing rule is " + rule.String()}, nil
	case apierrors.IsUnauthorized(err):
		return evidence.Access{}, &Error{Kind: Unauthorized, Err: err}
	case apierrors.IsNotFound(err):
		return evidence.Access{State: evidence.Absent, Reason: oneLine(err.Error())}, nil
	case noCredentials(err):
		return evidence.Access{}, &Error{Kind: Unauthorized, Err: cause(err)}
	case certificate(err):
		return evidence.Access{}, &Error{Kind: Certificate, Err: cause(err)}
	case httpOnTLS(err):
		return evidence.Access{}, &Error{Kind: NotKubernetes, Err: cause(err)}
	case unreachable(err):
		return evidence.Access{}, &Error{Kind: Unreachable, Err: cause(err)}
	}
	return evidence.Access{State: evidence.Failed, Reason: oneLine(err.Error())}, nil
}

// noCredentials: an exec plugin failed.
func noCredentials(err error) bool { return strings.Contains(err.Error(), "getting credentials:") }

// statusCode is what the server answered with, where it answered.
func statusCode(err error) (int, bool) {
	var status apierrors.APIStatus
	if !errors.As(err, &status) {
		return 0, false
	}
	return int(status.Status().Code), true
}

func certificate(err error) bool {
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return true
	}
	if _, ok := errors.AsType[x509.UnknownAuthorityError](err); ok {
		return true
	}
	if _, ok := errors.AsType[tls.AlertError](err); ok {
		return true
	}
	// The alert a server answers a client certificate with has no type of its own.
	return strings.Contains(err.Error(), "remote error: tls:")
}

func httpOnTLS(err error) bool {
	return strings.Contains(err.Error(), http.ErrSchemeMismatch.Error()) ||
		strings.Contains(err.Error(), "first record does not look like a TLS handshake")
}

// late reports a request that was not answered in time.
func late(err error) bool {
	if timeout, ok := errors.AsType[net.Error](err); ok && timeout.Timeout() {
		return true
	}
	return errors.Is(err, context.DeadlineExceeded)
}

func unreachable(err error) bool {
	if errors.Is(err, context.DeadlineExceeded) {
		return true
	}
	if _, ok := errors.AsType[*url.Error](err); ok {
		return true
	}
	_, ok := errors.AsType[net.Error](err)
	return ok
}

// cause is the innermost useful message: client-go wraps it in the URL.
func cause(err error) error {
	if u, ok := errors.AsType[*url.Error](err); ok {
		if u.Timeout() {
			return errors.New("no answer in time from " + hostOf(u.URL))
		}
		return errors.New(hostOf(u.URL) + ": " + oneLine(u.Err.Error()))
	}
	return err
}

func hostOf(raw string) string {
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" {
		return raw
	}
	return u.Scheme + "://" + u.Host
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// expired is a continue token whose revision is gone (HTTP 410).
func expired(err error) bool { return apierrors.IsResourceExpired(err) || apierrors.IsGone(err) }
