package scan

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/client-go/rest"

	"github.com/fixline-dev/fixline/internal/catalog"
	"github.com/fixline-dev/fixline/internal/cli/exit"
	"github.com/fixline-dev/fixline/internal/cli/factory"
	"github.com/fixline-dev/fixline/internal/cli/terminal"
	"github.com/fixline-dev/fixline/internal/core/removal"
	"github.com/fixline-dev/fixline/internal/core/scan"
	"github.com/fixline-dev/fixline/internal/evidence"
	"github.com/fixline-dev/fixline/internal/evidence/kube"
	"github.com/fixline-dev/fixline/internal/evidence/pack"
)

// cluster is an API server that answers as the recording of the demo, and
// remembers what it was asked.
type cluster struct {
	mu    sync.Mutex
	asked []string
}

const recording = "../../demo/recording"

func (c *cluster) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c.mu.Lock()
	c.asked = append(c.asked, r.URL.Path)
	c.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	for _, l := range evidence.Collected() {
		if r.URL.Path != l.Path() {
			continue
		}
		text, err := os.ReadFile(filepath.Join(recording, l.File()))
		if err != nil || l.Resource == evidence.EndpointSlices { // those of the recording name servers that are far away
			text = fmt.Appendf(nil, `{"apiVersion":%q,"kind":"%sList","metadata":{},"items":[]}`, l.APIVersion(), l.Kind)
		}
		_, _ = w.Write(text) // the client would notice
		return
	}
	switch r.URL.Path {
	case "/version":
		http.ServeFile(w, r, filepath.Join(recording, "version.json"))
	case "/metrics":
		http.ServeFile(w, r, filepath.Join(recording, "metrics.txt"))
	case "/apis":
		fmt.Fprint(w, `{"kind":"APIGroupList","groups":[{"name":"autoscaling","versions":[{"version":"v2"}]}]}`)
	default:
		w.WriteHeader(http.StatusNotFound)
		fmt.Fprint(w, `{"kind":"Status","apiVersion":"v1","status":"Failure","reason":"NotFound","code":404,"message":"not found"}`)
	}
}

// scanned runs the command.
func scanned(t *testing.T, args ...string) (scan.Result, error) {
	t.Helper()
	var out bytes.Buffer
	home := t.TempDir()
	f := factory.New("fixline", terminal.Test(strings.NewReader(""), &out, io.Discard), func(name string) string {
		return map[string]string{"HOME": home}[name]
	})
	cmd := NewCmdScan(f, nil)
	cmd.SetArgs(append(args, "--target", "1.36", "--as-of", "2026-11-20", "-o", "json"))
	cmd.SilenceErrors, cmd.SilenceUsage = true, true
	cmd.SetContext(context.Background())
	err := cmd.Execute()
	var r scan.Result
	if out.Len() > 0 {
		if bad := json.Unmarshal(out.Bytes(), &r); bad != nil {
			t.Fatalf("%v in %s", bad, out.String())
		}
	}
	return r, err
}

// TestLiveAsRecorded: a bundle gives the answer the live cluster gave, and
// asking leaves no trace in what is asked for.
func TestLiveAsRecorded(t *testing.T) {
	c := &cluster{}
	s := httptest.NewServer(c)
	defer s.Close()
	dir := t.TempDir()
	kubeconfig := filepath.Join(dir, "kubeconfig")
	if err := os.WriteFile(kubeconfig, fmt.Appendf(nil, "apiVersion: v1\nkind: Config\nclusters: [{name: c, cluster: {server: %q}}]\n"+
		"contexts: [{name: x, context: {cluster: c}}]\ncurrent-context: x\n", s.URL), 0o600); err != nil {
		t.Fatal(err)
	}
	live, err := scanned(t, "--kubeconfig", kubeconfig)
	if exit.Of(err) != exit.Findings {
		t.Fatalf("%v: the upgrade would break something", err)
	}
	if api := ofAPIs(live); len(api) != 1 || api[0].Code != "API-005" || live.Counts.Objects < 200 || live.Coverage.Complete {
		t.Errorf("one server of three was asked: %+v", live)
	}
	if len(live.Findings) < 5 {
		t.Errorf("%d findings: of the cluster itself nothing is said", len(live.Findings))
	}
	for _, name := range []string{"b", "b.tar.zst"} {
		out := filepath.Join(dir, name)
		collect(t, s.URL, out)
		recorded, err := scanned(t, "--bundle", out)
		if exit.Of(err) != exit.Findings {
			t.Error(err)
		}
		if diff := cmp.Diff(live, recorded); diff != "" {
			t.Errorf("-live +recorded in %s:\n%s", name, diff)
		}
	}
	noDeprecated(t, c.asked)
}

// ofAPIs are the findings that are not about the cluster itself.
func ofAPIs(r scan.Result) []scan.Finding {
	return slices.DeleteFunc(slices.Clone(r.Findings), func(f scan.Finding) bool { return f.Source == scan.Cluster })
}

