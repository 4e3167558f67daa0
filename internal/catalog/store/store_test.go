package store_test

import (
	"context"
	"crypto/sha256"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fixline-dev/fixline/internal/catalog/store"
)

var now = time.Date(2026, 11, 20, 15, 0, 0, 0, time.UTC)

func osv(id string) string {
	return fmt.Sprintf(`{"id":%q,"affected":[{"package":{"name":"kubelet"},"ranges":[{"type":"SEMVER","events":[{"introduced":"1.33.0"},{"fixed":"1.33.9"}]}]}]}`, id)
}

const schedule = "schedules:\n- {release: 1.30, endOfLifeDate: 2025-06-28}\n"

func sum(s string) string { return fmt.Sprintf("%x", sha256.Sum256([]byte(s))) }

func file(t *testing.T, name, text string) string {
	t.Helper()
	p := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(p, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return p
}

// ids are the advisories the store gives back.
func ids(t *testing.T, s *store.Store) []string {
	t.Helper()
	l, err := s.Load()
	if err != nil {
		t.Fatal(err)
	}
	out := []string{}
	for _, c := range l.Claims {
		out = append(out, c.CVE)
	}
	return out
}

func TestImportLoadRemove(t *testing.T) {
	s := store.New(filepath.Join(t.TempDir(), "fixline"))
	if got := ids(t, s); len(got) != 0 {
		t.Errorf("a store that does not exist holds %v", got)
	}
	b, a := file(t, "b.json", osv("CVE-2026-0002")), file(t, "a.yaml", schedule)
	for name, p := range map[string]string{"b": b, "a": a} {
		e, warnings, err := s.Import(p, store.Options{Name: name, Now: now})
		if err != nil {
			t.Fatal(err)
		}
		if len(warnings) != 1 || !strings.Contains(warnings[0], e.SHA256) || e.Verified != "" || e.Added != "2026-11-20" || e.From != p {
			t.Errorf("entry %+v, warnings %q", e, warnings)
		}
	}
	entries, err := s.Entries()
	if err != nil || len(entries) != 2 || entries[0].Name != "a" || entries[0].Calendars != 1 || entries[1].Claims != 1 {
		t.Fatalf("entries %+v, %v", entries, err)
	}
	if got := ids(t, s); !cmp.Equal(got, []string{"CVE-2026-0002"}) {
		t.Errorf("loaded %v", got)
	}
	if err := os.WriteFile(b, []byte(osv("CVE-2026-0003")), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.Import(b, store.Options{Name: "b", Now: now}); err != nil {
		t.Fatal(err)
	}
	if got := ids(t, s); !cmp.Equal(got, []string{"CVE-2026-0003"}) {
		t.Errorf("after importing again: %v", got)
	}
	files, err := os.ReadDir(filepath.Join(s.Dir(), "files"))
	if err != nil || len(files) != 2 {
		t.Errorf("%d files are left, %v", len(files), err)
	}
	if err := s.Remove("b"); err != nil {
		t.Fatal(err)
	}
	if err := s.Remove("b"); err == nil {
		t.Error("removing twice is no error")
	}
	if got := ids(t, s); len(got) != 0 {
		t.Errorf("after removing: %v", got)
	}
}

func TestAFolderIsKeptAsTheSameZip(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"x.json": osv("CVE-2026-0001"), "y.json": osv("CVE-2026-0002"), "z.txt": "no"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s := store.New(t.TempDir())
	first, _, err := s.Import(dir, store.Options{Now: now})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(filepath.Join(dir, "x.json"), now, now); err != nil {
		t.Fatal(err)
	}
	again, _, err := s.Import(dir, store.Options{Now: now, SHA256: first.SHA256})
	if err != nil || again.Verified != "flag" || !strings.HasSuffix(again.File, ".zip") {
		t.Errorf("entry %+v, %v", again, err)
	}
	if got := ids(t, s); !cmp.Equal(got, []string{"CVE-2026-0001", "CVE-2026-0002"}) {
		t.Errorf("loaded %v", got)
	}
}

func TestNothingIsKeptWhenSomethingIsWrong(t *testing.T) {
	good := osv("CVE-2026-0001")
	beside := file(t, "c.json", good)
	if err := os.WriteFile(beside+".sha256", []byte(sum("other")+"  c.json\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	odd := file(t, "d.json", good)
	if err := os.Mkdir(odd+".sha256", 0o700); err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		path, sum, want string
	}{
		"sum that is a folder": {odd, "", "no file with a sum"},
		"wrong sum":            {file(t, "a.json", good), sum("other"), "expected was " + sum("other")},
		"no sum":               {file(t, "a.json", good), "abc", "no SHA-256 sum of 64"},
		"wrong sibling sum":    {beside, "", "expected was " + sum("other")},
		"unknown form":         {file(t, "a.json", "{}"), "", "of no known form"},
		"absent":               {filepath.Join(t.TempDir(), "absent"), "", "no such file"},
	} {
		dir := filepath.Join(t.TempDir(), "store")
		_, _, err := store.New(dir).Import(tc.path, store.Options{SHA256: tc.sum, Now: now})
		if err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: error %v does not say %q", name, err, tc.want)
		}
		if _, err := os.Stat(dir); err == nil {
			t.Errorf("%s: the store was made all the same", name)
		}
	}
}

func TestAChangedFileIsAnError(t *testing.T) {
	s := store.New(t.TempDir())
	e, _, err := s.Import(file(t, "a.json", osv("CVE-2026-0001")), store.Options{Now: now})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(s.Dir(), e.File), []byte(osv("CVE-2026-0009")), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Load(); err == nil || !strings.Contains(err.Error(), "was changed since") {
		t.Errorf("error %v", err)
	}
	if err := os.WriteFile(filepath.Join(s.Dir(), "index.json"), []byte(`{"apiVersion":"fixline.dev/v1alpha1","kind":"DataIndex","entries":[{"name":"x","file":"../../etc/passwd"}]}`), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Load(); err == nil || !strings.Contains(err.Error(), "leads out") {
		t.Errorf("an index that leads out of the folder: %v", err)
	}
}

func TestUpdate(t *testing.T) {
	body := osv("CVE-2026-0001")
	mux := http.NewServeMux()
	serve := func(path, text string) {
		mux.HandleFunc(path, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, text) })
	}
	serve("/alone.json", body)
	serve("/good.json", body)
	serve("/good.json.sha256", sum(body)+"  good.json\n")
	serve("/bad.json", body)
	serve("/bad.json.sha256", sum("other")+"  bad.json\n")
	serve("/polite.json", body)
	serve("/polite.json.sha256", "<html>nothing here</html>")
	serve("/garbled.json", body)
	serve("/garbled.json.sha256", "sum to follow")
	serve("/broken.json", "{")
	mux.HandleFunc("/unsure.json", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, body) })
	mux.HandleFunc("/unsure.json.sha256", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) })
	mux.HandleFunc("/huge.json", func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusOK)
		chunk := make([]byte, 1<<20)
		for range 80 {
			if _, err := w.Write(chunk); err != nil {
				return
			}
		}
	})
	mux.HandleFunc("/announced.json", func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Content-Length", "1000000000") })
	mux.HandleFunc("/slow.json", func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)

	for _, tc := range []struct{ path, sum, verified, fails string }{
		{"/alone.json", "", "", ""},
		{"/alone.json", sum(body), "flag", ""},
		{"/good.json", "", "sibling", ""},
		{"/polite.json", "", "", ""},
		{"/bad.json", "", "", "expected was"},
		{"/bad.json", sum(body), "flag", ""}, // the flag speaks for itself
		{"/garbled.json", "", "", "holds no SHA-256 sum"},
		{"/unsure.json", "", "", "502"},
		{"/absent.json", "", "", "404"},
		{"/broken.json", "", "", "begins like JSON"},
		{"/huge.json", "", "", "more than the 67108864 bytes"},
		{"/announced.json", "", "", "1000000000 bytes are announced"},
		{"/slow.json", "", "", "deadline exceeded"},
	} {
		s := store.New(t.TempDir())
		limit := time.Minute // 80 MiB on a busy machine; only what never ends is to run into it
		if tc.fails == "deadline exceeded" {
			limit = 2 * time.Second
		}
		e, warnings, err := s.Update(context.Background(), server.URL+tc.path, server.Client(), store.Options{SHA256: tc.sum, Now: now, Timeout: limit})
		if tc.fails != "" {
			if err == nil || !strings.Contains(err.Error(), tc.fails) {
				t.Errorf("%s: error %v does not say %q", tc.path, err, tc.fails)
			}
			if entries, err := s.Entries(); err != nil || len(entries) != 0 {
				t.Errorf("%s: kept %v, %v", tc.path, entries, err)
			}
			continue
		}
		if err != nil || e.Verified != tc.verified || (len(warnings) == 0) != (tc.verified != "") {
			t.Errorf("%s: entry %+v, warnings %q, error %v", tc.path, e, warnings, err)
		}
		if got := ids(t, s); !cmp.Equal(got, []string{"CVE-2026-0001"}) {
			t.Errorf("%s: loaded %v", tc.path, got)
		}
	}
}

