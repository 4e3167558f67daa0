package collect

import (
	"fmt"

	"github.com/fixline-dev/fixline/internal/strict"
)

// listedHost is a host of a HostInventory file.
type listedHost struct {
	Node          string // the node it is; "" finds out
	Address, User string
	Port          int
	Jump          string
}

// maxHosts bounds a HostInventory: Kubernetes' own limit is 5,000 nodes.
const maxHosts = 10_000

// loadHosts reads a HostInventory: apiVersion, kind, and hosts with node,
// address, user, port and jump, of which only the address must be there.
func loadHosts(path string) ([]listedHost, error) {
	limits := strict.Limits{Bytes: 4 << 20}
	f, err := strict.Open(path, limits)
	if err != nil {
		return nil, err
	}
	hosts, err := strict.One(f, path, limits, readHosts)
	_ = f.Close() // only read from
	return hosts, err
}

func readHosts(n *strict.Node) []listedHost {
	const apiVersion, kind = "fixline.dev/v1alpha1", "HostInventory"
	if n.Kind() != strict.Map {
		n.Report("expected a map", "begin with apiVersion: "+apiVersion+" and kind: "+kind)
		return nil
	}
	n.Fields("apiVersion", "kind", "hosts")
	n.Get("apiVersion").Enum(apiVersion)
	n.Get("kind").Enum(kind)
	for _, field := range []string{"apiVersion", "kind"} {
		n.Get(field).Required()
	}
	var out []listedHost
	for i, h := range n.Get("hosts").Items() {
		if i == maxHosts {
			h.Report(fmt.Sprintf("more than %d hosts", maxHosts), "split the file")
			break
		}
		h.Fields("node", "address", "user", "port", "jump")
		one := listedHost{Node: h.Get("node").Text(), Address: h.Get("address").Required(), User: h.Get("user").Text(), Jump: h.Get("jump").Text()}
		if port, ok := h.Get("port").Int(); ok {
			if port < 1 || port > 65535 {
				h.Get("port").Report(fmt.Sprintf("%d is no port", port), "write a number from 1 to 65535")
			}
			one.Port = port
		}
		out = append(out, one)
	}
	if len(out) == 0 {
		n.Report("hosts is missing or empty", "list at least one host: - {node: cp1, address: 10.0.0.11, user: root}")
	}
	return out
}
