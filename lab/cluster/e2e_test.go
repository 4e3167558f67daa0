package cluster_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/fixline-dev/fixline/lab/cluster"
	"github.com/fixline-dev/fixline/lab/engine"
	"github.com/fixline-dev/fixline/lab/program"
	"github.com/fixline-dev/fixline/lab/remote"
)

// hostsVar asks for the tests whose hosts are containers; make lab-e2e sets it.
const hostsVar = "FIXLINE_LAB_HOSTS"

func TestLab(t *testing.T) {
	if os.Getenv(hostsVar) != "1" {
		t.Skipf("its hosts are containers: make lab-e2e, or %s=1, runs it", hostsVar)
	}
	docker, err := engine.Find(t.Context())
	if errors.Is(err, engine.ErrNone) {
		t.Skip(strings.ReplaceAll(err.Error(), "\n", " "))
	}
	if err != nil {
		t.Fatal(err)
	}
	store, err := program.Open(t.Output())
	if err != nil {
		t.Fatal(err)
	}
	m := cluster.Manager{Engine: docker, Store: store, Progress: t.Output()}
	spec := cluster.Spec{
		Name: fmt.Sprintf("e2e-%d", os.Getpid()), Version: "1.37.0", ControlPlanes: 1, Workers: 1, Offer: []string{"1.37.1"},
	}
	t.Cleanup(func() { // whatever the test leaves; its context has ended by now
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
		defer cancel()
		m.Progress = os.Stderr
		if _, err := m.Down(ctx, spec.Name); err != nil {
			t.Error(err)
		}
	})

	if _, err := m.Up(t.Context(), spec); err != nil {
		t.Fatal(err)
	}
	t.Run("ready", func(t *testing.T) { testReady(t, m, spec) })
	t.Run("packages", func(t *testing.T) { testPackages(t, m, spec) })
	t.Run("pods", func(t *testing.T) { testPods(t, m, spec) })
	t.Run("again", func(t *testing.T) { testAgain(t, m, spec, docker) })

	ids, volumes := containers(t, docker, spec.Name)
	if found, err := m.Down(t.Context(), spec.Name); err != nil || !found {
		t.Fatalf("Down = %t, %v", found, err)
	}
	for _, left := range inventory(t, docker) {
		if slices.Contains(ids, left) || slices.Contains(volumes, left) || strings.Contains(left, spec.Name) {
			t.Errorf("the engine still has %q", left)
		}
	}
	leftOver(t, store, spec.Name, ids)
	if found, err := m.Down(t.Context(), spec.Name); err != nil || found {
		t.Errorf("Down of a lab that is gone = %t, %v", found, err)
	}
}

func testReady(t *testing.T, m cluster.Manager, spec cluster.Spec) {
	out := kubectl(t, m, spec, `get nodes -o jsonpath='{range .items[*]}{.metadata.name} {.status.nodeInfo.kubeletVersion} {.status.conditions[?(@.type=="Ready")].status}{"\n"}{end}'`)
	if out != "cp1 v1.37.0 True\nw1 v1.37.0 True\n" {
		t.Errorf("the nodes are:\n%s", out)
	}
	if out := kubectl(t, m, spec, "-n kube-system get deployment coredns -o jsonpath='{.status.readyReplicas}'"); out != "2" {
		t.Errorf("CoreDNS has %q replicas ready, want 2", out)
	}
	labs, err := m.List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(labs, func(l cluster.Lab) bool { return l.Name == spec.Name })
	if i < 0 || labs[i].Status != "ready" || labs[i].Running != 2 {
		t.Errorf("List = %+v", labs)
	}
}

func testPackages(t *testing.T, m cluster.Manager, spec cluster.Spec) {
	for _, host := range []string{"cp1", "w1"} {
		out := run(t, m, spec, host, "apt-cache madison kubeadm; apt-mark showhold; dpkg-query -W kubeadm kubelet kubectl")
		for _, want := range []string{" kubeadm | 1.37.1-1.1 ", " kubeadm | 1.37.0-1.1 ", "\nkubeadm\nkubectl\nkubelet\n", "kubelet\t1.37.0-1.1\n"} {
			if !strings.Contains(out, want) {
				t.Errorf("%s: apt lacks %q:\n%s", host, want, out)
			}
		}
		run(t, m, spec, host, `export DEBIAN_FRONTEND=noninteractive
			apt-get install -y -qq --allow-change-held-packages kubectl=1.37.1-1.1 && kubectl version --client | grep -q v1.37.1 &&
			apt-get install -y -qq --allow-change-held-packages --allow-downgrades kubectl=1.37.0-1.1 && kubectl version --client | grep -q v1.37.0 &&
			apt-mark hold kubectl`)
	}
	out := run(t, m, spec, "cp1", "ctr -n k8s.io images ls -q")
	for _, want := range []string{"registry.k8s.io/kube-apiserver:v1.37.0\n", "registry.k8s.io/kube-apiserver:v1.37.1\n"} {
		if !strings.Contains(out, want) {
			t.Errorf("cp1 lacks image %q:\n%s", want, out)
		}
	}
}

const pods = `apiVersion: v1
kind: Pod
metadata: {name: server, labels: {app: server}}
spec:
  nodeName: cp1
  terminationGracePeriodSeconds: 0
  containers:
  - name: server
    image: ` + cluster.Workload + `
    command: [sh, -c, "mkdir /www && echo hello from $(hostname) >/www/index.html && exec httpd -f -v -p 8080 -h /www"]
---
apiVersion: v1
kind: Service
metadata: {name: server}
spec: {selector: {app: server}, ports: [{port: 80, targetPort: 8080}]}
---
apiVersion: v1
kind: Pod
metadata: {name: client}
spec:
  nodeName: w1
  terminationGracePeriodSeconds: 0
  containers:
  - {name: client, image: "` + cluster.Workload + `", command: [sleep, "3600"]}
`

