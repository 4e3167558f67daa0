package cluster

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"golang.org/x/mod/semver"

	"github.com/fixline-dev/fixline/lab/deb"
	"github.com/fixline-dev/fixline/lab/image"
	"github.com/fixline-dev/fixline/lab/program"
)

// Workload is the image for pods of tests and demos: busybox, with a name in /bin for each program it can be.
const Workload = "lab.invalid/busybox:1"

// release is one Kubernetes version: its programs and the images its kubeadm names.
type release struct {
	version  string
	programs map[string]string // name to path
	images   []string
}

// releases gets the programs of every version.
func releases(ctx context.Context, store program.Store, versions []string) ([]release, error) {
	var all []release
	for _, version := range versions {
		r := release{version: version, programs: map[string]string{}}
		var wanted []program.Program
		for _, name := range program.Kubernetes() {
			wanted = append(wanted, program.Program{Name: name, Version: version})
		}
		paths, err := store.Paths(ctx, wanted...)
		if err != nil {
			return nil, err
		}
		for i, p := range wanted {
			r.programs[p.Name] = paths[i]
		}
		// kubeadm knows which etcd, CoreDNS and pause go with it.
		out, err := exec.CommandContext(ctx, r.programs["kubeadm"], "config", "images", "list", "--kubernetes-version", "v"+version).Output()
		if err != nil {
			return nil, fmt.Errorf("asking kubeadm %s for its images: %w", version, err)
		}
		r.images = strings.Fields(string(out))
		all = append(all, r)
	}
	return all, nil
}

// split takes "registry.k8s.io/etcd:3.7.0-0" apart: etcd, 3.7.0-0.
func split(ref string) (name, tag string) {
	last := ref[strings.LastIndex(ref, "/")+1:]
	name, tag, _ = strings.Cut(last, ":")
	return name, tag
}

// wanted are the images of a release on the hosts of a lab. Where etcd is pinned, the running version has that one alone;
// a version on offer has its own too, for who moves the pin on the way there. kubeadm's images of etcd end in a build number.
func wanted(r release, spec Spec) []string {
	var all []string
	for _, ref := range append(slices.Clone(r.images), Workload) {
		name, tag := split(ref)
		pin := spec.Etcd != "" && name == "etcd"
		if pin {
			all = append(all, strings.TrimSuffix(ref, tag)+etcdTag(spec.Etcd))
		}
		if !pin || r.version != spec.Version {
			all = append(all, ref)
		}
	}
	return all
}

// maker makes the archives of images.
type maker struct {
	store program.Store
	// dir is where archives are kept.
	dir string
	// proxy and busybox are layers from the host image.
	proxy, busybox string
}

// contents is what an image holds. Every program in it is of the version that the image's name says.
func (m maker) contents(ctx context.Context, r release, ref string) (image.Image, error) {
	name, tag := split(ref)
	img := image.Image{Ref: ref, Labels: map[string]string{"dev.fixline.lab": "built by Fixline's lab, not by the name's owner"}}
	bin := func(name, path string) image.File { return image.File{Path: "/usr/local/bin/" + name, From: path} }
	switch name {
	case "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kube-proxy":
		if tag != "v"+r.version {
			return img, fmt.Errorf("kubeadm %s wants image %s", r.version, ref)
		}
		if name == "kube-proxy" {
			img.Base = m.proxy
		}
		img.Files = []image.File{bin(name, r.programs[name])}
		img.Entrypoint = []string{"/usr/local/bin/" + name}
	case "etcd":
		version, _, _ := strings.Cut(tag, "-")
		names, err := etcdPrograms(version)
		if err != nil {
			return img, err
		}
		for _, name := range names {
			path, err := m.store.Path(ctx, program.Program{Name: name, Version: version})
			if err != nil {
				return img, err
			}
			img.Files = append(img.Files, bin(name, path))
		}
		img.Entrypoint = []string{"/usr/local/bin/etcd"}
	case "coredns":
		path, err := m.store.Path(ctx, program.Program{Name: "coredns", Version: strings.TrimPrefix(tag, "v")})
		if err != nil {
			return img, err
		}
		img.Files, img.Entrypoint = []image.File{{Path: "/coredns", From: path}}, []string{"/coredns"}
	case "pause":
		img.Base = m.busybox
		img.Files, img.Entrypoint = []image.File{{Path: "/pause", Text: pauseScript(tag)}}, []string{"/pause"}
	case "busybox":
		img.Base = m.busybox
		img.Entrypoint = []string{"/bin/sh"}
	default:
		return img, fmt.Errorf("kubeadm %s wants image %s, which the lab cannot make", r.version, ref)
	}
	return img, nil
}

// pauseScript stands in for the program that holds a pod's namespaces: it answers -v, as kubeadm's check before an
// upgrade asks it to (https://github.com/kubernetes/kubernetes/blob/master/cmd/kubeadm/app/phases/upgrade/health.go),
// and otherwise sleeps and collects children until it is told to end.
func pauseScript(tag string) string {
	return `#!/bin/busybox sh
[ "$1" = -v ] && { echo "a lab's stand-in for pause ` + tag + `"; exit 0; }
trap 'exit 0' TERM INT
while :; do /bin/busybox sleep 2147483647 & wait $!; done
`
}

