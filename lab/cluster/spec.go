package cluster

import (
	"errors"
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/mod/semver"

	"github.com/fixline-dev/fixline/lab/program"
)

// Spec says which cluster is wanted.
type Spec struct {
	// Name is the lab's; several labs live side by side.
	Name string `json:"name"`
	// Version is the Kubernetes version of every host: "1.37.0".
	Version string `json:"version"`
	// ControlPlanes is 1 or 3; Workers 0 or more.
	ControlPlanes int `json:"controlPlanes"`
	Workers       int `json:"workers"`
	// Offer are more versions whose packages and images the hosts have, to upgrade to.
	Offer []string `json:"offer"`
	// Etcd pins the etcd version by kubeadm's own setting (imageTag). Empty leaves it to kubeadm, but where kubeadm's is one
	// that an upgrade must not start from: see files/etcd.json.
	Etcd string `json:"etcd,omitempty"`
	// Binaries is where Kubernetes' own binaries come from; empty means that they are built.
	Binaries string `json:"binaries,omitempty"`
}

// oldestMinor is the first whose kubeadm reads the form of configuration that is written here, v1beta4.
// Source: https://kubernetes.io/docs/reference/config-api/kubeadm-config.v1beta4/
const oldestMinor = "v1.31"

// Check says what is wrong with a spec, and returns it with versions in their plain form (no v), no offer twice, and the
// etcd that it gets.
func (s Spec) Check() (Spec, error) {
	// A host's name, with the lab's in front, is a label of a DNS name.
	if !regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,28}[a-z0-9])?$`).MatchString(s.Name) {
		return s, fmt.Errorf("%q is no name of a lab: use lower-case letters, digits and dashes, 30 at most", s.Name)
	}
	if s.ControlPlanes != 1 && s.ControlPlanes != 3 {
		return s, fmt.Errorf("%d control planes: choose 1 or 3, since two lose etcd's quorum whenever one of them is away", s.ControlPlanes)
	}
	const most = 30
	if s.Workers < 0 || s.Workers > most {
		return s, fmt.Errorf("%d workers: choose 0 to %d", s.Workers, most)
	}
	p, err := program.Parse("kubeadm", s.Version)
	if err != nil {
		return s, err
	}
	if semver.Compare(semver.MajorMinor("v"+p.Version), oldestMinor) < 0 {
		return s, fmt.Errorf("version %s: the lab writes kubeadm's configuration in the form that %s and later read", p.Version, strings.TrimPrefix(oldestMinor, "v"))
	}
	s.Version = p.Version
	var offer []string
	for _, version := range s.Offer {
		p, err := program.Parse("kubeadm", version)
		if err != nil {
			return s, fmt.Errorf("offer: %w", err)
		}
		if p.Version != s.Version && !slices.Contains(offer, p.Version) {
			offer = append(offer, p.Version)
		}
	}
	s.Offer = offer
	if s.Etcd == "" {
		facts, err := readEtcdFacts()
		s.Etcd = facts.Instead[strings.TrimPrefix(semver.MajorMinor("v"+s.Version), "v")]
		return s, err
	}
	if p, err = program.Parse("etcd", s.Etcd); err != nil {
		return s, err
	}
	s.Etcd = p.Version
	return s, nil
}

// versions are the Kubernetes versions whose packages and images the hosts have, the running one first.
func (s Spec) versions() []string { return append([]string{s.Version}, s.Offer...) }

// extend returns the spec of a lab that exists, asked for again. Only versions may be added to it.
func (s Spec) extend(again Spec) (Spec, error) {
	var differs []string
	for _, field := range []struct{ name, has, wanted string }{
		{"version", s.Version, again.Version},
		{"control planes", strconv.Itoa(s.ControlPlanes), strconv.Itoa(again.ControlPlanes)},
		{"workers", strconv.Itoa(s.Workers), strconv.Itoa(again.Workers)},
		{"etcd", s.Etcd, again.Etcd},
		{"binaries", s.Binaries, again.Binaries},
	} {
		if field.has != field.wanted {
			differs = append(differs, fmt.Sprintf("%s %q and not %q", field.name, field.has, field.wanted))
		}
	}
	if len(differs) > 0 {
		return s, fmt.Errorf("lab %q exists with %s: ask for that, name another lab with --name, or remove it with \"lab down --name %s\"",
			s.Name, strings.Join(differs, ", "), s.Name)
	}
	for _, version := range again.Offer {
		if !slices.Contains(s.versions(), version) {
			s.Offer = append(s.Offer, version)
		}
	}
	return s, nil
}

// Role is what a host is for.
type Role string

// The roles of hosts.
const (
	ControlPlane Role = "control-plane"
	Worker       Role = "worker"
	// Balancer stands in front of several API servers; it is no node of the cluster.
	Balancer Role = "balancer"
)

// Host is one host of a lab.
type Host struct {
	// Name is the node's and the host's own: "cp1", "w2", "lb".
	Name string
	Role Role
	// Addr is its address in the lab's network.
	Addr netip.Addr
}

// PodRange is the address range of pods. Labs do not see each other's pods, so all have the same.
const PodRange = "10.244.0.0/16"

// hosts lays the hosts out in the lab's network: the balancer at .10, control planes from .11, workers from .21.
func (s Spec) hosts(subnet netip.Prefix) []Host {
	at := func(last byte) netip.Addr {
		b := subnet.Addr().As4()
		b[3] = last
		return netip.AddrFrom4(b)
	}
	var all []Host
	if s.ControlPlanes > 1 {
		all = append(all, Host{"lb", Balancer, at(10)})
	}
	for i := range s.ControlPlanes {
		all = append(all, Host{fmt.Sprintf("cp%d", i+1), ControlPlane, at(byte(11 + i))})
	}
	for i := range s.Workers {
		all = append(all, Host{fmt.Sprintf("w%d", i+1), Worker, at(byte(21 + i))})
	}
	return all
}

// only are the hosts with this role.
func only(hosts []Host, role Role) []Host {
	return slices.DeleteFunc(slices.Clone(hosts), func(h Host) bool { return h.Role != role })
}

// nodes are the hosts that are nodes of the cluster.
func nodes(hosts []Host) []Host {
	return slices.DeleteFunc(slices.Clone(hosts), func(h Host) bool { return h.Role == Balancer })
}

// freeSubnet is the first /24 of 10.77.0.0/16 that overlaps with nothing in use.
func freeSubnet(used []netip.Prefix) (netip.Prefix, error) {
	for third := range 256 {
		subnet := netip.PrefixFrom(netip.AddrFrom4([4]byte{10, 77, byte(third), 0}), 24)
		if !slices.ContainsFunc(used, subnet.Overlaps) {
			return subnet, nil
		}
	}
	return netip.Prefix{}, errors.New("every network of 10.77.0.0/16 is in use: remove labs with \"lab down\"")
}
