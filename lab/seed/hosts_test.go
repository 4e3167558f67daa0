package seed

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/fixline-dev/fixline/lab/cluster"
	"github.com/fixline-dev/fixline/lab/labtest"
)

// What the scenarios' lab runs, and has on offer.
const (
	labVersion = "1.34.2"
	labOlder   = "1.33.13"
	labNewer   = "1.35.4"
)

// Every scenario but those that want more control planes is seeded on real hosts, twice, shows its trouble, and is undone,
// twice; then hosts and cluster are as they were.
func TestScenariosOnHosts(t *testing.T) {
	lab := startHosts(t)
	api, err := newClient(lab.Config)
	if err != nil {
		t.Fatal(err)
	}
	all, err := List()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range all {
		if s.Name == "paper-cluster" {
			continue // for clusters without nodes
		}
		t.Run(s.Name, func(t *testing.T) {
			if s.ControlPlanes > 1 {
				t.Skipf("it needs %d control planes: the patch upgrade in test/hosts seeds it", s.ControlPlanes)
			}
			lab := lab
			lab.Other = map[string]string{"older": labOlder, "newer": labNewer}[s.Other]
			before := seen(t, lab)
			for range 2 {
				if err := lab.Seed(t.Context(), s); err != nil {
					t.Fatal(err)
				}
			}
			t.Run("trouble", func(t *testing.T) { testTrouble(t, lab, api, s) })
			for range 2 {
				if err := lab.Undo(t.Context(), s); err != nil {
					t.Fatal(err)
				}
			}
			if diff := gocmp.Diff(strings.Split(before, "\n"), strings.Split(seen(t, lab), "\n")); diff != "" {
				t.Errorf("undone, something differs from before (-before +after):\n%s", diff)
			}
		})
	}
}

// startHosts makes the lab.
func startHosts(t *testing.T) Lab {
	t.Helper()
	l := labtest.Up(t, cluster.Spec{
		Name: "seed", Version: labVersion, ControlPlanes: 1, Workers: 1, Offer: []string{labOlder, labNewer},
	})
	config, err := clientcmd.BuildConfigFromFlags("", l.Folder.Kubeconfig())
	if err != nil {
		t.Fatal(err)
	}
	return Lab{
		Config: config, Hosts: []Host{{Name: "cp1", ControlPlane: true}, {Name: "w1"}},
		Runner: runner{t, l}, Image: cluster.Workload, Progress: t.Output(),
	}
}

// runner runs commands on the hosts of a lab.
type runner struct {
	t   *testing.T
	lab *labtest.Lab
}

func (r runner) Run(_ context.Context, host, command string) ([]byte, error) {
	out, err := r.lab.Try(r.t, host, command)
	return []byte(out), err
}

