package hosts

import (
	"strings"
	"testing"
	"time"
)

// The steps below are those of the guide, with its own commands:
// https://kubernetes.io/docs/tasks/administer-cluster/kubeadm/kubeadm-upgrade/ and upgrading-linux-nodes/ beside it.

// ignored is the one preflight error of a lab's hosts, on machines with cgroup v1: see docs/lab.md.
const ignored = " --ignore-preflight-errors=SystemVerification"

// packages moves held packages of a host to a version. The repository of another minor is switched to first, as with
// pkgs.k8s.io.
func (w world) packages(t *testing.T, host, version string, names ...string) {
	t.Helper()
	list, pinned := strings.Join(names, " "), ""
	for _, name := range names {
		pinned += " " + name + "=" + version + "-1.1"
	}
	w.Run(t, host, `set -e
export DEBIAN_FRONTEND=noninteractive
sed -i -E 's,/v1\.[0-9]+/,/v`+version[:strings.LastIndex(version, ".")]+`/,' /etc/apt/sources.list.d/kubernetes.list
apt-mark unhold `+list+`
apt-get update -qq
apt-get install -y -qq`+pinned+`
apt-mark hold `+list)
}

// upgradeFirst upgrades the first control plane with kubeadm upgrade apply, its kubelet and kubectl included.
func (w world) upgradeFirst(t *testing.T, version string) {
	t.Helper()
	w.packages(t, "cp1", version, "kubeadm")
	w.Run(t, "cp1", "kubeadm upgrade plan v"+version+ignored)
	w.Run(t, "cp1", "kubeadm upgrade apply --yes v"+version+ignored)
	w.upgradeKubelet(t, "cp1", version)
}

// upgradeNode upgrades another host, control plane or worker.
func (w world) upgradeNode(t *testing.T, host, version string) {
	t.Helper()
	w.packages(t, host, version, "kubeadm")
	w.Run(t, host, "kubeadm upgrade node"+ignored)
	w.upgradeKubelet(t, host, version)
}

// upgradeKubelet drains a host, upgrades its kubelet and kubectl, and lets pods come back.
func (w world) upgradeKubelet(t *testing.T, host, version string) {
	t.Helper()
	w.Kubectl(t, "drain "+host+" --ignore-daemonsets --timeout=5m")
	w.packages(t, host, version, "kubelet", "kubectl")
	w.Run(t, host, "systemctl daemon-reload && systemctl restart kubelet")
	w.kubectlAgain(t, "wait --for=jsonpath='{.status.nodeInfo.kubeletVersion}'=v"+version+" --timeout=2m node/"+host)
	w.kubectlAgain(t, "wait --for=condition=Ready --timeout=2m node/"+host)
	w.kubectlAgain(t, "uncordon "+host)
}

// kubectlAgain runs kubectl until it succeeds: a kubelet of another minor starts its host's static pods again, a moment
// after it has said its version, and where there is one control plane the API is away so long.
func (w world) kubectlAgain(t *testing.T, args string) {
	t.Helper()
	const within = 5 * time.Minute
	for end := time.Now().Add(within); ; time.Sleep(2 * time.Second) {
		_, err := w.Try(t, "cp1", "kubectl --kubeconfig /etc/kubernetes/admin.conf "+args)
		if err == nil {
			return
		}
		if t.Context().Err() != nil || time.Now().After(end) {
			t.Fatalf("tried for %s: %v", within, err)
		}
	}
}
