// Package node makes the image of a lab's hosts: a small Debian with systemd, sshd, containerd and what kubeadm wants.
//
// It decides what is on a host before anything of Kubernetes is. It never installs Kubernetes, which comes from a
// package as on any host, and nothing it makes holds a key or an identity. Start at [Ensure].
package node

import (
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/fixline-dev/fixline/lab/engine"
)

// Suite is the Debian release of a host.
const Suite = "bookworm"

// packages are what a host has from Debian. haproxy is for the host that balances, busybox for workloads.
func packages() []string {
	return []string{
		"systemd", "systemd-sysv", "dbus", "openssh-server", "procps", "kmod", "mount", "ca-certificates", "curl",
		"iproute2", "iptables", "nftables", "conntrack", "ebtables", "ethtool", "socat", "netcat-openbsd",
		"containerd", "runc", "containernetworking-plugins", "busybox", "haproxy",
	}
}

// masked are units that have no place on a host: what would turn the machine's own knobs, and what waits for hardware.
func masked() []string {
	return []string{
		"systemd-sysctl.service", "systemd-modules-load.service", "sys-kernel-debug.mount", "sys-kernel-tracing.mount",
		"sys-kernel-config.mount", "sys-fs-fuse-connections.mount", "dev-hugepages.mount", "proc-sys-fs-binfmt_misc.automount",
		"systemd-udevd.service", "systemd-udev-trigger.service", "systemd-logind.service", "systemd-networkd.service",
		"systemd-resolved.service", "systemd-timesyncd.service", "getty.target", "console-getty.service", "haproxy.service",
		"apt-daily.timer", "apt-daily-upgrade.timer", "e2scrub_all.timer", "fstrim.timer", "nftables.service",
	}
}

//go:embed files
var files embed.FS

// ContainerdConfig is containerd's configuration on a host, with the pause image that this Kubernetes version names.
func ContainerdConfig(pause string) ([]byte, error) {
	data, err := files.ReadFile("files/containerd.toml")
	return []byte(strings.ReplaceAll(string(data), "@PAUSE@", pause)), err
}

// Init is the program a host's container runs.
const Init = "/usr/local/sbin/lab-init"

// Ref is the name of the image: its tag is a digest of everything that decides what is in it.
func Ref() (string, error) {
	digest := sha256.New()
	fmt.Fprintln(digest, Suite, packages(), masked(), recipe())
	err := fs.WalkDir(files, "files", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := files.ReadFile(path)
		fmt.Fprintf(digest, "%s %d\n%s", path, len(data), data)
		return err
	})
	return "lab.invalid/node:" + hex.EncodeToString(digest.Sum(nil))[:12], err
}

// recipe is what is done in the new file system after its packages are there.
func recipe() string {
	return `set -e
rm -f /etc/ssh/ssh_host_* /etc/containerd/config.toml
: >/etc/machine-id
systemctl -q mask ` + strings.Join(masked(), " ") + `
systemctl -q enable ssh containerd
echo 'PasswordAuthentication no' >/etc/ssh/sshd_config.d/lab.conf
echo force-unsafe-io >/etc/dpkg/dpkg.cfg.d/lab
echo '# A lab host has what it needs; Kubernetes comes from sources.list.d.' >/etc/apt/sources.list
mkdir -p /opt/cni
ln -s /usr/lib/cni /opt/cni/bin
rm -rf /var/cache/apt/*.bin /var/cache/apt/archives/*.deb /var/lib/apt/lists/* /var/log/*.log /usr/share/doc /usr/share/man /usr/share/locale
`
}

// Ensure returns the name of the image and makes it first where the engine does not have it: about a minute, as root.
// tmp is a folder on a file system that holds device files; progress gets a line for what takes long.
func Ensure(ctx context.Context, e engine.Engine, tmp string, progress io.Writer) (string, error) {
	ref, err := Ref()
	if err != nil {
		return "", err
	}
	if out, err := e.Output(ctx, "images", "--quiet", ref); err != nil {
		return "", fmt.Errorf("looking for the image of a host: %w", err)
	} else if len(out) > 0 {
		return ref, nil
	}
	if os.Geteuid() != 0 {
		return "", errors.New("making the image of a host needs root once: run this command as root, or \"lab up\" as root one time on this machine")
	}
	if _, err := exec.LookPath("debootstrap"); err != nil {
		return "", errors.New("debootstrap is not installed: run \"lab deps\" as root, or install it by your package manager")
	}
	if err := build(ctx, e, ref, tmp, progress); err != nil {
		return "", fmt.Errorf("making the image of a host: %w", err)
	}
	return ref, nil
}

func build(ctx context.Context, e engine.Engine, ref, tmp string, progress io.Writer) error {
	if err := os.MkdirAll(tmp, 0o755); err != nil {
		return err
	}
	root, err := os.MkdirTemp(tmp, "node-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(root)
	if err := os.Chmod(root, 0o755); err != nil { // it becomes the host's /
		return err
	}
	mirror := Mirror(os.DirFS("/"))
	fmt.Fprintf(progress, "making the image of a host from Debian %s at %s (once, about a minute)\n", Suite, mirror)
	if err := command(ctx, "debootstrap", "--variant=minbase", "--include="+strings.Join(packages(), ","), Suite, root, mirror); err != nil {
		return err
	}
	data, err := files.ReadFile("files/lab-init")
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(root, Init), data, 0o755); err != nil {
		return err
	}
	if err := command(ctx, "chroot", root, "/bin/sh", "-c", recipe()); err != nil {
		return err
	}
	return load(ctx, e, ref, root)
}