// on runs a command and returns what it printed; a failure ends the test.
func on(t *testing.T, lab Lab, host, command string) string {
	t.Helper()
	out, err := lab.Runner.Run(t.Context(), host, command)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// asAdmin is what scripts of these tests begin with on a control plane.
const asAdmin = "set -eu\nexport KUBECONFIG=/etc/kubernetes/admin.conf\n"

// seen is what a scenario may change of hosts and cluster, without what changes by itself.
func seen(t *testing.T, lab Lab) string {
	t.Helper()
	var all strings.Builder
	for _, host := range lab.Hosts {
		out := on(t, lab, host.Name, `set -eu
find /etc/kubernetes /etc/apt/sources.list.d -printf '%M %p\n' | sort
find /etc/kubernetes /etc/apt/sources.list.d /var/lib/kubelet/config.yaml /var/lib/kubelet/*.env -type f | sort | xargs sha256sum
ls /var/lib/kubelet | grep -vx image_manager # a newer kubelet's own
apt-mark showhold; dpkg-query -W kubeadm kubelet kubectl; systemctl is-active kubelet`)
		fmt.Fprintf(&all, "# %s\n%s", host.Name, out)
	}
	all.WriteString(on(t, lab, "cp1", asAdmin+script("etcd")+`
for _ in $(seq 60); do kubectl get --raw /readyz >/dev/null 2>&1 && break; sleep 2; done
kubectl wait --for=condition=Ready --timeout=2m node --all >/dev/null
kubectl get namespaces,crd,validatingwebhookconfigurations,mutatingwebhookconfigurations,clusterroles,clusterrolebindings -o name
kubectl get deployments,poddisruptionbudgets,horizontalpodautoscalers -A -o name
kubectl get secrets -A --field-selector type=helm.sh/release.v1 -o name
kubectl get nodes -o jsonpath='{range .items[*]}{.metadata.name} {.status.nodeInfo.kubeletVersion} {.spec} {.metadata.labels} {.metadata.annotations.example\.com/reason}{"\n"}{end}'
etcdctl member list
tr '\0' '\n' <"/proc/$(pgrep -x kube-apiserver)/cmdline"
`))
	return all.String()
}

// testTrouble looks whether a seeded scenario is what it says.
func testTrouble(t *testing.T, lab Lab, api *client, s Scenario) {
	const cmdline = `tr '\0' '\n' <"/proc/$(pgrep -x kube-apiserver)/cmdline"; `
	config := func(t *testing.T) string {
		return on(t, lab, "cp1", asAdmin+"kubectl -n kube-system get configmap kubeadm-config -o yaml")
	}
	kubelets := func(t *testing.T, want string) {
		got := on(t, lab, "cp1", asAdmin+`kubectl wait --for=condition=Ready --timeout=2m node --all >/dev/null
			kubectl get nodes -o jsonpath='{range .items[*]}{.metadata.name} {.status.nodeInfo.kubeletVersion}{"\n"}{end}'`)
		if got != want {
			t.Errorf("the kubelets are\n%swant\n%s", got, want)
		}
	}
	switch s.Name {
	case "certificate-expiring":
		shown := on(t, lab, "cp1", `openssl s_client -connect 127.0.0.1:6443 </dev/null 2>/dev/null | openssl x509 -noout -enddate -ext subjectAltName | tr -s " "
			kubeadm certs check-expiration 2>/dev/null | grep '^apiserver '`)
		end := time.Now().Add(9 * 24 * time.Hour).UTC().Format("Jan 2")
		shown = strings.Join(strings.Fields(shown), " ")
		if !strings.Contains(shown, "notAfter="+end) || !strings.Contains(shown, " apiserver "+end) || !strings.Contains(shown, "DNS:cp1") {
			t.Errorf("the API server and kubeadm show, where %s is the end:\n%s", end, shown)
		}
	case "cgroup-v1-config":
		for _, host := range []string{"cp1", "w1"} {
			got := on(t, lab, host, "grep -c failCgroupV1 /var/lib/kubelet/config.yaml || true; systemctl is-active kubelet")
			if got != "0\nactive\n" {
				t.Errorf("%s: settings in the configuration, and the kubelet: %q", host, got)
			}
		}
	case "removed-feature-gate":
		gate := "--feature-gates=" + s.Facts["1.34"]["gate"] + "=true"
		if got := on(t, lab, "cp1", cmdline); !strings.Contains(got, gate+"\n") {
			t.Errorf("the API server runs without %s:\n%s", gate, got)
		}
		if strings.Contains(config(t), s.Facts["1.34"]["gate"]) {
			t.Error("kubeadm-config has the gate")
		}
	case "hand-edited-flags":
		got := on(t, lab, "cp1", cmdline)
		for _, flag := range []string{"--audit-log-path=", "--oidc-issuer-url=", "--encryption-provider-config="} {
			if !strings.Contains(got, flag) {
				t.Errorf("the API server runs without %s:\n%s", flag, got)
			}
			if strings.Contains(config(t), strings.Trim(flag, "-=")) {
				t.Errorf("kubeadm-config has %s", flag)
			}
		}
		stored := on(t, lab, "cp1", script("etcd")+`kubectl -n default create secret generic lab-try --from-literal=key=in-plain-sight >/dev/null
			etcdctl get /registry/secrets/default/lab-try | tr -cd '[:print:]'
			kubectl -n default delete secret lab-try >/dev/null
			grep -c lab-try /var/log/kubernetes/audit.log`)
		if !strings.Contains(stored, "k8s:enc:aescbc:v1:lab:") || strings.Contains(stored, "in-plain-sight") {
			t.Errorf("etcd has the Secret as %q", stored)
		}
	case "half-way-control-plane-ahead":
		kubelets(t, "cp1 v"+labOlder+"\nw1 v"+labOlder+"\n")
	case "half-way-kubelet-ahead":
		kubelets(t, "cp1 v"+labVersion+"\nw1 v"+labNewer+"\n")
	case "half-way-worker-missed":
		kubelets(t, "cp1 v"+labVersion+"\nw1 v"+labOlder+"\n")
	case "blocking-pdb":
		if got, err := lab.Runner.Run(t.Context(), "cp1", asAdmin+"kubectl drain w1 --ignore-daemonsets --delete-emptydir-data --timeout=10s || e=$?; kubectl uncordon w1; exit ${e:-0}"); err == nil || !strings.Contains(err.Error(), "disruption budget") {
			t.Errorf("a drain says %s, %v", got, err)
		}
	default:
		if s.Needs == Hosts {
			t.Error("no test looks at what this scenario makes: add one here")
			return
		}
		check := troubles()[s.Name]
		if err := check(t.Context(), api); err != nil {
			t.Error(err)
		}
	}
}
