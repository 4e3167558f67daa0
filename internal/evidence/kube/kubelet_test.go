package kube

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"k8s.io/client-go/rest"

	"github.com/fixline-dev/fixline/internal/evidence"
)

// kubelet is a fake kubelet that counts who got as far as sending a token.
type kubelet struct {
	*httptest.Server

	tokens atomic.Int32
}

func startKubelet(t *testing.T, answer http.HandlerFunc) *kubelet {
	t.Helper()
	k := &kubelet{}
	k.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") == "Bearer sesame" {
			k.tokens.Add(1)
		}
		if r.URL.Path != "/configz" || r.Method != http.MethodGet || r.UserAgent() != "fixline/1.2.3 (collect)" {
			t.Errorf("%s %s by %s", r.Method, r.URL, r.UserAgent())
		}
		answer(w, r)
	}))
	k.Config.ErrorLog = log.New(io.Discard, "", 0)
	k.StartTLS()
	t.Cleanup(k.Close)
	return k
}

// at is the kubelet as that of a node.
func (k *kubelet) at(name string) KubeletAt {
	host, port, _ := net.SplitHostPort(k.Listener.Addr().String())
	n, _ := strconv.Atoi(port)
	return KubeletAt{Node: Node{Name: name, Addresses: []string{host}, Port: n, Kubelet: "v1.32.1"}}
}

func (k *kubelet) pem() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: k.Certificate().Raw})
}

func configz(w http.ResponseWriter, _ *http.Request) {
	fmt.Fprint(w, `{"kubeletconfig":{"authentication":{"anonymous":{"enabled":false}},"staticPodURLHeader":{"Authorization":["very-secret"]}}}`)
}

func TestKubeletDirect(t *testing.T) {
	const none = `
-----BEGIN RSA PRIVATE KEY-----
AAAA
-----END RSA PRIVATE KEY-----
`
	refuse := func(text string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { http.Error(w, text, http.StatusForbidden) }
	}
	stranger := strangerPEM(t)
	for _, tt := range []struct {
		name    string
		answer  http.HandlerFunc
		change  func(*KubeletAt, *rest.Config, *kubelet)
		state   evidence.State
		reason  string
		trusted bool // the token may be sent
	}{
		{"signed by the authority", configz, func(_ *KubeletAt, c *rest.Config, k *kubelet) { c.CAData = k.pem() }, evidence.Read, "", true},
		{"the host's certificate", configz, func(a *KubeletAt, _ *rest.Config, k *kubelet) { a.Serving = k.pem() }, evidence.Read, "", true},
		{"through a tunnel", configz, func(a *KubeletAt, _ *rest.Config, k *kubelet) {
			a.Serving, a.Addresses = k.pem(), []string{"192.0.2.1"}
			a.Dial = func(ctx context.Context, network, _ string) (net.Conn, error) {
				return (&net.Dialer{}).DialContext(ctx, network, k.Listener.Addr().String())
			}
		}, evidence.Read, "", true},
		{"another certificate than the host's", configz, func(a *KubeletAt, _ *rest.Config, _ *kubelet) { a.Serving = stranger }, evidence.Failed, "another certificate", false},
		{"no certificate of the host's", configz, func(a *KubeletAt, _ *rest.Config, _ *kubelet) { a.Serving = []byte(none) }, evidence.Failed, "is none", false},
		{"an unknown authority", configz, func(_ *KubeletAt, c *rest.Config, _ *kubelet) { c.CAData = stranger }, evidence.Failed, "not signed by the cluster's authority", false},
		{"no authority", configz, func(*KubeletAt, *rest.Config, *kubelet) {}, evidence.Failed, "names no certificate authority", false},
		{"a context that verifies nothing", configz, func(_ *KubeletAt, c *rest.Config, _ *kubelet) { c.Insecure = true }, evidence.Failed, "names no certificate authority", false},
		{"the certificate of another node", configz, func(a *KubeletAt, c *rest.Config, k *kubelet) {
			c.CAData = k.pem()
			address := k.Listener.Addr().String()
			a.Addresses = []string{"192.0.2.1"}
			a.Dial = func(ctx context.Context, network, _ string) (net.Conn, error) {
				return (&net.Dialer{}).DialContext(ctx, network, address)
			}
		}, evidence.Failed, "another node", false},
		{"forbidden", refuse("Forbidden (user=jane, verb=get, resource=nodes, subresource(s)=[configz proxy])"), pinned, evidence.Forbidden, `resources: ["nodes/configz"]`, true},
		{"forbidden by an older kubelet", refuse("Forbidden (user=jane, verb=get, resource=nodes, subresource(s)=[proxy])"), pinned, evidence.Forbidden, `(v1.32.1) does not tell nodes/configz apart and wants apiGroups: [""], resources: ["nodes/proxy"]`, true},
		{"who is this", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusUnauthorized) }, pinned, evidence.Failed, "does not know these credentials", true},
		{"no such thing", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotFound) }, pinned, evidence.Failed, "404", true},
		{"no configuration", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "hello") }, pinned, evidence.Failed, "no configuration", true},
		{"elsewhere", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "https://192.0.2.9/", http.StatusFound)
		}, pinned, evidence.Failed, "302", true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			k := startKubelet(t, tt.answer)
			cfg := &rest.Config{Host: "https://192.0.2.5", BearerToken: "sesame"}
			at := k.at("n1")
			tt.change(&at, cfg, k)
			to := newMemory()
			if err := Kubelets(t.Context(), cfg, to, []KubeletAt{at}, KubeletOptions{Way: Direct, Version: "1.2.3", Now: time.Now}); err != nil {
				t.Fatal(err)
			}
			file := "kubelets/n1/configz.json"
			if got := to.notes[file]; got.State != tt.state || !strings.Contains(got.Reason, tt.reason) {
				t.Errorf("%+v, want %s with %q", got, tt.state, tt.reason)
			}
			if sent := k.tokens.Load() > 0; sent != tt.trusted {
				t.Errorf("the token was sent: %t", sent)
			}
			if text := to.files[file]; (tt.state == evidence.Read) != strings.Contains(text, `"enabled": false`) || strings.Contains(text, "very-secret") {
				t.Errorf("the file is %q", text)
			}
		})
	}
}

