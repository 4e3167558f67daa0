package hosts

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"k8s.io/client-go/tools/clientcmd"

	"github.com/fixline-dev/fixline/internal/core/assess"
	"github.com/fixline-dev/fixline/lab/cluster"
	"github.com/fixline-dev/fixline/lab/seed"
)

// TestPatchUpgradeOfThreeControlPlanes upgrades one host after the other while somebody keeps asking the API through the
// load balancer: every question gets an answer, and etcd has all its members between any two steps.
func TestPatchUpgradeOfThreeControlPlanes(t *testing.T) {
	const from, to = "1.37.0", "1.37.1"
	w := up(t, cluster.Spec{Name: "three", Version: from, ControlPlanes: 3, Workers: 1, Offer: []string{to}})
	t.Run("a lost member of etcd", func(t *testing.T) { w.lostMember(t) })

	w.etcdHealthy(t)
	asked := w.ask(t)
	w.upgradeFirst(t, to)
	w.etcdHealthy(t)
	for _, host := range []string{"cp2", "cp3"} {
		w.upgradeNode(t, host, to)
		w.etcdHealthy(t)
	}
	w.upgradeNode(t, "w1", to)
	asked.wantAnswers(t)

	hosts := []string{"cp1", "cp2", "cp3"}
	var want []string
	for _, component := range []string{"kube-apiserver", "kube-controller-manager", "kube-scheduler"} {
		for _, host := range hosts {
			want = append(want, component+"/"+host+" "+to)
		}
	}
	for _, component := range []string{"kubelet", "kube-proxy"} {
		for _, host := range append(hosts, "w1") {
			want = append(want, component+"/"+host+" "+to)
		}
	}
	w.wantInstances(t, want)
	w.atRest(t)
	w.Down(t)
}

// lostMember adds a member that nobody runs, wants it seen, and takes it out again.
func (w world) lostMember(t *testing.T) {
	t.Helper()
	s, lab := w.scenario(t, "etcd-lost-member")
	for range 2 {
		if err := lab.Seed(t.Context(), s); err != nil {
			t.Fatal(err)
		}
	}
	members := w.etcdctl(t, "member list")
	if strings.Count(members, "\n") != 4 || !strings.Contains(members, ", unstarted, , https://192.0.2.99:2380") {
		t.Errorf("the members of etcd are, with one lost:\n%s", members)
	}
	for range 2 {
		if err := lab.Undo(t.Context(), s); err != nil {
			t.Fatal(err)
		}
	}
}

// scenario is one of lab seed's, and the lab as it wants it.
func (w world) scenario(t *testing.T, name string) (seed.Scenario, seed.Lab) {
	t.Helper()
	s, err := seed.Find(name)
	if err != nil {
		t.Fatal(err)
	}
	config, err := clientcmd.BuildConfigFromFlags("", w.Folder.Kubeconfig())
	if err != nil {
		t.Fatal(err)
	}
	lab := seed.Lab{Config: config, Runner: runner{t, w}, Image: cluster.Workload, Progress: t.Output()}
	for i := range w.Spec.ControlPlanes {
		lab.Hosts = append(lab.Hosts, seed.Host{Name: fmt.Sprintf("cp%d", i+1), ControlPlane: true})
	}
	for i := range w.Spec.Workers {
		lab.Hosts = append(lab.Hosts, seed.Host{Name: fmt.Sprintf("w%d", i+1)})
	}
	return s, lab
}

// runner runs a scenario's commands.
type runner struct {
	t *testing.T
	w world
}

func (r runner) Run(_ context.Context, host, command string) ([]byte, error) {
	out, err := r.w.Try(r.t, host, command)
	return []byte(out), err
}

func (w world) etcdctl(t *testing.T, args string) string {
	t.Helper()
	return w.Kubectl(t, "-n kube-system exec etcd-cp1 -- etcdctl --endpoints=https://127.0.0.1:2379 --cacert=/etc/kubernetes/pki/etcd/ca.crt"+
		" --cert=/etc/kubernetes/pki/etcd/server.crt --key=/etc/kubernetes/pki/etcd/server.key "+args)
}

// etcdHealthy wants every control plane's member started and answering.
func (w world) etcdHealthy(t *testing.T) {
	t.Helper()
	members := w.etcdctl(t, "member list")
	if strings.Count(members, ", started, ") != w.Spec.ControlPlanes || strings.Contains(members, "unstarted") {
		t.Errorf("the members of etcd are:\n%s", members)
	}
	if health := w.etcdctl(t, "endpoint health --cluster -w fields"); strings.Count(health, `"Health" : true`) != w.Spec.ControlPlanes {
		t.Errorf("etcd's members say:\n%s", health)
	}
}

// atRest waits until nothing is on its way any more.
func (w world) atRest(t *testing.T) {
	t.Helper()
	for _, args := range []string{
		"wait --for=condition=Ready --timeout=3m node --all",
		"-n kube-system rollout status --timeout=3m daemonset/kube-proxy",
		"-n kube-system rollout status --timeout=3m deployment/coredns",
		"-n kube-system wait --for=condition=Ready --timeout=3m pod -l tier=control-plane",
	} {
		w.kubectlAgain(t, args)
	}
	if held := w.Kubectl(t, "get nodes -o jsonpath='{.items[*].spec.unschedulable}'"); held != "" {
		t.Errorf("nodes are still cordoned: %q", held)
	}
}

// wantInstances wants what fixline sees of these components to be this.
func (w world) wantInstances(t *testing.T, want []string) {
	t.Helper()
	var components []string
	for _, instance := range want {
		component, _, _ := strings.Cut(instance, "/")
		if len(components) == 0 || components[len(components)-1] != component {
			components = append(components, component)
		}
	}
	if got := instances(w.look(t), components...); strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("fixline sees\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// look is what fixline sees, whatever it makes of it.
func (w world) look(t *testing.T, args ...string) assess.ClusterResult {
	t.Helper()
	out, code := w.fixline(t, append([]string{"assess", "-o", "json"}, args...)...)
	var r assess.Result
	if err := json.Unmarshal([]byte(out), &r); err != nil || len(r.Clusters) != 1 {
		t.Fatalf("fixline assess, exit code %d: %v\n%s", code, err, out)
	}
	return r.Clusters[0]
}
