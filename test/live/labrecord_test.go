package live

import (
	"bytes"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/fixline-dev/fixline/internal/evidence/dump"
	"github.com/fixline-dev/fixline/internal/evidence/kube"
	"github.com/fixline-dev/fixline/internal/evidence/reading"
	"github.com/fixline-dev/fixline/lab/record"
	"github.com/fixline-dev/fixline/lab/seed"
)

// A recording of the lab reads as the cluster does, and the program takes it; no Secret was asked for to make it.
func TestLabRecording(t *testing.T) {
	v := versions()[len(versions())-1]
	s := start(t, v)
	admin := s.as(s.Admin())
	scenario, err := seed.Find("half-way-worker-missed")
	if err != nil {
		t.Fatal(err)
	}
	if err := (seed.Lab{Config: admin, Other: "1.33.4", Progress: io.Discard}).Seed(t.Context(), scenario); err != nil {
		t.Fatal(err)
	}
	plant(t, s)
	recorder, err := s.ClientCert("recorder", "system:masters")
	if err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(t.TempDir(), "recording")
	var said bytes.Buffer
	err = record.Write(t.Context(), out, record.Options{Config: s.as(recorder), Now: time.Now(), Origin: record.Origin{Scenarios: []string{scenario.Name}}, Progress: &said})
	if err != nil {
		t.Fatal(err)
	}
	if said.Len() > 0 {
		t.Errorf("something was not recorded: %s", &said)
	}

	live := reading.Cluster(read(t, admin, kube.Options{Version: "1.2.3"}), reading.Options{Name: "test"})
	folder, err := dump.Read(t.Context(), out)
	if err != nil {
		t.Fatal(err)
	}
	if diff := gocmp.Diff(live, reading.Cluster(folder, reading.Options{Name: "test"}), sameVersions, withoutUpgrade); diff != "" {
		t.Errorf("live and recording differ (-live +recording):\n%s", diff)
	}
	nodes, err := os.ReadFile(filepath.Join(out, "nodes.json"))
	if err != nil || !bytes.Contains(nodes, []byte(`"managedFields": [`)) || !bytes.Contains(nodes, []byte(`"manager": "fixline-lab"`)) {
		t.Errorf("the nodes have no managed fields, %v", err)
	}

	err = filepath.WalkDir(out, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		for _, found := range regexp.MustCompile("hunter2-[a-z-]*").FindAllString(string(data), -1) {
			t.Errorf("%s holds %s", path, found)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
	deployments, err := os.ReadFile(filepath.Join(out, "deployments.json"))
	if err != nil || !bytes.Contains(deployments, []byte("planted-secret-name")) {
		t.Errorf("what names a Secret is gone as well, %v", err)
	}

	audit, err := os.ReadFile(s.AuditLog())
	if err != nil {
		t.Fatal(err)
	}
	requests := 0
	for line := range strings.Lines(string(audit)) {
		if !strings.Contains(line, `"username":"recorder"`) {
			continue
		}
		requests++
		if strings.Contains(line, `"resource":"secrets"`) || strings.Contains(line, `"k8s.io/deprecated":"true"`) {
			t.Errorf("the recording asked for %s", line)
		}
	}
	if requests < 40 {
		t.Errorf("the audit log has %d requests of the recording", requests)
	}

	program := filepath.Join(t.TempDir(), "fixline")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", program, "./cmd/fixline")
	build.Dir = filepath.Join("..", "..") // in the product's own module
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("building fixline: %v\n%s", err, out)
	}
	text, err := exec.CommandContext(t.Context(), program, "assess", "--bundle", out, "--as-of", "2026-11-20", "--all").Output()
	if !strings.Contains(string(text), "1.33.4") {
		t.Errorf("assess does not see the kubelet of w2 (%v):\n%s", err, text)
	}
}

// plant puts secrets where clusters have them, each with a text of its own that begins with hunter2.
func plant(t *testing.T, s server) {
	t.Helper()
	const key = "-----BEGIN PRIVATE KEY-----\\nhunter2-kube-system-key\\n-----END PRIVATE KEY-----\\n"
	for path, object := range map[string]string{
		"/api/v1/namespaces/default/secrets":    `{"apiVersion":"v1","kind":"Secret","metadata":{"name":"planted"},"stringData":{"password":"hunter2-secret"}}`,
		"/api/v1/namespaces/default/configmaps": `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"planted"},"data":{"any":"hunter2-configmap"}}`,
		"/api/v1/namespaces/kube-system/configmaps": `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"planted"},"data":{
			"tls.key":"` + key + `",
			"kubeconfig":"users:\n- user:\n    client-key-data: hunter2-client-key\n    token: hunter2-token\n",
			"encryption.yaml":"providers:\n- aescbc:\n    keys:\n    - {name: a, secret: hunter2-encryption}\n",
			"pod.yaml":"env:\n- name: DB_PASSWORD\n  value: hunter2-manifest\n"}}`,
		"/apis/apps/v1/namespaces/default/deployments": `{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"planted","annotations":{
				"kubectl.kubernetes.io/last-applied-configuration":"{\"spec\":{\"env\":[{\"name\":\"DB_PASSWORD\",\"value\":\"hunter2-annotation\"}]}}"}},
			"spec":{"selector":{"matchLabels":{"app":"a"}},"template":{"metadata":{"labels":{"app":"a"}},"spec":{"containers":[{"name":"a","image":"a",
				"command":["a","--token","hunter2-argument","--password=hunter2-flag"],
				"env":[{"name":"API_KEY","value":"hunter2-env"},{"name":"HTTPS_PROXY","value":"http://me:hunter2-proxy@proxy:3128"},
					{"name":"OTHER","valueFrom":{"secretKeyRef":{"name":"planted-secret-name","key":"password"}}}]}]}}}}`,
	} {
		if err := s.admin.Post().AbsPath(path).SetHeader("Content-Type", "application/json").Body([]byte(object)).Do(t.Context()).Error(); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
	}
}
