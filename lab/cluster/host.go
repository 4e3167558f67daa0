package cluster

import (
	"archive/tar"
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/fixline-dev/fixline/lab/engine"
	"github.com/fixline-dev/fixline/lab/node"
	"github.com/fixline-dev/fixline/lab/remote"
)

// prefix starts the names of everything that labs have in the engine.
const prefix = "fixline-lab-"

func container(lab, host string) string { return prefix + lab + "-" + host }
func network(lab string) string         { return prefix + lab }

// Where hosts see what the machine gives them, read-only.
const (
	hostPackages = "/opt/lab/packages"
	hostImages   = "/opt/lab/images"
)

// keys makes the lab's SSH keys where they are missing: one for root on every host, and one for each host to prove
// itself with. The hosts' addresses are in known_hosts before they run.
func keys(f Folder, lab string, hosts []Host) error {
	make := func(path, comment string) error {
		if _, err := os.Stat(path + ".pub"); err == nil {
			return nil
		}
		key, err := remote.NewKey(comment)
		if err != nil {
			return err
		}
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return err
		}
		if err := os.WriteFile(path, key.Private, 0o600); err != nil {
			return err
		}
		return os.WriteFile(path+".pub", key.Public, 0o644)
	}
	if err := make(f.key(), "lab-"+lab); err != nil {
		return fmt.Errorf("making the lab's SSH key: %w", err)
	}
	var known, config strings.Builder
	fmt.Fprintf(&config, "# The hosts of lab %s, for ssh -F, scp -F and what else reads this.\n", lab)
	for _, h := range hosts {
		path := filepath.Join(f.hostKeys(), h.Name)
		if err := make(path, h.Name); err != nil {
			return fmt.Errorf("making the SSH key of %s: %w", h.Name, err)
		}
		public, err := os.ReadFile(path + ".pub")
		if err != nil {
			return err
		}
		line, err := remote.KnownHost(public, h.Addr.String())
		if err != nil {
			return err
		}
		fmt.Fprintln(&known, line)
		fmt.Fprintf(&config, "Host %s\n  HostName %s\n", h.Name, h.Addr)
	}
	fmt.Fprintf(&config, "Host *\n  User root\n  IdentityFile \"%s\"\n  IdentitiesOnly yes\n  UserKnownHostsFile \"%s\"\n  StrictHostKeyChecking yes\n  HostKeyAlgorithms ssh-ed25519\n", f.key(), f.knownHosts())
	if err := os.WriteFile(f.knownHosts(), []byte(known.String()), 0o644); err != nil {
		return err
	}
	return os.WriteFile(f.SSHConfig(), []byte(config.String()), 0o600)
}

// content is a file put into a host before it starts.
type content struct {
	path string
	mode int64
	data []byte
}

// identity is what makes a host this host: its own key, and whom it lets in.
func identity(f Folder, h Host) ([]content, error) {
	private, err := os.ReadFile(filepath.Join(f.hostKeys(), h.Name))
	if err != nil {
		return nil, err
	}
	public, err := os.ReadFile(filepath.Join(f.hostKeys(), h.Name) + ".pub")
	if err != nil {
		return nil, err
	}
	user, err := os.ReadFile(f.key() + ".pub")
	if err != nil {
		return nil, err
	}
	return []content{
		{"etc/ssh/ssh_host_ed25519_key", 0o600, private},
		{"etc/ssh/ssh_host_ed25519_key.pub", 0o644, public},
		{"root/.ssh/authorized_keys", 0o600, user},
	}, nil
}

// configuration is what a node of the cluster reads before kubeadm runs.
func configuration(pause, version string, nameservers []string) ([]content, error) {
	containerd, err := node.ContainerdConfig(pause)
	if err != nil {
		return nil, err
	}
	service, err := files.ReadFile("files/lab-network.service")
	if err != nil {
		return nil, err
	}
	var resolv strings.Builder
	for _, server := range nameservers {
		fmt.Fprintf(&resolv, "nameserver %s\n", server)
	}
	sources := fmt.Sprintf("# As pkgs.k8s.io has it: one minor at a time.\ndeb [trusted=yes] file:%s/%s /\n", hostPackages, repository(version))
	return []content{
		{"etc/containerd/config.toml", 0o644, containerd},
		{"etc/apt/sources.list.d/kubernetes.list", 0o644, []byte(sources)},
		{"etc/lab/resolv.conf", 0o644, []byte(resolv.String())},
		{"etc/systemd/system/lab-network.service", 0o644, service},
	}, nil
}

