// Package packages reads out of evidence what a planner needs to know of the
// package manager of each host: which one it is, the file that names the
// repository of Kubernetes' packages, and how each version it offers is called
// there. It decides nothing, and of a host whose packages were not read it says
// nothing. Start at [Of].
package packages

import (
	"strings"

	"github.com/fixline-dev/fixline/internal/core/inventory"
	"github.com/fixline-dev/fixline/internal/core/plan"
	"github.com/fixline-dev/fixline/internal/core/version"
	"github.com/fixline-dev/fixline/internal/evidence"
)

// Of is what is known of each host, by its node's name.
func Of(b *evidence.Bundle) map[string]plan.Host {
	out := map[string]plan.Host{}
	for node, h := range b.Hosts {
		if h.PackagesFrom == "" && h.OffersFrom == "" && len(h.Repositories) == 0 {
			continue
		}
		out[node] = plan.Host{Packages: manager(h), Repository: repository(h), Exact: exact(h)}
	}
	return out
}

func manager(h evidence.Host) string {
	if h.PackagesFrom == "rpm" || strings.HasPrefix(h.OffersFrom, "dnf") {
		return "dnf"
	}
	return "apt"
}

// repository is the file that names the repository of Kubernetes' packages, by
// the path both its forms have: /core:/stable:/v1.35/deb/ and /rpm/, also on a
// mirror (https://kubernetes.io/blog/2023/08/15/pkgs-k8s-io-introduction/).
func repository(h evidence.Host) string {
	for _, r := range h.Repositories {
		if r.Enabled && (strings.Contains(r.URL, "/core:/stable:/v") || strings.Contains(r.URL, "pkgs.k8s.io")) {
			return r.File
		}
	}
	return ""
}

// exact is how each version of kubeadm is called there; a version in several
// revisions by its first, which the package manager lists newest first.
func exact(h evidence.Host) map[string]string {
	out := map[string]string{}
	for _, o := range h.Offers {
		v, err := version.ParsePackage(o.Package, o.Version)
		if o.Package != inventory.Kubeadm || err != nil || !v.Known() {
			continue
		}
		if key := v.Base().String(); out[key] == "" {
			out[key] = o.Version
		}
	}
	return out
}
