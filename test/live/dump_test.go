package live

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/fixline-dev/fixline/internal/evidence"
)

// dump writes the server's lists as `kubectl get RESOURCE -A -o json` does: a
// List whose objects carry their own kind and version.
func (s server) dump(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for _, l := range evidence.Lists() {
		data, err := s.admin.Get().AbsPath(l.Path()).Do(t.Context()).Raw()
		if apierrors.IsNotFound(err) {
			continue // an older server; kubectl has no such resource either
		}
		if err != nil {
			t.Fatal(err)
		}
		s.writeList(t, filepath.Join(dir, string(l.Resource)+".json"), data, l.Kind)
	}
	s.writeList(t, filepath.Join(dir, "configmaps-kube-system.json"), s.raw(t, "/api/v1/namespaces/kube-system/configmaps"), "ConfigMap")
	for file, path := range map[string]string{"version.json": "/version", "metrics.txt": "/metrics"} {
		if err := os.WriteFile(filepath.Join(dir, file), s.raw(t, path), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func (s server) writeList(t *testing.T, file string, data []byte, kind string) {
	t.Helper()
	var list struct {
		APIVersion string           `json:"apiVersion"`
		Items      []map[string]any `json:"items"`
	}
	if err := json.Unmarshal(data, &list); err != nil {
		t.Fatal(err)
	}
	for _, item := range list.Items {
		item["apiVersion"], item["kind"] = list.APIVersion, kind
	}
	out, err := json.MarshalIndent(map[string]any{
		"apiVersion": "v1", "kind": "List", "metadata": map[string]any{"resourceVersion": ""}, "items": list.Items}, "", "    ")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, out, 0o600); err != nil {
		t.Fatal(err)
	}
}
