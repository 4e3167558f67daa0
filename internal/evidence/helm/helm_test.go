package helm

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
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

// sink keeps what is written.
type sink struct {
	files map[string]string
	from  map[string]evidence.Origin
	notes map[string]evidence.Check
}

func newSink() *sink {
	return &sink{map[string]string{}, map[string]evidence.Origin{}, map[string]evidence.Check{}}
}

func (s *sink) File(path string, from evidence.Origin, fill func(io.Writer) (int, error)) error {
	var b bytes.Buffer
	if _, err := fill(&b); err != nil {
		return err
	}
	s.files[path], s.from[path] = b.String(), from
	return nil
}

func (s *sink) Note(c evidence.Check) { s.notes[c.Asked] = c }

// api is an API server that holds releases and nothing else.
type api struct {
	objects map[string]map[string]any // by path
	refuse  func(path string, list bool) bool
	mu      sync.Mutex
	asked   []string
}

func (a *api) put(kind, namespace, release string, revision int, status, content string) {
	name := fmt.Sprintf("sh.helm.release.v1.%s.v%d", release, revision)
	resource, value := "configmaps", content
	if kind == "Secret" {
		resource, value = "secrets", base64.StdEncoding.EncodeToString([]byte(content))
	}
	a.objects["/api/v1/namespaces/"+namespace+"/"+resource+"/"+name] = map[string]any{
		"kind": kind, "data": map[string]any{"release": value},
		"metadata": map[string]any{"name": name, "namespace": namespace,
			"labels": map[string]any{"owner": "helm", "name": release, "version": fmt.Sprint(revision), "status": status}},
	}
}

func (a *api) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.asked = append(a.asked, r.URL.Path)
	w.Header().Set("Content-Type", "application/json")
	answer := func(code int, v any) {
		w.WriteHeader(code)
		if err := json.NewEncoder(w).Encode(v); err != nil {
			panic(err)
		}
	}
	status := func(code int, reason string) {
		answer(code, map[string]any{"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": code, "reason": reason, "message": secret})
	}
	resource := strings.TrimPrefix(r.URL.Path, "/api/v1/")
	list := resource == "secrets" || resource == "configmaps"
	object := a.objects[r.URL.Path+"/"+strings.TrimPrefix(r.URL.Query().Get("fieldSelector"), "metadata.name=")]
	switch {
	case a.refuse != nil && a.refuse(r.URL.Path, list):
		status(http.StatusForbidden, "Forbidden")
	case !list && object == nil:
		answer(http.StatusOK, map[string]any{"items": []any{}})
	case !list:
		answer(http.StatusOK, map[string]any{"items": []any{object}})
	case r.Header.Get("Accept") != metadataOnly || r.URL.Query().Get("labelSelector") != "owner=helm" || r.URL.Query().Get("limit") == "":
		status(http.StatusNotAcceptable, "NotAcceptable")
	default:
		var paths []string
		for path := range a.objects {
			if strings.Contains(path, "/"+resource+"/") {
				paths = append(paths, path)
			}
		}
		slices.Sort(paths)
		at := slices.Index(paths, r.URL.Query().Get("continue")) + 1
		items, meta := []any{}, map[string]any{}
		if at < len(paths) { // a page is one object here
			items = append(items, map[string]any{"metadata": a.objects[paths[at]]["metadata"]})
			if at+1 < len(paths) {
				meta["continue"] = paths[at]
			}
		}
		answer(http.StatusOK, map[string]any{"kind": "PartialObjectMetadataList", "metadata": meta, "items": items})
	}
}

func collect(t *testing.T, a *api) *sink {
	t.Helper()
	server := httptest.NewServer(a)
	t.Cleanup(server.Close)
	s := newSink()
	now := func() time.Time { return time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC) }
	if err := Collect(t.Context(), &rest.Config{Host: server.URL}, s, Options{Now: now, By: "jane"}); err != nil {
		t.Fatal(err)
	}
	if text := fmt.Sprintf("%+v", s); strings.Contains(text, secret) {
		t.Errorf("what is not for keeping came out: %s", text)
	}
	return s
}

