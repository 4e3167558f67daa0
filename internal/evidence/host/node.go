package host

import (
	"net"
	"path"
	"regexp"
	"slices"
	"strings"
)

// who is which node a host was found to be.
type who struct {
	name string // of hosts/NODE/
	// isNode: it is one of Options.Nodes, or was said to be one.
	isNode bool
	// certain: more speaks for it than a name the host gives itself, so that its
	// serving certificate is the node's.
	certain bool
}

// sign is something that shows which node a host is: of what it is, and the
// nodes it would fit.
type sign struct {
	what  string
	nodes []string
}

// nodeName says which node a host is, most certain first: what the user said,
// the name its kubelet's certificate was issued for, its host name (whole, then
// without the domain), an address a node has. The host says most of this itself
// and nobody checked it, so where the user did not say it, one sign that is of
// another node than the rest is an error: whoever holds a worker could else
// speak for a control plane. reached is what the host was called to reach it.
func nodeName(opts Options, reached []string, f found) (who, error) {
	if opts.Node != "" {
		return who{opts.Node, true, true}, nil
	}
	named := func(names ...string) (nodes []string) {
		for _, name := range names {
			if slices.ContainsFunc(opts.Nodes, func(n Node) bool { return n.Name == name }) {
				nodes = append(nodes, name)
			}
		}
		return nodes
	}
	at := func(address string) (nodes []string) {
		for _, n := range opts.Nodes {
			if slices.Contains(n.Addresses, address) {
				nodes = append(nodes, n.Name)
			}
		}
		return nodes
	}
	var signs []sign
	for _, name := range f.nodes {
		signs = append(signs, sign{"the certificate of its kubelet for " + name, named(name)})
	}
	host := strings.ToLower(f.system.Hostname)
	short, _, _ := strings.Cut(host, ".")
	signs = append(signs, sign{"its host name " + host, named(host, short)})
	addresses := len(signs)
	for _, as := range reached {
		names := []string{addressOf(as)}
		if label, _, ok := strings.Cut(names[0], "."); ok && net.ParseIP(names[0]) == nil {
			names = append(names, label)
		}
		signs = append(signs, sign{"where it was reached, " + names[0], append(at(names[0]), named(names...)...)})
	}
	for _, a := range f.system.Addresses {
		signs = append(signs, sign{"its address " + a, at(a)})
	}
	first := slices.IndexFunc(signs, func(s sign) bool { return len(s.nodes) > 0 })
	switch {
	case first >= addresses && len(f.nodes) > 0, first < 0 && len(f.nodes) > 0:
		return who{name: f.nodes[0]}, nil // a certificate of another cluster's node says more than an address
	case first < 0:
		return who{name: host}, nil
	}
	out := who{name: signs[first].nodes[0], isNode: true}
	for i, s := range signs {
		if len(s.nodes) > 0 && !slices.Contains(s.nodes, out.name) {
			return who{}, &unclearError{signs[first], s, out.name}
		}
		out.certain = out.certain || i >= addresses && len(s.nodes) > 0
	}
	return out, nil
}

// addressOf is the host of what one was called: 10.0.0.11 of root@10.0.0.11:22.
// Unlike what a host prints, it is not the host's to choose.
func addressOf(called string) string {
	at := called[strings.LastIndex(called, "@")+1:]
	if host, _, err := net.SplitHostPort(at); err == nil {
		at = host
	}
	return strings.ToLower(strings.Trim(at, "[]"))
}

var folderName = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9._-]{0,252}$`)

// folder is hosts/NODE; ok is false for a name that is no single folder.
func folder(node string) (dir string, ok bool) {
	return path.Join("hosts", node), folderName.MatchString(node)
}
