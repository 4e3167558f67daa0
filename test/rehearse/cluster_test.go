package rehearse

import (
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"
	v1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/yaml"

	"github.com/fixline-dev/fixline/lab/controlplane"
	"github.com/fixline-dev/fixline/lab/program"
)

// versions are those to rehearse from and to; `make e2e` names older ones.
func versions(t *testing.T) (from, to string) {
	t.Helper()
	list := strings.FieldsFunc(cmp.Or(os.Getenv("FIXLINE_TEST_VERSIONS"), "1.37.0,1.37.1"),
		func(r rune) bool { return r == ',' || r == ' ' })
	return list[0], list[min(1, len(list)-1)]
}

// backup is a cluster's snapshot and the files of its control plane. In broken an object cannot be decoded, and two are
// stored that no API reads.
type backup struct{ snapshot, broken, kubernetes string }

// binary is a built program of the lab.
func binary(t *testing.T, name, version string) string {
	t.Helper()
	store, err := program.Open(nil)
	if err != nil {
		t.Fatal(err)
	}
	if name == "etcd" {
		if version, err = store.EtcdFor(t.Context(), version); err != nil {
			t.Fatal(err)
		}
	}
	p, err := program.Parse(name, version)
	if err != nil {
		t.Fatal(err)
	}
	path, err := store.Path(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// shared is made once: a cluster with the objects of testdata/cluster.yaml.
var shared struct {
	once sync.Once
	at   backup
	err  error
}

// cluster gives a copy of the shared backup that a test may change.
func cluster(t *testing.T) backup {
	t.Helper()
	shared.once.Do(func() { shared.at, shared.err = makeBackup(t) })
	if shared.err != nil {
		t.Fatal(shared.err)
	}
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(filepath.Dir(shared.at.snapshot))); err != nil {
		t.Fatal(err)
	}
	return at(dir)
}

func at(dir string) backup {
	return backup{filepath.Join(dir, "snapshot.db"), filepath.Join(dir, "broken.db"), filepath.Join(dir, "kubernetes")}
}

func makeBackup(t *testing.T) (backup, error) {
	from, _ := versions(t)
	dir, err := os.MkdirTemp("", "fixline-test-rehearse-")
	if err != nil {
		return backup{}, err
	}
	cleanups = append(cleanups, func() { os.RemoveAll(dir) })
	keys, err := filepath.Abs("testdata/kubernetes/encryption.yaml")
	if err != nil {
		return backup{}, err
	}
	cp, err := controlplane.Start(context.Background(), controlplane.Options{Version: from,
		APIServerArgs: []string{"--encryption-provider-config=" + keys}})
	if err != nil {
		return backup{}, err
	}
	defer func() { _ = cp.Stop() }() // what it stored was saved by then
	if err := fill(cp, "testdata/cluster.yaml"); err != nil {
		return backup{}, err
	}
	b := at(dir)
	if err := save(cp, b.snapshot); err != nil {
		return b, err
	}
	if err := breakIt(cp, b.broken); err != nil {
		return b, err
	}
	if err := os.CopyFS(filepath.Join(b.kubernetes, "pki"), os.DirFS(filepath.Join(cp.Dir(), "pki"))); err != nil {
		return b, err
	}
	return b, os.CopyFS(b.kubernetes, os.DirFS("testdata/kubernetes"))
}

// fill creates every object of a file; of one whose kind is not there yet, such as a custom resource, it waits for it.
func fill(cp *controlplane.ControlPlane, file string) error {
	who := cp.Admin()
	objects, err := dynamic.NewForConfig(&rest.Config{Host: cp.Host(), QPS: 1000, Burst: 1000, TLSClientConfig: rest.TLSClientConfig{
		CAData: cp.CA(), CertData: who.Certificate, KeyData: who.Key}})
	if err != nil {
		return err
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	for _, doc := range bytes.Split(text, []byte("\n---\n")) {
		o := &unstructured.Unstructured{}
		if err := yaml.Unmarshal(doc, &o.Object); err != nil {
			return err
		}
		gv, _ := schema.ParseGroupVersion(o.GetAPIVersion())
		gvr := gv.WithResource(plural(o.GetKind()))
		deadline := time.Now().Add(20 * time.Second)
		for {
			_, err = objects.Resource(gvr).Namespace(o.GetNamespace()).Create(context.Background(), o, v1.CreateOptions{FieldManager: "fill"})
			if err == nil || time.Now().After(deadline) {
				break
			}
			time.Sleep(200 * time.Millisecond)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func plural(kind string) string {
	kind = strings.ToLower(kind)
	if strings.HasSuffix(kind, "y") {
		return strings.TrimSuffix(kind, "y") + "ies"
	}
	return kind + "s"
}

// save writes what etcdctl snapshot save does.
func save(cp *controlplane.ControlPlane, path string) error {
	c, err := etcd(cp)
	if err != nil {
		return err
	}
	defer func() { _ = c.Close() }() // only read from
	r, err := c.Snapshot(context.Background())
	if err != nil {
		return err
	}
	defer r.Close()
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = io.Copy(f, r)
	return err
}

// breakIt stores what nothing can read, and saves that.
func breakIt(cp *controlplane.ControlPlane, path string) error {
	c, err := etcd(cp)
	if err != nil {
		return err
	}
	defer func() { _ = c.Close() }() // only read from
	for key, value := range map[string]string{
		"/registry/configmaps/shop/broken": "k8s\x00\xff\xff no object", "/registry/podsecuritypolicy/old": "{}", "/registry/podsecuritypolicy/older": "{}",
	} {
		if _, err := c.Put(context.Background(), key, value); err != nil {
			return err
		}
	}
	return save(cp, path)
}

func etcd(cp *controlplane.ControlPlane) (*clientv3.Client, error) {
	pki := func(name string) string { return filepath.Join(cp.Dir(), "pki", name) }
	pair, err := tls.LoadX509KeyPair(pki("apiserver-etcd-client.crt"), pki("apiserver-etcd-client.key"))
	if err != nil {
		return nil, err
	}
	ca, err := os.ReadFile(pki("etcd/ca.crt"))
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(ca)
	return clientv3.New(clientv3.Config{Endpoints: []string{cp.EtcdEndpoint()}, DialTimeout: 10 * time.Second,
		TLS: &tls.Config{RootCAs: pool, Certificates: []tls.Certificate{pair}}})
}
