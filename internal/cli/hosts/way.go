package hosts

import (
	"context"
	"fmt"
	"net"
	"os/user"
	"path/filepath"
	"slices"
	"strings"

	"github.com/fixline-dev/fixline/internal/cli/exit"
	"github.com/fixline-dev/fixline/internal/cli/factory"
	"github.com/fixline-dev/fixline/internal/remote"
	"github.com/fixline-dev/fixline/internal/remote/ssh"
)

// Node is a node of the cluster, as far as it tells where it is.
type Node struct {
	Name, OS  string   // OS: linux, windows; "" = not known
	Addresses []string // InternalIPs, then ExternalIPs
}

// Place is a host to reach.
type Place struct {
	Name string // as the user called it: "root@cp1"
	Node string // the node it was named for; "" = nobody said
	Way  ssh.Options
}

// Lost is a node, or "nodes" for all, that has no place.
type Lost struct {
	Node, Why string
	Never     bool // it is not asked on purpose
}

// Prepared are options whose ways were checked; nothing was connected to yet.
type Prepared struct {
	options *Options
	base    ssh.Options
}

// Prepare reads what says how hosts are reached. What is wrong with it, or with
// what a host is called, is said here; a host that cannot be reached later.
func (o *Options) Prepare(f *factory.Factory) (Prepared, error) {
	p := Prepared{options: o}
	if !o.Asked() {
		return p, nil
	}
	var err error
	if p.base, err = o.base(f); err != nil {
		return p, err
	}
	for _, target := range o.Hosts {
		_, opts := p.way(target)
		if _, err := ssh.Way(opts); err != nil {
			return p, exit.BadInput(fmt.Errorf("--ssh %s: %w", target, err))
		}
	}
	for _, h := range o.listed {
		if _, err := ssh.Way(h.options(p.base)); err != nil {
			return p, exit.BadInput(fmt.Errorf("%s:%d: %w", o.File, h.line, err))
		}
	}
	return p, nil
}

// Ways are the ways to the hosts of --ssh, in its order, prepared and checked.
func (o *Options) Ways(f *factory.Factory) ([]ssh.Options, error) {
	p, err := o.Prepare(f)
	if err != nil {
		return nil, err
	}
	var out []ssh.Options
	for _, target := range o.Hosts {
		_, way := p.way(target)
		out = append(out, way)
	}
	return out, nil
}

// Dial connects to the host of a way; its errors are those of [ssh.Dial].
func Dial(ctx context.Context, way ssh.Options) (remote.Runner, error) {
	c, err := ssh.Dial(ctx, way)
	if err != nil { // a nil client is no nil Runner
		return nil, err
	}
	return c, nil
}

// way is how a host of --ssh is reached, and the node it was named for.
func (p Prepared) way(target string) (node string, way ssh.Options) {
	way = p.base
	node, way.Target = p.options.cutNode(target)
	return node, way
}

// options are those of one listed host.
func (h listed) options(base ssh.Options) ssh.Options {
	base.Target, base.User, base.Port = h.Address, h.User, h.Port
	if h.Jump != "" {
		base.Jump = h.Jump
	}
	return base
}

// Places are the hosts that were named, each once: a node that is also named by
// itself is reached as it was named. nodes nil are ones that were not read.
func (p Prepared) Places(nodes []Node) (places []Place, lost []Lost) {
	named := map[string]bool{}
	for _, h := range p.options.listed {
		named[h.Address], named[h.Node] = true, true
		places = append(places, Place{h.Address, h.Node, h.options(p.base)})
	}
	for _, target := range p.options.Hosts {
		if isEveryNode(target) {
			continue
		}
		node, way := p.way(target)
		named[hostOf(way.Target)], named[node] = true, true
		places = append(places, Place{way.Target, node, way})
	}
	for _, target := range p.options.Hosts {
		if !isEveryNode(target) {
			continue
		}
		account, _, port := parts(target)
		if nodes == nil {
			lost = append(lost, Lost{Node: everyNode, Why: "--ssh nodes wants the list of nodes, which was not read"})
		}
		for _, n := range nodes {
			if named[n.Name] || slices.ContainsFunc(n.Addresses, func(a string) bool { return named[a] }) {
				continue
			}
			named[n.Name] = true
			switch {
			case n.OS == "windows":
				lost = append(lost, Lost{n.Name, "Windows is not asked over SSH", true})
			case len(n.Addresses) == 0:
				lost = append(lost, Lost{Node: n.Name, Why: "the node reports no address"})
			default:
				way := p.base
				way.Target = nodeTarget(account, n.Addresses[0], port)
				places = append(places, Place{way.Target, n.Name, way})
			}
		}
	}
	return places, lost
}

// hostOf is the HOST of [USER@]HOST[:PORT].
func hostOf(target string) string {
	_, at := cutUser(target)
	if name, _, err := net.SplitHostPort(at); err == nil {
		at = name
	}
	return at
}

// EveryNode reports whether a host of --ssh stands for all nodes.
func (o *Options) EveryNode() bool { return slices.ContainsFunc(o.Hosts, isEveryNode) }

// isEveryNode reports whether target is [USER@]nodes[:PORT].
func isEveryNode(target string) bool {
	_, at, _ := parts(target)
	return at == everyNode
}

func parts(target string) (account, at, port string) {
	account, at = cutUser(target)
	at, port, _ = strings.Cut(at, ":")
	return account, at, port
}

func cutUser(target string) (account, at string) {
	if i := strings.LastIndexByte(target, '@'); i >= 0 {
		return target[:i+1], target[i+1:]
	}
	return "", target
}

// nodeTarget is a node's address as --ssh would have it.
func nodeTarget(account, address, port string) string {
	switch {
	case port != "":
		return account + net.JoinHostPort(address, port)
	case strings.Contains(address, ":"):
		return account + "[" + address + "]"
	}
	return account + address
}

// base is what all hosts share.
func (o *Options) base(f *factory.Factory) (ssh.Options, error) {
	home := f.Getenv("HOME")
	opts := ssh.Options{Jump: o.Jump, KeyFiles: o.Keys, KnownHosts: o.KnownHosts, Agent: f.Getenv("SSH_AUTH_SOCK"), Home: home, LocalUser: Account(f)}
	files, must := []string{filepath.Join(home, ".ssh", "config"), "/etc/ssh/ssh_config"}, false
	if o.Config != "" {
		files, must = []string{o.Config}, true
	}
	var err error
	if opts.Config, err = ssh.LoadConfig(must, files...); err != nil {
		return opts, exit.BadInput(err)
	}
	return opts, nil
}

// Account is the user this program runs as.
func Account(f *factory.Factory) string {
	if u, err := user.Current(); err == nil {
		return u.Username
	}
	return f.Getenv("USER")
}
