package cluster

import (
	"net/netip"
	"slices"
	"strings"
	"testing"
)

func TestCheck(t *testing.T) {
	good := Spec{Name: "lab", Version: "v1.37.0", ControlPlanes: 1, Workers: 1, Offer: []string{"1.37.1", "v1.37.1", "1.37.0"}, Etcd: "v3.6.9"}
	got, err := good.Check()
	if err != nil || got.Version != "1.37.0" || !slices.Equal(got.Offer, []string{"1.37.1"}) || got.Etcd != "3.6.9" {
		t.Errorf("Check = %+v, %v; want plain versions, each offered once", got, err)
	}
	for _, tt := range []struct {
		name   string
		change func(*Spec)
		want   string
	}{
		{"name", func(s *Spec) { s.Name = "My lab" }, `"My lab" is no name of a lab`},
		{"no name", func(s *Spec) { s.Name = "" }, `"" is no name of a lab`},
		{"a path", func(s *Spec) { s.Name = "../x" }, `"../x" is no name of a lab`},
		{"two control planes", func(s *Spec) { s.ControlPlanes = 2 }, "choose 1 or 3"},
		{"workers", func(s *Spec) { s.Workers = -1 }, "-1 workers: choose 0 to"},
		{"version", func(s *Spec) { s.Version = "1.37" }, `"1.37" is not an exact version`},
		{"too old", func(s *Spec) { s.Version = "1.30.14" }, "1.31 and later"},
		{"offer", func(s *Spec) { s.Offer = []string{"latest"} }, `offer: "latest" is not an exact version`},
		{"etcd", func(s *Spec) { s.Etcd = "3.6" }, `"3.6" is not an exact version of etcd`},
	} {
		s := good
		tt.change(&s)
		if _, err := s.Check(); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: Check = %v; want %q", tt.name, err, tt.want)
		}
	}
}

// A lab at 1.33 gets an etcd that may step to 3.6; who asks for kubeadm's own older one gets that.
func TestEtcdNobodyAskedFor(t *testing.T) {
	for _, tt := range []struct{ version, asked, want string }{
		{"1.33.13", "", "3.5.33"},
		{"1.33.13", "3.5.24", "3.5.24"},
		{"1.32.13", "", ""},
		{"1.34.2", "", ""},
	} {
		got, err := Spec{Name: "lab", Version: tt.version, ControlPlanes: 1, Etcd: tt.asked}.Check()
		if err != nil || got.Etcd != tt.want {
			t.Errorf("%s with etcd %q asked for: %q, %v; want %q", tt.version, tt.asked, got.Etcd, err, tt.want)
		}
	}
}

func TestExtend(t *testing.T) {
	has := Spec{Name: "lab", Version: "1.37.0", ControlPlanes: 1, Workers: 1}
	more := has
	more.Offer = []string{"1.37.1"}
	if got, err := has.extend(more); err != nil || !slices.Equal(got.Offer, []string{"1.37.1"}) {
		t.Errorf("extend with an offer = %+v, %v", got, err)
	}
	if got, err := more.extend(has); err != nil || !slices.Equal(got.Offer, []string{"1.37.1"}) {
		t.Errorf("extend without the offer = %+v, %v; want what is there to stay", got, err)
	}
	other := has
	other.Version, other.Workers = "1.37.1", 2
	_, err := has.extend(other)
	if want := `lab "lab" exists with version "1.37.0" and not "1.37.1", workers "1" and not "2": `; err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("extend with another version = %v; want %q", err, want)
	}
}

func TestHosts(t *testing.T) {
	subnet := netip.MustParsePrefix("10.77.3.0/24")
	for _, tt := range []struct {
		spec Spec
		want string
	}{
		{Spec{ControlPlanes: 1}, "cp1 10.77.3.11"},
		{Spec{ControlPlanes: 1, Workers: 2}, "cp1 10.77.3.11, w1 10.77.3.21, w2 10.77.3.22"},
		{Spec{ControlPlanes: 3, Workers: 1}, "lb 10.77.3.10, cp1 10.77.3.11, cp2 10.77.3.12, cp3 10.77.3.13, w1 10.77.3.21"},
	} {
		var got []string
		for _, h := range tt.spec.hosts(subnet) {
			got = append(got, h.Name+" "+h.Addr.String())
		}
		if strings.Join(got, ", ") != tt.want {
			t.Errorf("hosts of %+v = %q, want %q", tt.spec, got, tt.want)
		}
	}
}

func TestFreeSubnet(t *testing.T) {
	used := []netip.Prefix{netip.MustParsePrefix("172.17.0.0/16"), netip.MustParsePrefix("10.77.0.0/24"), netip.MustParsePrefix("10.77.1.128/25")}
	if got, err := freeSubnet(used); err != nil || got.String() != "10.77.2.0/24" {
		t.Errorf("freeSubnet = %s, %v; want 10.77.2.0/24", got, err)
	}
	if got, err := freeSubnet([]netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}); err == nil || !strings.Contains(err.Error(), "lab down") {
		t.Errorf("freeSubnet where all is used = %s, %v; want what to do", got, err)
	}
}