// runArgs are the flags of a host's container. It gets every capability but SYS_RESOURCE, which root inside a small
// virtual machine may not have to give away; so a lab is the same on every machine. Each host has its own cgroups
// (--cgroupns private, and no mount of the machine's), which end with it.
func runArgs(f Folder, cache, image string, s State, h Host) []string {
	args := []string{
		"create", "--name", container(s.Spec.Name, h.Name), "--hostname", h.Name,
		"--label", engine.LabelLab + "=" + s.Spec.Name,
		"--network", network(s.Spec.Name), "--ip", h.Addr.String(), "--network-alias", h.Name,
		"--cap-add", "ALL", "--cap-drop", "SYS_RESOURCE", "--cgroupns", "private",
		"--security-opt", "seccomp=unconfined", "--security-opt", "apparmor=unconfined", "--security-opt", "systempaths=unconfined",
		"--tmpfs", "/run:exec", "--tmpfs", "/tmp:exec",
	}
	if h.Role == Balancer {
		return append(args, "--entrypoint", "/usr/sbin/haproxy", image, "-db", "-f", "/etc/haproxy/haproxy.cfg")
	}
	// Overlay file systems do not stack, and etcd wants a real disk: volumes, which go with the container.
	// A privileged pod, such as kube-proxy's, may use no more devices than its host.
	return append(args, "--device", "/dev/kmsg", "--device-cgroup-rule", "a *:* rwm",
		"--volume", "/var/lib/containerd", "--volume", "/var/lib/etcd", "--volume", "/var/lib/kubelet",
		"--volume", f.packages()+":"+hostPackages+":ro", "--volume", filepath.Join(cache, "images")+":"+hostImages+":ro", image)
}

// start makes a host's container with its files, or starts the one that is there.
func start(ctx context.Context, e engine.Engine, args []string, name string, contents []content, there []engine.Object) error {
	i := slices.IndexFunc(there, func(o engine.Object) bool { return o.Name == name })
	// One that was made but never ran may lack its files.
	if i >= 0 && there[i].State == "created" {
		if _, err := e.Output(ctx, "rm", "--force", "--volumes", name); err != nil {
			return err
		}
		i = -1
	}
	if i < 0 {
		if _, err := e.Output(ctx, args...); err != nil {
			return err
		}
		files, err := tarball(contents)
		if err != nil {
			return err
		}
		if _, err := e.Feed(ctx, bytes.NewReader(files), "cp", "-", name+":/"); err != nil {
			return err
		}
	} else if there[i].State == "running" {
		return nil
	}
	_, err := e.Output(ctx, "start", name)
	return err
}

func tarball(contents []content) ([]byte, error) {
	var b bytes.Buffer
	tw := tar.NewWriter(&b)
	made := map[string]bool{".": true}
	for _, c := range contents {
		var parents []string
		for dir := filepath.Dir(c.path); !made[dir]; dir = filepath.Dir(dir) {
			made[dir] = true
			parents = append(parents, dir)
		}
		for _, dir := range slices.Backward(parents) {
			mode := int64(0o755)
			if strings.HasPrefix(dir, "root") {
				mode = 0o700
			}
			if err := tw.WriteHeader(&tar.Header{Typeflag: tar.TypeDir, Name: dir + "/", Mode: mode}); err != nil {
				return nil, err
			}
		}
		if err := tw.WriteHeader(&tar.Header{Name: c.path, Mode: c.mode, Size: int64(len(c.data))}); err != nil {
			return nil, err
		}
		if _, err := tw.Write(c.data); err != nil {
			return nil, err
		}
	}
	return b.Bytes(), tw.Close()
}

// nameservers are the machine's, as far as a pod can ask them; otherwise the network's gateway, which does not answer,
// so that CoreDNS never asks itself.
func nameservers(resolvConf string, gateway string) []string {
	var all []string
	for line := range strings.Lines(resolvConf) {
		fields := strings.Fields(line)
		if len(fields) > 1 && fields[0] == "nameserver" && !strings.HasPrefix(fields[1], "127.") && !strings.Contains(fields[1], ":") {
			all = append(all, fields[1])
		}
	}
	if len(all) == 0 {
		all = append(all, gateway)
	}
	return all
}
