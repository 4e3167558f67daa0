package live

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"k8s.io/client-go/rest"

	"github.com/fixline-dev/fixline/internal/evidence"
	"github.com/fixline-dev/fixline/internal/evidence/helm"
)

// TestHelm reads releases as Helm stores them from a real API server, and is
// refused where rights are missing; docs/rbac is proved elsewhere.
func TestHelm(t *testing.T) {
	v := versions()[0]
	s := start(t, v)
	for n := 1; n <= 3; n++ {
		s.release(t, "secrets", "Secret", "web", n, map[int]string{1: "superseded", 2: "deployed", 3: "failed"}[n])
	}
	s.release(t, "configmaps", "ConfigMap", "old", 1, "deployed")

	jane, err := s.ClientCert("jane")
	if err != nil {
		t.Fatal(err)
	}
	refused := collectHelm(t, s.as(jane))
	if note := refused.notes["helm-releases/secrets"]; note.State != evidence.Forbidden || note.Rule == nil || len(refused.files) != 0 {
		t.Errorf("without rights: %+v, files %v", note, refused.files)
	}

	got := collectHelm(t, s.as(s.Admin()))
	var releases []evidence.Release
	if _, err := evidence.DecodeList(strings.NewReader(got.files[evidence.ReleasesFile]), func(r *evidence.Release) error {
		releases = append(releases, *r)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if len(releases) != 2 || releases[0].Revision != 2 || releases[0].Stored != "Secret/default/sh.helm.release.v1.web.v2" ||
		len(releases[0].Objects) != 1 || releases[0].Objects[0].Line != 3 || releases[1].Driver != "configmaps" || len(releases[1].Objects) != 1 {
		t.Errorf("releases %+v", releases)
	}
	if text := fmt.Sprintf("%+v", got); strings.Contains(text, "very-secret") {
		t.Error("a value of a release came out")
	}
}

// release stores a revision as Helm does.
func (s server) release(t *testing.T, resource, kind, name string, revision int, status string) {
	t.Helper()
	s.releaseOf(t, resource, kind, name, revision, status, "---\n# Source: very-secret\napiVersion: v1\nkind: Service\nmetadata: {name: web}\n")
}

// releaseOf stores a revision that holds a manifest.
func (s server) releaseOf(t *testing.T, resource, kind, name string, revision int, status, manifest string) {
	t.Helper()
	record, err := json.Marshal(map[string]any{"name": name, "config": map[string]any{"password": "very-secret"},
		"chart": map[string]any{"metadata": map[string]any{"name": name, "version": "1.0.0"}}, "manifest": manifest})
	if err != nil {
		t.Fatal(err)
	}
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	if _, err := z.Write(record); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	value := base64.StdEncoding.EncodeToString(packed.Bytes())
	object := map[string]any{"apiVersion": "v1", "kind": kind, "metadata": map[string]any{
		"name":   fmt.Sprintf("sh.helm.release.v1.%s.v%d", name, revision),
		"labels": map[string]any{"owner": "helm", "name": name, "version": fmt.Sprint(revision), "status": status}}}
	if kind == "Secret" {
		object["type"], value = "helm.sh/release.v1", base64.StdEncoding.EncodeToString([]byte(value))
	}
	object["data"] = map[string]any{"release": value}
	body, err := json.Marshal(object)
	if err != nil {
		t.Fatal(err)
	}
	err = s.admin.Post().AbsPath("/api/v1/namespaces/default/"+resource).SetHeader("Content-Type", "application/json").Body(body).Do(t.Context()).Error()
	if err != nil {
		t.Fatal(err)
	}
}

// helmSink keeps what is written.
type helmSink struct {
	files map[string]string
	notes map[string]evidence.Check
}

func (s *helmSink) File(path string, _ evidence.Origin, fill func(io.Writer) (int, error)) error {
	var b bytes.Buffer
	_, err := fill(&b)
	s.files[path] = b.String()
	return err
}

func (s *helmSink) Note(c evidence.Check) { s.notes[c.Asked] = c }

func collectHelm(t *testing.T, cfg *rest.Config) *helmSink {
	t.Helper()
	sink := &helmSink{map[string]string{}, map[string]evidence.Check{}}
	if err := helm.Collect(t.Context(), cfg, sink, helm.Options{Version: "1.2.3", PageSize: 1, Now: time.Now}); err != nil {
		t.Fatal(err)
	}
	return sink
}
