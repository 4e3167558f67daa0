package plan_test

import (
	"regexp"
	"slices"
	"strconv"

	"github.com/fixline-dev/fixline/internal/core/inventory"
	"github.com/fixline-dev/fixline/internal/core/plan"
)

// This file judges plans a second time, from the text of
// https://kubernetes.io/releases/version-skew-policy/ alone. It shares neither
// code nor numbers with package skew: what is below was written off that page.

// thing is one running program.
type thing struct {
	name, node, host string
	minor, patch     int
	own              bool // it talks to the API server of its own node only
}

var numbers = regexp.MustCompile(`^v?1\.(\d+)\.(\d+)`)
var etcdNumbers = regexp.MustCompile(`^3\.(\d+)\.(\d+)`)

func minorPatch(name, text string) (minor, patch int, ok bool) {
	re := numbers
	if name == "etcd" {
		re = etcdNumbers
	}
	m := re.FindStringSubmatch(text)
	if m == nil {
		return 0, 0, false
	}
	minor, _ = strconv.Atoi(m[1])
	patch, _ = strconv.Atoi(m[2])
	return minor, patch, true
}

func things(c inventory.Cluster) []thing {
	servers := map[string]bool{}
	for _, i := range c.Instances {
		if i.Component == "kube-apiserver" {
			servers[i.Node] = true
		}
	}
	var out []thing
	for _, i := range c.Instances {
		t := thing{name: i.Component, node: i.Node, host: i.Host}
		t.minor, t.patch, _ = minorPatch(i.Component, i.Version.String())
		local := i.Component == "kube-controller-manager" || i.Component == "kube-scheduler"
		t.own = i.Server == "own" || i.Server == "" && local && servers[i.Node]
		out = append(out, t)
	}
	return out
}

// wrongs are the names of those that stand where the page does not allow it.
func wrongs(all []thing, conservative bool) []string {
	var out []string
	for _, t := range all {
		oldest, newest := 1000, -1
		for _, s := range all {
			if s.name == "kube-apiserver" && (!t.own || s.node == t.node) {
				oldest, newest = min(oldest, s.minor), max(newest, s.minor)
			}
		}
		if newest < 0 {
			continue
		}
		bad := false
		switch t.name {
		case "kube-apiserver":
			// "In highly-available clusters, the newest and oldest kube-apiserver instances must be within one minor version."
			bad = newest-oldest > 1
		case "kubelet", "kube-proxy":
			// "must not be newer than kube-apiserver", "may be up to three minor versions older than kube-apiserver
			// (< 1.25 may only be up to two minor versions older)", narrowed by differing instances.
			back := 3
			if t.minor < 25 || conservative {
				back = 2
			}
			bad = t.minor > oldest || newest-t.minor > back
			if t.name == "kube-proxy" {
				// "may be up to three minor versions older or newer than the kubelet instance it runs alongside (< 1.25: two)"
				for _, k := range all {
					if k.name == "kubelet" && k.node == t.node && (k.minor-t.minor > back || t.minor-k.minor > back) {
						bad = true
					}
				}
			}
		case "kube-controller-manager", "kube-scheduler", "cloud-controller-manager":
			// "must not be newer than the kube-apiserver instances they communicate with ... may be up to one minor version older"
			bad = t.minor > oldest || newest-t.minor > 1
		case "kubectl":
			// "within one minor version (older or newer) of kube-apiserver"; a client, so told apart
			if t.minor > oldest+1 || newest-t.minor > 1 {
				out = append(out, "client")
			}
		case "etcd":
			// https://etcd.io/docs/latest/upgrades/: one minor at a time
			for _, o := range all {
				bad = bad || o.name == "etcd" && (o.minor-t.minor > 1 || t.minor-o.minor > 1)
			}
		}
		if bad {
			out = append(out, t.name)
		}
	}
	return out
}

// replay goes through the steps of a plan and returns the first that leads to a
// state the page does not allow; "" where none does. In a kubeadm step the
// programs of a node are restarted one after another, etcd and the API server
// before those that talk to it.
func replay(start []thing, steps []plan.Step, conservative bool) (id, who string, clients bool) {
	all := slices.Clone(start)
	for _, s := range steps {
		type change struct{ name, node, to string }
		var order []change
		for _, a := range s.Also {
			if a.Component == "etcd" {
				order = append(order, change{a.Component, a.Node, a.To})
			}
		}
		kubeadm := s.Kind == "kubeadm-apply" || s.Kind == "kubeadm-node"
		first := []string{"etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler"}
		if kubeadm {
			for _, f := range first {
				for _, c := range s.Components {
					if c == f {
						order = append(order, change{c, s.Node, s.To})
					}
				}
			}
		}
		for _, c := range s.Components {
			if !kubeadm || !slices.Contains(first, c) {
				order = append(order, change{c, s.Node, s.To})
			}
		}
		for _, a := range s.Also {
			if a.Component != "etcd" {
				order = append(order, change{a.Component, a.Node, a.To})
			}
		}
		for _, c := range order {
			minor, patch, ok := minorPatch(c.name, c.to)
			if !ok || c.name == "coredns" {
				continue
			}
			for i := range all {
				t := &all[i]
				if t.name != c.name || c.node != "" && t.node != c.node && t.host != c.node {
					continue
				}
				down := minor < t.minor || minor == t.minor && patch < t.patch
				if c.node == "" && down {
					continue
				}
				if (c.name == "kube-apiserver" || c.name == "etcd") && (down || minor-t.minor > 1) {
					return s.ID, c.name, clients
				}
				t.minor, t.patch = minor, patch
			}
			for _, w := range wrongs(all, conservative) {
				if w != "client" {
					return s.ID, w, clients
				}
				clients = true
			}
		}
	}
	return "", "", clients
}
