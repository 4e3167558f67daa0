package host

import (
	"strings"
	"testing"
)

// TestIs: a host is the node it is taken for, or nothing is done there.
func TestIs(t *testing.T) {
	nodes := []Node{{"cp1", []string{"10.77.0.11", "10.0.0.1"}}, {"w1", []string{"10.77.0.21"}}}
	unread := good(t, "cp1")
	unread.answers["system"] = "1 no such file\n"
	bare := good(t, "cp1")
	bare.answers["certificates"] = "44 there are no certificates of kubeadm or the kubelet\n"
	bare.answers["system"] = strings.Replace(bare.answers["system"], "hostname=cp1.example", "hostname=other", 1)
	for name, tt := range map[string]struct {
		f            fake
		called, node string
		want         string // "" = it is
	}{
		"it is":                   {good(t, "cp1"), "root@10.77.0.11", "cp1", ""},
		"through a tunnel":        {good(t, "cp1"), "root@127.0.0.1:2222", "cp1", ""},
		"by its address":          {bare, "root@10.77.0.11", "cp1", ""},
		"another node":            {good(t, "cp1"), "root@127.0.0.1:2222", "w1", "this is not w1: it is the node cp1"},
		"another cluster's":       {good(t, "cp9"), "root@127.0.0.1:2222", "cp1", `it is "cp9", which is no node of the cluster`},
		"at another node's place": {good(t, "cp1"), "root@10.77.0.21", "w1", "it is not certain that this is w1: the certificate of its kubelet for cp1 speaks for cp1, where it was reached, 10.77.0.21 for w1"},
		"not read":                {unread, "root@10.77.0.11", "cp1", "which node it is was not read"},
	} {
		tt.f.name = tt.called
		err := Is(t.Context(), tt.f, tt.called, tt.node, nodes)
		if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
