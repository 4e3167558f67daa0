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
	o := Object{Meta{Annotations: map[string]string{"note": "secret", lastApplied: `{"kind":"Ingress","apiVersion":"v1","spec":{"a":"secret"}}`}}}
	want := map[string]string{lastApplied: `{"apiVersion":"v1","kind":"Ingress"}`}
	for range 2 { // what is trimmed stays as it is
		o.Trim()
		if diff := cmp.Diff(want, o.Annotations); diff != "" {
			t.Errorf("annotations (-want +got):\n%s", diff)
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
