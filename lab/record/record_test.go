package record

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
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
)

// fakeHosts answers every command with its host and first word.
type fakeHosts struct{ broken string }

func (f fakeHosts) Run(_ context.Context, host, command string) ([]byte, error) {
	if host == f.broken {
		return nil, errors.New("on " + host + ": connection refused\nmore lines")
	}
	word, _, _ := strings.Cut(command, " ")
	return []byte(host + " " + word + " --token=hunter2\n"), nil
}

// server is an API server of two Pods, two API servers' endpoints and nothing else. It notes what is asked.
func server(t *testing.T) (*httptest.Server, func() []string) {
	t.Helper()
	var mu sync.Mutex
	var asked []string
	answers := map[string]string{
		"/version": `{"gitVersion": "v1.37.1"}`,
		"/readyz":  "[+]ping ok\nreadyz check passed\n",
		"/metrics": "# HELP apiserver_requested_deprecated_apis Gauge\n# TYPE apiserver_requested_deprecated_apis gauge\n" +
			"apiserver_requested_deprecated_apis{resource=\"endpoints\"} 1\nsomething_else 5\napiserver_storage_objects{resource=\"pods\"} 2\n",
		"/api":  `{"kind":"APIVersions","versions":["v1"]}`,
		"/apis": `{"kind":"APIGroupList","apiVersion":"v1","groups":[]}`,
		"/api/v1": `{"kind":"APIResourceList","groupVersion":"v1","resources":[
			{"name":"secrets","namespaced":true,"kind":"Secret","verbs":["list"]},{"name":"pods","shortNames":["po"],"namespaced":true,"kind":"Pod","verbs":["list"]},
			{"name":"pods/log","namespaced":true,"kind":"Pod","verbs":["get"]}]}`,
		"/api/v1/pods": `{"kind":"PodList","apiVersion":"v1","items":[{"metadata":{"name":"b","managedFields":[{"manager":"m"}],"generation":12345678901234567890},
			"spec":{"containers":[{"command":["x","--token","hunter2","a<b"],"env":[{"name":"DB_PASSWORD","value":"hunter2"},{"name":"COLOR","value":"red"}]}]}}]}`,
		"/api/v1/nodes/cp1/proxy/configz": `{"kubeletconfig":{}}`,
	}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		asked = append(asked, r.URL.Path)
		mu.Unlock()
		body, ok := answers[r.URL.Path]
		if !ok && strings.HasPrefix(r.URL.Path, "/api/v1/") && !strings.Contains(r.URL.Path, "nodes/") {
			body, ok = `{"items":[]}`, true
		}
		w.Header().Set("Content-Type", "application/json")
		if !ok {
			w.WriteHeader(http.StatusNotFound)
			body = `{"kind":"Status","apiVersion":"v1","status":"Failure","reason":"NotFound","message":"the server could not find it","code":404}`
		}
		fmt.Fprint(w, body)
	}))
	t.Cleanup(s.Close)
	return s, func() []string { mu.Lock(); defer mu.Unlock(); return slices.Clone(asked) }
}

