package apply

import (
	"bufio"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/yaml"

	"github.com/fixline-dev/fixline/internal/apply"
	"github.com/fixline-dev/fixline/internal/apply/client"
	"github.com/fixline-dev/fixline/internal/apply/cluster"
	"github.com/fixline-dev/fixline/internal/core/plan"
)

// gone is a client of a server that is not there.
func (l *lab) gone(t *testing.T) *client.Client {
	t.Helper()
	c, err := client.New(&rest.Config{Host: "https://127.0.0.1:1"}, "test")
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// rules reads the server's audit log: what the account of docs/rbac asked for was allowed, and each rule was needed.
func rules(t *testing.T, l *lab, _ *plan.Plan, _ *cluster.Cluster) {
	f, err := os.Open(l.AuditLog())
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	used := map[string]bool{}
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var e struct {
			Verb, RequestURI string
			User             struct{ Username string }
			ObjectRef        struct{ Resource, Subresource, Name, APIVersion string }
			ResponseStatus   struct{ Code int }
		}
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			t.Fatal(err)
		}
		if e.User.Username != "system:serviceaccount:fixline:fixline-apply" {
			continue
		}
		if e.ResponseStatus.Code == 403 {
			t.Errorf("%s %s was refused", e.Verb, e.RequestURI)
		}
		resource := e.ObjectRef.Resource
		if e.ObjectRef.Subresource != "" {
			resource += "/" + e.ObjectRef.Subresource
		}
		if v := e.ObjectRef.APIVersion; v != "v1" && resource != "" {
			t.Errorf("%s is asked for in %s", e.RequestURI, v)
		}
		used[e.Verb+" "+resource] = true
	}
	// Rare owners of pods, for which the tests have none.
	rare := []string{"get replicationcontrollers", "get jobs", "get daemonsets", "get statefulsets"}
	for _, rule := range shipped(t) {
		if !used[rule] && !slices.Contains(rare, rule) {
			t.Errorf("docs/rbac allows %q, which nothing asked for", rule)
		}
	}
	if len(used) < 15 {
		t.Errorf("the audit log knows only %v", used)
	}
}

// shipped are the verbs and resources of docs/rbac/apply-clusterrole.yaml.
func shipped(t *testing.T) []string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "rbac", "apply-clusterrole.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for doc := range strings.SplitSeq(string(text), "\n---\n") {
		o := &unstructured.Unstructured{}
		if err := yaml.Unmarshal([]byte(doc), &o.Object); err != nil {
			t.Fatal(err)
		}
		all, _, _ := unstructured.NestedSlice(o.Object, "rules")
		for _, r := range all {
			resources, _, _ := unstructured.NestedStringSlice(r.(map[string]any), "resources")
			verbs, _, _ := unstructured.NestedStringSlice(r.(map[string]any), "verbs")
			for _, resource := range resources {
				for _, verb := range verbs {
					out = append(out, verb+" "+resource)
				}
			}
		}
	}
	return out
}

// kept is what a record would keep of a log: its notes, joined, and its facts.
func kept(log *apply.Log) (string, map[string]string) {
	return strings.Join(log.Notes(), "\n"), log.Facts()
}