// strangerPEM is a certificate nobody shows and an authority nobody has.
func strangerPEM(t *testing.T) []byte {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}

func pinned(a *KubeletAt, _ *rest.Config, k *kubelet) { a.Serving = k.pem() }

// TestKubeletsOutOfReach: a closed way is found out by a few.
func TestKubeletsOutOfReach(t *testing.T) {
	var dialled atomic.Int32
	var nodes []KubeletAt
	for n := range 6 {
		nodes = append(nodes, KubeletAt{Node: Node{Name: fmt.Sprintf("n%02d", n), Addresses: []string{"192.0.2.1"}, Port: 10250}, Serving: startKubelet(t, configz).pem(),
			Dial: func(context.Context, string, string) (net.Conn, error) {
				dialled.Add(1)
				return nil, &net.OpError{Op: "dial", Net: "tcp", Err: errors.New("no route to host")}
			}})
	}
	to := newMemory()
	if err := Kubelets(t.Context(), &rest.Config{Host: "https://192.0.2.5"}, to, nodes, KubeletOptions{Way: Direct, Now: time.Now}); err != nil {
		t.Fatal(err)
	}
	got := to.notes["kubelets"]
	if dialled.Load() != firstKubelets || len(to.notes) != 1 || got.State != evidence.Failed || !strings.Contains(got.Reason, "first 3 of 6") || !strings.Contains(got.Reason, "no route") {
		t.Errorf("%d dialled, %+v", dialled.Load(), to.notes)
	}
}

func TestKubeletProxy(t *testing.T) {
	paths := map[string]http.HandlerFunc{
		"/api/v1/nodes/a/proxy/configz": configz,
		"/api/v1/nodes/b/proxy/configz": status(403, "Forbidden"),
		"/api/v1/nodes/c/proxy/configz": status(503, "ServiceUnavailable"),
		"/api/v1/nodes/d/proxy/configz": configz,
	}
	s := httptest.NewServer(fake{t, paths})
	defer s.Close()
	var nodes []KubeletAt
	for _, name := range []string{"d", "c", "b", "a"} {
		nodes = append(nodes, KubeletAt{Node: Node{Name: name}})
	}
	to := newMemory()
	left := -1
	if err := Kubelets(t.Context(), &rest.Config{Host: s.URL}, to, nodes, KubeletOptions{Way: Proxy, Now: time.Now, Progress: func(p Progress) { left = p.Left }}); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]evidence.State{"a": evidence.Read, "b": evidence.Forbidden, "c": evidence.Failed, "d": evidence.Read} {
		if got := to.notes[configzFile(name)]; got.State != want {
			t.Errorf("%s: %+v", name, got)
		}
	}
	if rule := to.notes[configzFile("b")].Rule; rule == nil || rule.Resource != "nodes/proxy" || left != 0 {
		t.Errorf("the missing rule is %v, left %d", rule, left)
	}
	to = newMemory()
	if err := Kubelets(t.Context(), &rest.Config{Host: s.URL}, to, nodes, KubeletOptions{Now: time.Now}); err != nil || to.notes["kubelets"].State != evidence.NotAsked {
		t.Errorf("%v %+v", err, to.notes)
	}
}