func TestWrite(t *testing.T) {
	api, asked := server(t)
	out := filepath.Join(t.TempDir(), "new", "recording")
	err := Write(t.Context(), out, Options{
		Config: &rest.Config{Host: api.URL}, Hosts: []Host{{Name: "cp1", ControlPlane: true}, {Name: "w1"}}, Runner: fakeHosts{broken: "w1"},
		Origin: Origin{
			Lab: "demo", About: "one control plane", Scenarios: []string{"healthy"},
			Commands: []string{"lab up --name demo", "lab seed healthy --name demo"}, Notes: []string{"a disk was pulled"},
		},
		Now: time.Date(2026, 11, 20, 23, 0, 0, 0, time.UTC), Progress: io.Discard,
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range asked() {
		if strings.Contains(path, "secret") {
			t.Errorf("%s was asked for", path)
		}
	}
	var hunted []string
	err = filepath.WalkDir(out, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		if strings.Contains(string(data), "hunter2") {
			hunted = append(hunted, path)
		}
		return err
	})
	if err != nil || len(hunted) > 0 {
		t.Errorf("secrets are in %q, %v", hunted, err)
	}
	for file, want := range map[string]string{
		"README.md": "Made by `lab record` on 2026-11-20, of the lab demo.\n\n- Kubernetes: 1.37.1 (the API server's own answer)\n- lab: one control plane\n- hosts: cp1, w1\n" +
			"- scenarios seeded: healthy\n- a disk was pulled\n\nThe lab's commands that made it:\n\n    lab up --name demo\n    lab seed healthy --name demo\n\nLists are",
		"hosts/cp1/static-pods.yaml": "cp1 for --token=REMOVED\n",
		"hosts/cp1/configz.json":     `{"kubeletconfig":{}}`,
		"metrics.txt":                "apiserver_storage_objects{resource=\"pods\"} 2\n",
		"readyz.txt":                 "readyz check passed\n",
		"api-resources.txt":          "NAME      SHORTNAMES   APIVERSION   NAMESPACED   KIND\npods      po           v1           true         Pod\nsecrets                v1           true         Secret\n",
		"version.json":               `{"gitVersion": "v1.37.1"}`,
		"nodes.json":                 "{\n    \"apiVersion\": \"v1\",\n    \"items\": [],\n    \"kind\": \"List\",\n    \"metadata\": {\n        \"resourceVersion\": \"\"\n    }\n}\n",
		"pods.json":                  "\"apiVersion\": \"v1\",\n            \"kind\": \"Pod\",\n            \"metadata\": {\n                \"generation\": 12345678901234567890,\n                \"managedFields\"",
	} {
		data, err := os.ReadFile(filepath.Join(out, file))
		if err != nil || !strings.Contains(string(data), want) {
			t.Errorf("%s holds %q, %v; want %q", file, data, err, want)
		}
	}
	readme, err := os.ReadFile(filepath.Join(out, "README.md"))
	if err != nil || !strings.Contains(string(readme), "- hosts/w1/*, but for what its kubelet says: on w1: connection refused\n- hosts/w1/configz.json: ") || !strings.Contains(string(readme), "- deployments.json: ") {
		t.Errorf("the README does not say what is missing: %s, %v", readme, err)
	}
	entries, err := os.ReadDir(filepath.Dir(out))
	if err != nil || len(entries) != 1 {
		t.Errorf("beside the recording lies %v, %v", entries, err)
	}
	if err := Write(t.Context(), out, Options{Config: &rest.Config{Host: api.URL}, Progress: io.Discard}); err == nil || !strings.Contains(err.Error(), "is not empty") {
		t.Errorf("into a used folder: %v", err)
	}
}

func TestNothingIsLeftOfARecordingThatFails(t *testing.T) {
	dir := t.TempDir()
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/version" {
			fmt.Fprint(w, `{"gitVersion":"v1.37.1"}`)
			return
		}
		http.Error(w, "broken", http.StatusInternalServerError)
	}))
	defer api.Close()
	if err := Write(t.Context(), filepath.Join(dir, "out"), Options{Config: &rest.Config{Host: api.URL}, Progress: io.Discard}); err == nil {
		t.Error("a server that is broken was recorded")
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) > 0 {
		t.Errorf("%v, %v are left", entries, err)
	}
}

func TestNoListIsOfSecrets(t *testing.T) {
	for _, l := range lists() {
		if l.kind == "Secret" || strings.Contains(l.path, "secret") || l.kind == "ConfigMap" && !strings.HasSuffix(l.path, "/kube-system/configmaps") {
			t.Errorf("%+v", l)
		}
		if strings.Contains(l.apiVersion, "beta") || strings.Contains(l.apiVersion, "alpha") {
			t.Errorf("%s of %s is asked for", l.kind, l.apiVersion)
		}
	}
}

