package cluster_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/fixline-dev/fixline/lab/cluster"
	"github.com/fixline-dev/fixline/lab/labtest"
)

func TestLab(t *testing.T) {
	l := labtest.Up(t, cluster.Spec{Name: "e2e", Version: "1.37.0", ControlPlanes: 1, Workers: 1, Offer: []string{"1.37.1"}})
	t.Run("ready", func(t *testing.T) { testReady(t, l) })
	t.Run("packages", func(t *testing.T) { testPackages(t, l) })
	t.Run("pods", func(t *testing.T) { testPods(t, l) })
	t.Run("again", func(t *testing.T) { testAgain(t, l) })
	l.Down(t)
	if found, err := l.Manager.Down(t.Context(), l.Spec.Name); err != nil || found {
		t.Errorf("Down of a lab that is gone = %t, %v", found, err)
	}
}

func testReady(t *testing.T, l *labtest.Lab) {
	out := l.Kubectl(t, `get nodes -o jsonpath='{range .items[*]}{.metadata.name} {.status.nodeInfo.kubeletVersion} {.status.conditions[?(@.type=="Ready")].status}{"\n"}{end}'`)
	if out != "cp1 v1.37.0 True\nw1 v1.37.0 True\n" {
		t.Errorf("the nodes are:\n%s", out)
	}
	if out := l.Kubectl(t, "-n kube-system get deployment coredns -o jsonpath='{.status.readyReplicas}'"); out != "2" {
		t.Errorf("CoreDNS has %q replicas ready, want 2", out)
	}
	labs, err := l.List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(labs, func(one cluster.Lab) bool { return one.Name == l.Spec.Name })
	if i < 0 || labs[i].Status != "ready" || labs[i].Running != 2 {
		t.Errorf("List = %+v", labs)
	}
}

func testPackages(t *testing.T, l *labtest.Lab) {
	for _, host := range []string{"cp1", "w1"} {
		out := l.Run(t, host, "apt-cache madison kubeadm; apt-mark showhold; dpkg-query -W kubeadm kubelet kubectl")
		for _, want := range []string{" kubeadm | 1.37.1-1.1 ", " kubeadm | 1.37.0-1.1 ", "\nkubeadm\nkubectl\nkubelet\n", "kubelet\t1.37.0-1.1\n"} {
			if !strings.Contains(out, want) {
				t.Errorf("%s: apt lacks %q:\n%s", host, want, out)
			}
		}
		l.Run(t, host, `export DEBIAN_FRONTEND=noninteractive
			apt-get install -y -qq --allow-change-held-packages kubectl=1.37.1-1.1 && kubectl version --client | grep -q v1.37.1 &&
			apt-get install -y -qq --allow-change-held-packages --allow-downgrades kubectl=1.37.0-1.1 && kubectl version --client | grep -q v1.37.0 &&
			apt-mark hold kubectl`)
	}
	out := l.Run(t, "cp1", "ctr -n k8s.io images ls -q")
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
func testPods(t *testing.T, l *labtest.Lab) {
	l.Run(t, "cp1", "kubectl --kubeconfig /etc/kubernetes/admin.conf apply -f - <<'END'\n"+pods+"END\n")
	l.Kubectl(t, "wait --for=condition=Ready --timeout=60s pod/server pod/client")
	server := l.Kubectl(t, "get pod server -o jsonpath='{.status.podIP}'")
	client := l.Kubectl(t, "get pod client -o jsonpath='{.status.podIP}'")
	for _, address := range []string{server + ":8080", "server", "server.default.svc.cluster.local"} {
		if out := l.Kubectl(t, "exec client -- wget -qO- http://"+address); out != "hello from server\n" {
			t.Errorf("asked at %s, the pod on the other host answers %q", address, out)
		}
	}
	if log := l.Kubectl(t, "logs server"); strings.Count(log, client+"]:") != 3 {
		t.Errorf("the server saw other addresses than the client's %s:\n%s", client, log)
	}
	l.Kubectl(t, "delete pod server client --wait=true")
	l.Kubectl(t, "delete service server")
}

// testAgain asks for the lab again: as it is, and with a host that was stopped.
func testAgain(t *testing.T, l *labtest.Lab) {
	const identity = "get nodes -o jsonpath='{.items[*].metadata.uid}'"
	nodes := l.Kubectl(t, identity)
	if _, err := l.Engine.Output(t.Context(), "stop", "--time", "5", "fixline-lab-"+l.Spec.Name+"-w1"); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		l.Again(t)
	}
	if again := l.Kubectl(t, identity); again != nodes {
		t.Errorf("asked for again, the nodes are %q and were %q", again, nodes)
	}
	other := l.Spec
	other.Workers = 2
	if _, err := l.Up(t.Context(), other); err == nil || !strings.Contains(err.Error(), "exists with workers") {
		t.Errorf("Up with another number of workers = %v", err)
	}
}
