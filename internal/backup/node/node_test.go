package node

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fixline-dev/fixline/internal/remote"
	"github.com/fixline-dev/fixline/internal/remote/local"
)

// host runs what a host is asked in a folder that stands for its root.
type host struct {
	remote.Runner

	root string
}

func (h host) Run(ctx context.Context, c remote.Command) (remote.Result, error) {
	if strings.Contains(c.Script, "kubectl") {
		return remote.Result{}, errors.New("no kubectl here")
	}
	c.Root, c.Script = false, strings.Replace(c.Script, "cd / ||", "cd "+remote.Quote(h.root)+" ||", 1)
	return h.Runner.Run(ctx, c)
}

func (h host) write(t *testing.T, files map[string]string) {
	t.Helper()
	for name, text := range files {
		at := filepath.Join(h.root, name)
		if err := os.MkdirAll(filepath.Dir(at), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(at, []byte(text), 0o640); err != nil {
			t.Fatal(err)
		}
	}
}

const (
	apiserverManifest = `
spec:
  containers:
  - image: registry.k8s.io/kube-apiserver:v1.34.2@sha256:0
    command: [kube-apiserver, --etcd-servers=https://127.0.0.1:2379, --encryption-provider-config=/enc/conf.yaml, --audit-policy-file, /etc/audit/policy.yaml,
      --audit-log-path=/var/log/audit.log, --etcd-cafile=/etc/kubernetes/pki/etcd/ca.crt, --etcd-certfile=/etc/kubernetes/pki/a.crt, --etcd-keyfile=/etc/kubernetes/pki/a.key]
    volumeMounts: [{name: enc, mountPath: /enc}, {name: other, mountPath: /en}]
  volumes: [{name: enc, hostPath: {path: /etc/fixline-test-encryption}}, {name: other, hostPath: {path: /x}}]
`
	etcdManifest = `{spec: {containers: [{image: etcd, command: [etcd, --name=cp1, --data-dir=/data], volumeMounts: [{name: d, mountPath: /data}]}], volumes: [{name: d, hostPath: {path: /srv/etcd}}]}}`
)

func TestRead(t *testing.T) {
	h := host{local.New("root@cp1:22", "me"), t.TempDir()}
	h.write(t, map[string]string{
		"etc/kubernetes/manifests/kube-apiserver.yaml": apiserverManifest, "etc/kubernetes/manifests/etcd.yaml": etcdManifest,
		"etc/kubernetes/pki/ca.key": "k", "etc/kubernetes/pki/ca.crt": "c", "etc/kubernetes/pki/sa.key": "s", "etc/kubernetes/admin.conf": "a",
		"etc/fixline-test-encryption/conf.yaml": "enc", "etc/audit/policy.yaml": "audit", "etc/passwd": "no", "var/log/audit.log": "no",
	})
	if err := os.Symlink("ca.crt", filepath.Join(h.root, "etc/kubernetes/pki/link.crt")); err != nil {
		t.Fatal(err)
	}
	f, err := Read(t.Context(), h)
	if err != nil {
		t.Fatal(err)
	}
	var names, gaps []string
	for _, one := range f.Files {
		names = append(names, one.Path)
	}
	for _, g := range f.Gaps {
		gaps = append(gaps, g.Check)
	}
	for _, want := range []string{"/etc/kubernetes/pki/ca.key", "/etc/kubernetes/pki/link.crt", "/etc/kubernetes/admin.conf", "/etc/fixline-test-encryption/conf.yaml", "/etc/audit/policy.yaml"} {
		if f.Content(want) == nil {
			t.Errorf("%s is missing in %v", want, names)
		}
	}
	if f.Content("/etc/passwd") != nil || f.Content("/var/log/audit.log") != nil {
		t.Errorf("what is not needed is there: %v", names)
	}
	got := []string{f.Name, f.Member, f.DataDir, f.Encryption, f.Kubernetes, f.Etcd.Endpoints[0], f.Etcd.Cert, strings.Join(f.Authorities(), " ")}
	want := []string{"cp1-22", "cp1", "/srv/etcd", "/etc/fixline-test-encryption/conf.yaml", "1.34.2", "https://127.0.0.1:2379", "/etc/kubernetes/pki/a.crt", "/etc/kubernetes/pki/ca.key /etc/kubernetes/pki/sa.key"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if !strings.Contains(strings.Join(gaps, " "), "cp1-22/pki") || !strings.Contains(strings.Join(gaps, " "), "cp1-22/kubeadm-config") {
		t.Errorf("gaps %v", gaps)
	}
}

// TestNotHere: an encryption configuration that is named and not there is a gap that matters.
func TestNotHere(t *testing.T) {
	h := host{local.New("cp1", "me"), t.TempDir()}
	h.write(t, map[string]string{"etc/kubernetes/manifests/kube-apiserver.yaml": apiserverManifest, "etc/kubernetes/pki/ca.crt": "c"})
	f, err := Read(t.Context(), h)
	if err != nil {
		t.Fatal(err)
	}
	found := false
	for _, g := range f.Gaps {
		found = found || g.Check == "cp1/encryption" && g.Required
	}
	if !found {
		t.Errorf("%+v", f.Gaps)
	}
	empty := host{local.New("w1", "me"), t.TempDir()}
	empty.write(t, map[string]string{"etc/kubernetes/manifests/x": "", "etc/kubernetes/pki/ca.crt": "c"})
	if _, err := Read(t.Context(), empty); err == nil || !strings.Contains(err.Error(), "no control plane of kubeadm") {
		t.Errorf("a worker: %v", err)
	}
	if _, err := Read(t.Context(), host{local.New("n", "me"), t.TempDir()}); err == nil {
		t.Error("a host without /etc/kubernetes")
	}
}
