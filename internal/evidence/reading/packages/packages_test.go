package packages_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fixline-dev/fixline/internal/core/plan"
	"github.com/fixline-dev/fixline/internal/evidence"
	"github.com/fixline-dev/fixline/internal/evidence/reading/packages"
)

func TestOf(t *testing.T) {
	b := evidence.New("x")
	b.Hosts["cp1"] = evidence.Host{PackagesFrom: "dpkg", OffersFrom: "apt-cache madison",
		Offers: []evidence.Offer{{Package: "kubeadm", Version: "1.35.4-1.2"}, {Package: "kubeadm", Version: "1.35.4-1.1"}, {Package: "kubelet", Version: "1.35.3-1.1"}, {Package: "kubeadm", Version: "?"}},
		Repositories: []evidence.Repository{{File: "/etc/apt/sources.list", URL: "http://deb.example.org/debian", Enabled: true},
			{File: "/etc/apt/sources.list.d/old.list", URL: "https://pkgs.k8s.io/core:/stable:/v1.33/deb/"},
			{File: "/etc/apt/sources.list.d/mirror.list", URL: "https://mirror.example.org/core:/stable:/v1.35/deb/", Enabled: true}}}
	b.Hosts["w1"] = evidence.Host{PackagesFrom: "rpm"}
	b.Hosts["w2"] = evidence.Host{Kernel: "6.1"}
	want := map[string]plan.Host{
		"cp1": {Packages: "apt", Repository: "/etc/apt/sources.list.d/mirror.list", Exact: map[string]string{"1.35.4": "1.35.4-1.2"}},
		"w1":  {Packages: "dnf", Exact: map[string]string{}},
	}
	if diff := cmp.Diff(want, packages.Of(b)); diff != "" {
		t.Error(diff)
	}
}
