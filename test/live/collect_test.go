package live

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/rest"

	"github.com/fixline-dev/fixline/internal/evidence"
	"github.com/fixline-dev/fixline/internal/evidence/kube"
)

// sink keeps a bundle in memory.
type sink struct {
	mu     sync.Mutex
	files  map[string][]byte
	items  map[string]int
	origin map[string]evidence.Origin
	notes  map[string]evidence.Check
}

func newSink() *sink {
	return &sink{files: map[string][]byte{}, items: map[string]int{}, origin: map[string]evidence.Origin{}, notes: map[string]evidence.Check{}}
}

func (s *sink) File(path string, from evidence.Origin, fill func(io.Writer) (int, error)) error {
	var b bytes.Buffer
	items, err := fill(&b)
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.files, path)
	if err != nil {
		return err
	}
	s.files[path], s.items[path], s.origin[path] = b.Bytes(), items, from
	return nil
}

func (s *sink) Note(c evidence.Check) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.notes[c.Asked] = c
}

// refused are the checks that were forbidden, by name.
func (s *sink) refused() []string {
	var out []string
	for _, asked := range slices.Sorted(maps.Keys(s.notes)) {
		if s.notes[asked].State == evidence.Forbidden {
			out = append(out, asked)
		}
	}
	return out
}

func TestCollect(t *testing.T) {
	for _, v := range versions() {
		t.Run(v, func(t *testing.T) {
			t.Parallel()
			s := start(t, v)
			s.apply(t, filepath.Join("testdata", "seed.yaml"))
			s.apply(t, filepath.Join(rbacDir(), "collect-clusterrole.yaml"))
			s.apply(t, filepath.Join(rbacDir(), "collect-binding-example.yaml"))
			restricted := s.token(t, "fixline", "fixline-collect")

			before := s.deprecated(t)
			got, known := collect(t, restricted, kube.CollectOptions{Version: "1.2.3"})
			t.Run("nothing is refused", func(t *testing.T) { wholeBundle(t, got, known) })
			t.Run("nothing deprecated is requested", func(t *testing.T) {
				if after := s.deprecated(t); !slices.Equal(before, after) {
					t.Errorf("apiserver_requested_deprecated_apis before %q, after %q", before, after)
				}
				s.auditCollect(t)
			})
			t.Run("the same words as live", func(t *testing.T) { sameAccess(t, read(t, restricted, kube.Options{}), got) })
			t.Run("pages", func(t *testing.T) {
				paged, _ := collect(t, restricted, kube.CollectOptions{Version: "1.2.3", PageSize: 2})
				for path, data := range got.files {
					if strings.HasSuffix(path, ".json") && path != "leases.json" && path != evidence.EventsFile && !bytes.Equal(data, paged.files[path]) {
						t.Errorf("%s differs in pages of two:\n%s", path, gocmp.Diff(string(data), string(paged.files[path])))
					}
				}
			})
			t.Run("every rule is needed", func(t *testing.T) { s.everyCollectRule(t) })
			t.Run("the other levels", func(t *testing.T) { s.otherLevels(t) })
			t.Run("every API server", func(t *testing.T) { s.everyServer(t, restricted) })
		})
	}
}

func collect(t *testing.T, cfg *rest.Config, opts kube.CollectOptions) (*sink, *kube.Collected) {
	t.Helper()
	opts.Now = time.Now
	s := newSink()
	known, err := kube.Collect(t.Context(), cfg, s, opts)
	if err != nil {
		t.Fatal(err)
	}
	return s, known
}

func wholeBundle(t *testing.T, got *sink, known *kube.Collected) {
	if known.By != "system:serviceaccount:fixline:fixline-collect" {
		t.Errorf("read by %q", known.By)
	}
	if len(known.Clocks) != 1 || known.Clocks[0].Ahead < -2 || known.Clocks[0].Ahead > 2 || known.Clocks[0].Within <= 0 {
		t.Errorf("clocks of this very machine: %+v", known.Clocks)
	}
	if len(known.Nodes) != 3 || known.Nodes[0].Name != "cp1" || known.Nodes[0].Port != 10250 || known.Nodes[0].Kubelet != "v1.37.0" {
		t.Errorf("nodes %+v", known.Nodes)
	}
	if len(known.Warnings) > 0 {
		t.Errorf("warnings %q", known.Warnings)
	}
	for _, list := range evidence.Collected() {
		note, there := got.notes[string(list.Resource)]
		if older := list.Since != "" && note.State == evidence.Absent; older {
			continue
		}
		if !there || note.State != evidence.Read {
			t.Errorf("%s: %+v", list.Resource, note)
		}
		n := 0
		if _, err := list.Each(bytes.NewReader(got.files[list.File()]), func(any) error { n++; return nil }); err != nil {
			t.Errorf("%s: %v", list.File(), err)
		}
		if n != got.items[list.File()] {
			t.Errorf("%s holds %d objects and says %d", list.File(), n, got.items[list.File()])
		}
	}
	if n := got.items["pods.json"]; n < 4 {
		t.Errorf("%d pods", n)
	}
	servers := 0
	for path, data := range got.files {
		if from := got.origin[path]; from.By != known.By || !strings.HasPrefix(from.From, "GET https://") || from.At == "" {
			t.Errorf("%s: origin %+v", path, from)
		}
		if bytes.Contains(data, []byte("very-secret")) {
			t.Errorf("%s holds a secret", path)
		}
		if strings.HasSuffix(path, "metrics.txt") {
			servers++
			m, err := evidence.ReadMetrics(bytes.NewReader(data))
			if err != nil || m.Started == "" || len(m.Gates) == 0 || len(m.Objects) == 0 || m.DatabaseBytes == 0 || len(data) > 64<<10 {
				t.Errorf("%s: %d bytes, started %q, %d gates, %v", path, len(data), m.Started, len(m.Gates), err)
			}
		}
	}
	if servers != 1 { // a server on loopback is no endpoint
		t.Errorf("%d metrics.txt: %v", servers, slices.Sorted(maps.Keys(got.files)))
	}
	if note := got.notes["apiservers"]; note.State != evidence.Absent {
		t.Errorf("apiservers: %+v", note)
	}
	for _, path := range []string{"version.json", evidence.APIGroupsFile, evidence.EventsFile} {
		if len(got.files[path]) == 0 {
			t.Errorf("no %s", path)
		}
	}
}

