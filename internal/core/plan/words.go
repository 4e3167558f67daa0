package plan

import (
	"fmt"
	"slices"
	"strings"

	"github.com/fixline-dev/fixline/internal/core/inventory"
	"github.com/fixline-dev/fixline/internal/core/version"
)

// words makes the steps as they are written: sentences and the commands of
// https://kubernetes.io/docs/tasks/administer-cluster/kubeadm/kubeadm-upgrade/.
// It decides nothing, and holds only the commands that thousands of hosts share.
type words struct {
	shared map[sharing][]string
	// ignore is what kubeadm upgrade is told of preflight errors; see [IgnoreFlag].
	ignore string
}

// sharing is what commands depend on that name no host.
type sharing struct {
	does, exact, repository string
	rpm                     bool
}

// same are the commands that were made for another host before, else new ones.
func (w words) same(s sharing, commands func() []string) []string {
	have, ok := w.shared[s]
	if !ok {
		have = slices.Clip(commands())
		w.shared[s] = have
	}
	return have
}

func (words) hold(h Host, host string, client bool) Step {
	s := Step{Phase: Prepare, Kind: PackageHold, Node: host, Say: "Hold the packages kubeadm, kubelet and kubectl on " + host + ", so that nothing but this plan moves them",
		Commands: []string{"sudo apt-mark hold kubeadm kubelet kubectl"}, Undo: "sudo apt-mark unhold kubeadm kubelet kubectl"}
	if client {
		s.Say = "Hold the package kubectl on " + host + ", so that nothing but this plan moves it"
		s.Commands, s.Undo = []string{"sudo apt-mark hold kubectl"}, "sudo apt-mark unhold kubectl"
	}
	if h.rpm() {
		s.Commands = []string{"grep -q '^exclude=' " + h.repository() + " || echo 'exclude=kubelet kubeadm kubectl cri-tools kubernetes-cni' | sudo tee -a " + h.repository()}
		s.Undo = "remove the line exclude= from " + h.repository() + " if this step added it"
	}
	return s
}

func (w words) repository(h Host, host string, was version.Minor, to version.Version, phase Phase) Step {
	s := Step{Phase: phase, Kind: PackageRepository, Node: host, To: to.Minor().String(),
		Say:      "Point the package repository of " + host + " at " + to.Minor().String() + ": each minor has its own",
		Commands: w.switchTo(h, to.Minor()), GatesAfter: gates(GatePackageThere)}
	if was != (version.Minor{}) {
		s.From, s.Undo = was.String(), w.switchBack(h, was)
	}
	return s
}

func (w words) switchTo(h Host, m version.Minor) []string {
	return w.same(sharing{"switch", m.String(), h.repository(), h.rpm()}, func() []string {
		sed := "sudo sed -i -E 's#/v1\\.[0-9]+/#/v" + m.String() + "/#' " + h.repository()
		if h.rpm() {
			return []string{sed, "sudo dnf makecache --disableexcludes=kubernetes"}
		}
		return []string{sed, "sudo apt-get update"}
	})
}

// switchBack is the same in one line.
func (w words) switchBack(h Host, m version.Minor) string {
	return w.same(sharing{"switch back", m.String(), h.repository(), h.rpm()}, func() []string {
		return []string{strings.Join(w.switchTo(h, m), " && ")}
	})[0]
}

func (words) images(cp string, images []string, to version.Version) Step {
	s := Step{Phase: Prepare, Kind: ImagePull, Node: cp, To: to.String(), Say: "Pull the images of the hop to " + to.String() + " on " + cp + " before anything depends on them"}
	for _, i := range images {
		s.Commands = append(s.Commands, "sudo crictl pull "+i)
	}
	s.Undo = "nothing: images that no pod uses are removed by the kubelet"
	return s
}

func (words) backup(cp string, to version.Version) Step {
	return Step{Phase: Backup, Kind: EtcdBackup, Node: cp, Say: "Save etcd, the PKI and the encryption configuration, and restore them once elsewhere, before " + to.String(),
		Commands: []string{"fixline backup"}, GatesBefore: gates(GateEtcdHealthy, GateHealthy), GatesAfter: gates(GateBackupProven)}
}

