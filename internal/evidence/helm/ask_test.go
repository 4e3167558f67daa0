package helm

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/client-go/rest"

	"github.com/fixline-dev/fixline/internal/evidence"
)

// ways are how a request can fail that succeeds a moment later.
func ways() map[string]http.HandlerFunc {
	status := func(code int) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { http.Error(w, secret, code) }
	}
	return map[string]http.HandlerFunc{
		"busy": status(http.StatusTooManyRequests), "restarting": status(http.StatusServiceUnavailable), "broken": status(http.StatusInternalServerError),
		"expired credentials": status(http.StatusUnauthorized),
		"gone":                func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
		"cut": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			w.Header().Set("Content-Length", "4096")
			_, _ = w.Write([]byte(`{"kind":"List","metadata":{},"items":[{"metadata":{"name":"sh.helm.release.v1.web.v1","namespace":"prod","labels":{"status":"deployed","name":"web","version":"1"}}},`))
			_ = http.NewResponseController(w).Flush()
			panic(http.ErrAbortHandler)
		},
	}
}

// troubled collects from a server that fails where fail says so: nil answers.
func troubled(t *testing.T, timeout time.Duration, fail func(r *http.Request, times int) http.HandlerFunc) *sink {
	t.Helper()
	a := &api{objects: map[string]map[string]any{}}
	a.put("Secret", "prod", "web", 1, "deployed", packed(t, "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\n"))
	a.put("Secret", "prod", "zed", 1, "deployed", secret)
	a.put("ConfigMap", "dev", "old", 1, "deployed", packed(t, ""))
	var mu sync.Mutex
	times := map[string]int{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		n := times[r.URL.String()]
		times[r.URL.String()]++
		mu.Unlock()
		if h := fail(r, n); h != nil {
			h(w, r)
			return
		}
		a.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	s := newSink()
	if err := Collect(t.Context(), &rest.Config{Host: server.URL}, s, Options{Now: time.Now, Timeout: timeout}); err != nil {
		t.Fatal(err)
	}
	for _, n := range s.notes {
		if strings.Contains(n.Reason, secret) {
			t.Errorf("an answer is quoted: %+v", n)
		}
	}
	return s
}

// TestPassingTrouble: what succeeds when it is asked again is as good as ever.
func TestPassingTrouble(t *testing.T) {
	healthy := troubled(t, time.Minute, func(*http.Request, int) http.HandlerFunc { return nil })
	for name, way := range ways() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := troubled(t, time.Minute, func(_ *http.Request, times int) http.HandlerFunc {
				if times == 0 {
					return way
				}
				return nil
			})
			if diff := cmp.Diff(healthy.releases(t), got.releases(t)); diff != "" {
				t.Errorf("(-healthy +got):\n%s", diff)
			}
			if diff := cmp.Diff(healthy.notes, got.notes); diff != "" {
				t.Errorf("(-healthy +got):\n%s", diff)
			}
		})
	}
}

// TestLostReleases: releases that could not be had are a gap with their number,
// and no release is without objects because nobody read it.
func TestLostReleases(t *testing.T) {
	for name, want := range map[string]string{
		"restarting": "1 of 2 releases were not read: the API server answered Service Unavailable (ServiceUnavailable)",
		"gone":       "1 of 2 releases were not read: the request failed",
		"cut":        "1 of 2 releases were not read: the connection broke in the middle of the answer",
	} {
		got := troubled(t, 600*time.Millisecond, func(r *http.Request, _ int) http.HandlerFunc {
			if strings.HasSuffix(r.URL.Query().Get("fieldSelector"), ".web.v1") {
				return ways()[name]
			}
			return nil
		})
		notes := map[string]evidence.Check{
			"helm-releases/secrets":    {Asked: "helm-releases/secrets", State: evidence.Failed, Reason: want},
			"helm-releases/configmaps": {Asked: "helm-releases/configmaps", State: evidence.Read},
		}
		if diff := cmp.Diff(notes, got.notes); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		if r := got.releases(t); len(r) != 3 || r[0].Unreadable == "" || !strings.HasSuffix(want, r[0].Unreadable) || r[1].Unreadable != "it is no base64" || r[2].Unreadable != "" {
			t.Errorf("%s: %+v", name, r)
		}
	}
}

// TestCutList: half a list is no list that cannot be understood.
func TestCutList(t *testing.T) {
	asked := map[string]int{} // one after the other, by one goroutine
	got := troubled(t, 600*time.Millisecond, func(r *http.Request, _ int) http.HandlerFunc {
		asked[r.URL.Path]++
		return ways()["cut"]
	})
	for _, d := range Drivers() {
		if n := got.notes[d.Asked()]; n.State != evidence.Failed || n.Reason != "the connection broke in the middle of the answer" {
			t.Errorf("%+v", n)
		}
	}
	if len(got.files) != 0 || asked["/api/v1/secrets"] < 2 || asked["/api/v1/configmaps"] != 1 {
		t.Errorf("files %v, asked %v: a server that is down is waited for once", got.files, asked)
	}
}
