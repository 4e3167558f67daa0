package controlplane

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
	"os"
	"time"
)

// Credentials is one client identity: PEM blocks of a certificate and its key.
type Credentials struct {
	// User is the certificate's common name, Groups its organizations: what RBAC sees.
	User   string
	Groups []string
	// Certificate and Key are PEM.
	Certificate []byte
	Key         []byte
}

// Admin is an identity in system:masters, which may do everything.
func (c *ControlPlane) Admin() Credentials { return c.admin }

// ClientCert makes an identity; RBAC decides what it may do (what system:authenticated may, until a binding names it).
func (c *ControlPlane) ClientCert(user string, groups ...string) (Credentials, error) {
	return c.pki.cluster.client(user, groups...)
}

// keys are those of one control plane: three authorities, as kubeadm has them.
type keys struct {
	cluster, etcd, frontProxy *authority
	etcdClient                Credentials
}

// newPKI makes all keys and writes them below pki/ by kubeadm's names.
func newPKI(l layout) (*keys, error) {
	p := &keys{}
	for _, ca := range []struct {
		to         **authority
		name, file string
	}{{&p.cluster, "kubernetes", "ca"}, {&p.etcd, "etcd-ca", "etcd/ca"}, {&p.frontProxy, "front-proxy-ca", "front-proxy-ca"}} {
		a, err := newAuthority(ca.name)
		if err != nil {
			return nil, err
		}
		*ca.to = a
		keyPEM, err := encodeKey(a.key)
		if err != nil {
			return nil, err
		}
		if err := write(l, ca.file, Credentials{Certificate: a.certPEM, Key: keyPEM}); err != nil {
			return nil, err
		}
	}
	server := []string{"kubernetes", "kubernetes.default", "kubernetes.default.svc", "kubernetes.default.svc.cluster.local"}
	for file, issue := range map[string]func() (Credentials, error){
		"apiserver":             func() (Credentials, error) { return p.cluster.server("kube-apiserver", server...) },
		"front-proxy-client":    func() (Credentials, error) { return p.frontProxy.client("front-proxy-client") },
		"etcd/server":           func() (Credentials, error) { return p.etcd.server("lab") },
		"etcd/peer":             func() (Credentials, error) { return p.etcd.server("lab") },
		"apiserver-etcd-client": func() (Credentials, error) { return p.etcd.client("kube-apiserver-etcd-client") },
	} {
		cred, err := issue()
		if err != nil {
			return nil, err
		}
		if err := write(l, file, cred); err != nil {
			return nil, err
		}
		if file == "apiserver-etcd-client" {
			p.etcdClient = cred
		}
	}
	return p, writeServiceAccountKey(l)
}

func write(l layout, name string, c Credentials) error {
	if err := os.WriteFile(l.pki(name+".crt"), c.Certificate, 0o600); err != nil {
		return err
	}
	return os.WriteFile(l.pki(name+".key"), c.Key, 0o600)
}

func writeServiceAccountKey(l layout) error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	private, err := encodeKey(key)
	if err != nil {
		return err
	}
	der, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		return err
	}
	if err := os.WriteFile(l.pki("sa.key"), private, 0o600); err != nil {
		return err
	}
	return os.WriteFile(l.pki("sa.pub"), pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}), 0o600)
}

// authority signs certificates.
type authority struct {
	cert    *x509.Certificate
	certPEM []byte
	key     *ecdsa.PrivateKey
}

// validity is long enough for any lab and short enough that a forgotten key is worth nothing.
const validity = 7 * 24 * time.Hour

func newAuthority(name string) (*authority, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	template := certificate(name)
	template.IsCA, template.BasicConstraintsValid = true, true
	template.KeyUsage |= x509.KeyUsageCertSign
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, err
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, err
	}
	return &authority{cert: cert, certPEM: encodeCert(der), key: key}, nil
}

func (a *authority) client(user string, groups ...string) (Credentials, error) {
	template := certificate(user)
	template.Subject.Organization = groups
	template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
	return a.issue(template)
}

// server makes a certificate for loopback and these names. It serves as a client's too: etcd's peers are both.
func (a *authority) server(name string, names ...string) (Credentials, error) {
	template := certificate(name)
	template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}
	template.DNSNames = append([]string{"localhost"}, names...)
	template.IPAddresses = []net.IP{net.IPv4(127, 0, 0, 1), net.ParseIP(serviceIP)}
	return a.issue(template)
}

func (a *authority) issue(template *x509.Certificate) (Credentials, error) {
	user := template.Subject.CommonName
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return Credentials{}, err
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.cert, key.Public(), a.key)
	if err != nil {
		return Credentials{}, fmt.Errorf("issuing a certificate for %q: %w", user, err)
	}
	keyPEM, err := encodeKey(key)
	if err != nil {
		return Credentials{}, err
	}
	return Credentials{User: user, Groups: template.Subject.Organization, Certificate: encodeCert(der), Key: keyPEM}, nil
}

func certificate(name string) *x509.Certificate {
	serial := make([]byte, 16)
	rand.Read(serial) // never fails, see crypto/rand
	now := time.Now()
	return &x509.Certificate{
		SerialNumber: new(big.Int).SetBytes(serial),
		Subject:      pkix.Name{CommonName: name},
		NotBefore:    now.Add(-time.Minute), // clocks of containers beside us may be a little behind
		NotAfter:     now.Add(validity),
		KeyUsage:     x509.KeyUsageDigitalSignature,
	}
}

func encodeCert(der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}

func encodeKey(key *ecdsa.PrivateKey) ([]byte, error) {
	der, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		return nil, err
	}
	return pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: der}), nil
}