func (words) rehearse(cp string, to version.Version) Step {
	return Step{Phase: Rehearse, Kind: RehearseStep, Node: cp, To: to.String(), Say: "Start the control plane of " + to.String() + " on the restored copy and run the probes against it",
		Commands: []string{"fixline rehearse --target " + to.String()}, GatesBefore: gates(GateBackupProven), GatesAfter: gates(GateRehearsed)}
}

const editConfig = "kubectl -n kube-system edit configmap kubeadm-config"

func (words) setTag(cp, tag, why string) Step {
	return Step{Phase: ControlPlane, Kind: EtcdImageTag, Node: cp, To: tag,
		Say: fmt.Sprintf("Pin etcd to image tag %s in ClusterConfiguration (etcd.local.imageTag): %s", tag, why),
		Commands: []string{"kubectl -n kube-system get configmap kubeadm-config -o yaml > kubeadm-config.before-etcd-tag.yaml",
			editConfig + " # ClusterConfiguration: etcd.local.imageTag: " + tag},
		GatesBefore: gates(GateEtcdHealthy, GateBackupProven), Undo: "kubectl apply -f kubeadm-config.before-etcd-tag.yaml, as long as no member was restarted"}
}

func (words) clearTag(cp string, to, etcd version.Version) Step {
	return Step{Phase: ControlPlane, Kind: EtcdImageTag, Node: cp,
		Say: fmt.Sprintf("Clear etcd.local.imageTag in ClusterConfiguration, so that kubeadm %s brings its own etcd %s", to, etcd),
		Commands: []string{"kubectl -n kube-system get configmap kubeadm-config -o yaml > kubeadm-config.with-etcd-tag.yaml",
			editConfig + " # ClusterConfiguration: remove etcd.local.imageTag"},
		GatesBefore: gates(GateEtcdHealthy, GateBackupProven), Undo: "kubectl apply -f kubeadm-config.with-etcd-tag.yaml, as long as no member was restarted"}
}

func (w words) kubeadmPackage(h Host, node, from string, to version.Version, windows, cp bool) Step {
	s := Step{Phase: phaseOf(cp), Kind: KubeadmPackage, Node: node, Components: []string{inventory.Kubeadm}, From: from, To: to.String(),
		Say: "Install kubeadm " + to.String() + " on " + node, Commands: w.install(h, inventory.Kubeadm, to), GatesAfter: gates(gateKubeadm + to.String())}
	if windows {
		s.Commands = download(inventory.Kubeadm, to)
	}
	s.Undo = undoPackage(inventory.Kubeadm, from)
	return s
}

func (w words) kubeadm(s *Step, servers, members int, l leg) {
	s.GatesBefore = gates(GateHealthy, GateEtcdHealthy, GateBackupProven, GateRehearsed)
	s.GatesAfter = gates(GateHealthy, GateEtcdHealthy, GateNodesReady)
	v := "v" + l.to.String()
	s.Commands = []string{"sudo kubeadm upgrade plan " + v + w.ignore, "sudo kubeadm upgrade diff " + v, "sudo kubeadm upgrade apply " + v + " --yes" + w.ignore}
	s.Say = "Take the first control plane, " + s.Node + ", to " + l.to.String()
	if s.Kind == KubeadmNode {
		s.Commands = []string{"sudo kubeadm upgrade node" + w.ignore}
		s.Say = "Take the control plane " + s.Node + " to " + l.to.String()
	}
	if len(s.Components) == 0 {
		s.Say = "Restart etcd on " + s.Node + " with the image tag of ClusterConfiguration, everything else as it is"
	}
	for _, m := range s.Also {
		s.Say += "; etcd goes from " + m.From + " to " + m.To
	}
	s.Say += ". " + quorum(servers, members)
	s.Undo = "kubeadm puts the old manifests back where it fails itself; after it is done only the restored backup leads back (fixline rollback decides)"
}

