// Package guide writes the commands that bring a cluster back from its backup:
// what is run where, in which order, and why. It decides the order; it runs
// nothing. The commands are shell, run as root but on the machine that holds
// the backup, and they are the very ones the restore drill runs on real hosts
// (test/hosts, TestRestore). Start at [Restore].
package guide

import (
	"cmp"
	"fmt"
	"net"
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

// Where the commands of a step are run, if not on one node, which is then named
// as its etcd member is. Steps are done one after the other; on several nodes
// in any order, each node's commands to their end.
const (
	// Keeper is where the backup is, in its folder.
	Keeper        = "the machine that holds the backup"
	ControlPlanes = "every control-plane node"
	Nodes         = "every node"
	// Etcds are the hosts of an etcd that kubeadm did not make.
	Etcds = "every etcd host"
	// Kubectl has an administrator's kubeconfig.
	Kubectl = "a machine with kubectl"
)

// Step is one thing to do.
type Step struct {
	Say      string   `json:"say"`
	On       string   `json:"on"` // one of the above, or a node: "cp1"
	Commands []string `json:"commands"`
}

// Member is one member to restore.
type Member struct {
	Name     string
	PeerURLs []string
	// DataDir is where its data is; "" is kubeadm's /var/lib/etcd. WALDir is
	// "" where its log lies in there.
	DataDir, WALDir string
}

// Host is a control-plane host whose files the backup holds.
type Host struct {
	// Folder of the backup that holds them: "hosts/cp1".
	Folder string
	// Node is its name, as that of its etcd member.
	Node string
	// Login is how ssh reaches it, "root@cp1"; User the account there.
	Login, User string
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
	Hosts []Host
	// External: etcd runs on hosts of its own, as a service of systemd.
	External bool
	// Encryption is the API server's encryption configuration; "" = none.
	Encryption string
	// Port is where each API server answers on its host; "" is 6443.
	Port string
}

// Where things are put for the time of a restore: in memory, because the keys of
// the cluster are among them, but for programs, which many hosts run none of
// from there (noexec). The rest keeps what was there before.
const (
	inMemory = "/dev/shm/restore"
	tools    = "/opt/restore"
	kubeDir  = "/etc/kubernetes"
	waiting  = kubeDir + "/manifests.stopped"
	before   = ".before-restore"
)

// programs are those of a control plane, as pgrep -x knows them: by 15 letters.
const programs = "'etcd|kube-apiserver|kube-controller|kube-scheduler'"

// Restore lists the steps in their order.
func Restore(in Input) []Step {
	in.Members = slices.Clone(in.Members)
	// One that was added and never started has no name, and no data to restore.
	in.Members = slices.DeleteFunc(in.Members, func(m Member) bool { return m.Name == "" })
	steps := append([]Step{carry(in)}, stop(in)...)
	steps = append(steps, files(in)...)
	for _, m := range in.Members {
		steps = append(steps, member(in, m))
	}
	return append(append(steps, start(in)...), after(in)...)
}

// carry brings to each node what it needs.
func carry(in Input) Step {
	release := "https://github.com/etcd-io/etcd/releases/tag/v" + in.Etcd
	s := Step{On: Keeper, Say: "Set ETCD to the folder of an unpacked release of etcd " + in.Etcd + " for the nodes' processors (" + release + ")"}
	if in.Sealed {
		s.Say += ", KEY to the file with the private key of one of the recipients"
	}
	s.Say += ", go to the folder of the backup, and take to each control-plane node what it needs, into its memory, where only root can read it. It takes as much memory as the snapshot is large"
	for _, h := range logins(in) {
		// Anyone may write to /dev/shm: a folder that somebody else made there is not used.
		into := "umask 077 && rm -rf " + inMemory + " && mkdir " + inMemory + " && tar -x --no-same-owner -C " + inMemory + " etcd" + h.folder()
		unpack := "mkdir -p " + tools + " && tar -x --no-same-owner -C " + tools
		if in.Sealed {
			s.Commands = append(s.Commands, `age --decrypt --identity "$KEY" `+quote(in.File)+" | "+h.ssh(into))
		} else {
			s.Commands = append(s.Commands, h.ssh(into)+" <"+quote(in.File))
		}
		s.Commands = append(s.Commands, `tar -c -C "$ETCD" etcdutl etcdctl | `+h.ssh(unpack))
	}
	return s
}

// logins are the hosts that were read, and the members nobody read files for.
func logins(in Input) []Host {
	all := slices.Clone(in.Hosts)
	for _, m := range in.Members {
		if !slices.ContainsFunc(in.Hosts, func(h Host) bool { return h.Node == m.Name }) {
			all = append(all, Host{Node: m.Name, Login: "root@" + m.Name, User: "root"})
		}
	}
	return all
}

// ssh runs a script as root there.
func (h Host) ssh(script string) string {
	to := h.Login
	if at := strings.LastIndexByte(to, '@'); at >= 0 {
		// ssh takes a port in an address of its own form alone.
		if _, _, err := net.SplitHostPort(to[at+1:]); err == nil {
			to = "ssh://" + to
		}
	}
	if h.User != "root" {
		script = "sudo -n /bin/sh -c " + quote(script)
	}
	return "ssh " + quote(to) + " " + quote(script)
}

func (h Host) folder() string {
	if h.Folder == "" {
		return ""
	}
	return " " + h.Folder
}

// stop: a kubelet that was started while the API was away does not end static
// pods, because it waits for the API to tell it of the others first. So it is
// stopped, and the programs are ended by hand; nothing starts them again.
func stop(in Input) []Step {
	nodes := Step{On: ControlPlanes,
		Say: "Stop the kubelet, every API server, controller manager and scheduler, and every etcd member, on all nodes before the first is restored: " +
			"a member or an API server of the old cluster that is left running mixes the two. What is in " + kubeDir + " is kept beside it",
		Commands: []string{
			"systemctl stop kubelet",
			"pkill -x " + programs + "; for i in $(seq 30); do pgrep -x " + programs + " >/dev/null || break; sleep 1; done",
			// An API server whose etcd is gone waits for it before it ends.
			"while pkill -KILL -x " + programs + "; do sleep 1; done",
			"mkdir -p " + kubeDir + "/manifests && { [ -e " + kubeDir + before + " ] || cp -a " + kubeDir + " " + kubeDir + before + "; }",
			move(kubeDir+"/manifests", waiting, ""),
		}}
	if !in.External {
		return []Step{nodes}
	}
	return []Step{nodes, {On: Etcds, Say: "Stop the etcd members too, all of them before the first is restored; the service is taken to be called etcd", Commands: []string{"systemctl stop etcd"}}}
}

// move moves the files of a folder, however many there are.
func move(from, to, which string) string {
	return "mkdir -p " + to + " && find " + from + " -maxdepth 1 -type f " + which + "-exec mv -t " + to + " {} +"
}

// files puts back what each host had: without the encryption keys the restored
// Secrets cannot be read, and without the authorities nothing trusts what comes
// up.
func files(in Input) []Step {
	var steps []Step
	for _, h := range in.Hosts {
		from := path.Join(inMemory, h.Folder)
		say := "Put back the certificates, keys, kubeconfigs and what else the API server reads"
		if in.Encryption != "" {
			say += ", above all the encryption configuration, without whose keys nothing that was encrypted can be read"
		}
		steps = append(steps, Step{On: cmp.Or(h.Node, h.Folder), Say: say + "; the static pods wait beside their folder, because the kubelet would start them at once", Commands: []string{
			// Files alone: folders that are there keep their modes.
			"cd " + quote(from) + " && find etc -type f -not -path 'etc/kubernetes/manifests/*' -print0 | tar -c --null --files-from - | tar -x -C /",
			"cp -a " + quote(from) + kubeDir + "/manifests/. " + waiting + "/",
		}})
	}
	var others []string
	for _, m := range in.Members {
		if !slices.ContainsFunc(in.Hosts, func(h Host) bool { return h.Node == m.Name }) {
			others = append(others, m.Name)
		}
	}
	if len(others) > 0 && !in.External {
		say := kubeDir + " (certificates, kubeconfigs, static pods"
		if in.Encryption != "" {
			say += ", the encryption configuration"
		}
		steps = append(steps, Step{On: ControlPlanes, Commands: []string{}, Say: "The backup holds no files of " + strings.Join(others, ", ") + ": " + say +
			") must be there already or come from elsewhere. Where they are lost, leave these members out of every --initial-cluster below, and have their hosts join again as new ones (kubeadm join --control-plane) once the others run"})
	}
	return steps
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
	dir := cmp.Or(m.DataDir, "/var/lib/etcd")
	// The folder itself may be a mount point.
	commands := []string{"mkdir -p -m 0700 " + quote(dir) + " && if [ -e " + quote(dir+"/member") + " ]; then mv " + quote(dir+"/member") + ` "$(mktemp -d ` + quote(dir+before+".XXXXXX") + `)"; fi`}
	wal := ""
	if m.WALDir != "" {
		commands = append(commands, "if [ -e "+quote(m.WALDir)+" ]; then mv "+quote(m.WALDir)+` "$(mktemp -d `+quote(m.WALDir+before+".XXXXXX")+`)"; fi`)
		wal = " --wal-dir " + quote(m.WALDir)
	}
	return Step{On: m.Name, Say: fmt.Sprintf("Restore member %s with the etcdutl of etcd %s; the old data is kept beside it", m.Name, in.Etcd), Commands: append(commands,
		fmt.Sprintf("%s/etcdutl snapshot restore %s/etcd/snapshot.db --name %s --initial-cluster %s --initial-cluster-token %s --initial-advertise-peer-urls %s --data-dir %s%s --bump-revision %d --mark-compacted",
			tools, inMemory, quote(m.Name), quote(strings.Join(initial, ",")), quote(in.Token), quote(strings.Join(m.PeerURLs, ",")), quote(dir), wal, Bump),
		// Its owner is that of the folder, which may be another than root.
		fmt.Sprintf("chown -R --reference=%s %s/member && chmod 0700 %s", quote(dir), quote(dir), quote(dir)),
	)}
}

// start: etcd on all nodes before it is waited for, because one of three
// members is not healthy alone.
func start(in Input) []Step {
	etcdctl := tools + "/etcdctl --endpoints https://127.0.0.1:2379 --cacert " + kubeDir + "/pki/etcd/ca.crt --cert " + kubeDir +
		"/pki/etcd/healthcheck-client.crt --key " + kubeDir + "/pki/etcd/healthcheck-client.key "
	// The server on this very node, whatever stands in front of them all.
	ready := "kubectl --kubeconfig " + kubeDir + "/admin.conf --server https://127.0.0.1:" + cmp.Or(in.Port, "6443") + " --tls-server-name kubernetes get --raw /readyz"
	const last = "-name kube-controller-manager.yaml -o -name kube-scheduler.yaml "
	health := "until " + etcdctl + "endpoint health; do sleep 2; done"
	etcd := []Step{
		{On: ControlPlanes, Say: "Start the etcd member and nothing else", Commands: []string{
			"mv " + waiting + "/etcd.yaml " + kubeDir + "/manifests/",
			"systemctl start kubelet",
		}},
		{On: ControlPlanes, Say: "Wait until each member answers and has a leader", Commands: []string{health}},
	}
	if in.External {
		etcd = []Step{
			{On: Etcds, Say: "Start the members, and wait until each is healthy (etcdctl endpoint health --cluster) before any API server starts", Commands: []string{"systemctl start etcd"}},
			{On: ControlPlanes, Say: "Start the kubelet, still without a static pod", Commands: []string{"systemctl start kubelet"}},
		}
	}
	return append(etcd, []Step{
		{On: ControlPlanes, Say: "Start the API server, and what else stands before it", Commands: []string{
			move(waiting, kubeDir+"/manifests", `-not \( `+last+`\) `),
			"until " + ready + "; do sleep 2; done",
		}},
		{On: ControlPlanes, Say: "Start the controller manager and the scheduler, and remove the keys from memory", Commands: []string{
			move(waiting, kubeDir+"/manifests", ""),
			"rm -rf " + waiting + " " + inMemory + " " + tools,
		}},
	}...)
}

// after is what makes the rest of the cluster forget the old state.
func after(in Input) []Step {
	on, kept := ControlPlanes, []string{kubeDir + before}
	if in.External {
		on = ControlPlanes + " and " + Etcds
		kept = append(kept, inMemory, tools)
	}
	for _, m := range in.Members {
		for _, dir := range []string{cmp.Or(m.DataDir, "/var/lib/etcd"), m.WALDir} {
			if dir != "" && !slices.Contains(kept, quote(dir+before)+".*") {
				kept = append(kept, quote(dir+before)+".*")
			}
		}
	}
	return []Step{
		{On: Nodes, Say: "Restart every kubelet: they still hold pods that the restored state does not know, and would not report others", Commands: []string{"systemctl restart kubelet"}},
		{On: Kubectl, Say: "Restart what watches the API through caches of its own: the network plug-in, CoreDNS, kube-proxy, and every operator in namespaces of their own", Commands: []string{
			"kubectl -n kube-system rollout restart daemonset,deployment",
		}},
		{On: Kubectl, Say: "Compare what runs with the export of the backup before anybody is told that all is well", Commands: []string{
			"kubectl get nodes,pods -A -o wide",
		}},
		{On: on, Say: "Once all is well, remove what was kept: the old keys and the old data", Commands: []string{"rm -rf " + strings.Join(kept, " ")}},
	}
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
