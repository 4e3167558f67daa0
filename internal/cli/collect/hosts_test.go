package collect

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fixline-dev/fixline/internal/evidence/kube"
	"github.com/fixline-dev/fixline/internal/strict"
)

func TestLoadHosts(t *testing.T) {
	const head = "apiVersion: fixline.dev/v1alpha1\nkind: HostInventory\n"
	for _, tt := range []struct {
		name, text string
		want       []listedHost
		err        string // in the error, with its line
	}{
		{"whole", head + "hosts:\n- {node: cp1, address: 10.0.0.11, user: root, port: 2222, jump: bastion}\n- address: w1.example\n",
			[]listedHost{{"cp1", "10.0.0.11", "root", 2222, "bastion"}, {Address: "w1.example"}}, ""},
		{"no address", head + "hosts:\n- node: cp1\n", nil, ":4: hosts[0].address"},
		{"a port that is none", head + "hosts:\n- {address: a, port: 70000}\n", nil, ":4: hosts[0].port: 70000 is no port"},
		{"a key nobody knows", head + "hosts:\n- {adress: a}\n", nil, "adress"},
		{"no hosts", head, nil, "hosts is missing or empty"},
		{"another kind", "apiVersion: fixline.dev/v1alpha1\nkind: Policy\nhosts: [{address: a}]\n", nil, ":2: kind"},
		{"no map", "- a\n", nil, "expected a map"},
	} {
		file := filepath.Join(t.TempDir(), "hosts.yaml")
		if err := os.WriteFile(file, []byte(tt.text), 0o600); err != nil {
			t.Fatal(err)
		}
		got, err := loadHosts(file)
		if tt.err == "" {
			if diff := cmp.Diff(tt.want, got); diff != "" || err != nil {
				t.Errorf("%s: %v (-want +got):\n%s", tt.name, err, diff)
			}
			continue
		}
		if _, ok := errors.AsType[*strict.Error](err); !ok || !strings.Contains(err.Error(), tt.err) {
			t.Errorf("%s: %v; want %q", tt.name, err, tt.err)
		}
	}
}

func TestNodeTarget(t *testing.T) {
	for _, tt := range []struct {
		target, address, want string
	}{
		{"nodes", "10.0.0.11", "10.0.0.11"},
		{"root@nodes", "10.0.0.11", "root@10.0.0.11"},
		{"root@nodes:2222", "10.0.0.11", "root@10.0.0.11:2222"},
		{"root@nodes", "fd00::1", "root@[fd00::1]"},
		{"root@nodes:22", "fd00::1", "root@[fd00::1]:22"},
	} {
		account, at := cutUser(tt.target)
		_, port, _ := strings.Cut(at, ":")
		got, err := nodeTarget(account, kube.Node{Name: "n", Addresses: []string{tt.address}}, port)
		if err != nil || got != tt.want {
			t.Errorf("%s at %s: %q, %v; want %q", tt.target, tt.address, got, err, tt.want)
		}
	}
	if _, err := nodeTarget("", kube.Node{Addresses: []string{"a"}}, "ssh"); err == nil {
		t.Error("a port that is none is taken")
	}
}
