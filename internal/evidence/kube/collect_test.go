package kube

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/client-go/rest"

	"github.com/fixline-dev/fixline/internal/evidence"
)

// memory is a bundle in memory. A full one refuses files of a name.
type memory struct {
	mu    sync.Mutex
	files map[string]string
	notes map[string]evidence.Check
	tries map[string]int
	full  string
}

func newMemory() *memory {
	return &memory{files: map[string]string{}, notes: map[string]evidence.Check{}, tries: map[string]int{}}
}

var errFull = errors.New("no space left on device")

type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, errFull }

func (m *memory) File(path string, _ evidence.Origin, fill func(io.Writer) (int, error)) error {
	var b bytes.Buffer
	var to io.Writer = &b
	if path == m.full {
		to = fullDisk{}
	}
	_, err := fill(to)
	m.mu.Lock()
	defer m.mu.Unlock()
	m.tries[path]++
	delete(m.files, path)
	if err == nil {
		m.files[path] = b.String()
	}
	return err
}

func (m *memory) Note(c evidence.Check) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.notes[c.Asked] = c
}

// gather starts a fake and collects it.
func gather(t *testing.T, paths map[string]http.HandlerFunc, to *memory, opts CollectOptions) (*Collected, error) {
	t.Helper()
	s := httptest.NewServer(collectFake{fake{t, paths}})
	t.Cleanup(s.Close)
	opts.Now = time.Now
	if opts.Timeout == 0 {
		opts.Timeout = 2 * time.Second
	}
	return Collect(t.Context(), &rest.Config{Host: s.URL}, to, opts)
}

// collectFake also says who asks.
type collectFake struct{ fake }

func (f collectFake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == reviewPath {
		if r.Method != http.MethodPost {
			f.t.Errorf("%s %s", r.Method, r.URL)
		}
		if h, ok := f.paths[reviewPath]; ok {
			h(w, r)
			return
		}
		w.WriteHeader(http.StatusCreated)
		fmt.Fprint(w, `{"kind":"SelfSubjectReview","status":{"userInfo":{"username":"jane"}}}`)
		return
	}
	f.fake.ServeHTTP(w, r)
}

func TestCollect(t *testing.T) {
	to := newMemory()
	var steps []Progress
	pods, _ := pages([]string{"a", "b", "c"}, 0)
	got, err := gather(t, map[string]http.HandlerFunc{podsPath: pods}, to, CollectOptions{Progress: func(p Progress) { steps = append(steps, p) }})
	if err != nil {
		t.Fatal(err)
	}
	if got.By != "jane" || got.Version != "v1.34.2" || len(got.Clocks) != 1 {
		t.Errorf("%+v", got)
	}
	want := "{\"apiVersion\":\"v1\",\"kind\":\"PodList\",\"items\":["
	if text := to.files["pods.json"]; !strings.HasPrefix(text, want) || strings.Count(text, "\n") != 5 {
		t.Errorf("pods.json: %s", text)
	}
	for _, list := range evidence.Collected() {
		if to.notes[string(list.Resource)].State != evidence.Read || to.files[list.File()] == "" {
			t.Errorf("%s: %+v", list.Resource, to.notes[string(list.Resource)])
		}
	}
	if last := steps[len(steps)-1]; last.Left != 0 || last.Asked != "apiservers" {
		t.Errorf("the last step is %+v", last)
	}
	if !slices.Contains(steps, Progress{Asked: "pods", Done: 2, Left: steps[0].Left - 4}) {
		t.Errorf("no progress of pods: %v", steps[:10])
	}
}