// archives makes the images that are missing and returns where each is.
func (m maker) archives(ctx context.Context, releases []release, spec Spec) (map[string]string, error) {
	found := map[string]string{}
	for _, r := range releases {
		for _, ref := range wanted(r, spec) {
			if found[ref] != "" {
				continue
			}
			img, err := m.contents(ctx, r, ref)
			if err != nil {
				return nil, err
			}
			path, err := m.archive(img)
			if err != nil {
				return nil, err
			}
			found[ref] = path
		}
	}
	return found, nil
}

// archive is kept under a name that changes with what is in it.
func (m maker) archive(img image.Image) (string, error) {
	key := sha256.New()
	fmt.Fprintf(key, "%q %q\n", img.Ref, img.Entrypoint)
	for _, f := range append([]image.File{{From: img.Base}}, img.Files...) {
		fmt.Fprintf(key, "%q %q %q\n", f.Path, f.Text, f.Link)
		if f.From == "" {
			continue
		}
		info, err := os.Stat(f.From)
		if err != nil {
			return "", err
		}
		fmt.Fprintln(key, f.From, info.Size(), info.ModTime().UnixNano())
	}
	name, tag := split(img.Ref)
	path := filepath.Join(m.dir, fmt.Sprintf("%s-%s-%s.tar", name, tag, hex.EncodeToString(key.Sum(nil))[:12]))
	if _, err := os.Stat(path); err == nil {
		return path, nil
	}
	return path, image.Write(path, img)
}

// buildNumber is what pkgs.k8s.io adds to a version for its first build.
const buildNumber = "-1.1"

// packagesOf are the Debian packages of a release, as pkgs.k8s.io splits and describes them.
// Source: https://github.com/kubernetes/release/tree/master/cmd/krel/templates/latest
func packagesOf(r release) ([]deb.Package, error) {
	service, err := files.ReadFile("files/kubelet.service")
	if err != nil {
		return nil, err
	}
	dropIn, err := files.ReadFile("files/10-kubeadm.conf")
	if err != nil {
		return nil, err
	}
	var all []deb.Package
	for _, p := range []deb.Package{
		{Name: "kubeadm", Summary: "Command-line utility for administering a Kubernetes cluster", Files: []deb.File{
			{Path: "/usr/lib/systemd/system/kubelet.service.d/10-kubeadm.conf", Text: string(dropIn)},
		}},
		{
			Name: "kubelet", Summary: "Node agent for Kubernetes clusters",
			Depends: "iptables (>= 1.4.21), iproute2, mount, util-linux, socat, ethtool, conntrack, ebtables",
			Files:   []deb.File{{Path: "/usr/lib/systemd/system/kubelet.service", Text: string(service)}},
		},
		{Name: "kubectl", Summary: "Command-line utility for interacting with a Kubernetes cluster"},
	} {
		p.Version, p.Architecture = r.version+buildNumber, runtime.GOARCH
		p.Files = append([]deb.File{{Path: "/usr/bin/" + p.Name, From: r.programs[p.Name]}}, p.Files...)
		all = append(all, p)
	}
	return all, nil
}

// repository is the folder of a minor's packages below a lab's folder of packages: "v1.37/deb". As with pkgs.k8s.io, a
// host sees one minor until its list of sources names another.
func repository(version string) string {
	return filepath.Join(semver.MajorMinor("v"+version), "deb")
}

// publish makes the repositories of a lab. Packages are kept in the cache and linked, since they are large.
func publish(cache string, to string, releases []release, now time.Time) error {
	byRepository := map[string][]deb.Package{}
	var order []string
	for _, r := range releases {
		packages, err := packagesOf(r)
		if err != nil {
			return err
		}
		kept := filepath.Join(cache, "packages")
		if strings.Contains(r.programs["kubeadm"], string(filepath.Separator)+"official"+string(filepath.Separator)) {
			kept = filepath.Join(kept, "official")
		}
		in := repository(r.version)
		if err := os.MkdirAll(filepath.Join(to, in), 0o755); err != nil {
			return err
		}
		for _, p := range packages {
			source := filepath.Join(kept, p.FileName())
			if _, err := os.Stat(source); err != nil {
				if source, err = deb.Write(kept, p); err != nil {
					return err
				}
			}
			if err := os.Link(source, filepath.Join(to, in, p.FileName())); err != nil && !errors.Is(err, os.ErrExist) {
				return err
			}
		}
		if !slices.Contains(order, in) {
			order = append(order, in)
		}
		byRepository[in] = append(byRepository[in], packages...)
	}
	for _, in := range order {
		if err := deb.Index(filepath.Join(to, in), byRepository[in], now); err != nil {
			return err
		}
	}
	return nil
}
