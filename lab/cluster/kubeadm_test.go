package cluster

import (
	"context"
	"errors"
	"net/netip"
	"strings"
	"testing"
)

func state(spec Spec) State {
	return State{Spec: spec, Subnet: netip.MustParsePrefix("10.77.0.0/24")}
}

func TestKubeadmConfig(t *testing.T) {
	one := state(Spec{Name: "a", Version: "1.37.0", ControlPlanes: 1})
	three := state(Spec{Name: "b", Version: "1.33.13", ControlPlanes: 3, Etcd: "3.5.31"})
	for _, tt := range []struct {
		name         string
		state        State
		has, hasNone []string
	}{
		{
			"one", one,
			[]string{"advertiseAddress: 10.77.0.11\n", "name: cp1\n", "clusterName: a\n", "kubernetesVersion: v1.37.0\n", "podSubnet: 10.244.0.0/16\n", "failCgroupV1: false\n"},
			[]string{"controlPlaneEndpoint", "imageTag", "all", "<no value>"},
		},
		{
			"three, pinned etcd", three,
			[]string{"controlPlaneEndpoint: 10.77.0.10:6443\n", "etcd:\n  local:\n    imageTag: 3.5.31-0\n---\n"},
			nil,
		},
	} {
		config, err := kubeadmConfig(tt.state, tt.state.Spec.hosts(tt.state.Subnet))
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range tt.has {
			if !strings.Contains(string(config), want) {
				t.Errorf("%s: the configuration lacks %q:\n%s", tt.name, want, config)
			}
		}
		for _, not := range tt.hasNone {
			if strings.Contains(string(config), not+":") || strings.Contains(string(config), "["+not) {
				t.Errorf("%s: the configuration has %q:\n%s", tt.name, not, config)
			}
		}
	}
}

// fakeShell answers by the first key that a command contains, and keeps what it was told.
type fakeShell struct {
	answers map[string]string
	fail    string
	ran     []string
}

func (f *fakeShell) Run(_ context.Context, command string) ([]byte, error) {
	f.ran = append(f.ran, command)
	if f.fail != "" && strings.Contains(command, f.fail) {
		return nil, errors.New("failed: " + f.fail)
	}
	for part, answer := range f.answers {
		if strings.Contains(command, part) {
			return []byte(answer), nil
		}
	}
	return nil, nil
}

func (f *fakeShell) Put(_ context.Context, path, _ string, _ []byte) error {
	f.ran = append(f.ran, "put "+path)
	return nil
}

func TestInitializeOnce(t *testing.T) {
	fresh := &fakeShell{}
	if ran, err := initialize(t.Context(), fresh, nil); err != nil || !ran {
		t.Fatalf("initialize on a fresh host = %t, %v", ran, err)
	}
	last := fresh.ran[len(fresh.ran)-1]
	if last != "flock "+busy+" sh -c 'kubeadm init --config /etc/lab/kubeadm.yaml && touch "+done+"'" {
		t.Errorf("the last command is %q", last)
	}
	finished := &fakeShell{answers: map[string]string{done: "yes\n"}}
	if ran, err := initialize(t.Context(), finished, nil); err != nil || ran || len(finished.ran) != 1 {
		t.Errorf("initialize on a finished host = %t, %v, and ran %q; want nothing but a look", ran, err, finished.ran)
	}
	away := &fakeShell{fail: done}
	if _, err := initialize(t.Context(), away, nil); err == nil || len(away.ran) != 1 {
		t.Errorf("initialize without an answer = %v, and ran %q; want no reset", err, away.ran)
	}
}

func TestJoin(t *testing.T) {
	sh := &fakeShell{}
	h := Host{"cp2", ControlPlane, netip.MustParseAddr("10.77.0.12")}
	if err := join(t.Context(), sh, h, "kubeadm join 10.77.0.10:6443 --token x", "key"); err != nil {
		t.Fatal(err)
	}
	last := sh.ran[len(sh.ran)-1]
	for _, want := range []string{"kubeadm join 10.77.0.10:6443 --token x --node-name cp2 ", " --control-plane --apiserver-advertise-address 10.77.0.12 --certificate-key key && touch " + done} {
		if !strings.Contains(last, want) {
			t.Errorf("the command %q lacks %q", last, want)
		}
	}
	if err := join(t.Context(), sh, Host{Name: "w1", Role: Worker}, "kubeadm join", "key"); err != nil || strings.Contains(sh.ran[len(sh.ran)-1], "--control-plane") {
		t.Errorf("a worker joins with %q, %v", sh.ran[len(sh.ran)-1], err)
	}
}

func TestInvitation(t *testing.T) {
	sh := &fakeShell{answers: map[string]string{
		"token create": "kubeadm join 10.77.0.11:6443 --token t --discovery-token-ca-cert-hash sha256:0 \n",
		"upload-certs": "[upload-certs] Storing\n[upload-certs] Using certificate key:\nabc\n",
	}}
	command, key, err := invitation(t.Context(), sh, true)
	if err != nil || command != "kubeadm join 10.77.0.11:6443 --token t --discovery-token-ca-cert-hash sha256:0" || key != "abc" {
		t.Errorf("invitation = %q, %q, %v", command, key, err)
	}
}

func TestPodRanges(t *testing.T) {
	sh := &fakeShell{answers: map[string]string{"get nodes": `{"items":[{"metadata":{"name":"cp1"},"spec":{"podCIDR":"10.244.0.0/24"}},{"metadata":{"name":"w1"},"spec":{}}]}`}}
	got, err := podRanges(t.Context(), sh)
	if err != nil || len(got) != 1 || got["cp1"].String() != "10.244.0.0/24" {
		t.Errorf("podRanges = %v, %v; want cp1's alone, since w1 has none yet", got, err)
	}
}

func TestConnectRoutesToTheOthers(t *testing.T) {
	hosts := state(Spec{ControlPlanes: 1, Workers: 1}).Spec.hosts(netip.MustParsePrefix("10.77.0.0/24"))
	ranges := map[string]netip.Prefix{"cp1": netip.MustParsePrefix("10.244.0.0/24"), "w1": netip.MustParsePrefix("10.244.1.0/24")}
	data := struct {
		Subnet   netip.Prefix
		PodRange string
		Routes   []struct {
			Pods netip.Prefix
			Via  netip.Addr
		}
	}{netip.MustParsePrefix("10.77.0.0/24"), PodRange, []struct {
		Pods netip.Prefix
		Via  netip.Addr
	}{{ranges["w1"], hosts[1].Addr}}}
	script, err := render("network.sh.tmpl", data)
	if err != nil || !strings.Contains(string(script), "\nip route replace 10.244.1.0/24 via 10.77.0.21\nnft -f") {
		t.Errorf("network.sh = %s, %v", script, err)
	}
	sh := &fakeShell{}
	if err := connect(t.Context(), sh, hosts[0], hosts, ranges, data.Subnet); err != nil || len(sh.ran) != 1 {
		t.Errorf("connect = %v, and ran %q", err, sh.ran)
	}
}

func TestBalancerNamesEveryControlPlane(t *testing.T) {
	hosts := Spec{ControlPlanes: 3}.hosts(netip.MustParsePrefix("10.77.0.0/24"))
	config, err := render("haproxy.cfg.tmpl", only(hosts, ControlPlane))
	if err != nil || !strings.Contains(string(config), "server cp1 10.77.0.11:6443\n    server cp2 10.77.0.12:6443\n    server cp3 10.77.0.13:6443\n") {
		t.Errorf("haproxy.cfg = %s, %v", config, err)
	}
}