// quorum says what a restart of one of so many control planes means.
func quorum(servers, members int) string {
	switch {
	case servers == 1:
		return "There is one control plane: the API is away while its API server restarts, and nothing is scheduled or healed meanwhile"
	case members == 0:
		return "etcd runs elsewhere: its quorum is not touched, and clients go to the other API servers"
	case members == 1:
		return "There is one etcd member: the API can write nothing while it restarts"
	case members == 2:
		return "With two etcd members both are needed for quorum: while either restarts no API server can read or write what etcd holds; expect up to a minute"
	case members%2 == 0:
		return fmt.Sprintf("Quorum of %d etcd members is %d: while this one restarts %s, no better than with %d members", members, members/2+1, spare(members/2-2), members-1)
	}
	return fmt.Sprintf("Quorum of %d etcd members is %d: it holds while this one restarts, and meanwhile %s", members, members/2+1, spare(members/2-1))
}

func spare(n int) string {
	switch n {
	case 0:
		return "no other may fail"
	case 1:
		return "one more may fail"
	}
	return fmt.Sprintf("%d more may fail", n)
}

func (words) addons(s *Step, servers int, to version.Version) {
	s.Say = "kubeadm changed kube-proxy and CoreDNS with the last control plane that reached " + to.String() + ": wait until every node runs them"
	if servers == 1 {
		s.Say = "kubeadm upgrade apply changed kube-proxy and CoreDNS: wait until every node runs them"
	}
	s.Commands = []string{"kubectl -n kube-system rollout status daemonset/kube-proxy --timeout=30m", "kubectl -n kube-system rollout status deployment/coredns --timeout=10m"}
	s.GatesBefore, s.GatesAfter = gates(GateHealthy), gates(GateProxyRolled)
	s.Undo = "kubectl -n kube-system rollout undo daemonset/kube-proxy, where kube-proxy itself is what fails"
}

func (words) proxy(from string, to version.Version, registry string) Step {
	if registry == "" {
		registry = "registry.k8s.io"
	}
	return Step{Phase: Addons, Kind: Addon, Components: []string{inventory.KubeProxy}, From: from, To: to.String(),
		Say: "Take kube-proxy to " + to.String() + " first: the next hop would leave it outside the version-skew policy",
		Commands: []string{"kubectl -n kube-system set image daemonset/kube-proxy kube-proxy=" + registry + "/kube-proxy:v" + to.String(),
			"kubectl -n kube-system rollout status daemonset/kube-proxy --timeout=30m"},
		GatesBefore: gates(GateHealthy), GatesAfter: gates(GateProxyRolled), Undo: "kubectl -n kube-system rollout undo daemonset/kube-proxy"}
}

func (words) cloud(node, from string, to version.Version) Step {
	return Step{Phase: Addons, Kind: Addon, Node: node, Components: []string{inventory.CloudControllerManager}, From: from, To: to.String(),
		Say:      "Take the cloud-controller-manager to your provider's release for " + to.Minor().String() + "; its patch releases are the provider's, so " + to.String() + " stands for any of them",
		Commands: []string{"change the image in the manifest or chart it was installed with, then: kubectl -n kube-system get pods -o wide | grep cloud-controller-manager"},
		Undo:     "put the former image back"}
}

func (w words) nodeConfig(node string, to version.Version, windows bool) Step {
	s := Step{Phase: Workers, Kind: KubeadmNode, Node: node, To: to.String(), Say: "Write the kubelet configuration of " + to.String() + " on " + node,
		Commands: []string{"sudo kubeadm upgrade node" + w.ignore}, GatesBefore: gates(GateHealthy),
		Undo: "kubeadm leaves the former kubelet configuration below /etc/kubernetes/tmp"}
	if windows {
		s.Commands = []string{"kubeadm upgrade node" + w.ignore}
	}
	return s
}

func (words) drain(node string, to version.Version, phase Phase, keepEmptyDir bool) Step {
	s := Step{Phase: phase, Kind: Drain, Node: node, Say: "Drain " + node + " before its kubelet goes to " + to.String(),
		Commands:    []string{"kubectl drain " + node + " --ignore-daemonsets --delete-emptydir-data --timeout=15m"},
		GatesBefore: gates(GateHealthy, GateEvictable), Undo: "kubectl uncordon " + node}
	if keepEmptyDir {
		s.Commands[0] = "kubectl drain " + node + " --ignore-daemonsets --timeout=15m"
	}
	return s
}

