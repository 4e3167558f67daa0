package guide

import (
	"strings"
	"testing"
)

func three() Input {
	return Input{Cluster: "prod", File: "prod.tar.age", Sealed: true, Etcd: "3.6.6", Token: "new", Encryption: "/etc/enc/conf.yaml", Port: "6444",
		Hosts: []Host{{"hosts/10.0.0.1", "cp1", "root@10.0.0.1", "root"}, {"hosts/10.0.0.2", "cp2", "may@10.0.0.2:2222", "may"}},
		Members: []Member{{Name: "cp1", PeerURLs: []string{"https://10.0.0.1:2380"}}, {Name: "cp2", PeerURLs: []string{"https://10.0.0.2:2380"}, DataDir: "/srv/my etcd", WALDir: "/wal"},
			{Name: "cp3", PeerURLs: []string{"https://10.0.0.3:2380"}}, {PeerURLs: []string{"https://192.0.2.99:2380"}}}}
}

func text(steps []Step) (text string) {
	for _, s := range steps {
		text += "[" + s.On + "] " + s.Say + "\n" + strings.Join(s.Commands, "\n") + "\n"
	}
	return text
}

// inOrder holds that each part is there, behind the one before.
func inOrder(t *testing.T, text string, parts ...string) {
	t.Helper()
	rest := text
	for _, p := range parts {
		_, after, ok := strings.Cut(rest, p)
		if !ok {
			t.Fatalf("%q is missing, or not in its place, in\n%s", p, text)
		}
		rest = after
	}
}

// TestRestore: each member has its own command with all peers, nothing starts
// before all is restored, and no member is waited for before all are started.
func TestRestore(t *testing.T) {
	got := text(Restore(three()))
	inOrder(t, got, "["+Keeper+"]", `age --decrypt --identity "$KEY" prod.tar.age | ssh root@10.0.0.1 'umask 077`, "etcd hosts/10.0.0.1'",
		"ssh ssh://may@10.0.0.2:2222 'sudo -n /bin/sh -c ", "ssh root@cp3 ", "["+ControlPlanes+"] Stop the kubelet", "systemctl stop kubelet", "pkill",
		"[cp1] Put back", "cd /dev/shm/restore/hosts/10.0.0.1 ", "[cp2] Put back", "holds no files of cp3",
		"[cp1] Restore member", "--name cp1 ", "[cp2] Restore", "mv /wal ",
		"--name cp2 --initial-cluster cp1=https://10.0.0.1:2380,cp2=https://10.0.0.2:2380,cp3=https://10.0.0.3:2380 --initial-cluster-token new --initial-advertise-peer-urls https://10.0.0.2:2380 --data-dir '/srv/my etcd' --wal-dir /wal --bump-revision 1000000000 --mark-compacted",
		"[cp3] Restore", "systemctl start kubelet", "["+ControlPlanes+"] Wait", "endpoint health", "https://127.0.0.1:6444", "rm -rf /etc/kubernetes/manifests.stopped /dev/shm/restore /opt/restore",
		"["+Nodes+"]", "systemctl restart kubelet", "rollout restart", "rm -rf /etc/kubernetes.before-restore /var/lib/etcd.before-restore.* '/srv/my etcd.before-restore'.* /wal.before-restore.*")
	if strings.Contains(got, "192.0.2.99") {
		t.Error("a member that never started is restored")
	}
}

// TestOther: a plain backup needs no key, one without hosts says what it lacks,
// and an etcd that kubeadm did not make is stopped where it runs.
func TestOther(t *testing.T) {
	in := three()
	in.Sealed, in.File, in.Hosts = false, "a b.tar", nil
	got := text(Restore(in))
	inOrder(t, got, " <'a b.tar'", "no files of cp1, cp2, cp3")
	if strings.Contains(got, "age ") || strings.Contains(got, "KEY") {
		t.Errorf("a plain backup is opened with age:\n%s", got)
	}
	in = three()
	in.External = true
	for i := range in.Hosts {
		in.Hosts[i].Node = ""
	}
	got = text(Restore(in))
	inOrder(t, got, "ssh root@cp1 ", "["+Etcds+"]", "systemctl stop etcd", "[hosts/10.0.0.1] Put back", "[cp1] Restore", "["+Etcds+"]", "systemctl start etcd", "systemctl start kubelet")
	if strings.Contains(got, "holds no files") || strings.Contains(got, "etcd.yaml") {
		t.Errorf("etcd on hosts of its own is taken for one of kubeadm:\n%s", got)
	}
}
