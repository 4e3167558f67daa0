package hosts

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/fixline-dev/fixline/lab/cluster"
)

// TestMinorUpgrade takes a cluster across a minor by the guide: another repository, another etcd image, kubelets that
// are drained and follow later. What kubeadm's preflight checks complain of is exactly what docs/lab.md lists.
func TestMinorUpgrade(t *testing.T) {
	const from, to = "1.34.2", "1.35.4"
	w := up(t, cluster.Spec{Name: "minor", Version: from, ControlPlanes: 1, Workers: 1, Offer: []string{to}})
	if images := w.images(t); !strings.Contains(images, "registry.k8s.io/etcd:3.6.5-0 ") {
		t.Errorf("before, the control plane runs %s", images)
	}
	expiring, lab := w.scenario(t, "certificate-expiring")
	if err := lab.Seed(t.Context(), expiring); err != nil {
		t.Fatal(err)
	}

	if out, err := w.Try(t, "cp1", "apt-get update -qq && apt-get install -y -qq --allow-change-held-packages kubeadm="+to+"-1.1"); err == nil {
		t.Errorf("the next minor was installed without its repository:\n%s", out)
	}
	w.packages(t, "cp1", to, "kubeadm")
	w.wantPreflight(t, "cp1", "kubeadm upgrade apply --dry-run --yes v"+to)
	w.upgradeFirst(t, to)

	// Half-way: legal, and seen as what it is.
	w.atRest(t)
	w.wantInstances(t, []string{
		"kube-apiserver/cp1 " + to, "kube-controller-manager/cp1 " + to, "kube-scheduler/cp1 " + to, "etcd/cp1 3.6.6",
		"kubelet/cp1 " + to, "kubelet/w1 " + from,
	})
	w.packages(t, "w1", to, "kubeadm")
	w.wantPreflight(t, "w1", "kubeadm upgrade node --dry-run")
	w.upgradeNode(t, "w1", to)

	w.wantInstances(t, []string{"kubelet/cp1 " + to, "kubelet/w1 " + to, "kube-proxy/cp1 " + to, "kube-proxy/w1 " + to})
	w.atRest(t)
	if images := w.images(t); !strings.Contains(images, "registry.k8s.io/etcd:3.6.6-0 ") || strings.Contains(images, from) {
		t.Errorf("after, the control plane runs %s", images)
	}
	w.Run(t, "cp1", "openssl x509 -in /etc/kubernetes/pki/apiserver.crt -noout -checkend $((300*24*3600))") // renewed on the way
	if err := lab.Undo(t.Context(), expiring); err != nil {
		t.Fatal(err)
	}
	w.Run(t, "cp1", "openssl x509 -in /etc/kubernetes/pki/apiserver.crt -noout -checkend $((300*24*3600))")
	w.Down(t)
}

// images are those of the control plane's pods, each with a space behind it.
func (w world) images(t *testing.T) string {
	t.Helper()
	return w.Kubectl(t, "-n kube-system get pods -l tier=control-plane -o jsonpath='{range .items[*]}{.spec.containers[0].image} {end}'")
}

// wantPreflight runs a command of kubeadm without ignoring anything, and wants to be refused for what a lab's host is known
// for and nothing else.
func (w world) wantPreflight(t *testing.T, host, command string) {
	t.Helper()
	var want []string
	if strings.TrimSpace(w.Run(t, host, "stat -f -c %T /sys/fs/cgroup")) != "cgroup2fs" {
		want = strings.Split(strings.TrimPrefix(ignored, " --ignore-preflight-errors="), ",")
	}
	out, err := w.Try(t, host, command+" 2>&1")
	var got []string
	for _, found := range regexp.MustCompile(`\[ERROR ([A-Za-z0-9-]+)\]`).FindAllStringSubmatch(out, -1) {
		got = append(got, found[1])
	}
	if !slices.Equal(got, want) || err == nil != (len(want) == 0) {
		t.Errorf("%s: %s complains of %q, want %q:\n%v\n%s", host, command, got, want, err, out)
	}
}
