package cluster

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"net/netip"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestKeys(t *testing.T) {
	f := Folder(t.TempDir())
	hosts := Spec{ControlPlanes: 1, Workers: 1}.hosts(netip.MustParsePrefix("10.77.0.0/24"))
	if err := keys(f, "a", hosts); err != nil {
		t.Fatal(err)
	}
	first, err := os.ReadFile(f.knownHosts())
	if err != nil || !strings.Contains(string(first), "10.77.0.11 ssh-ed25519 ") || !strings.Contains(string(first), "10.77.0.21 ssh-ed25519 ") {
		t.Errorf("known_hosts = %s, %v", first, err)
	}
	if err := keys(f, "a", hosts); err != nil {
		t.Fatal(err)
	}
	if again, err := os.ReadFile(f.knownHosts()); err != nil || !bytes.Equal(first, again) {
		t.Errorf("asked again, the hosts have other keys: %s, %v", again, err)
	}
	config, err := os.ReadFile(f.SSHConfig())
	if err != nil || !strings.Contains(string(config), "Host cp1\n  HostName 10.77.0.11\n") || !strings.Contains(string(config), "StrictHostKeyChecking yes") {
		t.Errorf("ssh_config = %s, %v", config, err)
	}
	if info, err := os.Stat(f.key()); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the private key's mode is %v, %v", info.Mode(), err)
	}
}

func TestRunArgs(t *testing.T) {
	s := state(Spec{Name: "a", ControlPlanes: 3})
	hosts := s.Spec.hosts(s.Subnet)
	lb, cp := runArgs("/labs/a", "/cache", "node:1", s, hosts[0]), runArgs("/labs/a", "/cache", "node:1", s, hosts[1])
	for _, args := range [][]string{lb, cp} {
		if slices.Contains(args, "--privileged") || slices.ContainsFunc(args, func(a string) bool { return strings.HasPrefix(a, "-p") || a == "--publish" }) {
			t.Errorf("args %q: no host is privileged and none has a port on the machine", args)
		}
		if !slices.Contains(args, "dev.fixline.lab=a") || !slices.Contains(args, "fixline-lab-a") {
			t.Errorf("args %q lack the label and the network that find them again", args)
		}
	}
	if !slices.Contains(cp, "/labs/a/packages:/opt/lab/packages:ro") || !slices.Contains(cp, "10.77.0.11") {
		t.Errorf("a control plane's args are %q", cp)
	}
	if lb[len(lb)-1] != "/etc/haproxy/haproxy.cfg" || slices.Contains(lb, "--volume") {
		t.Errorf("the balancer's args are %q", lb)
	}
}

func TestConfigurationNamesOneMinor(t *testing.T) {
	contents, err := configuration("registry.k8s.io/pause:3.10.2", "1.37.0", []string{"192.0.2.1"})
	if err != nil {
		t.Fatal(err)
	}
	text := map[string]string{}
	for _, c := range contents {
		text[c.path] = string(c.data)
	}
	if !strings.Contains(text["etc/apt/sources.list.d/kubernetes.list"], "deb [trusted=yes] file:/opt/lab/packages/v1.37/deb /\n") {
		t.Errorf("sources = %s", text["etc/apt/sources.list.d/kubernetes.list"])
	}
	if text["etc/lab/resolv.conf"] != "nameserver 192.0.2.1\n" {
		t.Errorf("resolv.conf = %q", text["etc/lab/resolv.conf"])
	}
}

func TestNameservers(t *testing.T) {
	if got := nameservers("# mine\nnameserver 127.0.0.53\nnameserver 192.0.2.1\nnameserver fe80::1\nsearch x\n", "10.77.0.1"); !slices.Equal(got, []string{"192.0.2.1"}) {
		t.Errorf("nameservers = %q; want the one a pod can reach", got)
	}
	if got := nameservers("nameserver 127.0.0.11\n", "10.77.0.1"); !slices.Equal(got, []string{"10.77.0.1"}) {
		t.Errorf("nameservers = %q; want the gateway", got)
	}
}

func TestTarballMakesFolders(t *testing.T) {
	data, err := tarball([]content{{"etc/lab/a", 0o644, []byte("a")}, {"etc/lab/b", 0o600, nil}, {"root/.ssh/k", 0o600, nil}})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for tr := tar.NewReader(bytes.NewReader(data)); ; {
		header, err := tr.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, header.Name+" "+fs.FileMode(header.Mode).String())
	}
	want := []string{"etc/ -rwxr-xr-x", "etc/lab/ -rwxr-xr-x", "etc/lab/a -rw-r--r--", "etc/lab/b -rw-------", "root/ -rwx------", "root/.ssh/ -rwx------", "root/.ssh/k -rw-------"}
	if !slices.Equal(got, want) {
		t.Errorf("the tar holds %q, want %q", got, want)
	}
}

func TestState(t *testing.T) {
	f := folder(t.TempDir(), "a")
	if _, err := f.read(); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("read without a lab = %v; want fs.ErrNotExist", err)
	}
	now := time.Date(2026, 11, 20, 8, 0, 0, 0, time.UTC)
	want := state(Spec{Name: "a", Version: "1.37.0", ControlPlanes: 1, Offer: []string{"1.37.1"}})
	want.Created, want.Ready = now, &now
	if err := f.write(want); err != nil {
		t.Fatal(err)
	}
	got, err := f.read()
	if err != nil || got.Spec.Version != "1.37.0" || got.Subnet != want.Subnet || got.Ready == nil || !got.Ready.Equal(now) {
		t.Errorf("read = %+v, %v", got, err)
	}
	if err := os.WriteFile(f.state(), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := f.read(); err == nil || !strings.Contains(err.Error(), "lab down --name a") {
		t.Errorf("read of a broken state = %v; want what to do", err)
	}
}

func TestLockIsPerLab(t *testing.T) {
	cache := t.TempDir()
	unlock, err := folder(cache, "a").lock(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer unlock()
	other, err := folder(cache, "b").lock(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	other()
	enough := errors.New("enough")
	ctx, cancel := context.WithTimeoutCause(t.Context(), 100*time.Millisecond, enough)
	defer cancel()
	if _, err := folder(cache, "a").lock(ctx); !errors.Is(err, enough) {
		t.Errorf("a second lock = %v; want it to wait for the first", err)
	}
}

func TestStatus(t *testing.T) {
	now := time.Now()
	ready := state(Spec{ControlPlanes: 1, Workers: 1})
	ready.Ready = &now
	for _, tt := range []struct {
		lab  Lab
		want string
	}{
		{Lab{State: state(Spec{ControlPlanes: 1, Workers: 1}), Running: 2}, "incomplete"},
		{Lab{State: ready, Running: 2}, "ready"},
		{Lab{State: ready, Running: 1}, "stopped"},
	} {
		if got := status(tt.lab); got != tt.want {
			t.Errorf("status of %+v = %q, want %q", tt.lab, got, tt.want)
		}
	}
}

func TestReportStampsEveryLine(t *testing.T) {
	var b strings.Builder
	r := newReport(&b)
	r.line("one\ntwo %d", 2)
	lines := strings.Split(strings.TrimSpace(b.String()), "\n")
	if len(lines) != 2 || !strings.HasSuffix(lines[0], "s  one") || !strings.HasSuffix(lines[1], "s  two 2") {
		t.Errorf("the report is %q", b.String())
	}
}
