package evidence

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

const hid = Redacted

func TestTrimFlags(t *testing.T) {
	for _, tt := range []struct {
		name, component string
		words, want     []string
	}{
		{"kept and unknown flags", "kube-apiserver",
			[]string{"kube-apiserver", "--v=2", "--token-auth-file=/etc/tokens.csv", "--my-plugin=abc", "--profiling", "--etcd-servers=https://10.0.0.1:2379"},
			[]string{"kube-apiserver", "--v=2", "--token-auth-file=/etc/tokens.csv", "--my-plugin=" + hid, "--profiling", "--etcd-servers=https://10.0.0.1:2379"}},
		{"a flag of another component", "kube-scheduler", []string{"--etcd-servers=https://10.0.0.1:2379"}, []string{"--etcd-servers=" + hid}},
		{"values as words of their own", "kube-apiserver",
			[]string{"/usr/local/bin/kube-apiserver", "--v", "2", "--password", "abc", "--token", "-Abc1", "abc", "--v", "3"},
			[]string{"/usr/local/bin/kube-apiserver", "--v", "2", "--password", hid, "--token", hid, hid, "--v", "3"}},
		{"credentials in URLs", "kube-apiserver",
			[]string{"--etcd-servers=https://u:p@10.0.0.1:2379,https://10.0.0.2:2379?token=x", "--oidc-issuer-url=https://h/path#frag"},
			[]string{"--etcd-servers=https://10.0.0.1:2379,https://10.0.0.2:2379", "--oidc-issuer-url=https://h/path"}},
		{"credentials that cannot be told apart", "kube-apiserver",
			[]string{"--etcd-servers=https://u,p@10.0.0.1:2379", "--etcd-servers=https://u:1/p@h", "--etcd-servers=https://u:a,b@h", "--etcd-servers=u:p@h:2379", "--etcd-servers=https://u:12,34@h"},
			[]string{"--etcd-servers=" + hid, "--etcd-servers=" + hid, "--etcd-servers=" + hid, "--etcd-servers=" + hid, "--etcd-servers=" + hid}},
		{"named URLs and sockets", "etcd",
			[]string{"etcd", "--initial-cluster=cp1=https://u:p@10.0.0.1:2380,cp2=https://10.0.0.2:2380", "--listen-client-urls=unixs:///run/etcd.sock", "--initial-cluster-token=x", "--discovery=https://discovery.etcd.io/3e86b59982e49066c5d813af1c2e2579cbf573de"},
			[]string{"etcd", "--initial-cluster=cp1=https://10.0.0.1:2380,cp2=https://10.0.0.2:2380", "--listen-client-urls=unixs:///run/etcd.sock", "--initial-cluster-token=" + hid, "--discovery=" + hid}},
		{"headers and keys", "kubelet",
			[]string{"--manifest-url-header=Authorization:x", "--manifest-url=https://h/x", "--node-labels=a=b", "--pod-infra-container-image=registry.k8s.io/pause@sha256:ab"},
			[]string{"--manifest-url-header=" + hid, "--manifest-url=" + hid, "--node-labels=a=b", "--pod-infra-container-image=registry.k8s.io/pause@sha256:ab"}},
		{"kubeadm's tokens", "kubeadm", []string{"kubeadm", "join", "10.0.0.1:6443", "--token", "abcdef.0123456789abcdef", "--certificate-key=ab", "--node-name=w1"},
			[]string{"kubeadm", hid, hid, "--token", hid, "--certificate-key=" + hid, "--node-name=w1"}},
		{"a shell's script", "kube-apiserver",
			[]string{"/bin/sh", "-ec", "TOKEN=abc exec kube-apiserver --v=2 --password=abc --secure-port=$(cat /x) abc 2>&1"},
			[]string{"/bin/sh", "-ec", "--v=2 --password=" + hid + " --secure-port=" + hid}},
		{"a shell's script without flags", "", []string{"sh", "-c", "echo abc"}, []string{"sh", "-c", hid}},
		{"an unknown program", "", []string{"/bin/agent", "--v=2", "--token=abc", "-p", "abc", "abc"}, []string{hid, "--v=" + hid, "--token=" + hid, "-p", hid, hid}},
		{"a key in an argument", "kube-apiserver", []string{"-----BEGIN PRIVATE KEY-----", "--bind-address=a\nb", "--token="}, []string{hid, "--bind-address=" + hid, "--token="}},
		{"a value glued to its letter", "kube-apiserver", []string{"-phunter2", "-p", "x", "-ldap=abc", "-v=2"}, []string{hid, "-p", hid, hid, "-v=2"}},
		{"credentials with a fragment", "kube-apiserver", []string{"--etcd-servers=https://u:1#pw@h", "--etcd-servers=https://u:1?pw@h"}, []string{"--etcd-servers=" + hid, "--etcd-servers=" + hid}},
		{"CoreDNS", "coredns", []string{"-conf", "/etc/coredns/Corefile"}, []string{"-conf", "/etc/coredns/Corefile"}},
		{"a negative number", "kubelet", []string{"--oom-score-adj", "-999", "--token", "-999"}, []string{"--oom-score-adj", "-999", "--token", hid}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := TrimFlags(tt.component, tt.words)
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(got, TrimFlags(tt.component, got)); diff != "" {
				t.Errorf("trimming again (-once +twice):\n%s", diff)
			}
		})
	}
}