// refuse is a client that must not be asked.
type refuse struct{ t *testing.T }

func (r refuse) Do(req *http.Request) (*http.Response, error) {
	r.t.Errorf("a request to %s", req.URL)
	return nil, fmt.Errorf("refused")
}

func TestUpdateFromAFileAsksNobody(t *testing.T) {
	s := store.New(t.TempDir())
	if _, _, err := s.Update(context.Background(), file(t, "a.json", osv("CVE-2026-0001")), refuse{t}, store.Options{Now: now}); err != nil {
		t.Error(err)
	}
	_, _, err := s.Update(context.Background(), "http://example.org/a.json", refuse{t}, store.Options{Now: now})
	if err == nil || !strings.Contains(err.Error(), "plain http") {
		t.Errorf("plain http from elsewhere: %v", err)
	}
}

// redirected answers as if the request had been sent on to plain http.
type redirected struct{}

func (redirected) Do(req *http.Request) (*http.Response, error) {
	to := req.Clone(req.Context())
	to.URL.Scheme = "http"
	return &http.Response{StatusCode: http.StatusOK, Body: http.NoBody, Request: to}, nil
}

func TestARedirectToPlainHTTPIsRefused(t *testing.T) {
	_, _, err := store.New(t.TempDir()).Update(context.Background(), "https://example.org/a.json", redirected{}, store.Options{Now: now})
	if err == nil || !strings.Contains(err.Error(), "redirected to") {
		t.Errorf("error %v", err)
	}
}
