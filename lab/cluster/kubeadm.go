package cluster

import (
	"bytes"
	"context"
	"embed"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/netip"
	"strings"
	"text/template"

	"github.com/fixline-dev/fixline/lab/remote"
)

//go:embed files
var files embed.FS

// render fills in one of the files.
func render(name string, data any) ([]byte, error) {
	t, err := template.New(name).Option("missingkey=error").ParseFS(files, "files/"+name)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	if err := t.Execute(&b, data); err != nil {
		return nil, fmt.Errorf("filling in %s: %w", name, err)
	}
	return b.Bytes(), nil
}

// ignoredPreflightErrors are the checks of kubeadm that may fail on a lab's host; anything else that fails is a real
// error. docs/lab.md says so to users, since kubeadm upgrade wants to be told again.
//
// SystemVerification: on a machine with cgroup v1, kubeadm 1.35 and later refuse it even where the kubelet is told not
// to (failCgroupV1: false). Source: https://git.k8s.io/enhancements/keps/sig-node/5573-remove-cgroup-v1
//
// HTTPProxyCIDR: kubeadm 1.34.1 and others of its time ask which proxy serves an address that they write as
// https://[10.96.0.1]:1234/, which net/url has refused since Go 1.25.2; 1.34.2 writes it right. It warns of proxies, and
// a lab's hosts have none. Sources: https://go.dev/doc/devel/release#go1.25.2, cmd/kubeadm/app/preflight/checks.go
func ignoredPreflightErrors() []string { return []string{"HTTPProxyCIDR", "SystemVerification"} }

// kubeadmConfig is the configuration for kubeadm init.
func kubeadmConfig(s State, hosts []Host) ([]byte, error) {
	first := only(hosts, ControlPlane)[0]
	data := struct {
		Lab, Version, Node, Endpoint, EtcdTag, PodRange string
		IgnoredPreflightErrors                          string
		Addr                                            netip.Addr
	}{
		Lab: s.Spec.Name, Version: s.Spec.Version, Node: first.Name, Addr: first.Addr, PodRange: PodRange,
		IgnoredPreflightErrors: strings.Join(ignoredPreflightErrors(), ", "),
	}
	for _, balancer := range only(hosts, Balancer) {
		data.Endpoint = netip.AddrPortFrom(balancer.Addr, 6443).String()
	}
	if s.Spec.Etcd != "" {
		data.EtcdTag = etcdTag(s.Spec.Etcd)
	}
	return render("kubeadm.yaml.tmpl", data)
}

// shell is one host to run commands on. Declared here, where it is used; lab/remote has one.
type shell interface {
	Run(ctx context.Context, command string) ([]byte, error)
	Put(ctx context.Context, path, mode string, data []byte) error
}

const kubectl = "kubectl --kubeconfig /etc/kubernetes/admin.conf "

// installPackages installs the Kubernetes packages of a version and holds them, as kubeadm's guide says, once: a host
// that was upgraded since stays so.
func installPackages(ctx context.Context, sh shell, version string) error {
	_, err := sh.Run(ctx, strings.ReplaceAll(`set -e
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
[ -z "$(apt-mark showhold kubeadm)" ] || exit 0
apt-get install -y -qq --no-install-recommends kubelet=VERSION kubeadm=VERSION kubectl=VERSION
systemctl -q enable kubelet
apt-mark hold kubelet kubeadm kubectl`, "VERSION", version+buildNumber))
	return err
}

// importImages loads archives that the host does not have yet. Paths are the host's.
func importImages(ctx context.Context, sh shell, archives []string) error {
	_, err := sh.Run(ctx, `set -e
mkdir -p /var/lib/containerd/lab
for archive in `+strings.Join(archives, " ")+`; do
	mark=/var/lib/containerd/lab/$(basename "$archive")
	if [ ! -e "$mark" ]; then
		ctr -n k8s.io images import "$archive"
		: >"$mark"
	fi
done`)
	return err
}

// done is the file on a host that says that kubeadm came to its end there. A host that has it is never reset, however
// its cluster is: an operator may be in the middle of something.
const done = "/etc/lab/kubeadm-done"

// isDone looks for it. A kubeadm that an interrupted run of ours left behind is waited for.
func isDone(ctx context.Context, sh shell) (bool, error) {
	out, err := sh.Run(ctx, "flock --timeout 300 "+busy+" true && if [ -e "+done+" ]; then echo yes; fi")
	return len(out) > 0, err
}

// busy is locked on a host while kubeadm runs there.
const busy = "/run/lab/kubeadm.lock"

// toTheEnd runs kubeadm and notes when it came to its end.
func toTheEnd(ctx context.Context, sh shell, command string) error {
	_, err := sh.Run(ctx, "flock "+busy+" sh -c "+remote.Quote(command+" && touch "+done))
	return err
}

