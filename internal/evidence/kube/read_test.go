package kube

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"k8s.io/client-go/rest"

	"github.com/fixline-dev/fixline/internal/evidence"
)

// fake is an API server that serves empty lists, except where a test says so.
type fake struct {
	t     *testing.T
	paths map[string]http.HandlerFunc
}

func (f fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet {
		f.t.Errorf("%s %s: only GET may be sent", r.Method, r.URL)
	}
	if h, ok := f.paths[r.URL.Path]; ok {
		h(w, r)
		return
	}
	switch {
	case r.URL.Path == "/version":
		fmt.Fprint(w, `{"gitVersion":"v1.34.2"}`)
	case r.URL.Path == "/apis":
		fmt.Fprint(w, `{"groups":[{"name":"apps","versions":[{"version":"v1"}]}]}`)
	case r.URL.Path == "/metrics":
		fmt.Fprintln(w, `apiserver_storage_objects{resource="pods"} 3`)
	case strings.Contains(r.URL.Path, "/configmaps/"):
		status(404, "NotFound")(w, r)
	default:
		fmt.Fprint(w, `{"kind":"List","items":[]}`)
	}
}

func status(code int, reason string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(code)
		_ = json.NewEncoder(w).Encode(map[string]any{"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": reason, "code": code, "message": "because"})
	}
}

// serve starts a fake and reads it.
func serve(t *testing.T, paths map[string]http.HandlerFunc, opts Options) (*evidence.Bundle, error) {
	t.Helper()
	s := httptest.NewServer(fake{t, paths})
	t.Cleanup(s.Close)
	return Read(t.Context(), &rest.Config{Host: s.URL}, opts)
}

const podsPath = "/api/v1/pods"

// pages serves names two at a time; the token of page n fails the first
// `expire` times it is used.
func pages(names []string, expire int) (http.HandlerFunc, *[]string) {
	var asked []string
	return func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.URL.Query().Get("limit")+"/"+r.URL.Query().Get("continue"))
		from := 0
		if token := r.URL.Query().Get("continue"); token != "" {
			if expire > 0 {
				expire--
				status(410, "Expired")(w, r)
				return
			}
			from, _ = strconv.Atoi(token)
		}
		to, next := len(names), ""
		if r.URL.Query().Get("limit") != "" && from+2 < len(names) {
			to, next = from+2, fmt.Sprint(from+2)
		}
		var items []string
		for _, n := range names[from:to] {
			items = append(items, fmt.Sprintf(`{"metadata":{"name":%q}}`, n))
		}
		fmt.Fprintf(w, `{"kind":"PodList","metadata":{"continue":%q},"items":[%s]}`, next, strings.Join(items, ","))
	}, &asked
}

func TestPages(t *testing.T) {
	names := []string{"a", "b", "c", "d", "e"}
	for _, tt := range []struct {
		name   string
		expire int
		asked  []string
	}{
		{"in pages", 0, []string{"500/", "500/2", "500/4"}},
		{"a token that expired", 1, []string{"500/", "500/2", "500/", "500/2", "500/4"}},
		{"tokens that always expire", 99, []string{"500/", "500/2", "500/", "500/2", "500/", "500/2", "/"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			handler, asked := pages(names, tt.expire)
			var lines []string
			b, err := serve(t, map[string]http.HandlerFunc{podsPath: handler}, Options{Progress: func(l string) { lines = append(lines, l) }})
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, p := range b.Pods {
				got = append(got, p.Name)
			}
			if !slices.Equal(got, names) || !slices.Equal(*asked, tt.asked) {
				t.Errorf("pods %v by %v, want %v by %v", got, *asked, names, tt.asked)
			}
			if !slices.Contains(lines, "reading pods: 2") && tt.expire == 0 {
				t.Errorf("progress %q", lines)
			}
		})
	}
}

// TestGaps: what does not come back is noted, and the rest is read.
func TestGaps(t *testing.T) {
	secondFails := func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("continue") != "" {
			status(500, "InternalError")(w, r)
			return
		}
		fmt.Fprint(w, `{"kind":"PodList","metadata":{"continue":"x"},"items":[{"metadata":{"name":"a"}}]}`)
	}
	for _, tt := range []struct {
		name, path string
		handler    http.HandlerFunc
		resource   evidence.Resource
		state      evidence.State
		reason     string
	}{
		{"forbidden", podsPath, status(403, "Forbidden"), evidence.Pods, evidence.Forbidden, `apiGroups: [""], resources: ["pods"], verbs: ["list"]`},
		{"forbidden metrics", "/metrics", status(403, "Forbidden"), evidence.MetricsText, evidence.Forbidden, `nonResourceURLs: ["/metrics"]`},
		{"not served", "/apis/resource.k8s.io/v1/resourceclaims", status(404, "NotFound"), evidence.ResourceClaims, evidence.Absent, "stable since Kubernetes 1.34"},
		{"broken", podsPath, status(500, "InternalError"), evidence.Pods, evidence.Failed, "because"},
		{"the second page fails", podsPath, secondFails, evidence.Pods, evidence.Failed, "because"},
		{"no JSON", podsPath, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<html>") }, evidence.Pods, evidence.Failed, "invalid character"},
		{"one slow answer", podsPath, slow, evidence.Pods, evidence.Failed, "no answer in time"},
		{"no such ConfigMap", "/x", nil, evidence.ConfigMapResource("kube-proxy"), evidence.Absent, "because"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b, err := serve(t, map[string]http.HandlerFunc{tt.path: tt.handler}, Options{Timeout: 300 * time.Millisecond})
			if err != nil {
				t.Fatal(err)
			}
			got := b.Access[tt.resource]
			if got.State != tt.state || !strings.Contains(got.Reason, tt.reason) || strings.Contains(got.Reason, "\n") {
				t.Errorf("%+v, want %s with %q", got, tt.state, tt.reason)
			}
			if len(b.Pods) > 0 {
				t.Error("half a list is kept")
			}
			if !b.Was(evidence.Nodes) || !b.Was(evidence.ClusterRoleBinds) {
				t.Error("the rest was not read")
			}
		})
	}
}

