package evidence

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestTrim(t *testing.T) {
	container := func() []Container {
		return []Container{{Name: "c", Command: []string{"prog", "--a=b", "--token=abc", "--etcd-password", "abc", "--token-auth-file=/x"}}}
	}
	for _, tt := range []struct {
		name string
		pod  Pod
		want []string
	}{
		{"a static pod", Pod{Meta: Meta{Namespace: "x", Annotations: map[string]string{"kubernetes.io/config.source": "file"}}, Spec: PodSpec{Containers: container()}},
			[]string{Redacted, "--a=" + Redacted, "--token=" + Redacted, "--etcd-password", Redacted, "--token-auth-file=" + Redacted}},
		{"a user's pod", Pod{Meta: Meta{Namespace: "x"}, Spec: PodSpec{Containers: container()}}, nil},
	} {
		tt.pod.Trim()
		if diff := cmp.Diff(tt.want, tt.pod.Spec.Containers[0].Command); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
	o := Object{Meta{Annotations: map[string]string{"note": "secret", LastApplied: `{"kind":"Ingress","apiVersion":"v1","spec":{"a":"secret"}}`}}}
	want := map[string]string{LastApplied: `{"apiVersion":"v1","kind":"Ingress"}`}
	for range 2 { // what is trimmed stays as it is
		o.Trim()
		if diff := cmp.Diff(want, o.Annotations); diff != "" {
			t.Errorf("annotations (-want +got):\n%s", diff)
		}
	}
}

// TestAnnotations: of some only that they are there is kept.
func TestAnnotations(t *testing.T) {
	o := Object{Meta{Annotations: map[string]string{
		"k3s.io/node-env": "secret", "rke2.io/node-args": "secret", "kubeadm.example.com/a": "secret", "kubernetes.io/config.source": "file",
		"cluster-autoscaler.kubernetes.io/safe-to-evict": "true", "cluster-autoscaler.kubernetes.io/safe-to-evict-local-volumes": "secret",
	}}}
	want := map[string]string{
		"k3s.io/node-env": Redacted, "rke2.io/node-args": Redacted, "kubernetes.io/config.source": "file",
		"cluster-autoscaler.kubernetes.io/safe-to-evict": "true",
	}
	for range 2 {
		o.Trim()
		if diff := cmp.Diff(want, o.Annotations); diff != "" {
			t.Errorf("annotations (-want +got):\n%s", diff)
		}
	}
}

// TestAuthorities: who makes a bundle of authorities from a server's own file
// may leave its private key in it.
func TestAuthorities(t *testing.T) {
	block := func(kind, headers, body string) string {
		return "-----BEGIN " + kind + "-----\n" + headers + body + "\n-----END " + kind + "-----\n"
	}
	first, second := block("CERTIFICATE", "", "Zmlyc3Q="), block("CERTIFICATE", "", "c2Vjb25k")
	for in, want := range map[string]string{
		"": "", "no PEM at all": "",
		first + second: first + second,
		"# the password is secret\n" + first + block("EC PRIVATE KEY", "", "c2VjcmV0") + "secret\n" + second: first + second,
		block("CERTIFICATE", "Password: secret\n\n", "Zmlyc3Q="):                                             first,
		first + "-----BEGIN PRIVATE KEY-----\nc2VjcmV0":                                                      first,
	} {
		var a APIService
		a.Spec.CABundle = []byte(in)
		var w WebhookConfiguration
		w.Webhooks = []Webhook{{Client: ClientConfig{CABundle: []byte(in)}}}
		for range 2 {
			a.Trim()
			w.Trim()
			if got := string(a.Spec.CABundle); got != want {
				t.Errorf("%q: kept %q, want %q", in, got, want)
			}
			if got := string(w.Webhooks[0].Client.CABundle); got != want {
				t.Errorf("%q of a webhook: kept %q, want %q", in, got, want)
			}
		}
	}
}

func TestVolume(t *testing.T) {
	for in, want := range map[string]Volume{
		`{"name":"a","hostPath":{"path":"/"}}`:                              {Sources: []string{"hostPath"}},
		`{"name":"a","csi":{"driver":"d","nodePublishSecretRef":{}}}`:       {Sources: []string{"csi"}, Driver: "d"},
		`{"capacity":{},"accessModes":[],"claimRef":null,"rbd":{"user":1}}`: {Sources: []string{"rbd"}},
		`{"name":"a"}`: {},
	} {
		var got Volume
		if err := json.Unmarshal([]byte(in), &got); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", in, diff)
		}
	}
}
