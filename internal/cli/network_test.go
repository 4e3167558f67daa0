package cli

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/fixline-dev/fixline/internal/cli/exit"
	"github.com/fixline-dev/fixline/internal/cli/factory"
	"github.com/fixline-dev/fixline/internal/cli/terminal"
)

// run runs one command line in memory; env holds NAME=VALUE pairs.
func run(ctx context.Context, args []string, env map[string]string) (code exit.Code, stdout, stderr string) {
	var out, err screen
	f := factory.New("fixline", terminal.Test(strings.NewReader(""), &out, &err), func(k string) string { return env[k] })
	code = Run(ctx, f, args)
	return code, out.String(), err.String()
}

func kubeconfig(t *testing.T, server string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "kubeconfig")
	text := fmt.Sprintf(`{apiVersion: v1, kind: Config, current-context: prod,
clusters: [{name: c, cluster: {server: %q}}], users: [{name: u, user: {token: x}}],
contexts: [{name: prod, context: {cluster: c, user: u}}]}`, server)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestExpiredCredentials(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusUnauthorized)
		fmt.Fprint(w, `{"kind":"Status","apiVersion":"v1","status":"Failure","message":"Unauthorized","reason":"Unauthorized","code":401}`)
	}))
	defer server.Close()
	code, out, err := run(t.Context(), []string{"assess", "--kubeconfig", kubeconfig(t, server.URL)}, nil)
	if code != exit.Failed || out != "" || !strings.Contains(err, "error: reading cluster prod: ") || !strings.Contains(err, "hint: renew the credentials") {
		t.Errorf("code %d, out %q, err %q", code, out, err)
	}
}

// TestOneOfAFleetIsAway: a cluster that does not answer is one nobody knows
// anything of, and hides no other; when none answers the run failed.
func TestOneOfAFleetIsAway(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if r.URL.Path == "/version" {
			fmt.Fprint(w, `{"major":"1","minor":"37","gitVersion":"v1.37.1"}`)
			return
		}
		w.WriteHeader(http.StatusForbidden)
		fmt.Fprint(w, `{"kind":"Status","apiVersion":"v1","status":"Failure","message":"no","reason":"Forbidden","code":403}`)
	}))
	defer server.Close()
	path := filepath.Join(t.TempDir(), "kubeconfig")
	text := fmt.Sprintf(`{apiVersion: v1, kind: Config, users: [{name: u, user: {token: x}}],
clusters: [{name: up, cluster: {server: %q}}, {name: away, cluster: {server: "http://127.0.0.1:1"}}],
contexts: [{name: up, context: {cluster: up, user: u}}, {name: away, context: {cluster: away, user: u}}, {name: gone, context: {cluster: away, user: u}}]}`, server.URL)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	code, out, err := run(t.Context(), []string{"assess", "--kubeconfig", path, "--contexts", "away,up", "--as-of", "2026-11-20", "-o", "json"}, nil)
	if code != exit.Incomplete || !strings.Contains(out, `"check":"read the cluster"`) || !strings.Contains(out, `"1.37.1"`) || !strings.Contains(err, "warning: reading cluster away: ") {
		t.Errorf("code %d, out %q, err %q", code, out, err)
	}
	code, out, err = run(t.Context(), []string{"assess", "--kubeconfig", path, "--contexts", "away,gone"}, nil)
	if code != exit.Failed || out != "" || !strings.Contains(err, "reading cluster away: ") || !strings.Contains(err, "reading cluster gone: ") {
		t.Errorf("none answers: code %d, out %q, err %q", code, out, err)
	}
	if code, _, err = run(t.Context(), []string{"assess", "--kubeconfig", path, "--contexts", "up,up"}, nil); code != exit.Usage || !strings.Contains(err, "named twice") {
		t.Errorf("twice: code %d, err %q", code, err)
	}
}

// TestInterruptedReading: a server that never answers does not hold the run.
func TestInterruptedReading(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	asked := make(chan struct{}, 100)
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		asked <- struct{}{}
		<-r.Context().Done()
	}))
	defer server.Close()
	go func() { <-asked; cancel() }()
	code, out, err := run(ctx, []string{"assess", "--kubeconfig", kubeconfig(t, server.URL)}, nil)
	if code != exit.Failed || out != "" || err != "error: interrupted; nothing was changed\n" {
		t.Errorf("code %d, out %q, err %q", code, out, err)
	}
	code, _, err = run(t.Context(), []string{"assess", "--kubeconfig", kubeconfig(t, server.URL), "--request-timeout", "50ms"}, nil)
	if code != exit.Failed || !strings.Contains(err, "no answer in time") {
		t.Errorf("timeout: code %d, err %q", code, err)
	}
}

// TestUpdate: only update downloads, only from where it is told to, and what
// it got is checked and counts from then on.
func TestUpdate(t *testing.T) {
	const record = `{"schema_version":"1.6.0","id":"CVE-2026-99902","published":"2026-10-01T00:00:00Z","modified":"2026-10-01T00:00:00Z",
"affected":[{"package":{"ecosystem":"Kubernetes","name":"k8s.io/kubelet"},"ranges":[{"type":"SEMVER","events":[{"introduced":"1.36.0"},{"fixed":"1.36.4"}]}]}]}`
	var requests atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		requests.Add(1)
		if strings.HasSuffix(r.URL.Path, ".sha256") {
			http.NotFound(w, r)
			return
		}
		fmt.Fprint(w, record)
	}))
	defer server.Close()
	env := map[string]string{"FIXLINE_DATA_DIR": t.TempDir()}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()

	update := []string{"advisories", "update", "--from", server.URL + "/record.json"}
	if code, _, err := run(ctx, append(update, "--offline"), env); code != exit.Usage || requests.Load() != 0 {
		t.Errorf("offline: code %d, %d requests, err %q", code, requests.Load(), err)
	}
	wrong := strings.Repeat("0", 64)
	if code, _, err := run(ctx, append(update, "--sha256", wrong), env); code != exit.Failed || !strings.Contains(err, wrong) {
		t.Errorf("wrong sum: code %d, err %q", code, err)
	}
	if code, _, _ := run(ctx, []string{"advisories", "show", "CVE-2026-99902"}, env); code != exit.Usage {
		t.Errorf("a refused download counts: code %d", code)
	}
	if code, _, err := run(ctx, update, env); code != exit.OK || !strings.Contains(err, "kept 1 advisories") {
		t.Errorf("code %d, err %q", code, err)
	}
	before := requests.Load()
	if code, out, err := run(ctx, []string{"advisories", "show", "CVE-2026-99902"}, env); code != exit.OK || !strings.Contains(out, "kubelet") {
		t.Errorf("code %d, out %q, err %q", code, out, err)
	}
	if requests.Load() != before {
		t.Error("show went to the network")
	}
}
