package main

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

func newConfigMap(n int, namespace string) object {
	r := random(1, n)
	return &corev1.ConfigMap{ObjectMeta: named(fmt.Sprintf("%s-config-%05d", app(n), n), namespace, app(n)), Data: map[string]string{
		"app.yaml": words(r, 500+r.IntN(3000)), "logging.properties": words(r, 300),
	}}
}

// newSecret is a certificate, a registry's credentials or a database's, in turn; made up.
func newSecret(n int, namespace string) object {
	r := random(2, n)
	s := &corev1.Secret{ObjectMeta: named(fmt.Sprintf("%s-secret-%05d", app(n), n), namespace, app(n))}
	switch n % 3 {
	case 0:
		s.Type = corev1.SecretTypeTLS
		s.Data = map[string][]byte{"tls.crt": []byte(words(r, 2800)), "tls.key": []byte(words(r, 1700)), "ca.crt": []byte(words(r, 1200))}
	case 1:
		s.Type = corev1.SecretTypeDockerConfigJson
		s.Data = map[string][]byte{corev1.DockerConfigJsonKey: []byte(`{"auths":{"registry.example":{"auth":"bWFkZTp1cA=="}}}`)}
	default:
		s.Type = corev1.SecretTypeOpaque
		s.Data = map[string][]byte{"username": []byte("app"), "password": []byte(words(r, 30)), "url": []byte(words(r, 90))}
	}
	return s
}

// newRelease is a Helm release as Helm 3 stores one: the chart with its templates, the values, the manifest. One in four
// is large: 50 to 200 KB when packed, as those of monitoring stacks are.
func newRelease(n int, namespace string) object {
	r := random(3, n)
	size := 15_000 + r.IntN(45_000)
	if n%4 == 0 {
		size = 100_000 + r.IntN(260_000)
	}
	name := fmt.Sprintf("release-%03d", n)
	var manifest strings.Builder
	for i := 0; manifest.Len() < size/3; i++ {
		kind := []string{"apps/v1\nkind: Deployment", "v1\nkind: Service", "v1\nkind: ConfigMap", "rbac.authorization.k8s.io/v1\nkind: Role"}[i%4]
		fmt.Fprintf(&manifest, "---\n# Source: %s/templates/part-%d.yaml\napiVersion: %s\nmetadata:\n  name: %s-%d\n  namespace: %s\n  labels:\n    app.kubernetes.io/instance: %s\ndata:\n  config: |\n    %s",
			name, i, kind, name, i, namespace, name, strings.ReplaceAll(words(r, 1500), "\n", "\n    ")+"\n")
	}
	var templates []map[string]any
	for left := size - manifest.Len(); left > 0; left -= 4000 {
		templates = append(templates, map[string]any{"name": fmt.Sprintf("templates/part-%d.yaml", len(templates)), "data": []byte(words(r, 4000))})
	}
	release := map[string]any{
		"name": name, "namespace": namespace, "version": 3, "manifest": manifest.String(),
		"info":   map[string]any{"status": "deployed", "first_deployed": "2026-10-01T08:00:00Z", "last_deployed": "2026-11-01T08:00:00Z", "notes": words(r, 600)},
		"chart":  map[string]any{"metadata": map[string]any{"name": name, "version": "4.7.1", "apiVersion": "v2"}, "templates": templates, "values": map[string]any{}},
		"config": map[string]any{"settings": words(r, 2000)},
	}
	text, err := json.Marshal(release)
	if err != nil {
		text = nil // nothing above can fail
	}
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	_, _ = z.Write(text) // a buffer takes everything
	_ = z.Close()
	meta := named("sh.helm.release.v1."+name+".v3", namespace, name)
	meta.Labels = map[string]string{"name": name, "owner": "helm", "status": "deployed", "version": "3", "modifiedAt": "1793520000"}
	meta.Annotations = nil
	return &corev1.Secret{ObjectMeta: meta, Type: "helm.sh/release.v1", Data: map[string][]byte{"release": []byte(base64.StdEncoding.EncodeToString(packed.Bytes()))}}
}
