package cli

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/fixline-dev/fixline/internal/catalog"
	"github.com/fixline-dev/fixline/internal/cli/exit"
	"github.com/fixline-dev/fixline/internal/core/removal"
	"github.com/fixline-dev/fixline/internal/evidence"
)

// recorder answers as the cluster of the demo does, and remembers what it was asked.
type recorder struct {
	mu    sync.Mutex
	asked []string
}

func (r *recorder) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	r.mu.Lock()
	r.asked = append(r.asked, q.Method+" "+q.URL.Path)
	r.mu.Unlock()
	const recording = "../demo/recording"
	w.Header().Set("Content-Type", "application/json")
	for _, l := range evidence.Collected() {
		if q.URL.Path != l.Path() {
			continue
		}
		text, err := os.ReadFile(filepath.Join(recording, l.File()))
		if err != nil || l.Resource == evidence.EndpointSlices { // those of the recording name servers that are far away
			text = fmt.Appendf(nil, `{"apiVersion":%q,"kind":"%sList","metadata":{},"items":[]}`, l.APIVersion(), l.Kind)
		}
		_, _ = w.Write(text) // the client would notice
		return
	}
	switch q.URL.Path {
	case "/version", "/metrics":
		http.ServeFile(w, q, filepath.Join(recording, map[string]string{"/version": "version.json", "/metrics": "metrics.txt"}[q.URL.Path]))
	case "/apis":
		fmt.Fprint(w, `{"kind":"APIGroupList","groups":[{"name":"autoscaling","versions":[{"version":"v2"}]}]}`)
	default:
		w.WriteHeader(http.StatusNotFound)
		fmt.Fprint(w, `{"kind":"Status","apiVersion":"v1","status":"Failure","reason":"NotFound","code":404,"message":"not found"}`)
	}
}

// TestNothingDeprecatedIsRequested: no command that looks at a cluster asks it for an API version that any release known
// has deprecated, so that none is in the way of the evidence it reads
// (https://github.com/doitintl/kube-no-trouble/issues/584).
func TestNothingDeprecatedIsRequested(t *testing.T) {
	for args, least := range map[string]int{
		"assess":                 19,
		"assess --target 1.36.6": 25,
		"scan --target 1.36.6":   40,
		"plan --target 1.36.6":   40,
		"board --target 1.36.6":  19,
		"collect --helm --out":   40,
	} {
		t.Run(args, func(t *testing.T) {
			t.Parallel()
			r := &recorder{}
			server := httptest.NewServer(r)
			defer server.Close()
			words := append(strings.Fields(args), "--kubeconfig", kubeconfig(t, server.URL))
			if words[0] == "collect" {
				words = append(strings.Fields(args), filepath.Join(t.TempDir(), "b"), "--kubeconfig", words[len(words)-1])
			} else {
				words = append(words, "--as-of", "2026-11-20")
			}
			if code, _, err := run(t.Context(), words, nil); code == exit.Failed || code == exit.Usage {
				t.Fatalf("code %d: %s", code, err)
			}
			if n := judged(t, r.asked); n < least {
				t.Errorf("only %d lists were asked for", n)
			}
		})
	}
}

// judged holds every request to the table of API versions, at the newest
// release it knows, and says how many it could.
func judged(t *testing.T, requests []string) int {
	t.Helper()
	table, err := catalog.APIs()
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, q := range requests {
		part := strings.Split(strings.Trim(q[strings.IndexByte(q, '/'):], "/"), "/")
		var k removal.GVK
		switch {
		case part[0] == "api" && len(part) == 3:
			k = removal.GVK{Version: part[1]}
		case part[0] == "apis" && len(part) == 4:
			k = removal.GVK{Group: part[1], Version: part[2]}
		default:
			continue // a single ConfigMap, discovery
		}
		l, ok := table.ByResource(k.Group, k.Version, part[len(part)-1])
		if !ok {
			t.Errorf("%s: the table does not know it", q)
			continue
		}
		n++
		if j := table.Judge(l.GVK, removal.Move{Target: table.Through(removal.Kubernetes)}); j.State != removal.Served {
			t.Errorf("%s: %s", q, j.Reason)
		}
	}
	return n
}
