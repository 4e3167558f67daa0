package hosts

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fixline-dev/fixline/internal/strict"
)

func TestLoadHosts(t *testing.T) {
	const head = "apiVersion: fixline.dev/v1alpha1\nkind: HostInventory\n"
	for _, tt := range []struct {
		name, text string
		want       []listed
		err        string // in the error, with its line
	}{
		{"whole", head + "hosts:\n- {node: cp1, address: 10.0.0.11, user: root, port: 2222, jump: bastion}\n- address: w1.example\n",
			[]listed{{"cp1", "10.0.0.11", "root", 2222, "bastion", 4}, {Address: "w1.example", line: 5}}, ""},
		{"no address", head + "hosts:\n- node: cp1\n", nil, ":4: hosts[0].address"},
		{"a port that is none", head + "hosts:\n- {address: a, port: 70000}\n", nil, ":4: hosts[0].port: 70000 is no port"},
		{"a key nobody knows", head + "hosts:\n- {adress: a}\n", nil, "adress"},
		{"no host at all", head + "hosts:\n- {address: root@}\n", nil, ":4: hosts[0].address"},
		{"a jump host that is none", head + "hosts:\n- {address: a, jump: b c}\n", nil, ":4: hosts[0].jump"},
		{"a host twice", head + "hosts:\n- {address: a}\n- {address: a}\n", nil, `:5: hosts[1].address: "a" is in line 4 already`},
		{"no hosts", head, nil, "hosts is missing or empty"},
		{"another kind", "apiVersion: fixline.dev/v1alpha1\nkind: Policy\nhosts: [{address: a}]\n", nil, ":2: kind"},
		{"no map", "- a\n", nil, "expected a map"},
	} {
		file := filepath.Join(t.TempDir(), "hosts.yaml")
		if err := os.WriteFile(file, []byte(tt.text), 0o600); err != nil {
			t.Fatal(err)
		}
		got, err := load(file)
		if tt.err == "" {
			if diff := cmp.Diff(tt.want, got, cmp.AllowUnexported(listed{})); diff != "" || err != nil {
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
		account, _, port := parts(tt.target)
		if got := nodeTarget(account, tt.address, port); got != tt.want || !isEveryNode(tt.target) {
			t.Errorf("%s at %s: %q; want %q", tt.target, tt.address, got, tt.want)
		}
	}
	if isEveryNode("root@nodes.example") {
		t.Error("a host whose name begins with nodes is every node")
	}
}

// TestPlaces: each host once, as it was named most exactly; what cannot be
// asked is said.
func TestPlaces(t *testing.T) {
	nodes := []Node{
		{Name: "cp1", Addresses: []string{"10.0.0.11"}}, {Name: "w1", Addresses: []string{"10.0.0.21"}}, {Name: "w2", Addresses: []string{"10.0.0.22"}},
		{Name: "w3", Addresses: []string{"10.0.0.23"}}, {Name: "win", OS: "windows", Addresses: []string{"10.0.0.24"}}, {Name: "lost"}, {Name: "w4", Addresses: []string{"10.0.0.25"}},
	}
	p := Prepared{options: &Options{Hosts: []string{"root@nodes", "me@10.0.0.21:2222", "bastion", "w4=root@nat.example:2204"}, byNode: true,
		listed: []listed{{Node: "cp1", Address: "cp1.example"}, {Address: "w2"}}}}
	places, lost := p.Places(nodes)
	var got []string
	for _, place := range places {
		got = append(got, place.Name+"="+place.Node)
	}
	want := []string{"cp1.example=cp1", "w2=", "me@10.0.0.21:2222=", "bastion=", "root@nat.example:2204=w4", "root@10.0.0.23=w3"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if len(lost) != 2 || lost[0].Node != "win" || !lost[0].Never || lost[1].Node != "lost" || lost[1].Never {
		t.Errorf("lost: %+v", lost)
	}
	if _, lost := p.Places(nil); len(lost) != 1 || lost[0].Node != "nodes" {
		t.Errorf("nodes that were not read: %+v", lost)
	}
}
