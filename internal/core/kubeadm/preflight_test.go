package kubeadm

import "testing"

func TestPreflight(t *testing.T) {
	for name, ok := range map[string]bool{
		"SystemVerification": true, "Port-6443": true, "FileAvailable--etc-kubernetes-manifests-etcd.yaml": true, "FileContent--proc-sys-net-ipv4-ip_forward": true,
		"all": false, "ALL": false, "": false, "A,B": false, "A B": false, "A;reboot": false, "$(reboot)": false, "-A": false,
	} {
		if err := Preflight(name); (err == nil) != ok {
			t.Errorf("%q: %v", name, err)
		}
	}
	if !SamePreflight("systemverification", "SystemVerification") || SamePreflight("NumCPU", "Mem") {
		t.Error("names of one check differ in case alone")
	}
}