// sameAccess: a judgement is the same where every gap has the same words.
func sameAccess(t *testing.T, live *evidence.Bundle, got *sink) {
	for asked, access := range live.Access {
		note := got.notes[string(asked)]
		want := evidence.Check{Asked: string(asked), State: access.State, Reason: access.Reason, Rule: access.Rule}
		if diff := gocmp.Diff(want, note); diff != "" {
			t.Errorf("(-live +collected):\n%s", diff)
		}
	}
}

// auditCollect reads the server's own record of what was asked.
func (s server) auditCollect(t *testing.T) {
	f, err := os.Open(s.AuditLog())
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	seen, posts := 0, 0
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var e struct {
			UserAgent, Verb, RequestURI string
			Stage                       string
			ObjectRef                   struct{ Resource, Name, APIGroup, APIVersion string }
			Annotations                 map[string]string
		}
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil || e.UserAgent != "fixline/1.2.3 (collect)" || e.Stage != "ResponseComplete" {
			continue
		}
		seen++
		switch {
		case e.Verb == "create" && e.ObjectRef.Resource == "selfsubjectreviews":
			posts++
		case e.Verb != "list" && e.Verb != "get":
			t.Errorf("%s %s: not a reading verb", e.Verb, e.RequestURI)
		}
		if slices.Contains([]string{"secrets", "endpoints", "componentstatuses"}, e.ObjectRef.Resource) {
			t.Errorf("%s was requested", e.RequestURI)
		}
		if e.ObjectRef.Resource == "configmaps" && e.Verb != "get" {
			t.Errorf("%s %s: ConfigMaps are asked for by name", e.Verb, e.RequestURI)
		}
		if strings.Contains(e.ObjectRef.APIVersion, "alpha") || strings.Contains(e.ObjectRef.APIVersion, "beta") || e.Annotations["k8s.io/deprecated"] != "" {
			t.Errorf("%s is not stable: %v", e.RequestURI, e.Annotations)
		}
	}
	if seen < len(evidence.Collected()) || posts != 1 {
		t.Errorf("%d requests of fixline in the audit log, %d of them who one is", seen, posts)
	}
}

// everyCollectRule gives each of many users all shipped permissions but one,
// and looks for exactly the gap that one stands for.
func (s server) everyCollectRule(t *testing.T) {
	all := shipped(t, "collect-clusterrole.yaml")
	if len(all) < len(evidence.Collected()) {
		t.Fatalf("only %d permissions in docs/rbac", len(all))
	}
	users := make([]*rest.Config, len(all))
	for n := range all {
		users[n] = s.userWith(t, fmt.Sprintf("collect-without-%d", n), slices.Concat(all[:n], all[n+1:]))
	}
	for n, without := range all {
		t.Run("without "+without.String(), func(t *testing.T) {
			want := evidence.Rule{APIGroup: without.group, Resource: without.resource, ResourceName: without.name, Verb: without.verb, NonResourceURL: without.url}
			var got *sink
			var refused []string
			// The authorizer learns of a new binding a moment after it is written.
			for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
				got, _ = collect(t, users[n], kube.CollectOptions{})
				// Two gaps rest on the rules of others: they name the same rule.
				refused = slices.DeleteFunc(got.refused(), func(asked string) bool { return strings.HasPrefix(asked, "apiservers") })
				if len(refused) <= 1 {
					break
				}
			}
			if len(refused) != 1 {
				t.Fatalf("refused: %v, want only %s", refused, without)
			}
			for _, asked := range got.refused() {
				if note := got.notes[asked]; *note.Rule != want || !strings.Contains(note.Reason, want.String()) {
					t.Errorf("%s names the missing rule %v (%s), want %v", asked, note.Rule, note.Reason, want)
				}
			}
		})
	}
}

