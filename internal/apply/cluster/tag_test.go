package cluster

import (
	"strings"
	"testing"
)

func TestWriteTagChangesOneLine(t *testing.T) {
	const before = "apiVersion: kubeadm.k8s.io/v1beta4\n# its owner's word\netcd:\n  local:\n    dataDir: /var/lib/etcd\nnetworking: {podSubnet: 10.0.0.0/8}\n"
	const pinned = "apiVersion: kubeadm.k8s.io/v1beta4\n# its owner's word\netcd:\n  local:\n    imageTag: 3.5.26-0\n    dataDir: /var/lib/etcd\nnetworking: {podSubnet: 10.0.0.0/8}\n"
	for _, tt := range []struct{ name, text, tag, want string }{
		{"add", before, "3.5.26-0", pinned},
		{"clear", pinned, "", before},
		{"nothing to clear", before, "", before},
		{"change", pinned, "3.6.6-0", strings.Replace(pinned, "3.5.26-0", "3.6.6-0", 1)},
		{"change with a remark", strings.Replace(pinned, "3.5.26-0", `"3.5.26-0"  # why`, 1), "3.6.6-0", strings.Replace(pinned, "3.5.26-0", "3.6.6-0  # why", 1)},
		{"a tag that YAML takes for a number", before, "3.6", strings.Replace(pinned, "3.5.26-0", `"3.6"`, 1)},
		{"the only member", "etcd:\n  local:\n    imageTag: x\n", "", "etcd:\n    local: {}\n"},
		{"flow style", "etcd: {local: {dataDir: /a}}\n", "x", "etcd: {local: {dataDir: /a, imageTag: x}}\n"},
		{"no etcd at all", "kind: ClusterConfiguration\n", "x", "kind: ClusterConfiguration\netcd:\n    local:\n        imageTag: x\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := writeTag(tt.text, tt.tag)
			if err != nil {
				t.Fatal(err)
			}
			if got != tt.want {
				t.Errorf("got\n%s\nwant\n%s", got, tt.want)
			}
			if is, err := readTag(got); err != nil || is != tt.tag {
				t.Errorf("it reads %q, %v", is, err)
			}
		})
	}
}

func TestReadTagRefusesWhatItCannotMean(t *testing.T) {
	for text, says := range map[string]string{
		"etcd:\n  external:\n    endpoints: [https://a:2379]\n": "external",
		"etcd: {local: {imageTag: [a]}}":                        "no text",
		"- a list":                                              "no object",
		"a: [":                                                  "reading ClusterConfiguration",
	} {
		if _, err := readTag(text); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: %v, want %q", text, err, says)
		}
	}
}