// initialize runs kubeadm init on the first control plane, once. One that was interrupted half-way is undone first.
func initialize(ctx context.Context, sh shell, config []byte) (ran bool, err error) {
	if before, err := isDone(ctx, sh); before || err != nil {
		return false, err
	}
	if err := reset(ctx, sh); err != nil {
		return true, err
	}
	if err := sh.Put(ctx, "/etc/lab/kubeadm.yaml", "0600", config); err != nil {
		return true, err
	}
	return true, toTheEnd(ctx, sh, "kubeadm init --config /etc/lab/kubeadm.yaml")
}

// reset undoes what an interrupted kubeadm left; on a fresh host there is nothing.
func reset(ctx context.Context, sh shell) error {
	_, err := sh.Run(ctx, `if [ -e /etc/kubernetes/manifests ] || [ -e /etc/kubernetes/kubelet.conf ] || [ -e /etc/kubernetes/pki ]; then
	kubeadm reset --force && rm -rf /etc/cni/net.d/*
fi`)
	return err
}

// invitation makes what a host needs to join: a token, and for control planes the key of the uploaded certificates.
func invitation(ctx context.Context, first shell, controlPlanes bool) (join, certificateKey string, err error) {
	out, err := first.Run(ctx, "kubeadm token create --ttl 1h --print-join-command")
	if err != nil {
		return "", "", err
	}
	join = lastLine(out)
	if controlPlanes {
		if out, err = first.Run(ctx, "kubeadm init phase upload-certs --upload-certs"); err != nil {
			return "", "", err
		}
		certificateKey = lastLine(out)
	}
	return join, certificateKey, nil
}

// join makes a host part of the cluster. An attempt that was interrupted half-way is undone first, and the host's member
// of etcd, where it became one, leaves with it.
func join(ctx context.Context, sh shell, h Host, command, certificateKey string) error {
	if err := reset(ctx, sh); err != nil {
		return err
	}
	command += " --node-name " + h.Name + " --cri-socket unix:///run/containerd/containerd.sock" +
		" --ignore-preflight-errors " + strings.Join(ignoredPreflightErrors(), ",")
	if h.Role == ControlPlane {
		command += " --control-plane --apiserver-advertise-address " + h.Addr.String() + " --certificate-key " + certificateKey
	}
	return toTheEnd(ctx, sh, command)
}

func lastLine(out []byte) string {
	text := strings.TrimSpace(string(out))
	return strings.TrimSpace(text[strings.LastIndex(text, "\n")+1:])
}

// podRanges asks the cluster which address range each node's pods have.
func podRanges(ctx context.Context, first shell) (map[string]netip.Prefix, error) {
	out, err := first.Run(ctx, kubectl+"get nodes -o json")
	if err != nil {
		return nil, err
	}
	var list struct {
		Items []struct {
			Metadata struct{ Name string }
			Spec     struct{ PodCIDR string }
		}
	}
	if err := json.Unmarshal(out, &list); err != nil {
		return nil, fmt.Errorf("reading the nodes: %w", err)
	}
	ranges := map[string]netip.Prefix{}
	for _, item := range list.Items {
		if item.Spec.PodCIDR == "" {
			continue // kube-controller-manager has not come to it yet
		}
		if ranges[item.Metadata.Name], err = netip.ParsePrefix(item.Spec.PodCIDR); err != nil {
			return nil, fmt.Errorf("reading the pod range of node %s: %w", item.Metadata.Name, err)
		}
	}
	return ranges, nil
}

// connect writes a host's part of the pod network and brings it up.
func connect(ctx context.Context, sh shell, h Host, hosts []Host, ranges map[string]netip.Prefix, subnet netip.Prefix) error {
	type route struct {
		Pods netip.Prefix
		Via  netip.Addr
	}
	data := struct {
		Pods, Subnet netip.Prefix
		PodRange     string
		Routes       []route
	}{Pods: ranges[h.Name], Subnet: subnet, PodRange: PodRange}
	for _, other := range hosts {
		if other.Name != h.Name {
			data.Routes = append(data.Routes, route{ranges[other.Name], other.Addr})
		}
	}
	script, err := render("network.sh.tmpl", data)
	if err != nil {
		return err
	}
	plugin, err := render("cni.conflist.tmpl", data)
	if err != nil {
		return err
	}
	// Both at once: each command over SSH takes its time on a loaded machine.
	_, err = sh.Run(ctx, fmt.Sprintf(`set -e
mkdir -p /etc/cni/net.d
echo %s | base64 -d >/etc/lab/network.sh
echo %s | base64 -d >/etc/cni/net.d/.lab.new
systemctl daemon-reload
systemctl -q enable lab-network
systemctl restart lab-network
mv /etc/cni/net.d/.lab.new /etc/cni/net.d/10-lab.conflist`, base64.StdEncoding.EncodeToString(script), base64.StdEncoding.EncodeToString(plugin)))
	return err
}