// testPods has a pod on one host ask a pod on the other: by address, and by a Service's name. The one asked must see
// the other's own address, or a policy by pod could not be told from one by host.
func testPods(t *testing.T, m cluster.Manager, spec cluster.Spec) {
	run(t, m, spec, "cp1", "kubectl --kubeconfig /etc/kubernetes/admin.conf apply -f - <<'END'\n"+pods+"END\n")
	kubectl(t, m, spec, "wait --for=condition=Ready --timeout=60s pod/server pod/client")
	server := kubectl(t, m, spec, "get pod server -o jsonpath='{.status.podIP}'")
	client := kubectl(t, m, spec, "get pod client -o jsonpath='{.status.podIP}'")
	for _, address := range []string{server + ":8080", "server", "server.default.svc.cluster.local"} {
		if out := kubectl(t, m, spec, "exec client -- wget -qO- http://"+address); out != "hello from server\n" {
			t.Errorf("asked at %s, the pod on the other host answers %q", address, out)
		}
	}
	if log := kubectl(t, m, spec, "logs server"); strings.Count(log, client+"]:") != 3 {
		t.Errorf("the server saw other addresses than the client's %s:\n%s", client, log)
	}
	kubectl(t, m, spec, "delete pod server client --wait=true")
	kubectl(t, m, spec, "delete service server")
}

// testAgain asks for the lab again: as it is, and with a host that was stopped.
func testAgain(t *testing.T, m cluster.Manager, spec cluster.Spec, docker engine.Engine) {
	const identity = "get nodes -o jsonpath='{.items[*].metadata.uid}'"
	nodes := kubectl(t, m, spec, identity)
	if _, err := docker.Output(t.Context(), "stop", "--time", "5", "fixline-lab-"+spec.Name+"-w1"); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if _, err := m.Up(t.Context(), spec); err != nil {
			t.Fatal(err)
		}
	}
	if again := kubectl(t, m, spec, identity); again != nodes {
		t.Errorf("asked for again, the nodes are %q and were %q", again, nodes)
	}
	other := spec
	other.Workers = 2
	if _, err := m.Up(t.Context(), other); err == nil || !strings.Contains(err.Error(), "exists with workers") {
		t.Errorf("Up with another number of workers = %v", err)
	}
}

func kubectl(t *testing.T, m cluster.Manager, spec cluster.Spec, command string) string {
	t.Helper()
	return run(t, m, spec, "cp1", "kubectl --kubeconfig /etc/kubernetes/admin.conf "+command)
}

func run(t *testing.T, m cluster.Manager, spec cluster.Spec, host, command string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	target, err := m.Target(spec.Name, host)
	if err != nil {
		t.Fatal(err)
	}
	client, err := remote.Dial(ctx, target)
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	out, err := client.Run(ctx, command)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// inventory is all that the engine holds, but images: the ids of containers, the names of volumes and networks. Other
// labs may come and go meanwhile.
func inventory(t *testing.T, docker engine.Engine) []string {
	t.Helper()
	var all []string
	for _, args := range [][]string{
		{"ps", "--all", "--quiet", "--no-trunc"}, {"volume", "ls", "--quiet"}, {"network", "ls", "--format", "{{.Name}}"},
	} {
		out, err := docker.Output(t.Context(), args...)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, strings.Fields(string(out))...)
	}
	return all
}

// containers are the ids of the lab's containers, and the names of their volumes.
func containers(t *testing.T, docker engine.Engine, lab string) (ids, volumes []string) {
	t.Helper()
	out, err := docker.Output(t.Context(), "ps", "--all", "--quiet", "--no-trunc", "--filter", "label="+engine.LabelLab+"="+lab)
	if err != nil {
		t.Fatal(err)
	}
	ids = strings.Fields(string(out))
	out, err = docker.Output(t.Context(), append([]string{"inspect", "--format", "{{range .Mounts}}{{.Name}} {{end}}"}, ids...)...)
	if err != nil {
		t.Fatal(err)
	}
	volumes = strings.Fields(string(out))
	if len(ids) != 2 || len(volumes) != 6 {
		t.Fatalf("the lab has containers %q and volumes %q, want 2 and 6", ids, volumes)
	}
	return ids, volumes
}

// leftOver looks for what an engine does not list: processes, mounts, control groups, files.
func leftOver(t *testing.T, store program.Store, lab string, ids []string) {
	t.Helper()
	ours := func(text string) bool {
		return slices.ContainsFunc(ids, func(id string) bool { return strings.Contains(text, id) })
	}
	cgroups, err := filepath.Glob("/proc/[0-9]*/cgroup")
	if err != nil || len(cgroups) == 0 {
		t.Fatalf("this machine lists no processes: %v", err)
	}
	for _, path := range append(cgroups, "/proc/self/mountinfo") {
		if data, err := os.ReadFile(path); err == nil && ours(string(data)) {
			t.Errorf("%s still speaks of the lab's containers:\n%s", path, data)
		}
	}
	err = filepath.WalkDir("/sys/fs/cgroup", func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() && ours(d.Name()) {
			t.Errorf("the control group %s is left", path)
		}
		return nil // a group that goes away while we look is not ours
	})
	if err != nil {
		t.Error(err)
	}
	left, err := filepath.Glob(filepath.Join(store.Dir, "labs", lab+"*"))
	if err != nil || len(left) > 0 {
		t.Errorf("files are left: %q, %v", left, err)
	}
}