// otherLevels: each manifest allows what its level asks and no other does.
func (s server) otherLevels(t *testing.T) {
	planned := kube.Plan(kube.Levels()...)
	for level, file := range map[kube.Level]string{kube.Base: "collect-clusterrole.yaml", kube.Helm: "collect-helm-clusterrole.yaml",
		kube.Direct: "collect-direct-clusterrole.yaml", kube.Proxy: "collect-proxy-clusterrole.yaml"} {
		has := map[evidence.Rule]bool{}
		for _, p := range shipped(t, file) {
			has[evidence.Rule{APIGroup: p.group, Resource: p.resource, ResourceName: p.name, Verb: p.verb, NonResourceURL: p.url}] = true
		}
		wants := map[evidence.Rule]bool{}
		for _, r := range planned {
			if r.Level == level && r.Rule != nil {
				wants[*r.Rule] = true
			}
		}
		if diff := gocmp.Diff(wants, has); diff != "" {
			t.Errorf("%s and what --show says of level %s differ (-show +file):\n%s", file, level, diff)
		}
	}
	for _, tt := range []struct {
		level    kube.Level
		file     string
		paths    []string
		allowed  int // where it is allowed: 200, or what a missing node answers
		resource string
	}{
		{kube.Helm, "collect-helm-clusterrole.yaml", []string{"/api/v1/secrets?fieldSelector=type%3Dhelm.sh%2Frelease.v1", "/api/v1/configmaps?labelSelector=owner%3Dhelm"}, 200, ""},
		{kube.Proxy, "collect-proxy-clusterrole.yaml", []string{"/api/v1/nodes/nobody/proxy/configz"}, 404, ""},
	} {
		all := shipped(t, tt.file)
		with := s.userWith(t, "level-"+string(tt.level), all)
		without := s.userWith(t, "no-level-"+string(tt.level), nil)
		for _, path := range tt.paths {
			if got := s.eventually(t, with, path, tt.allowed); got != tt.allowed {
				t.Errorf("%s as %s allows: %d", path, tt.file, got)
			}
			if got := s.eventually(t, without, path, 403); got != 403 {
				t.Errorf("%s without %s: %d", path, tt.file, got)
			}
		}
		for n, p := range all {
			part := s.userWith(t, fmt.Sprintf("level-%s-%d", tt.level, n), slices.Concat(all[:n], all[n+1:]))
			refused := 0
			for _, path := range tt.paths {
				if s.eventually(t, part, path, 403) == 403 {
					refused++
				}
			}
			if refused == 0 {
				t.Errorf("%s: %s is not needed", tt.file, p)
			}
		}
	}
}

// eventually asks until the status is wanted or two seconds are over.
func (s server) eventually(t *testing.T, cfg *rest.Config, path string, want int) int {
	t.Helper()
	client, err := rest.HTTPClientFor(cfg)
	if err != nil {
		t.Fatal(err)
	}
	var got int
	for end := time.Now().Add(2 * time.Second); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		resp, err := client.Get(s.Host() + path)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if got = resp.StatusCode; got == want {
			break
		}
	}
	return got
}

// everyServer: each API server is asked at its own address, with the names its
// certificate may have; one that does not answer is a gap of its own.
func (s server) everyServer(t *testing.T, cfg *rest.Config) {
	endpoint := func(address string) map[string]any { return map[string]any{"addresses": []any{address}} }
	s.create(t, &unstructured.Unstructured{Object: map[string]any{"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice",
		"metadata":    map[string]any{"name": "kubernetes", "namespace": "default", "labels": map[string]any{"kubernetes.io/service-name": "kubernetes"}},
		"addressType": "IPv4", "ports": []any{map[string]any{"name": "https", "port": 6443, "protocol": "TCP"}},
		"endpoints": []any{endpoint("192.0.2.7"), endpoint("192.0.2.8")}}})
	cfg = rest.CopyConfig(cfg)
	cfg.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
		if address == "192.0.2.8:6443" {
			return nil, &net.OpError{Op: "dial", Net: network, Err: syscall.ECONNREFUSED}
		}
		return (&net.Dialer{}).DialContext(ctx, network, strings.TrimPrefix(s.Host(), "https://"))
	}
	got, _ := collect(t, cfg, kube.CollectOptions{})
	file := "apiservers/192.0.2.7_6443/metrics.txt"
	if got.notes[file].State != evidence.Read || len(got.files[file]) == 0 || got.origin[file].From != "GET https://192.0.2.7:6443/metrics" {
		t.Errorf("%+v from %+v", got.notes[file], got.origin[file])
	}
	file = "apiservers/192.0.2.8_6443/metrics.txt"
	if note := got.notes[file]; note.State != evidence.Failed || !strings.Contains(note.Reason, "connection refused") || got.files[file] != nil {
		t.Errorf("a server that does not answer: %+v", note)
	}
}
