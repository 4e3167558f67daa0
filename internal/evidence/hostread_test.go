package evidence

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestReadDpkg(t *testing.T) {
	const listing = `Desired=Unknown/Install/Remove/Purge/Hold
| Status=Not/Inst/Conf-files/Unpacked/halF-conf/Half-inst/trig-aWait/Trig-pend
||/ Name           Version              Architecture Description
+++-==============-====================-============-=================================
ii  containerd     1.6.20~ds1-1+deb12u3 amd64        open and reliable container runtime
hi  kubelet        1.34.2-1.1           amd64        held
rc  kubectl        1.33.0-1.1           amd64        removed, configuration left
ii  runc:amd64     1.1.5+ds1-1+deb12u1  amd64        runtime
`
	got, err := ReadDpkg([]byte(listing))
	want := []Package{{"containerd", "1.6.20~ds1-1+deb12u3"}, {"kubelet", "1.34.2-1.1"}, {"runc", "1.1.5+ds1-1+deb12u1"}}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	if got, err := ReadDpkg([]byte("kubelet\t1.34.2-1.1\n")); err != nil || len(got) != 1 || got[0].Version != "1.34.2-1.1" {
		t.Errorf("dpkg-query -W: %v, %v", got, err)
	}
	if _, err := ReadDpkg([]byte("ii  a 1 amd64 x\nbash: dpkg: command not found\n")); err == nil || !strings.Contains(err.Error(), "line 2") {
		t.Errorf("an error message of a shell: %v", err)
	}
	if got, err := ReadDpkg(nil); got != nil || err != nil {
		t.Errorf("an empty file says nothing of packages, not that there are none: %v, %v", got, err)
	}
}

func TestReadRPM(t *testing.T) {
	got, err := ReadRPM([]byte("containerd.io-1.7.27-3.1.el9.x86_64\nrunc-1.2.5-2.el9.x86_64\ngpg-pubkey-621e9f35-58adea78.(none)\n"))
	want := []Package{{"containerd.io", "1.7.27-3.1.el9"}, {"runc", "1.2.5-2.el9"}, {"gpg-pubkey", "621e9f35-58adea78"}}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	for _, bad := range []string{"bash: rpm: command not found", "x", "-.", "a-b.c"} {
		if _, err := ReadRPM([]byte(bad)); err == nil {
			t.Errorf("%q passes", bad)
		}
	}
}

func TestReadMadison(t *testing.T) {
	got, err := ReadMadison([]byte("   kubeadm | 1.35.4-1.1 | https://pkgs.k8s.io/core:/stable:/v1.35/deb  Packages\n\n"))
	want := []Offer{{"kubeadm", "1.35.4-1.1", "https://pkgs.k8s.io/core:/stable:/v1.35/deb  Packages"}}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	if _, err := ReadMadison([]byte("N: Unable to locate package kubeadm\n")); err == nil {
		t.Error("an apt message passes for an offer")
	}
	if got, err := ReadMadison(nil); err != nil || got == nil {
		t.Errorf("nothing offered must be an empty list: %v, %v", got, err)
	}
}

func TestReadVersions(t *testing.T) {
	var got Host
	got.ReadVersions([]byte("containerd github.com/containerd/containerd 1.7.27 05044ec\nrunc version 1.2.5\n6.18.44-fc\ncgroup2fs\n"))
	if diff := cmp.Diff(Host{Containerd: "1.7.27", Runc: "1.2.5", Kernel: "6.18.44-fc", CgroupFS: "cgroup2fs"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestReadKubeletFlags(t *testing.T) {
	got, err := ReadKubeletFlags([]byte("KUBELET_KUBEADM_ARGS=\"--v=2 --a=b --feature-gates=X=true\"\n"))
	if diff := cmp.Diff([]string{"--v=2", "--a=" + Redacted, "--feature-gates=X=true"}, got); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	if _, err := ReadKubeletFlags([]byte("nonsense")); err == nil {
		t.Error("nonsense passes")
	}
}

func TestReadConfigz(t *testing.T) {
	if got, err := ReadConfigz([]byte(`{"kubeletconfig":{"readOnlyPort":10255}}`)); err != nil || len(got) != 1 {
		t.Errorf("%v, %v", got, err)
	}
	for _, bad := range []string{`{}`, `Forbidden`, ``} {
		if _, err := ReadConfigz([]byte(bad)); err == nil {
			t.Errorf("%q passes", bad)
		}
	}
}

func TestReadKubeletConfig(t *testing.T) {
	if got, err := ReadKubeletConfig([]byte("maxPods: 1\nother: {b: 1}\n")); err != nil || len(got) != 1 {
		t.Errorf("%v, %v", got, err)
	}
	bomb := "a: &a [x,x,x,x,x,x,x,x,x,x]\n"
	for c := 'b'; c < 'k'; c++ {
		bomb += string(c) + ": &" + string(c) + " [" + strings.Repeat("*"+string(c-1)+",", 10) + "]\n"
	}
	if _, err := ReadKubeletConfig([]byte(bomb)); err == nil {
		t.Error("an alias bomb passes")
	}
}

func TestReadStaticPods(t *testing.T) {
	got, err := ReadStaticPods([]byte("# /etc/kubernetes/manifests/x.yaml\nkind: Pod\nmetadata: {name: x}\nspec: {containers: [{name: c, image: i}]}\n---\nkind: ConfigMap\n---\n"))
	if err != nil || len(got) != 1 || !got[0].Static() || got[0].Spec.Containers[0].Image != "i" {
		t.Errorf("%+v, %v", got, err)
	}
	if _, err := ReadStaticPods([]byte("kind: Pod\nspec: {containers: 7}\n")); err == nil || !strings.Contains(err.Error(), "document 1") {
		t.Errorf("a wrong type: %v", err)
	}
}

func TestReadMetrics(t *testing.T) {
	got, err := ReadMetrics(strings.NewReader(`# TYPE apiserver_requested_deprecated_apis gauge
apiserver_requested_deprecated_apis{group="",removed_release="",resource="endpoints",subresource="",version="v1"} 1
apiserver_requested_deprecated_apis{group="policy",removed_release="1.25",resource="podsecuritypolicies",subresource="",version="v1beta1"} 0
apiserver_storage_objects{resource="pods"} 1.1e+04
apiserver_storage_objects{resource="secrets"} -1
apiserver_resource_objects{group="",resource="services"} 4
apiserver_resource_objects{group="apps",resource="deployments"} 7
other_metric{resource="pods"} 3
`))
	want := &Metrics{Objects: map[string]int64{"pods": 11000, "secrets": -1, "services": 4, "deployments.apps": 7}, Deprecated: []string{"v1 endpoints"}}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}
