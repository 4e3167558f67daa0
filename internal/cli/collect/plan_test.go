package collect

import (
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/client-go/rest"

	"github.com/fixline-dev/fixline/internal/evidence"
	"github.com/fixline-dev/fixline/internal/evidence/helm"
	"github.com/fixline-dev/fixline/internal/evidence/kube"
)

// nowhere takes what is written and keeps nothing.
type nowhere struct{}

func (nowhere) Note(evidence.Check) {}
func (nowhere) File(_ string, _ evidence.Origin, fill func(io.Writer) (int, error)) error {
	_, err := fill(io.Discard)
	return err
}

// TestHelmPlan: what --show says of --helm is what is asked, selectors included,
// though another package asks it.
func TestHelmPlan(t *testing.T) {
	asked := map[string]bool{}
	var mu sync.Mutex
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		for _, how := range []string{"limit", "timeout"} { // not what is asked for
			q.Del(how)
		}
		mu.Lock()
		asked[r.URL.Path+" "+q.Encode()] = true
		mu.Unlock()
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(map[string]any{"items": []any{map[string]any{"metadata": map[string]any{
			"name": "sh.helm.release.v1.web.v1", "namespace": "prod", "labels": map[string]any{"status": "deployed"}}}}})
	}))
	defer s.Close()
	if err := helm.Collect(t.Context(), &rest.Config{Host: s.URL}, nowhere{}, helm.Options{Now: time.Now}); err != nil {
		t.Fatal(err)
	}
	planned := map[string]bool{}
	for _, r := range kube.Plan(kube.Helm) {
		path := strings.NewReplacer("{namespace}", "prod", "{release}", "sh.helm.release.v1.web.v1").Replace(r.Path)
		path, query, _ := strings.Cut(path, "?")
		q, err := url.ParseQuery(query)
		if err != nil {
			t.Fatal(err)
		}
		planned[path+" "+q.Encode()] = true
	}
	if diff := cmp.Diff(slices.Sorted(maps.Keys(planned)), slices.Sorted(maps.Keys(asked))); diff != "" {
		t.Errorf("(-planned +asked):\n%s", diff)
	}
}
