package kubeadm

import (
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"github.com/fixline-dev/fixline/internal/core/inventory"
	"github.com/fixline-dev/fixline/internal/evidence"
)

// Client is a program of one node that talks to an API server.
type Client struct{ Component, Node string }

// Servers says which API server the controller manager and the scheduler of
// each node talk to, by their kubeconfigs: "own" for the node's own, "all" for
// the endpoint of the whole control plane. What is neither, such as another
// node's address, or was not read, is not in the map; [inventory.Instance]
// takes "" there. An endpoint that is the node's own address is "own": with one
// control plane the two are the same.
func Servers(b *evidence.Bundle) map[Client]string {
	doc, _ := clusterConfiguration(b)
	out := map[Client]string{}
	for node, h := range b.Hosts {
		own := ownNames(b, node, h, hostOf(doc.Endpoint))
		for _, c := range h.Kubeconfigs {
			component := map[string]string{
				"/etc/kubernetes/controller-manager.conf": inventory.KubeControllerManager,
				"/etc/kubernetes/scheduler.conf":          inventory.KubeScheduler,
			}[c.Path]
			if component == "" {
				continue
			}
			if to := server(c.Server, own, doc.Endpoint); to != "" {
				out[Client{component, node}] = to
			}
		}
	}
	return out
}

// server is what an address is to a node.
func server(address string, own []string, endpoint string) string {
	host := hostOf(address)
	switch {
	case host == "":
		return ""
	case host == "localhost", loopback(host), slices.Contains(own, host):
		return "own"
	case endpoint != "" && host == hostOf(endpoint):
		return "all"
	}
	return ""
}

func loopback(host string) bool {
	a, err := netip.ParseAddr(host)
	return err == nil && a.IsLoopback()
}

// hostOf is the host of "https://10.0.0.1:6443", "api.example.org:6443" or
// "[fd00::1]:6443", in one spelling.
func hostOf(address string) string {
	if address != "" && !strings.Contains(address, "://") {
		address = "https://" + address
	}
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return canonical(u.Hostname())
}

// canonical is one spelling of a name or address.
func canonical(host string) string {
	if a, err := netip.ParseAddr(host); err == nil {
		return a.Unmap().String()
	}
	return strings.ToLower(strings.TrimSuffix(host, "."))
}

// ownNames are the addresses and names a node answers to itself. An endpoint
// that only an interface has and not the Node object is a virtual address that
// moves between nodes, and no node's own.
func ownNames(b *evidence.Bundle, node string, h evidence.Host, endpoint string) []string {
	names := []string{node}
	if h.System != nil {
		names = append(names, h.System.Hostname)
		for _, a := range h.System.Addresses {
			if a, _, _ = strings.Cut(a, "/"); canonical(a) != endpoint {
				names = append(names, a)
			}
		}
	}
	for _, n := range b.Nodes {
		if n.Name == node {
			for _, a := range n.Status.Addresses {
				names = append(names, a.Address)
			}
		}
	}
	for i, n := range names {
		names[i] = canonical(n)
	}
	return slices.DeleteFunc(names, func(n string) bool { return n == "" })
}