// TestCollectLikeRead: whatever goes wrong, a bundle says it in the words of a
// live look, and half a list is in neither.
func TestCollectLikeRead(t *testing.T) {
	secondFails := func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("continue") != "" {
			status(500, "InternalError")(w, r)
			return
		}
		fmt.Fprint(w, `{"kind":"PodList","metadata":{"continue":"x"},"items":[{"metadata":{"name":"a"}}]}`)
	}
	always, _ := pages([]string{"a", "b", "c"}, 99)
	for name, paths := range map[string]map[string]http.HandlerFunc{
		"all well":           {},
		"forbidden":          {podsPath: status(403, "Forbidden"), metricsPath: status(403, "Forbidden"), configMapPath + "kube-proxy": status(403, "Forbidden")},
		"not served":         {"/apis/resource.k8s.io/v1/resourceclaims": status(404, "NotFound")},
		"broken":             {podsPath: status(500, "InternalError"), groupsPath: status(503, "ServiceUnavailable")},
		"second page":        {podsPath: secondFails},
		"no JSON":            {podsPath: func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<html>") }},
		"half an answer":     {podsPath: func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{"items":[{"metadata":{"name":"a"}},`) }},
		"tokens that expire": {podsPath: always},
		"one slow answer":    {podsPath: slow},
		"bad ConfigMap": {configMapPath + "kubelet-config": func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprint(w, `{"metadata":{"name":"kubelet-config","namespace":"kube-system"},"data":{"kubelet":"{{"}}`)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			live, err := serve(t, paths, Options{Timeout: 300 * time.Millisecond})
			if err != nil {
				t.Fatal(err)
			}
			to := newMemory()
			if _, err := gather(t, paths, to, CollectOptions{Timeout: 300 * time.Millisecond}); err != nil {
				t.Fatal(err)
			}
			for asked, a := range live.Access {
				want := evidence.Check{Asked: string(asked), State: a.State, Reason: a.Reason, Rule: a.Rule}
				if diff := cmp.Diff(want, to.notes[string(asked)]); diff != "" {
					t.Errorf("(-live +collected):\n%s", diff)
				}
			}
			if _, there := to.files["pods.json"]; there != live.Was(evidence.Pods) {
				t.Errorf("pods.json is there: %t", there)
			}
		})
	}
}

// TestPatience: what passes is waited for, what does not is a gap in the end.
func TestPatience(t *testing.T) {
	failing := func(times int, h http.HandlerFunc) (http.HandlerFunc, *int) {
		asked := 0
		return func(w http.ResponseWriter, r *http.Request) {
			if asked++; asked <= times {
				h(w, r)
				return
			}
			fmt.Fprint(w, `{"kind":"PodList","items":[{"metadata":{"name":"a"}}]}`)
		}, &asked
	}
	busy := func(after string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", after)
			http.Error(w, "too many requests, please try again later", http.StatusTooManyRequests)
		}
	}
	torn := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "5000")
		fmt.Fprint(w, `{"kind":"PodList","items":[{"metadata":{"name":"a"}},`)
	}
	for _, tt := range []struct {
		name    string
		times   int
		handler http.HandlerFunc
		state   evidence.State
		asked   int
	}{
		{"500 for a while", 2, status(500, "InternalError"), evidence.Read, 3},
		{"busy for a while", 1, busy("1"), evidence.Read, 2},
		{"busy for longer than we wait", 99, busy("30"), evidence.Failed, 1},
		{"forbidden is not waited for", 99, status(403, "Forbidden"), evidence.Forbidden, 1},
		{"an answer that breaks", 1, torn, evidence.Read, 2},
		{"answers that always break", 99, torn, evidence.Failed, 4},
		{"500 for good", 99, status(500, "InternalError"), evidence.Failed, 0}, // some times
	} {
		t.Run(tt.name, func(t *testing.T) {
			h, asked := failing(tt.times, tt.handler)
			to := newMemory()
			if _, err := gather(t, map[string]http.HandlerFunc{podsPath: h}, to, CollectOptions{}); err != nil {
				t.Fatal(err)
			}
			if got := to.notes["pods"]; got.State != tt.state || tt.asked > 0 && *asked != tt.asked || *asked > 6 || tt.asked == 0 && *asked < 3 {
				t.Errorf("%+v after %d requests, want %s after %d", got, *asked, tt.state, tt.asked)
			}
			if _, there := to.files["pods.json"]; there != (tt.state == evidence.Read) {
				t.Error("half a list is in the bundle, or a whole one is not")
			}
			if to.notes["leases"].State != evidence.Read {
				t.Error("the rest was not read")
			}
		})
	}
}

// TestCollectErrors: what ends a collect at once.
func TestCollectErrors(t *testing.T) {
	var server *httptest.Server
	for _, tt := range []struct {
		name  string
		paths map[string]http.HandlerFunc
		kind  Kind
	}{
		{"expired credentials", map[string]http.HandlerFunc{versionPath: status(401, "Unauthorized")}, Unauthorized},
		{"credentials that expire meanwhile", map[string]http.HandlerFunc{podsPath: status(401, "Unauthorized")}, Unauthorized},
		{"a server that hangs", map[string]http.HandlerFunc{"/api/v1/nodes": slow, podsPath: slow}, Unreachable},
		{"a server that vanishes", map[string]http.HandlerFunc{podsPath: func(w http.ResponseWriter, _ *http.Request) {
			go func() { server.CloseClientConnections(); server.Listener.Close() }()
			slow(w, &http.Request{})
		}}, Unreachable},
	} {
		t.Run(tt.name, func(t *testing.T) {
			server = httptest.NewServer(collectFake{fake{t, tt.paths}})
			t.Cleanup(server.Close)
			_, err := Collect(t.Context(), &rest.Config{Host: server.URL}, newMemory(), CollectOptions{Now: time.Now, Timeout: 500 * time.Millisecond})
			if e, ok := errors.AsType[*Error](err); !ok || e.Kind != tt.kind || e.Hint() == "" {
				t.Errorf("%v (%T), want kind %d", err, err, tt.kind)
			}
		})
	}
	for _, file := range []string{versionFile, "pods.json", configMapsFile, evidence.EventsFile, metricsFile} {
		to := newMemory()
		to.full = file
		paths := map[string]http.HandlerFunc{configMapPath + "coredns": func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{"metadata":{"name":"coredns"}}`) }}
		if _, err := gather(t, paths, to, CollectOptions{}); !errors.Is(err, errFull) || to.tries[file] != 1 {
			t.Errorf("a full disk at %s: %v after %d tries", file, err, to.tries[file])
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	s := httptest.NewServer(collectFake{fake{t, map[string]http.HandlerFunc{podsPath: func(w http.ResponseWriter, r *http.Request) { cancel(); slow(w, r) }}}})
	defer s.Close()
	if _, err := Collect(ctx, &rest.Config{Host: s.URL}, newMemory(), CollectOptions{Now: time.Now}); !errors.Is(err, context.Canceled) {
		t.Errorf("%v, want canceled", err)
	}
}

// TestUnknownAsker: who asks need not be said.
func TestUnknownAsker(t *testing.T) {
	to := newMemory()
	got, err := gather(t, map[string]http.HandlerFunc{reviewPath: status(403, "Forbidden")}, to, CollectOptions{})
	if err != nil || got.By != Unknown || to.notes["pods"].State != evidence.Read {
		t.Errorf("%+v, %v", got, err)
	}
}

// TestAhead: the next page is asked for before this one has come whole.
func TestAhead(t *testing.T) {
	second := make(chan struct{})
	h := func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("continue") != "" {
			close(second)
			fmt.Fprint(w, `{"items":[{"metadata":{"name":"b"}}]}`)
			return
		}
		fmt.Fprint(w, `{"kind":"PodList","metadata":{"continue":"x"},"items":[{"metadata":{"name":"`+strings.Repeat("a", headSize)+`"}}`)
		w.(http.Flusher).Flush()
		select {
		case <-second:
		case <-time.After(5 * time.Second):
			t.Error("the second page was not asked for while the first was on its way")
		}
		fmt.Fprint(w, `]}`)
	}
	b, err := serve(t, map[string]http.HandlerFunc{podsPath: h}, Options{})
	if err != nil || len(b.Pods) != 2 {
		t.Errorf("%d pods, %v", len(b.Pods), err)
	}
}

func TestEvents(t *testing.T) {
	to := newMemory()
	_, err := gather(t, map[string]http.HandlerFunc{eventsPath: func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, `{"kind":"EventList","items":[
{"metadata":{"namespace":"shop"},"type":"Warning","reason":"BackOff","message":"password hunter2","involvedObject":{"kind":"Pod","name":"a"},"source":{"component":"kubelet"},"count":3,"firstTimestamp":"2026-07-01T10:00:00Z","lastTimestamp":"2026-07-01T11:00:00Z"},
{"metadata":{"namespace":"shop"},"type":"Warning","reason":"BackOff","involvedObject":{"kind":"Pod","name":"b"},"reportingComponent":"kubelet","eventTime":"2026-07-01T09:00:00.000000Z","series":{"count":4,"lastObservedTime":"2026-07-01T12:00:00.000000Z"}},
{"metadata":{"namespace":"shop"},"type":"Normal","reason":"Pulled","involvedObject":{"kind":"Pod"}}]}`)
	}}, to, CollectOptions{})
	if err != nil {
		t.Fatal(err)
	}
	want := `{"apiVersion":"fixline.dev/v1alpha1","kind":"EventCountList","items":[
{"namespace":"shop","type":"Normal","reason":"Pulled","kind":"Pod","count":1},
{"namespace":"shop","type":"Warning","reason":"BackOff","kind":"Pod","reporter":"kubelet","count":7,"first":"2026-07-01T09:00:00.000000Z","last":"2026-07-01T12:00:00.000000Z"}
]}
`
	if diff := cmp.Diff(want, to.files[evidence.EventsFile]); diff != "" {
		t.Error(diff)
	}
}

// TestEventsWithoutEnd: the summary has an end, whatever the events say.
func TestEventsWithoutEnd(t *testing.T) {
	s := summary{}
	for n := range maxEventGroups + 500 {
		s.add(&event{Reason: fmt.Sprint(n)})
	}
	s.add(&event{Reason: strings.Repeat("x", 1000)})
	if len(s) > maxEventGroups+1 {
		t.Errorf("%d groups", len(s))
	}
	if o := s[evidence.EventCount{Type: other, Reason: other, Kind: other}]; o == nil || o.Count != 501 {
		t.Errorf("the others are %+v", o)
	}
}

// TestPlan: what --show prints is what is asked, and nothing else is.
func TestPlan(t *testing.T) {
	var mu sync.Mutex
	asked := map[string]bool{}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		asked[r.Method+" "+r.URL.Path] = true
		mu.Unlock()
		collectFake{fake{t, nil}}.ServeHTTP(w, r)
	}))
	defer s.Close()
	to := newMemory()
	if _, err := Collect(t.Context(), &rest.Config{Host: s.URL}, to, CollectOptions{Now: time.Now}); err != nil {
		t.Fatal(err)
	}
	planned, files := map[string]bool{}, map[string]bool{}
	for _, r := range Plan(Base) {
		if r.Rule == nil && r.Path != versionPath && r.Path != groupsPath && r.Path != reviewPath || r.For == "" {
			t.Errorf("%+v says too little", r)
		}
		if strings.Contains(r.Path, "{server}") {
			continue // this fake names none
		}
		planned[r.Method+" "+r.Path] = true
		if r.File != "" && r.File != configMapsFile { // it has no ConfigMaps
			files[r.File] = true
		}
	}
	if diff := cmp.Diff(planned, asked); diff != "" {
		t.Errorf("(-planned +asked):\n%s", diff)
	}
	if diff := cmp.Diff(slices.Sorted(maps.Keys(files)), slices.Sorted(maps.Keys(to.files))); diff != "" {
		t.Errorf("files (-planned +written):\n%s", diff)
	}
	for _, r := range Plan(Levels()...) {
		if r.Level == Base && r.Rule != nil && (r.Rule.Resource == "secrets" || r.Rule.Resource == "configmaps" && r.Rule.ResourceName == "" || strings.HasPrefix(r.Rule.Resource, "nodes/")) {
			t.Errorf("the smallest level asks for %s", r.Rule)
		}
	}
}