// load streams the file system to the engine.
func load(ctx context.Context, e engine.Engine, ref, root string) error {
	tar := exec.CommandContext(ctx, "tar", "-C", root, "--numeric-owner", "-c", ".")
	var said strings.Builder
	tar.Stderr = &said
	stream, err := tar.StdoutPipe()
	if err != nil {
		return err
	}
	if err := tar.Start(); err != nil {
		return err
	}
	importErr := e.Stream(ctx, stream, io.Discard, "import",
		"--change", "ENTRYPOINT [\""+Init+"\"]", "--change", "ENV container=docker",
		"--change", "LABEL "+engine.LabelImage+"="+ref, "-", ref)
	if err := tar.Wait(); err != nil {
		return errors.Join(importErr, fmt.Errorf("reading the new file system: %w: %s", err, said.String()))
	}
	return importErr
}

func command(ctx context.Context, name string, args ...string) error {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Env = append(os.Environ(), "DEBIAN_FRONTEND=noninteractive", "LC_ALL=C", "PATH="+os.Getenv("PATH")+":/usr/sbin:/sbin")
	out, err := cmd.CombinedOutput()
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if err != nil {
		lines := strings.Split(strings.TrimSpace(string(out)), "\n")
		return fmt.Errorf("%s: %w\n%s", name, err, strings.Join(lines[max(0, len(lines)-15):], "\n"))
	}
	return nil
}

// Mirror is where this machine gets Debian from, so that a host's packages come from the same place: the first source
// of Debian's main archive, or deb.debian.org where there is none. machine is the machine's file system.
func Mirror(machine fs.FS) string {
	lists, _ := fs.Glob(machine, "etc/apt/sources.list.d/*") // only a malformed pattern is an error
	for _, name := range append([]string{"etc/apt/sources.list"}, lists...) {
		data, err := fs.ReadFile(machine, name)
		if err != nil {
			continue
		}
		for line := range strings.Lines(string(data)) {
			fields := strings.Fields(line)
			if len(fields) == 0 || fields[0] != "deb" && fields[0] != "URIs:" {
				continue
			}
			for _, field := range fields[1:] {
				// Other archives (security updates, other vendors) do not hold the whole of Debian.
				if isURL(field) && strings.HasSuffix(strings.TrimSuffix(field, "/"), "/debian") {
					return strings.TrimSuffix(field, "/")
				}
			}
		}
	}
	return "http://deb.debian.org/debian"
}

func isURL(s string) bool {
	return slices.ContainsFunc([]string{"http://", "https://", "file:/"}, func(scheme string) bool { return strings.HasPrefix(s, scheme) })
}

// Layers writes what images of pods take from the host image as tar files into dir, and returns their paths: what
// kube-proxy runs (iptables, nft, conntrack and their libraries), and busybox. Files that are there are kept.
func Layers(ctx context.Context, e engine.Engine, ref, dir string) (proxy, busybox string, err error) {
	_, tag, _ := strings.Cut(ref, ":")
	proxy, busybox = filepath.Join(dir, "kube-proxy-"+tag+".tar"), filepath.Join(dir, "busybox-"+tag+".tar")
	for path, script := range map[string]string{proxy: proxyScript, busybox: busyboxScript} {
		if _, err := os.Stat(path); err == nil {
			continue
		}
		if err := layer(ctx, e, ref, path, script); err != nil {
			return "", "", fmt.Errorf("copying from the image of a host: %w", err)
		}
	}
	return proxy, busybox, nil
}

// closure lists programs and libraries with what ldd names, each also under its real path. Debian's /sbin and /lib are
// links into /usr, which have to come along.
const closure = `set -e -o pipefail
cd /
closure() {
	{ printf '%s\n' "$@"; ldd "$@" | grep -v ':$' | grep -o '/[^ ]*'; } | while read -r file; do
		file=$(readlink -f "$(dirname "$file")")/$(basename "$file")
		printf '%s\n' "${file#/}" "$(readlink -f "$file" | sed 's,^/,,')"
	done
}
`

// iptables loads its extensions by itself.
const proxyScript = closure + `
{
	ls -d bin sbin lib lib64 usr/sbin/iptables* usr/sbin/ip6tables* usr/sbin/xtables* etc/alternatives/ip*tables* usr/lib/*/xtables/*.so
	closure /usr/sbin/iptables /usr/sbin/nft /usr/sbin/conntrack /usr/lib/*/xtables/*.so
} | sort -u | tar -c --numeric-owner --no-recursion -T -`

// busybox gets a link for each program it can be. It is not the static one, whose look-up of names needs the shared
// libraries all the same. Debian's wget in it crashes when it is given -T.
const busyboxScript = closure + `
mkdir -p /tmp/layer/usr/bin
for name in $(busybox --list); do [ "$name" = busybox ] || ln -s busybox "/tmp/layer/usr/bin/$name"; done
{ ls -d bin sbin lib lib64; closure /usr/bin/busybox; } | sort -u | tar -c --numeric-owner --no-recursion -T - -C /tmp/layer $(cd /tmp/layer && find usr/bin -type l)`

func layer(ctx context.Context, e engine.Engine, ref, path, script string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	file, err := os.CreateTemp(filepath.Dir(path), ".layer-*")
	if err != nil {
		return err
	}
	defer os.Remove(file.Name()) // fails once it has been renamed
	defer file.Close()
	if err := e.Stream(ctx, nil, file, "run", "--rm", "--network", "none", "--entrypoint", "/bin/bash", ref, "-c", script); err != nil {
		return err
	}
	if err := file.Close(); err != nil {
		return err
	}
	return os.Rename(file.Name(), path)
}