func slow(_ http.ResponseWriter, r *http.Request) {
	select {
	case <-r.Context().Done():
	case <-time.After(5 * time.Second):
	}
}

// TestErrors: a server that cannot be asked at all is an error with a hint.
// A server that never ends an object is a gap, not a full memory.
func TestObjectWithoutEnd(t *testing.T) {
	sent := 0
	b, err := serve(t, map[string]http.HandlerFunc{"/api/v1/namespaces/kube-system/configmaps/kubeadm-config": func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, `{"data":{"ClusterConfiguration":"`)
		chunk := strings.Repeat("x", 1<<20)
		for ; sent < 64; sent++ {
			if _, err := io.WriteString(w, chunk); err != nil {
				return
			}
		}
		fmt.Fprint(w, `"}}`)
	}}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if got := b.Access[evidence.ConfigMapResource("kubeadm-config")]; got.State != evidence.Failed || len(b.ConfigMaps) != 0 {
		t.Errorf("%d MiB were sent and read: %+v", sent, got)
	}
}

func TestErrors(t *testing.T) {
	for _, tt := range []struct {
		name    string
		paths   map[string]http.HandlerFunc
		kind    Kind
		message string
	}{
		{"expired credentials", map[string]http.HandlerFunc{"/version": status(401, "Unauthorized")}, Unauthorized, "refused the credentials"},
		{"credentials that expire meanwhile", map[string]http.HandlerFunc{podsPath: status(401, "Unauthorized")}, Unauthorized, "refused the credentials"},
		{"a web page", map[string]http.HandlerFunc{"/version": func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<html>hello") }}, NotKubernetes, "no Kubernetes API server"},
		{"another service", map[string]http.HandlerFunc{"/version": status(404, "NotFound")}, NotKubernetes, "no Kubernetes API server"},
		{"a broken server", map[string]http.HandlerFunc{"/version": status(500, "InternalError")}, Unreachable, "because"},
		{"no answer", map[string]http.HandlerFunc{"/version": slow}, Unreachable, "cannot be reached"},
		{"a server that hangs", map[string]http.HandlerFunc{"/api/v1/nodes": slow, podsPath: slow}, Unreachable, "cannot be reached"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := serve(t, tt.paths, Options{Timeout: 200 * time.Millisecond})
			e, ok := errors.AsType[*Error](err)
			if !ok || e.Kind != tt.kind || !strings.Contains(e.Error(), tt.message) || e.Hint() == "" {
				t.Errorf("%v (%T), want kind %d with %q", err, err, tt.kind, tt.message)
			}
		})
	}
}

func TestCertificates(t *testing.T) {
	s := httptest.NewUnstartedServer(fake{t: t})
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.StartTLS()
	defer s.Close()
	_, err := Read(t.Context(), &rest.Config{Host: s.URL}, Options{})
	if e, ok := errors.AsType[*Error](err); !ok || e.Kind != Certificate {
		t.Errorf("an unknown authority: %v", err)
	}
	_, err = Read(t.Context(), &rest.Config{Host: strings.Replace(s.URL, "https", "http", 1)}, Options{})
	if e, ok := errors.AsType[*Error](err); !ok || e.Kind != NotKubernetes {
		t.Errorf("plain HTTP to a TLS port: %v", err)
	}
	_, err = Read(t.Context(), &rest.Config{Host: s.URL, TLSClientConfig: rest.TLSClientConfig{CertData: []byte("x"), KeyData: []byte("y")}}, Options{})
	if e, ok := errors.AsType[*Error](err); !ok || e.Kind != BadConfig {
		t.Errorf("a client certificate that is none: %v", err)
	}
}

func TestContextEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	s := httptest.NewServer(fake{t, map[string]http.HandlerFunc{podsPath: func(w http.ResponseWriter, r *http.Request) { cancel(); slow(w, r) }}})
	defer s.Close()
	if _, err := Read(ctx, &rest.Config{Host: s.URL}, Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("%v, want canceled", err)
	}
}

func TestWarningsAndUserAgent(t *testing.T) {
	var agent string
	b, err := serve(t, map[string]http.HandlerFunc{podsPath: func(w http.ResponseWriter, r *http.Request) {
		agent = r.UserAgent()
		w.Header().Add("Warning", `299 - "v1 Pods are deprecated"`)
		fmt.Fprint(w, `{"items":[]}`)
	}}, Options{Version: "0.1.0"})
	if err != nil || !slices.Equal(b.Warnings, []string{"v1 Pods are deprecated"}) {
		t.Errorf("warnings %q, %v", b.Warnings, err)
	}
	if agent != "fixline/0.1.0 (assess)" {
		t.Errorf("user agent %q", agent)
	}
}
