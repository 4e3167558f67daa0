package hosts

import (
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/fixline-dev/fixline/lab/cluster"
)

// TestApplyInterrupted is one upgrade to which everything happens that may: packages and images that are not there, a run
// that is killed, connections that are cut, a second run, a wish to stop, a full disk, a budget that keeps a pod. After
// each the same command goes on; in the end every step was done once.
func TestApplyInterrupted(t *testing.T) {
	w := up(t, cluster.Spec{Name: "apply", Version: "1.37.0", ControlPlanes: 1, Workers: 1, Offer: []string{"1.37.1"}})
	w.workload(t)
	for _, host := range w.nodes() {
		w.Run(t, host, "systemctl unmask "+timer+" && systemctl start "+timer)
	}
	d := w.operator(t)
	c, other := d.prepared(t, "change", "1.37.1"), d.prepared(t, "other", "1.37.1")

	for _, part := range []struct {
		name string
		run  func(*testing.T)
	}{
		{"a package is missing", c.packageMissing},
		{"an image is missing", c.imageMissing},
		{"killed while a package is installed", c.killedInstalling},
		{"killed in kubeadm, and another change", func(t *testing.T) { c.killedInKubeadm(t, other) }},
		{"connections are cut, and a second run", c.cut},
		{"asked to stop", c.askedToStop},
		{"killed between two steps", c.killedBetween},
		{"stopped at once", c.stoppedAtOnce},
		{"a disk is full", c.diskFull},
		{"a budget keeps a pod", c.kept},
	} {
		if !t.Run(part.name, part.run) {
			t.FailNow() // what follows begins where this ends
		}
	}
	c.once(t)
	c.nothingLeft(t, timer)
	c.startedOnce(t, "cp1", c.step(t, "-kubeadm-apply-cp1")+"-3", c.step(t, "-kubeadm-package-cp1")+"-2")
	w.atRest(t)
	w.Down(t)
}

// packageMissing: refused before anything is changed, with the repository, what it offers and the line.
func (c *change) packageMissing(t *testing.T) {
	c.Run(t, "w1", `mkdir -p /srv/mirror && cd /opt/lab/packages/v1.37/deb &&
awk 'BEGIN { RS = ""; ORS = "\n\n" } !/Version: 1\.37\.1/' Packages >/srv/mirror/Packages &&
sed -i 's#file:/opt/lab/packages/v1.37/deb#file:/srv/mirror#' /etc/apt/sources.list.d/kubernetes.list && apt-get update`)
	begun := len(c.journal(t))
	const findings = 3
	_, said := c.apply(t, findings)
	for _, part := range []string{"w1 offers kubeadm 1.37.0, and not 1.37.1", "it reads /etc/apt/sources.list.d/kubernetes.list:2:deb [trusted=yes] file:/srv/mirror /", "nothing was done"} {
		if !strings.Contains(said, part) {
			t.Errorf("it does not say %q", part)
		}
	}
	if got := c.journal(t); len(got) != begun {
		t.Errorf("it wrote %+v", got[begun:])
	}
	c.nothingLeft(t, timer)
	c.Run(t, "w1", `sed -i 's#file:/srv/mirror#file:/opt/lab/packages/v1.37/deb#' /etc/apt/sources.list.d/kubernetes.list && apt-get update && rm -r /srv/mirror`)
}

const stopped = 5

// imageMissing: one that cannot be pulled is named, and nothing of the control plane is touched.
func (c *change) imageMissing(t *testing.T) {
	c.Run(t, "cp1", "ctr -n k8s.io images rm registry.k8s.io/kube-apiserver:v1.37.1")
	r, _ := c.apply(t, stopped)
	if r.Step == nil || *r.Step != c.step(t, "-image-pull-cp1") || !strings.Contains(r.Why, "registry.k8s.io/kube-apiserver:v1.37.1") {
		t.Errorf("%+v", r)
	}
	c.Run(t, "cp1", "ctr -n k8s.io images import /opt/lab/images/kube-apiserver-v1.37.1-*.tar")
}

func (c *change) killedInstalling(t *testing.T) {
	step := c.step(t, "-kubeadm-package-cp1")
	r := c.start(t)
	r.writes(t, "step-intent", step)
	r.until(t, "apt-get runs", func() bool {
		_, err := c.Try(t, "cp1", "pgrep -x apt-get || pgrep -x dpkg")
		return err == nil
	})
	r.kill(t)
	// The next run finds it, and begins what follows.
	r = c.start(t)
	r.writes(t, "step-done", step)
	r.writes(t, "step-intent", c.step(t, "-kubeadm-apply-cp1"))
	r.until(t, "kubeadm upgrade apply runs", c.kubeadmRuns(t))
	r.kill(t)
}

func (c *change) kubeadmRuns(t *testing.T) func() bool {
	return func() bool {
		_, err := c.Try(t, "cp1", "pgrep -f '^kubeadm upgrade apply'")
		return err == nil
	}
}

// killedInKubeadm: the run before this was. The lock it left refuses another change, and not this one.
func (c *change) killedInKubeadm(t *testing.T, other *change) {
	const decide = 6
	_, said := other.apply(t, decide)
	if !strings.Contains(said, "another change is under way") {
		t.Errorf("another change: %s", said)
	}
	if !c.kubeadmRuns(t)() {
		t.Log("kubeadm has ended meanwhile")
	}
}