func TestRedact(t *testing.T) {
	const pem = "-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----"
	for _, tt := range []struct{ name, in, want string }{
		{"a bootstrap token", `{"a":"kubeadm join --token abcdef.0123456789abcdef --v=5"}`, `{"a":"kubeadm join --token REMOVED --v=5"}`},
		{"a private key in a file", `{"data":{"f":"x\n` + strings.ReplaceAll(pem, "\n", `\n`) + `\ny"}}`, `{"data":{"f":"x\nREMOVED\ny"}}`},
		{"a certificate stays", `{"data":{"f":"-----BEGIN CERTIFICATE-----\nMIIE\n-----END CERTIFICATE-----"}}`, `{"data":{"f":"-----BEGIN CERTIFICATE-----\nMIIE\n-----END CERTIFICATE-----"}}`},
		{"a kubeconfig in a ConfigMap", `{"data":{"kubeconfig":"users:\n- user:\n    client-key-data: TUlJ\n    token: abc\n    tokenFile: /var/run/t\n"}}`,
			`{"data":{"kubeconfig":"users:\n- user:\n    client-key-data: REMOVED\n    token: REMOVED\n    tokenFile: /var/run/t\n"}}`},
		{"a signed kubeconfig", `{"data":{"jws-kubeconfig-abcdef":"xyz"}}`, `{"data":{"jws-kubeconfig-abcdef":"REMOVED"}}`},
		{"flags", `{"args":["--api-token=x","--enable-bootstrap-token-auth=true","--oidc-client-secret","s","--service-account-private-key-file=/etc/sa.key","--v=2"]}`,
			`{"args":["--api-token=REMOVED","--enable-bootstrap-token-auth=true","--oidc-client-secret","REMOVED","--service-account-private-key-file=/etc/sa.key","--v=2"]}`},
		{"a flag in a shell's line", `{"args":["sh","-c","run --password='a b' --x"]}`, `{"args":["sh","-c","run --password=REMOVED --x"]}`},
		{"environment", `{"env":[{"name":"AWS_SECRET_ACCESS_KEY","value":"x"},{"name":"TOKEN_FILE","value":"/t"},{"name":"A","valueFrom":{"secretKeyRef":{"name":"s","key":"password"}}}]}`,
			`{"env":[{"name":"AWS_SECRET_ACCESS_KEY","value":"REMOVED"},{"name":"TOKEN_FILE","value":"/t"},{"name":"A","valueFrom":{"secretKeyRef":{"name":"s","key":"password"}}}]}`},
		{"an annotation that repeats it", `{"a":"{\"env\":[{\"name\":\"DB_PASSWORD\",\"value\":\"x\"}]}"}`, `{"a":"{\"env\":[{\"name\":\"DB_PASSWORD\",\"value\":\"REMOVED\"}]}"}`},
		{"a JWT", `{"a":"Bearer eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJrdWJlIn0.c2ln"}`, `{"a":"Bearer REMOVED"}`},
		{"names of Secrets stay", `{"volumes":[{"name":"v","secret":{"secretName":"tls"}}],"y":"volumes:\n- secret:\n    secretName: tls\n"}`,
			`{"volumes":[{"name":"v","secret":{"secretName":"tls"}}],"y":"volumes:\n- secret:\n    secretName: tls\n"}`},
		{"a static pod's environment", `{"f":"# a comment\nkind: Pod\n---\nenv:\n- {value: x, name: API_TOKEN}\n- name: DB_PASSWORD\n  value: |\n    a\n    b\n- name: TOKEN_FILE\n  value: /t\n---\nkind: Pod"}`,
			`{"f":"# a comment\nkind: Pod\n---\nenv:\n- name: API_TOKEN\n  value: REMOVED\n- name: DB_PASSWORD\n  value: REMOVED\n- name: TOKEN_FILE\n  value: /t\n---\nkind: Pod"}`},
		{"a proxy's password", `{"env":[{"name":"HTTPS_PROXY","value":"http://me:pa55@proxy.example:3128/"},{"name":"NO_PROXY","value":"a@b"}],"u":"https://10.0.0.1:6443"}`,
			`{"env":[{"name":"HTTPS_PROXY","value":"http://REMOVED@proxy.example:3128/"},{"name":"NO_PROXY","value":"a@b"}],"u":"https://10.0.0.1:6443"}`},
		{"an encryption configuration", `{"f":"providers:\n- aescbc:\n    keys:\n    - name: lab\n      secret: c2VjcmV0\n"}`, `{"f":"providers:\n- aescbc:\n    keys:\n    - name: lab\n      secret: REMOVED\n"}`},
		{"versions and images stay", `{"image":"registry.k8s.io/kube-proxy:v1.37.1","hash":"0fcf93a9cb3ab7c6c2c62f5811d0c072"}`,
			`{"image":"registry.k8s.io/kube-proxy:v1.37.1","hash":"0fcf93a9cb3ab7c6c2c62f5811d0c072"}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var in, want any
			if err := errors.Join(json.Unmarshal([]byte(tt.in), &in), json.Unmarshal([]byte(tt.want), &want)); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, redact(in)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestMetricsOfSeveralServers(t *testing.T) {
	got := string(merged([]string{
		"# TYPE a gauge", `a{x="1"} 1`, "# TYPE b gauge", "b 7",
		"# TYPE a gauge", `a{x="1"} 3`, `a{x="2"} 1`, "b 5",
	}))
	if want := "# TYPE a gauge\na{x=\"1\"} 3\na{x=\"2\"} 1\n# TYPE b gauge\nb 7\n"; got != want {
		t.Errorf("%s", cmp.Diff(want, got))
	}
}
