package hostfiles

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"
)

// source is a folder with these files, by their path on the host.
func source(t *testing.T, files map[string]string) Folder {
	t.Helper()
	dir := t.TempDir()
	for host, text := range files {
		path := filepath.Join(dir, "host", host)
		if rest, ok := strings.CutPrefix(host, kubernetes); ok {
			path = filepath.Join(dir, rest)
		}
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return Folder(dir)
}

func TestCopy(t *testing.T) {
	c := &Copier{To: t.TempDir(), From: source(t, map[string]string{
		"/etc/kubernetes/pki/ca.crt":         "a certificate",
		"/etc/kubernetes/admission.yaml":     "{apiVersion: apiserver.config.k8s.io/v1, kind: AdmissionConfiguration, plugins: [{name: PodSecurity, path: pss.yaml}, {name: X, path: /opt/x.yaml}, {name: Z, path: /not/there}]}",
		"/etc/kubernetes/pss.yaml":           "{kind: PodSecurityConfiguration, defaults: {enforce: baseline}}",
		"/opt/x.yaml":                        "x",
		"/etc/kubernetes/authorization.yaml": "{kind: AuthorizationConfiguration, authorizers: [{type: Webhook, name: opa}, {type: RBAC, name: rbac}]}",
	})}
	for _, host := range []string{"/etc/kubernetes/pki/ca.crt", "/etc/kubernetes/admission.yaml", "/etc/kubernetes/authorization.yaml"} {
		if err := c.Copy(host); err != nil {
			t.Fatal(err)
		}
	}
	read := func(host string) map[string]any {
		text, err := os.ReadFile(c.At(host))
		if err != nil {
			t.Fatal(err)
		}
		var doc map[string]any
		if err := yaml.Unmarshal(text, &doc); err != nil {
			t.Fatal(err)
		}
		return doc
	}
	want := []any{
		map[string]any{"name": "PodSecurity", "path": c.At("/etc/kubernetes/pss.yaml")},
		map[string]any{"name": "X", "path": c.At("/opt/x.yaml")},
		map[string]any{"name": "Z", "path": "/not/there"},
	}
	if diff := cmp.Diff(want, read("/etc/kubernetes/admission.yaml")["plugins"]); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	read("/etc/kubernetes/pss.yaml")
	if diff := cmp.Diff([]any{map[string]any{"type": "RBAC", "name": "rbac"}}, read("/etc/kubernetes/authorization.yaml")["authorizers"]); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if len(c.Said) != 1 || !strings.Contains(c.Said[0], "opa") {
		t.Errorf("said %q", c.Said)
	}
	if info, err := os.Stat(c.At("/etc/kubernetes/pki/ca.crt")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info, err)
	}
}

func TestCopyErrors(t *testing.T) {
	keys := "{kind: EncryptionConfiguration, resources: [{resources: [secrets], providers: [{aescbc: {keys: [{name: a, secret: x}]}}]}]}"
	c := &Copier{To: t.TempDir(), From: source(t, map[string]string{
		"/etc/kubernetes/kms.yaml":  strings.ReplaceAll(keys, "aescbc: {", "kms: {endpoint: unix:///x, "),
		"/etc/kubernetes/keys.yaml": keys,
	})}
	if err := c.Copy("/etc/kubernetes/kms.yaml"); !errors.Is(err, ErrKMS) {
		t.Errorf("a KMS plugin: %v", err)
	}
	if err := c.Copy("/etc/kubernetes/none"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no such file: %v", err)
	}
	if err := c.Copy("/etc/kubernetes/../../etc/passwd"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a path that leaves the folder: %v", err)
	}
	if err := c.Copy("/etc/kubernetes/keys.yaml"); err != nil {
		t.Fatal(err)
	}
	if text, err := os.ReadFile(c.At("/etc/kubernetes/keys.yaml")); err != nil || string(text) != keys {
		t.Errorf("keys were rewritten: %s %v", text, err)
	}
}
