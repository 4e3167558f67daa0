// Package guide writes the commands that bring a cluster back from its backup:
// what is run where, in which order, and why. It decides the order; it runs
// nothing. Start at [Restore].
package guide

import (
	"fmt"
	"path"
	"slices"
	"strings"
)

// Bump is by how much the revision goes up on a restore, so that no watch and
// no cache of before takes the past for news: more than any cluster writes
// between a backup and its restore
// (https://etcd.io/docs/v3.6/op-guide/recovery/#restoring-with-revision-bump,
// https://github.com/etcd-io/etcd/issues/16028).
const Bump = 1000000000

// Step is one thing to do.
type Step struct {
	Say      string   `json:"say"`
	On       string   `json:"on"` // "every control-plane node", "cp1"
	Commands []string `json:"commands"`
}

// Member is one member to restore.
type Member struct {
	Name     string
	PeerURLs []string
	// DataDir is where its data is; "" is kubeadm's /var/lib/etcd.
	DataDir string
}

// Input is what the commands are written from.
type Input struct {
	Cluster string
	// File is the backup's name, Sealed whether it must be opened first.
	File    string
	Sealed  bool
	Members []Member
	// Etcd is the version whose etcdutl restores: that of the members.
	Etcd string
	// Token tells the restored cluster from the old one, so that a member that
	// was forgotten cannot join it.
	Token string
	// Hosts are the folders of the backup that hold a host's files.
	Hosts []string
	// Encryption is the API server's encryption configuration; "" = none.
	Encryption string
}

// Restore lists the steps in their order.
func Restore(in Input) []Step {
	const every = "every control-plane node"
	steps := []Step{
		{Say: "Open the backup where nobody else can read it, on a file system in memory, and take it to each control-plane node", On: every, Commands: open(in)},
		{Say: "Stop every API server, controller manager and scheduler, and every etcd member, on all nodes before the first is restored: a member or an API server of the old cluster that is left running mixes the two",
			On: every, Commands: []string{
				"mkdir -p /etc/kubernetes/manifests.stopped && mv /etc/kubernetes/manifests/*.yaml /etc/kubernetes/manifests.stopped/",
				"until [ -z \"$(crictl ps -q --name 'etcd|kube-apiserver|kube-controller-manager|kube-scheduler')\" ]; do sleep 1; done",
			}},
		keys(in),
	}
	for _, m := range in.Members {
		steps = append(steps, member(in, m))
	}
	steps = append(steps,
		Step{Say: "Start the etcd members, all of them, and wait until each is healthy", On: every, Commands: []string{
			"mv /etc/kubernetes/manifests.stopped/etcd.yaml /etc/kubernetes/manifests/",
			"until crictl exec \"$(crictl ps -q --name etcd)\" etcdctl --endpoints https://127.0.0.1:2379 --cacert /etc/kubernetes/pki/etcd/ca.crt --cert /etc/kubernetes/pki/etcd/healthcheck-client.crt --key /etc/kubernetes/pki/etcd/healthcheck-client.key endpoint health; do sleep 2; done",
		}},
		Step{Say: "Start the API servers, then the controller managers and schedulers", On: every, Commands: []string{
			"mv /etc/kubernetes/manifests.stopped/kube-apiserver.yaml /etc/kubernetes/manifests/ && until kubectl --kubeconfig /etc/kubernetes/admin.conf get --raw /readyz; do sleep 2; done",
			"mv /etc/kubernetes/manifests.stopped/*.yaml /etc/kubernetes/manifests/",
		}},
		Step{Say: "Restart every kubelet: they still hold pods that the restored state does not know, and would not report others", On: "every node", Commands: []string{"systemctl restart kubelet"}},
		Step{Say: "Restart what watches the API through caches of its own: the network plug-in, CoreDNS, kube-proxy, and every operator", On: "a machine with kubectl", Commands: []string{
			"kubectl -n kube-system rollout restart daemonset,deployment",
		}},
		Step{Say: "Compare what runs with the export of the backup before anybody is told that all is well", On: "a machine with kubectl", Commands: []string{
			"kubectl get nodes,pods -A -o wide",
		}},
	)
	return steps
}

func open(in Input) []string {
	commands := []string{"mkdir -m 0700 /dev/shm/restore"}
	if in.Sealed {
		return append(commands, "age --decrypt --identity KEY "+quote(in.File)+" | tar -x -C /dev/shm/restore")
	}
	return append(commands, "tar -x -C /dev/shm/restore -f "+quote(in.File))
}

// keys: without the encryption keys the restored Secrets cannot be read, and
// without the authorities nothing trusts what comes up.
func keys(in Input) Step {
	s := Step{Say: "Put back certificates, kubeconfigs and static pod manifests where the node lost them; what is there and is valid may stay", On: "every control-plane node, with its own folder"}
	if in.Encryption != "" {
		s.Say += "; the encryption configuration must be the one of the backup: without its keys the API servers cannot read what was encrypted"
	}
	for _, h := range in.Hosts {
		from := path.Join("/dev/shm/restore", h, "etc/kubernetes")
		// Not into manifests: the kubelet would start what is there at once.
		s.Commands = append(s.Commands, "cp -a "+quote(from)+"/pki "+quote(from)+"/*.conf /etc/kubernetes/",
			"cp -an "+quote(from)+"/manifests/*.yaml /etc/kubernetes/manifests.stopped/")
		if in.Encryption != "" && !strings.HasPrefix(in.Encryption, "/etc/kubernetes/") {
			s.Commands = append(s.Commands, "install -D -m 0600 "+quote(path.Join("/dev/shm/restore", h, in.Encryption))+" "+quote(in.Encryption))
		}
	}
	if len(in.Hosts) == 0 {
		s.Say = "The backup holds no files of a host: /etc/kubernetes (certificates, kubeconfigs, manifests) and the encryption configuration must be there already, or come from elsewhere"
		s.Commands = []string{}
	}
	return s
}

// member restores one member into an empty folder: etcd refuses a folder that
// is not, and a mix of both looks restored and holds the old data.
func member(in Input, m Member) Step {
	var initial []string
	for _, o := range in.Members {
		for _, u := range o.PeerURLs {
			initial = append(initial, o.Name+"="+u)
		}
	}
	slices.Sort(initial)
	dir := m.DataDir
	if dir == "" {
		dir = "/var/lib/etcd"
	}
	return Step{Say: fmt.Sprintf("Restore member %s with the etcdutl of etcd %s; the old data is kept beside it", m.Name, in.Etcd), On: m.Name, Commands: []string{
		// The folder itself may be a mount point.
		fmt.Sprintf("mkdir -m 0700 %s && mv %s %s", quote(dir+".before-restore"), quote(dir+"/member"), quote(dir+".before-restore/")),
		fmt.Sprintf("etcdutl snapshot restore /dev/shm/restore/etcd/snapshot.db --name %s --initial-cluster %s --initial-cluster-token %s --initial-advertise-peer-urls %s --data-dir %s --bump-revision %d --mark-compacted",
			quote(m.Name), quote(strings.Join(initial, ",")), quote(in.Token), quote(strings.Join(m.PeerURLs, ",")), quote(dir), Bump),
		fmt.Sprintf("chmod 0700 %s && chown -R root:root %s", quote(dir), quote(dir)),
	}}
}

// quote makes one word of a shell command line, bare where it may be.
func quote(word string) string {
	if word != "" && !strings.ContainsFunc(word, func(r rune) bool {
		return !strings.ContainsRune("/._-+@:,=", r) && (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z')
	}) {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}
