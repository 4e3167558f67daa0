package live

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"text/template"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/yaml"

	"github.com/fixline-dev/fixline/test/leak"
)

// mayBeKept are the places whose text a bundle holds on purpose. They also show that a text that is there is found.
func mayBeKept() []string {
	return []string{"a label, which is kept", "static pod flag, which is kept", "kubeadm-config path of a volume, which is kept"}
}

// TestNoSecretIsCollected plants a text of its own in every place of a real cluster that may hold a secret, collects at
// every level, and looks for them in everything the program wrote, in whatever form.
func TestNoSecretIsCollected(t *testing.T) {
	fixline := build(t)
	for _, v := range versions() {
		t.Run(v, func(t *testing.T) {
			t.Parallel()
			s := start(t, v)
			planted := leak.Planted{}
			s.plant(t, planted)
			admin := s.kubeconfig(t, s.Admin())
			base, err := s.ClientCert("base")
			if err != nil {
				t.Fatal(err)
			}
			s.bind(t, "base", shipped(t, "collect-clusterrole.yaml"))
			restricted := s.kubeconfig(t, base)
			for _, tt := range []struct {
				name, kubeconfig string
				flags            []string
				holds            string // a file that shows that the level was reached
			}{
				{"base", restricted, nil, "nodes.json"},
				{"helm without the right", restricted, []string{"--helm"}, "nodes.json"},
				{"helm", admin, []string{"--helm"}, "helm-releases.json"},
				{"proxy", admin, []string{"--helm", "--kubelet", "proxy"}, "kubelets/cp1/configz.json"},
			} {
				t.Run(tt.name, func(t *testing.T) {
					for _, out := range []string{"bundle", "bundle.tar.zst"} {
						nothingLeaks(t, fixline, planted, tt.kubeconfig, out, tt.holds, tt.flags)
					}
				})
			}
		})
	}
}

// nothingLeaks collects once, and looks at the bundle, at what was printed, and at what was left anywhere.
func nothingLeaks(t *testing.T, fixline program, planted leak.Planted, kubeconfig, out, holds string, flags []string) {
	dir := t.TempDir()
	said := fixline.collect(t, kubeconfig, filepath.Join(dir, out), append(flags, "--verbose")...)
	found := map[string][]string{}
	look := func(name string, data []byte) {
		for _, place := range planted.In(data) {
			found[place] = append(found[place], name)
		}
	}
	files := 0
	eachFile(t, dir, func(name string, data []byte) { files++; look(name, data) })
	eachFile(t, said.world, look)
	look("stdout", said.stdout)
	look("stderr", said.stderr)
	for _, place := range slices.Sorted(maps.Keys(found)) {
		if !slices.Contains(mayBeKept(), place) {
			t.Errorf("%s: %s is in %s", out, place, strings.Join(found[place], ", "))
		}
	}
	for _, place := range mayBeKept() {
		if len(found[place]) == 0 {
			t.Errorf("%s: %s was not found in any of %d files: was this looked for in the right place?", out, place, files)
		}
	}
	switch entries, err := os.ReadDir(dir); {
	case err != nil:
		t.Error(err)
	case len(entries) != 1 || entries[0].Name() != out:
		t.Errorf("%s: beside it stands %v", out, entries)
	}
	if out == "bundle" {
		if _, err := os.Stat(filepath.Join(dir, out, holds)); err != nil {
			t.Errorf("%v\n%s%s", err, said.stdout, said.stderr)
		}
	}
}

// plant fills the server with testdata/secrets.yaml and makes sure that every text is really there.
func (s server) plant(t *testing.T, planted leak.Planted) {
	t.Helper()
	host, port := kubelet(t, planted)
	data, err := os.ReadFile(filepath.Join("testdata", "secrets.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	text, err := template.New("secrets.yaml").Option("missingkey=error").Funcs(template.FuncMap{
		"mark": planted.Mark,
		"b64":  func(text string) string { return base64.StdEncoding.EncodeToString([]byte(text)) },
		"csr":  func(name string) (string, error) { return request(name) },
		"release": func(name string, revision int, place string) (string, error) {
			return release(planted, name, revision, place, "")
		},
		"broken": func(name, place string) (string, error) {
			return release(planted, name, 1, place, "kind: [\n password: "+planted.Mark(place+", torn manifest")+"\n\t{")
		},
	}).Parse(string(data))
	if err != nil {
		t.Fatal(err)
	}
	var filled bytes.Buffer
	if err := text.Execute(&filled, map[string]any{"Version": s.Version(), "CA": string(s.CA()), "NodeIP": host, "NodePort": port}); err != nil {
		t.Fatal(err)
	}
	var collections []string
	for n, doc := range strings.Split(filled.String(), "\n---\n") {
		o := &unstructured.Unstructured{}
		if err := yaml.Unmarshal([]byte(doc), &o.Object); err != nil {
			t.Fatalf("secrets.yaml, document %d: %v", n+1, err)
		}
		collections = append(collections, s.put(t, o))
	}
	s.holds(t, planted, collections)
}

// put writes an object of any kind the server serves, and its status, and returns the collection it is in.
func (s server) put(t *testing.T, o *unstructured.Unstructured) string {
	t.Helper()
	root := "/apis/" + o.GetAPIVersion()
	if o.GroupVersionKind().Group == "" {
		root = "/api/" + o.GetAPIVersion()
	}
	var served struct {
		Resources []struct {
			Name, Kind string
			Namespaced bool
		}
	}
	if err := json.Unmarshal(s.raw(t, root), &served); err != nil {
		t.Fatal(err)
	}
	for _, r := range served.Resources {
		if r.Kind != o.GetKind() || strings.Contains(r.Name, "/") {
			continue
		}
		path := root + "/" + r.Name
		all := path
		if r.Namespaced {
			path = root + "/namespaces/" + cmp.Or(o.GetNamespace(), "default") + "/" + r.Name
		}
		status, has := o.Object["status"]
		var made unstructured.Unstructured
		s.send(t, s.admin.Post().AbsPath(path), o, &made)
		if has {
			made.Object["status"] = status
			s.send(t, s.admin.Put().AbsPath(path, o.GetName(), "status"), &made, nil)
		}
		return all
	}
	t.Fatalf("the server serves no %s of %s", o.GetKind(), o.GetAPIVersion())
	return ""
}

