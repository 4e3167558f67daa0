// Package pki makes the few certificates a rehearsal needs of its own: for the
// private etcd, and for the one client that asks the rehearsed server. They are
// worth nothing anywhere else and end within a day. The cluster's own keys are
// not its business. Start at [New].
package pki

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"time"
)

// validity is longer than any rehearsal.
const validity = 24 * time.Hour

// Authority signs certificates.
type Authority struct {
	// PEM is its certificate.
	PEM []byte

	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	now  time.Time
}

// Pair is a certificate and its key in PEM.
type Pair struct{ Certificate, Key []byte }

// New makes an authority that begins at now.
func New(name string, now time.Time) (*Authority, error) {
	a := &Authority{now: now}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("making an authority: %w", err)
	}
	template := a.template(pkix.Name{CommonName: name})
	template.IsCA, template.BasicConstraintsValid = true, true
	template.KeyUsage |= x509.KeyUsageCertSign
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, fmt.Errorf("making an authority: %w", err)
	}
	if a.cert, err = x509.ParseCertificate(der); err != nil {
		return nil, fmt.Errorf("making an authority: %w", err)
	}
	a.key, a.PEM = key, encode("CERTIFICATE", der)
	return a, nil
}

// Client makes an identity of Kubernetes: user, and its groups.
func (a *Authority) Client(user string, groups ...string) (Pair, error) {
	t := a.template(pkix.Name{CommonName: user, Organization: groups})
	t.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
	return a.issue(t)
}

// Server makes a certificate for loopback. It serves as a client's too: an etcd
// is both.
func (a *Authority) Server(name string) (Pair, error) {
	t := a.template(pkix.Name{CommonName: name})
	t.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}
	t.DNSNames, t.IPAddresses = []string{"localhost"}, []net.IP{net.IPv4(127, 0, 0, 1)}
	return a.issue(t)
}

func (a *Authority) issue(t *x509.Certificate) (Pair, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return Pair{}, fmt.Errorf("issuing a certificate for %s: %w", t.Subject.CommonName, err)
	}
	der, err := x509.CreateCertificate(rand.Reader, t, a.cert, key.Public(), a.key)
	if err != nil {
		return Pair{}, fmt.Errorf("issuing a certificate for %s: %w", t.Subject.CommonName, err)
	}
	text, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return Pair{}, fmt.Errorf("issuing a certificate for %s: %w", t.Subject.CommonName, err)
	}
	return Pair{encode("CERTIFICATE", der), encode("PRIVATE KEY", text)}, nil
}

func (a *Authority) template(name pkix.Name) *x509.Certificate {
	serial := make([]byte, 16)
	_, _ = rand.Read(serial) // never fails, see crypto/rand
	return &x509.Certificate{
		SerialNumber: new(big.Int).SetBytes(serial),
		Subject:      name,
		NotBefore:    a.now.Add(-time.Hour),
		NotAfter:     a.now.Add(validity),
		KeyUsage:     x509.KeyUsageDigitalSignature,
	}
}

func encode(kind string, der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
}