// TestTrimFlagsSafe: whatever the words, trimming keeps their number, is the
// same twice, and never keeps a secret in the value of a flag nobody knows.
func TestTrimFlagsSafe(t *testing.T) {
	components := []string{"", "kube-apiserver", "etcd", "kubelet", "coredns"}
	piece := rapid.StringMatching(`(--?[a-z-]{1,8})?=?[ -~]{0,12}|https?://[ -~]{0,20}|sh|etcd`)
	rapid.Check(t, func(t *rapid.T) {
		component := rapid.SampledFrom(components).Draw(t, "component")
		words := rapid.SliceOfN(piece, 0, 8).Draw(t, "words")
		got := TrimFlags(component, words)
		if len(got) != len(words) {
			t.Fatalf("%d words became %d: %q", len(words), len(got), got)
		}
		if diff := cmp.Diff(got, TrimFlags(component, got)); diff != "" {
			t.Fatalf("trimming again (-once +twice):\n%s", diff)
		}
		secret := TrimFlags(component, append(words, "--nobodys-flag=s3cr3t", "--nobodys", "s3cr3t"))
		if strings.Contains(strings.Join(secret, " "), "s3cr3t") {
			t.Fatalf("kept: %q", secret)
		}
	})
}

// TestKeptWords: the embedded list is sorted, which lookups rely on, and holds
// every component that has flags of its own.
func TestKeptWords(t *testing.T) {
	w := keptWords()
	if w.Date == "" || len(w.Sources) == 0 {
		t.Error("kept.json names no date or no source")
	}
	for component, least := range map[string]int{"kube-apiserver": 150, "kube-controller-manager": 120, "kube-scheduler": 60, "kube-proxy": 50,
		"kubelet": 150, "etcd": 100, "kubeadm": 25, "coredns": 5, "containerd": 5} {
		if len(w.Flags[component]) < least {
			t.Errorf("%d flags of %s, expected at least %d", len(w.Flags[component]), component, least)
		}
	}
	for name, list := range w.Flags {
		sorted(t, name, list)
	}
	for name, list := range w.Fields {
		sorted(t, name, list)
	}
	for _, flag := range []string{"token", "tls-bootstrap-token", "discovery-token", "certificate-key", "manifest-url-header", "discovery-password", "help"} {
		for component := range w.Flags {
			if KeepsFlag(component, flag) {
				t.Errorf("the value of --%s of %s is kept", flag, component)
			}
		}
	}
}

func sorted(t *testing.T, name string, list []string) {
	t.Helper()
	for i := 1; i < len(list); i++ {
		if list[i-1] >= list[i] {
			t.Errorf("%s is not sorted at %q", name, list[i])
		}
	}
}