// holds fails for a text that the server does not hold: a field it dropped would never leak.
func (s server) holds(t *testing.T, planted leak.Planted, collections []string) {
	t.Helper()
	slices.Sort(collections)
	there := map[string]bool{}
	for _, path := range slices.Compact(collections) {
		for _, place := range planted.In(s.raw(t, path)) {
			there[place] = true
		}
	}
	for _, place := range planted {
		if !there[place] && !strings.HasPrefix(place, "configz ") {
			t.Errorf("the server does not hold the text of %s", place)
		}
	}
	if len(planted) < 150 {
		t.Errorf("only %d texts were planted", len(planted))
	}
}

// release is a Helm revision as Helm stores it, with a text wherever a user's words may be.
func release(planted leak.Planted, name string, revision int, place, manifest string) (string, error) {
	in := func(what string) string { return planted.Mark(place + ", " + what) }
	if manifest == "" {
		manifest = "---\n# Source: web/templates/secret.yaml\n# " + in("comment of the manifest") + "\napiVersion: v1\nkind: Secret\nmetadata:\n  name: web\n" +
			"  annotations: {a: " + in("annotation of the manifest") + "}\nstringData:\n  password: " + in("manifest") + "\n"
	}
	data, err := json.Marshal(map[string]any{
		"name": name, "namespace": "shop", "version": revision,
		"info":     map[string]any{"status": "deployed", "notes": "password " + in("notes"), "description": in("description")},
		"config":   map[string]any{"password": in("values")},
		"manifest": manifest,
		"hooks": []any{map[string]any{"name": "hook", "kind": "Job", "path": "web/templates/hook.yaml", "events": []any{"pre-install"},
			"manifest": "apiVersion: batch/v1\nkind: Job\nmetadata: {name: hook}\nspec: {x: " + in("hook") + "}\n"}},
		"chart": map[string]any{
			"metadata":  map[string]any{"name": "web", "version": "1.0.0", "apiVersion": "v2", "description": in("chart's description"), "annotations": map[string]any{"x": in("chart's annotation")}},
			"values":    map[string]any{"password": in("chart's values")},
			"templates": []any{map[string]any{"name": "templates/secret.yaml", "data": []byte(in("chart's template"))}},
			"files":     []any{map[string]any{"name": "key.pem", "data": []byte(in("chart's file"))}},
		},
	})
	if err != nil {
		return "", err
	}
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	if _, err := w.Write(data); err != nil {
		return "", err
	}
	if err := w.Close(); err != nil {
		return "", err
	}
	return base64.StdEncoding.EncodeToString(packed.Bytes()), nil
}

// request is a certificate signing request for a name.
func request(name string) (string, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return "", err
	}
	der, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{Subject: pkix.Name{CommonName: name}}, key)
	if err != nil {
		return "", err
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: der})), nil
}

// kubelet serves a /configz with texts in it, at an address the API server's node proxy may reach: it refuses loopback.
func kubelet(t *testing.T, planted leak.Planted) (host string, port int) {
	t.Helper()
	addresses, err := net.InterfaceAddrs()
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range addresses {
		if ip, ok := a.(*net.IPNet); ok && ip.IP.IsGlobalUnicast() && ip.IP.To4() != nil {
			host = ip.IP.String()
			break
		}
	}
	if host == "" {
		t.Skip("needs an address beside loopback: the API server's proxy to a node refuses that one")
	}
	listener, err := net.Listen("tcp", net.JoinHostPort(host, "0"))
	if err != nil {
		t.Fatal(err)
	}
	answer, err := json.Marshal(map[string]any{"kubeletconfig": map[string]any{
		"staticPodURL":       "https://u:" + planted.Mark("configz staticPodURL") + "@files/pods",
		"staticPodURLHeader": map[string]any{"Authorization": []string{planted.Mark("configz staticPodURLHeader")}},
		"unknownField":       planted.Mark("configz unknown field"),
		"cgroupDriver":       "systemd",
		"featureGates":       map[string]any{"Some": true},
	}})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/configz" {
			http.Error(w, planted.Mark("configz error"), http.StatusTeapot)
			return
		}
		fmt.Fprintf(w, "%s", answer)
	}))
	server.Listener.Close()
	server.Listener = listener
	server.StartTLS()
	t.Cleanup(server.Close)
	_, text, err := net.SplitHostPort(listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	if port, err = strconv.Atoi(text); err != nil {
		t.Fatal(err)
	}
	return host, port
}

// bind gives a user permissions and waits until the server knows of them.
func (s server) bind(t *testing.T, name string, permissions []permission) *rest.Config {
	t.Helper()
	cfg := s.userWith(t, name, permissions)
	for _, p := range permissions {
		if p.url != "" || p.group != "" || p.resource != "nodes" {
			continue
		}
		const whole = 200
		if got := s.eventually(t, cfg, "/api/v1/nodes", whole); got != whole {
			t.Fatalf("%s may not list nodes: %d", name, got)
		}
	}
	time.Sleep(100 * time.Millisecond) // the others came with the same role
	return cfg
}
