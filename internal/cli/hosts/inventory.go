package hosts

import (
	"fmt"

	"github.com/fixline-dev/fixline/internal/remote/ssh"
	"github.com/fixline-dev/fixline/internal/strict"
)

// listed is a host of a HostInventory file.
type listed struct {
	Node          string // the node it is; "" finds out
	Address, User string
	Port          int
	Jump          string

	line int // of the file
}

// maxHosts bounds a HostInventory: Kubernetes' own limit is 5,000 nodes.
const maxHosts = 10_000

// load reads a HostInventory: apiVersion, kind, and hosts with node,
// address, user, port and jump, of which only the address must be there.
func load(path string) ([]listed, error) {
	limits := strict.Limits{Bytes: 4 << 20}
	f, err := strict.Open(path, limits)
	if err != nil {
		return nil, err
	}
	hosts, err := strict.One(f, path, limits, read)
	_ = f.Close() // only read from
	return hosts, err
}

func read(n *strict.Node) []listed {
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
	var out []listed
	seen := map[string]int{} // the line of each address and node
	for i, h := range n.Get("hosts").Items() {
		if i == maxHosts {
			h.Report(fmt.Sprintf("more than %d hosts", maxHosts), "split the file")
			break
		}
		h.Fields("node", "address", "user", "port", "jump")
		one := listed{Node: h.Get("node").Text(), Address: h.Get("address").Required(), User: h.Get("user").Text(), Jump: h.Get("jump").Text(), line: h.Line()}
		if port, ok := h.Get("port").Int(); ok {
			if port < 1 || port > 65535 {
				h.Get("port").Report(fmt.Sprintf("%d is no port", port), "write a number from 1 to 65535")
			}
			one.Port = port
		}
		for field, check := range map[string]ssh.Options{"address": {Target: one.Address}, "jump": {Target: "host", Jump: one.Jump}} {
			if _, err := ssh.Way(check); err != nil && h.Get(field).Text() != "" {
				h.Get(field).Report(err.Error(), "write it as ssh would be called: HOST, USER@HOST, HOST:PORT")
			}
		}
		for field, value := range map[string]string{"address": one.Address, "node": one.Node} {
			if at := seen[field+" "+value]; value != "" && at > 0 {
				h.Get(field).Report(fmt.Sprintf("%q is in line %d already", value, at), "list each host once")
			}
			seen[field+" "+value] = one.line
		}
		out = append(out, one)
	}
	if len(out) == 0 {
		n.Report("hosts is missing or empty", "list at least one host: - {node: cp1, address: 10.0.0.11, user: root}")
	}
	return out
}
