package live

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/yaml"

	"github.com/fixline-dev/fixline/lab/controlplane"
)

// versions are the Kubernetes versions to test against; `make e2e` names older ones.
func versions() []string {
	return strings.FieldsFunc(cmp.Or(os.Getenv("FIXLINE_TEST_VERSIONS"), "1.37.0,1.37.1"),
		func(r rune) bool { return r == ',' || r == ' ' })
}

// server is a running control plane and a client that may do everything.
type server struct {
	*controlplane.ControlPlane
	admin *rest.RESTClient
}

func start(t *testing.T, version string, args ...string) server {
	t.Helper()
	cp, err := controlplane.Start(t.Context(), controlplane.Options{Version: version, Audit: true, APIServerArgs: args})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := cp.Stop(); err != nil {
			t.Error(err)
		}
	})
	s := server{ControlPlane: cp}
	cfg := s.as(cp.Admin())
	cfg.QPS, cfg.Burst = 1000, 1000
	cfg.GroupVersion = &schema.GroupVersion{Version: "v1"}
	cfg.NegotiatedSerializer = serializer.NewCodecFactory(runtime.NewScheme()).WithoutConversion()
	cfg.UserAgent = "fixline-test"
	if s.admin, err = rest.UnversionedRESTClientFor(cfg); err != nil {
		t.Fatal(err)
	}
	return s
}

// as is a client configuration for an identity.
func (s server) as(who controlplane.Credentials) *rest.Config {
	return &rest.Config{Host: s.Host(), TLSClientConfig: rest.TLSClientConfig{
		CAData: s.CA(), CertData: who.Certificate, KeyData: who.Key,
	}}
}

// paths are the collections the tests write to, by kind.
var paths = map[string]string{
	"Node": "/api/v1/nodes", "Namespace": "/api/v1/namespaces", "Pod": "/api/v1/namespaces/%s/pods",
	"ServiceAccount": "/api/v1/namespaces/%s/serviceaccounts", "Service": "/api/v1/namespaces/%s/services",
	"ConfigMap": "/api/v1/namespaces/%s/configmaps", "PersistentVolume": "/api/v1/persistentvolumes",
	"EndpointSlice":                  "/apis/discovery.k8s.io/v1/namespaces/%s/endpointslices",
	"DaemonSet":                      "/apis/apps/v1/namespaces/%s/daemonsets",
	"NetworkPolicy":                  "/apis/networking.k8s.io/v1/namespaces/%s/networkpolicies",
	"StorageClass":                   "/apis/storage.k8s.io/v1/storageclasses",
	"CustomResourceDefinition":       "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
	"ValidatingWebhookConfiguration": "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations",
	"ClusterRole":                    "/apis/rbac.authorization.k8s.io/v1/clusterroles",
	"ClusterRoleBinding":             "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings",
	"Role":                           "/apis/rbac.authorization.k8s.io/v1/namespaces/%s/roles",
	"RoleBinding":                    "/apis/rbac.authorization.k8s.io/v1/namespaces/%s/rolebindings",
}

// create writes one object and, where it has one, its status.
func (s server) create(t *testing.T, o *unstructured.Unstructured) {
	t.Helper()
	path, ok := paths[o.GetKind()]
	if !ok {
		t.Fatalf("no path for kind %s", o.GetKind())
	}
	if strings.Contains(path, "%s") {
		path = fmt.Sprintf(path, cmp.Or(o.GetNamespace(), "default"))
	}
	status, hasStatus := o.Object["status"]
	var made unstructured.Unstructured
	s.send(t, s.admin.Post().AbsPath(path), o, &made)
	if hasStatus && o.GetKind() == "Pod" {
		made.Object["status"] = status
		s.send(t, s.admin.Put().AbsPath(path, o.GetName(), "status"), &made, nil)
	}
}

func (s server) send(t *testing.T, req *rest.Request, body any, into any) {
	t.Helper()
	data, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	answer, err := req.SetHeader("Content-Type", "application/json").Body(data).Do(ctx).Raw()
	if err != nil {
		t.Fatalf("%v: %s", err, answer)
	}
	if into != nil {
		if err := json.Unmarshal(answer, into); err != nil {
			t.Fatal(err)
		}
	}
}

// apply creates every document of a YAML file.
func (s server) apply(t *testing.T, file string) []*unstructured.Unstructured {
	t.Helper()
	objects := documents(t, file)
	for _, o := range objects {
		s.create(t, o)
	}
	return objects
}

func documents(t *testing.T, file string) []*unstructured.Unstructured {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var out []*unstructured.Unstructured
	for _, doc := range strings.Split(string(data), "\n---\n") {
		o := &unstructured.Unstructured{}
		if err := yaml.Unmarshal([]byte(doc), &o.Object); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		out = append(out, o)
	}
	return out
}

// raw is one GET as an administrator.
func (s server) raw(t *testing.T, path string) []byte {
	t.Helper()
	data, err := s.admin.Get().AbsPath(path).Do(t.Context()).Raw()
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return data
}

// token is a bearer token of a service account.
func (s server) token(t *testing.T, namespace, name string) *rest.Config {
	t.Helper()
	var answer struct{ Status struct{ Token string } }
	path := "/api/v1/namespaces/" + namespace + "/serviceaccounts/" + name + "/token"
	s.send(t, s.admin.Post().AbsPath(path), map[string]any{
		"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": map[string]any{}}, &answer)
	return &rest.Config{Host: s.Host(), BearerToken: answer.Status.Token, TLSClientConfig: rest.TLSClientConfig{CAData: s.CA()}}
}

// rbacDir is where the shipped rules are.
func rbacDir() string { return filepath.Join("..", "..", "docs", "rbac") }
