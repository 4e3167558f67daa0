// Package program has the programs a lab needs (etcd, kube-apiserver, kubeadm and the rest) in exact versions, built
// from their own Go modules and kept under the user's cache folder; Kubernetes' own binaries are downloaded instead
// where a place to get them from is named.
//
// It decides how a program of a version is got and where it is kept. It never downloads a binary without checking its
// checksum, never turns off the checksum database, and never keeps a program that does not report the version wanted.
// Start at [Store.Path].
package program

import (
	"fmt"
	"slices"
	"strings"

	"golang.org/x/mod/semver"
)

// Program names one program in one version: {"kube-apiserver", "1.37.1"}. Versions have no leading v.
type Program struct {
	Name    string
	Version string
}

func (p Program) String() string { return p.Name + " " + p.Version }

// project is a family of programs released together from one Go module each.
type project struct {
	name string
	// module maps a program to the Go module that holds it, pkg to its main package.
	module func(name string) string
	pkg    func(name string) string
	names  []string
}

func projects() []project {
	same := func(pattern string) func(string) string {
		return func(name string) string { return strings.ReplaceAll(pattern, "*", name) }
	}
	etcd := func(name string) string {
		if name == "etcd" {
			name = "server"
		}
		return "go.etcd.io/etcd/" + name + "/v3"
	}
	return []project{
		{
			name:   "kubernetes",
			module: same("k8s.io/kubernetes"),
			pkg:    same("k8s.io/kubernetes/cmd/*"),
			names: []string{
				"kube-apiserver", "kube-controller-manager", "kube-scheduler", "kube-proxy", "kubelet", "kubeadm", "kubectl",
			},
		},
		{name: "etcd", module: etcd, pkg: etcd, names: []string{"etcd", "etcdctl", "etcdutl"}},
		{
			name:   "coredns",
			module: same("github.com/coredns/coredns"),
			pkg:    same("github.com/coredns/coredns"),
			names:  []string{"coredns"},
		},
	}
}

// Kubernetes lists the programs that are released as Kubernetes.
func Kubernetes() []string { return projects()[0].names }

// Names lists every program this package can build.
func Names() []string {
	var names []string
	for _, p := range projects() {
		names = append(names, p.names...)
	}
	return names
}

// IsEtcd says whether the program is versioned as etcd is.
func IsEtcd(name string) bool { return strings.HasPrefix(name, "etcd") }

// IsCoreDNS says whether the program is versioned as CoreDNS is.
func IsCoreDNS(name string) bool { return name == "coredns" }

// Parse checks a name and a version ("1.37.1" or "v1.37.1"). The version must be a full one: a minor alone or a range
// would make a lab that changes by itself.
func Parse(name, version string) (Program, error) {
	if _, err := find(name); err != nil {
		return Program{}, err
	}
	v := "v" + strings.TrimPrefix(version, "v")
	if !semver.IsValid(v) || semver.Canonical(v) != v {
		return Program{}, fmt.Errorf("%q is not an exact version of %s: write it in full, for example %q", version, name, "1.37.1")
	}
	return Program{Name: name, Version: strings.TrimPrefix(v, "v")}, nil
}

func find(name string) (project, error) {
	for _, p := range projects() {
		if slices.Contains(p.names, name) {
			return p, nil
		}
	}
	return project{}, fmt.Errorf("no program named %q here: there are %s", name, strings.Join(Names(), ", "))
}
