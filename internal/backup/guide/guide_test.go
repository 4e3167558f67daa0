package guide

import (
	"strings"
	"testing"
)

// TestRestore: each member has its own command with all peers, and nothing
// starts before all is restored.
func TestRestore(t *testing.T) {
	steps := Restore(Input{Cluster: "prod", File: "prod.tar.age", Sealed: true, Etcd: "3.6.6", Token: "new", Encryption: "/etc/enc/conf.yaml",
		Hosts:   []string{"hosts/cp1"},
		Members: []Member{{Name: "cp1", PeerURLs: []string{"https://10.0.0.1:2380"}}, {Name: "cp2", PeerURLs: []string{"https://10.0.0.2:2380"}, DataDir: "/srv/my etcd"}}})
	var order []string
	text := ""
	for _, s := range steps {
		order = append(order, s.On)
		text += s.Say + "\n" + strings.Join(s.Commands, "\n") + "\n"
	}
	for _, want := range []string{
		"age --decrypt --identity KEY prod.tar.age",
		"--name cp2 --initial-cluster cp1=https://10.0.0.1:2380,cp2=https://10.0.0.2:2380 --initial-cluster-token new --initial-advertise-peer-urls https://10.0.0.2:2380 --data-dir '/srv/my etcd' --bump-revision 1000000000 --mark-compacted",
		"chmod 0700 /var/lib/etcd", "/etc/enc/conf.yaml", "systemctl restart kubelet",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing in\n%s", want, text)
		}
	}
	stop, restore, start := strings.Index(text, "Stop every API server"), strings.Index(text, "Restore member cp2"), strings.Index(text, "Start the etcd members")
	if stop < 0 || stop > restore || restore > start {
		t.Errorf("the order is %v:\n%s", order, text)
	}
	if strings.Contains(Restore(Input{File: "a b.tar"})[0].Commands[1], "age ") {
		t.Error("a plain backup is opened with age")
	}
}
