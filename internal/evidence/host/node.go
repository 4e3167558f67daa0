package host

import (
	"path"
	"regexp"
	"slices"
	"strings"
)

// nodeName says which node a host is, most certain first: what the user said,
// the name its kubelet's certificate was issued for, its host name (whole, then
// without the domain), an address a node has. The name is that of hosts/NODE/;
// isNode says whether the cluster has such a node.
func nodeName(opts Options, f found) (name string, isNode bool) {
	if opts.Node != "" {
		return opts.Node, true
	}
	has := func(name string) bool {
		return slices.ContainsFunc(opts.Nodes, func(n Node) bool { return n.Name == name })
	}
	host := strings.ToLower(f.system.Hostname)
	short, _, _ := strings.Cut(host, ".")
	for _, name := range append(slices.Clone(f.nodes), host, short) {
		if name != "" && has(name) {
			return name, true
		}
	}
	if len(f.nodes) == 0 { // a certificate of another cluster's node says more than an address
		for _, n := range opts.Nodes {
			if slices.ContainsFunc(n.Addresses, func(a string) bool { return slices.Contains(f.system.Addresses, a) }) {
				return n.Name, true
			}
		}
	}
	if len(f.nodes) > 0 {
		return f.nodes[0], false
	}
	return host, false
}

var folderName = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9._-]{0,252}$`)

// folder is hosts/NODE; ok is false for a name that is no single folder.
func folder(node string) (dir string, ok bool) {
	return path.Join("hosts", node), folderName.MatchString(node)
}