// cut: the connections to a host break while kubeadm runs there, which goes on; the next run finds it. A second one of the
// same record is refused meanwhile.
func (c *change) cut(t *testing.T) {
	step := c.step(t, "-kubeadm-apply-cp1")
	r := c.start(t)
	r.writes(t, "step-intent", step)
	const failed = 1
	if _, said := c.apply(t, failed); !strings.Contains(said, "is being written by") {
		t.Errorf("a second run: %s", said)
	}
	_, _ = c.Try(t, "cp1", `setsid sh -c 'sleep 1; pkill -f "^sshd: root"' </dev/null >/dev/null 2>&1 &`)
	res, _ := r.end(t, stopped)
	if res.Step == nil || *res.Step != step || !strings.Contains(res.Why, "which goes on there") {
		t.Errorf("%+v", res)
	}
}

// askedToStop: the step in flight ends first.
func (c *change) askedToStop(t *testing.T) {
	r := c.start(t)
	r.writes(t, "step-intent", "0009-pause")
	r.signal(t, syscall.SIGINT)
	res, _ := r.end(t, stopped)
	last := c.journal(t)
	if res.Ending != "stopped" || !c.isDone(t, "0009-pause") || c.isDone(t, "0010-kubectl-package-cp1") {
		t.Errorf("%+v, the last entry %+v", res, last[len(last)-1])
	}
}

func (c *change) isDone(t *testing.T, step string) bool {
	t.Helper()
	for _, e := range c.journal(t) {
		if e.Kind == "step-done" && e.Data.Step == step {
			return true
		}
	}
	return false
}

// killedBetween: done, and the next not begun.
func (c *change) killedBetween(t *testing.T) {
	r := c.start(t)
	r.writes(t, "step-done", c.step(t, "-kubectl-package-cp1"))
	r.kill(t)
	all := c.journal(t)
	t.Logf("the last entry is %s %s", all[len(all)-1].Kind, all[len(all)-1].Data.Step)
}

// stoppedAtOnce: the second Ctrl-C says what is in flight.
func (c *change) stoppedAtOnce(t *testing.T) {
	step := "0013-pause"
	r := c.start(t)
	r.writes(t, "step-intent", step)
	r.signal(t, syscall.SIGINT)
	time.Sleep(time.Second)
	r.signal(t, syscall.SIGINT)
	const interrupted = 130
	if _, said := r.end(t, interrupted); !strings.Contains(said, "in flight") || !strings.Contains(said, step) {
		t.Errorf("in flight is %s, and it said %s", step, said)
	}
}

// diskFull: what dpkg writes to is full, which is said; once there is room the same command goes on.
func (c *change) diskFull(t *testing.T) {
	c.Run(t, "w1", `set -e
cp -a /var/lib/dpkg /var/lib/dpkg.kept
mount -t tmpfs -o mode=755,size=$(($(du -sk /var/lib/dpkg | cut -f1) + 2048))k tmpfs /var/lib/dpkg
cp -a /var/lib/dpkg.kept/. /var/lib/dpkg/
dd if=/dev/zero of=/var/lib/dpkg/filler bs=4k 2>/dev/null || :`)
	res, _ := c.apply(t, stopped)
	if res.Step == nil || *res.Step != c.step(t, "-kubeadm-package-w1") || !strings.Contains(res.Why, "No space left on device") {
		t.Errorf("%+v", res)
	}
	c.Run(t, "w1", "rm /var/lib/dpkg/filler")
}

// kept: a budget keeps the pod of the worker from being evicted. It is named; once it allows it the same command goes on.
func (c *change) kept(t *testing.T) {
	c.Kubectl(t, "create poddisruptionbudget web --selector app=web --min-available 1")
	c.kubectlAgain(t, "wait --for=jsonpath='{.status.currentHealthy}'=1 --timeout=1m pdb/web")
	res, _ := c.apply(t, stopped, "--gate-timeout", "30s")
	pod := c.Kubectl(t, "get pods -l app=web -o jsonpath='{.items[0].metadata.name}'")
	if res.Step == nil || *res.Step != c.step(t, "-drain-w1") || !strings.Contains(res.Why, "default/web") || !strings.Contains(res.Why, pod) {
		t.Errorf("%+v", res)
	}
	c.Kubectl(t, "patch poddisruptionbudget web --type merge -p '{\"spec\":{\"minAvailable\":0}}'")
	c.Run(t, "w1", `set -e
cp -a /var/lib/dpkg/. /var/lib/dpkg.kept/
umount /var/lib/dpkg
cp -a /var/lib/dpkg.kept/. /var/lib/dpkg/
rm -r /var/lib/dpkg.kept`)
	if r, _ := c.apply(t, 0); r.Ending != "finished" {
		t.Errorf("%+v", r)
	}
}

// startedOnce wants units of ours to have been started once on a host, as systemd's journal has it.
func (c *change) startedOnce(t *testing.T, host string, units ...string) {
	t.Helper()
	for _, unit := range units {
		if n := strings.TrimSpace(c.Run(t, host, "journalctl -o cat _PID=1 | grep -c 'Started fixline-[0-9a-f]*-"+unit+"\\.service' || :")); n != "1" {
			t.Errorf("%s: %s was started %s times", host, unit, n)
		}
	}
}