func collect(t *testing.T, server, out string) {
	t.Helper()
	w, err := pack.Create(out, pack.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Abort()
	if _, err := kube.Collect(t.Context(), &rest.Config{Host: server}, w, kube.CollectOptions{Now: time.Now, Timeout: 5 * time.Second}); err != nil {
		t.Fatal(err)
	}
	w.Note(evidence.Check{Asked: "helm-releases", State: evidence.NotAsked, Reason: "--helm reads them"})
	now := time.Now().UTC().Format(time.RFC3339)
	if _, err := w.Commit(evidence.Manifest{Cluster: "x", Server: server, Program: "fixline", Started: now, Finished: now}); err != nil {
		t.Fatal(err)
	}
}

// noDeprecated holds every path to the table, at the newest release it knows.
func noDeprecated(t *testing.T, paths []string) {
	t.Helper()
	table, err := catalog.APIs()
	if err != nil {
		t.Fatal(err)
	}
	looked := 0
	for _, p := range paths {
		part := strings.Split(strings.Trim(p, "/"), "/")
		var k removal.GVK
		switch {
		case part[0] == "api" && len(part) == 3:
			k = removal.GVK{Version: part[1]}
		case part[0] == "apis" && len(part) == 4:
			k = removal.GVK{Group: part[1], Version: part[2]}
		default:
			continue
		}
		l, ok := table.ByResource(k.Group, k.Version, part[len(part)-1])
		if !ok {
			t.Errorf("%s: the table does not know it", p)
			continue
		}
		looked++
		if j := table.Judge(l.GVK, removal.Move{Target: table.Through(removal.Kubernetes)}); j.State != removal.Served {
			t.Errorf("%s: %s", p, j.Reason)
		}
	}
	if looked < 40 {
		t.Errorf("only %d paths were judged", looked)
	}
}

func (o *Options) asksLive() bool {
	return o.cluster.asked && o.cluster.Bundle == "" && len(o.cluster.Inventories) == 0
}

// TestOnlyWhatIsNamed: who names manifests asks no cluster.
func TestOnlyWhatIsNamed(t *testing.T) {
	for _, tt := range []struct {
		args string
		live bool
	}{
		{"", true}, {"a.yaml", false}, {"--audit-log a", false}, {"a.yaml --context x", true}, {"a.yaml --helm", true}, {"a.yaml -n x", false}, {"--bundle b", false},
	} {
		var got *Options
		cmd := NewCmdScan(factory.New("fixline", terminal.Test(nil, io.Discard, io.Discard), func(string) string { return "" }),
			func(_ context.Context, o *Options) error { got = o; return nil })
		cmd.SetArgs(strings.Fields(tt.args))
		if err := cmd.Execute(); err != nil || got.asksLive() != tt.live {
			t.Errorf("%q: live %t, %v", tt.args, got.asksLive(), err)
		}
	}
}

// TestHelmInBundle: the releases of a bundle are judged before anything else.
func TestHelmInBundle(t *testing.T) {
	out := filepath.Join(t.TempDir(), "b")
	w, err := pack.Create(out, pack.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Abort()
	for name, text := range map[string]string{
		"version.json": `{"gitVersion":"v1.34.2"}`,
		evidence.ReleasesFile: `{"items":[{"namespace":"shop","name":"web","revision":3,"status":"deployed","stored":"Secret/shop/sh.helm.release.v1.web.v3",
			"objects":[{"apiVersion":"policy/v1beta1","kind":"PodDisruptionBudget","name":"web","line":12},{"apiVersion":"v1","kind":"Service","name":"web","line":30}]}]}`,
	} {
		items := strings.Count(name, "helm")
		if err := w.File(name, evidence.Origin{}, func(to io.Writer) (int, error) { _, err := io.WriteString(to, text); return items, err }); err != nil {
			t.Fatal(err)
		}
	}
	w.Note(evidence.Check{Asked: "version", State: evidence.Read})
	if _, err := w.Commit(evidence.Manifest{Started: "2026-11-20T00:00:00Z", Finished: "2026-11-20T00:00:00Z", Program: "fixline"}); err != nil {
		t.Fatal(err)
	}
	r, err := scanned(t, "--bundle", out)
	if exit.Of(err) != exit.Findings || len(ofAPIs(r)) != 1 || r.Counts.Releases != 1 {
		t.Fatalf("%v %+v", err, ofAPIs(r))
	}
	f := r.Findings[0]
	want := `policy/v1beta1 PodDisruptionBudget is not served from 1.25 on; write policy/v1 PodDisruptionBudget: ` +
		`PodDisruptionBudget/shop/web is written in revision 3 of the Helm release "web", in line 12 of its manifest`
	if f.Code != "API-002" || f.Object != "Secret/shop/sh.helm.release.v1.web.v3" || f.File != nil || f.Message != want {
		t.Errorf("%+v", f)
	}
}