func (s *sink) releases(t *testing.T) []evidence.Release {
	t.Helper()
	var out []evidence.Release
	if _, err := evidence.DecodeList(strings.NewReader(s.files[evidence.ReleasesFile]), func(r *evidence.Release) error {
		out = append(out, *r)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return out
}

func TestCollect(t *testing.T) {
	a := &api{objects: map[string]map[string]any{}}
	pod := "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\n"
	for n := 1; n <= 10; n++ {
		a.put("Secret", "prod", "web", n, "superseded", "never read")
	}
	a.put("Secret", "prod", "web", 9, "deployed", "never read")
	a.put("Secret", "prod", "web", 11, "deployed", packed(t, pod))
	a.put("Secret", "prod", "web", 12, "failed", "never read")
	a.put("Secret", "prod", "broken", 1, "deployed", secret)
	a.put("ConfigMap", "dev", "old", 2, "failed", packed(t, pod))
	s := collect(t, a)
	object := []evidence.ReleaseObject{{APIVersion: "v1", Kind: "Pod", Name: "a", Line: 1}}
	want := []evidence.Release{
		{Namespace: "prod", Name: "broken", Revision: 1, Status: "deployed", Driver: "secrets", Stored: "Secret/prod/sh.helm.release.v1.broken.v1", Objects: []evidence.ReleaseObject{}, Unreadable: "it is no base64"},
		{Namespace: "prod", Name: "web", Revision: 11, Status: "deployed", Driver: "secrets", Chart: "web-1.2.3", Stored: "Secret/prod/sh.helm.release.v1.web.v11", AlsoDeployed: []int{9}, Objects: object},
		{Namespace: "dev", Name: "old", Revision: 2, Status: "failed", Driver: "configmaps", Chart: "web-1.2.3", Stored: "ConfigMap/dev/sh.helm.release.v1.old.v2", Objects: object},
	}
	if diff := cmp.Diff(want, s.releases(t)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if from := s.from[evidence.ReleasesFile]; from.By != "jane" || from.At != "2026-01-02T03:04:05Z" {
		t.Errorf("origin %+v", from)
	}
	if gets := slices.DeleteFunc(a.asked, func(p string) bool { return !strings.Contains(p, "/namespaces/") }); len(gets) != 3 {
		t.Errorf("%d objects were read, want one for each release: %q", len(gets), gets)
	}
	for _, d := range Drivers() {
		if s.notes[d.Asked()].State != evidence.Read {
			t.Errorf("%s: %+v", d.Asked(), s.notes[d.Asked()])
		}
	}
}

func TestCollectForbidden(t *testing.T) {
	a := &api{objects: map[string]map[string]any{}, refuse: func(path string, _ bool) bool { return strings.Contains(path, "secrets") }}
	a.put("ConfigMap", "dev", "old", 2, "deployed", packed(t, ""))
	s := collect(t, a)
	want := evidence.Check{Asked: "helm-releases/secrets", State: evidence.Forbidden, Reason: "the API server refused it", Rule: &evidence.Rule{Resource: "secrets", Verb: "list"}}
	if diff := cmp.Diff(want, s.notes["helm-releases/secrets"]); diff != "" || len(s.releases(t)) != 1 {
		t.Errorf("(-want +got):\n%s", diff)
	}

	a.refuse = func(string, bool) bool { return true }
	if s := collect(t, a); len(s.files) != 0 || s.notes["helm-releases/configmaps"].State != evidence.Forbidden {
		t.Errorf("nothing may be listed: files %v, notes %v", s.files, s.notes)
	}

	a.refuse = func(_ string, list bool) bool { return !list }
	s = collect(t, a)
	if note := s.notes["helm-releases/configmaps"]; note.State != evidence.Forbidden || note.Rule.Verb != "list" {
		t.Errorf("one namespace is refused: %+v", note)
	}
	if note := s.notes["helm-releases/configmaps"]; note.Reason != "1 of 1 releases were not read: the API server refused it" {
		t.Errorf("one namespace is refused: %+v", note)
	}
	if r := s.releases(t); len(r) != 1 || r[0].Unreadable != "the API server refused it" {
		t.Errorf("one namespace is refused: %+v", r)
	}
}