func (w words) kubelet(h Host, node string, from, to version.Version, phase Phase, windows bool) Step {
	s := Step{Phase: phase, Kind: KubeletPackage, Node: node, Components: []string{inventory.Kubelet}, From: from.String(), To: to.String(),
		Say: "Install kubelet " + to.String() + " on " + node, GatesAfter: gates(GateNodeReady)}
	if windows {
		s.Commands = append(append([]string{"stop-service kubelet"}, download(inventory.Kubelet, to)...), "restart-service kubelet")
	} else {
		s.Commands = w.restarted(h, to)
	}
	s.Undo = undoPackage(inventory.Kubelet, from.String()) + ", on the drained node, then restart it"
	return s
}

func (words) uncordon(node string, phase Phase) Step {
	return Step{Phase: phase, Kind: Uncordon, Node: node, Say: "Let pods be scheduled on " + node + " again",
		Commands: []string{"kubectl uncordon " + node}, GatesBefore: gates(GateNodeReady), GatesAfter: gates(GateNodeReady, GatePodsBack), Undo: "kubectl cordon " + node}
}

func (w words) kubectl(h Host, host, from string, to version.Version, windows bool) Step {
	s := Step{Phase: Clients, Kind: KubectlPackage, Node: host, Components: []string{inventory.Kubectl}, From: from, To: to.String(),
		Say: "Install kubectl " + to.String() + " on " + host, Commands: w.install(h, inventory.Kubectl, to), Undo: undoPackage(inventory.Kubectl, from)}
	if windows {
		s.Commands = download(inventory.Kubectl, to)
	}
	return s
}

// install brings one package to a version and holds it there.
func (w words) install(h Host, name string, to version.Version) []string {
	exact := h.exact(to)
	return w.same(sharing{"install " + name, exact, "", h.rpm()}, func() []string {
		if h.rpm() {
			return []string{"sudo dnf install -y '" + name + "-" + exact + "' --disableexcludes=kubernetes"}
		}
		return []string{"sudo apt-mark unhold " + name, "sudo apt-get install -y --allow-downgrades " + name + "='" + exact + "'", "sudo apt-mark hold " + name}
	})
}

// restarted installs the kubelet and restarts it.
func (w words) restarted(h Host, to version.Version) []string {
	return w.same(sharing{"restart kubelet", h.exact(to), "", h.rpm()}, func() []string {
		return append(w.install(h, inventory.Kubelet, to), "sudo systemctl daemon-reload", "sudo systemctl restart kubelet")
	})
}

// download is for Windows, where there are no packages:
// https://kubernetes.io/docs/tasks/administer-cluster/kubeadm/upgrading-windows-nodes/
func download(name string, to version.Version) []string {
	return []string{"curl.exe -Lo C:\\k\\" + name + ".exe https://dl.k8s.io/v" + to.String() + "/bin/windows/amd64/" + name + ".exe"}
}

func undoPackage(name, from string) string {
	if from == "" {
		return "install the version of " + name + " that was there before"
	}
	return "install " + name + " " + from + " again"
}

func phaseOf(cp bool) Phase {
	if cp {
		return ControlPlane
	}
	return Workers
}

// exact is the package version that brings a version: its newest revision where
// the host's offer was not read.
func (h Host) exact(to version.Version) string {
	if e := h.Exact[to.String()]; e != "" {
		return e
	}
	return to.String() + "-*"
}

func (h Host) rpm() bool { return h.Packages == "dnf" }

// repository is the file that names it; the documented one where nobody says.
func (h Host) repository() string {
	switch {
	case h.Repository != "":
		return h.Repository
	case h.rpm():
		return "/etc/yum.repos.d/kubernetes.repo"
	}
	return "/etc/apt/sources.list.d/kubernetes.list"
}
