package collect

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/user"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/fixline-dev/fixline/internal/cli/exit"
	"github.com/fixline-dev/fixline/internal/cli/factory"
	"github.com/fixline-dev/fixline/internal/evidence"
	"github.com/fixline-dev/fixline/internal/evidence/host"
	"github.com/fixline-dev/fixline/internal/evidence/kube"
	"github.com/fixline-dev/fixline/internal/remote"
	"github.com/fixline-dev/fixline/internal/remote/ssh"
)

// sshOptions say which hosts are reached, and how.
type sshOptions struct {
	Hosts      []string // [USER@]HOST[:PORT]; HOST nodes stands for every node
	HostsFile  string
	Config     string
	Keys       []string
	KnownHosts []string
	Jump       string

	listed []listedHost // of HostsFile
}

// everyNode stands for all nodes of the cluster, at their addresses.
const everyNode = "nodes"

func (o *sshOptions) addFlags(fs *pflag.FlagSet) {
	fs.StringSliceVar(&o.Hosts, "ssh", nil, "Read the facts of `[USER@]HOST`, too; repeatable; the host \"nodes\" is every node")
	fs.StringVar(&o.HostsFile, "ssh-hosts", "", "Read the facts of the hosts in `FILE`, too, a HostInventory")
	fs.StringVar(&o.Config, "ssh-config", "", "Use `FILE` instead of ~/.ssh/config and /etc/ssh/ssh_config")
	fs.StringSliceVar(&o.Keys, "ssh-key", nil, "Use the private key in `FILE`; repeatable (default: the agent's and the configuration's)")
	fs.StringSliceVar(&o.KnownHosts, "ssh-known-hosts", nil, "Look host keys up in `FILE`; repeatable (default: the configuration's, ~/.ssh/known_hosts)")
	fs.StringVar(&o.Jump, "ssh-jump", "", "Go through `[USER@]HOST,...`")
}

func (o *sshOptions) asked() bool { return len(o.Hosts) > 0 || o.HostsFile != "" }

// validate reads what can be read before anything is asked.
func (o *sshOptions) validate() error {
	for _, h := range o.Hosts {
		if strings.TrimSpace(h) == "" || strings.HasSuffix(h, "@") || strings.HasPrefix(h, "@") {
			return exit.Usagef("--ssh: %q is no [USER@]HOST[:PORT]", h)
		}
	}
	if !o.asked() && (o.Config != "" || len(o.Keys) > 0 || len(o.KnownHosts) > 0 || o.Jump != "") {
		return exit.WithHint(exit.Usagef("the --ssh-... flags say how hosts are reached, but none is named"), "add --ssh [USER@]HOST, --ssh nodes or --ssh-hosts FILE")
	}
	if o.HostsFile == "" {
		return nil
	}
	var err error
	o.listed, err = loadHosts(o.HostsFile)
	return exit.BadInput(err)
}

// way is how hosts are reached, settled before anything is asked.
type way struct {
	*sshOptions

	base ssh.Options
}

// prepare reads what says how hosts are reached. What is wrong with it, or with
// what a host is called, is said before anything is asked; a host that cannot
// be reached is a gap later.
func (o *sshOptions) prepare(f *factory.Factory) (way, error) {
	w := way{sshOptions: o}
	if !o.asked() {
		return w, nil
	}
	for flag, files := range map[string][]string{"--ssh-key": o.Keys, "--ssh-known-hosts": o.KnownHosts} {
		for _, file := range files {
			if _, err := os.Stat(file); err != nil {
				return w, exit.BadInput(fmt.Errorf("%s: %w", flag, err))
			}
		}
	}
	var err error
	if w.base, err = o.base(f); err != nil {
		return w, err
	}
	for _, target := range o.Hosts {
		opts := w.base
		opts.Target = target
		if _, err := ssh.Way(opts); err != nil {
			return w, exit.BadInput(fmt.Errorf("--ssh %s: %w", target, err))
		}
	}
	for _, h := range o.listed {
		if _, err := ssh.Way(h.options(w.base)); err != nil {
			return w, exit.BadInput(fmt.Errorf("%s:%d: %w", o.HostsFile, h.line, err))
		}
	}
	return w, nil
}

// options are those of one listed host.
func (h listedHost) options(base ssh.Options) ssh.Options {
	base.Target, base.User, base.Port = h.Address, h.User, h.Port
	if h.Jump != "" {
		base.Jump = h.Jump
	}
	return base
}

// targets are the hosts to look at, each once: a node that is also named by
// itself is reached as it was named. What cannot be one is noted.
func (w way) targets(nodes []kube.Node, sink evidence.Sink) []host.Target {
	var out []host.Target
	add := func(name, node string, opts ssh.Options) {
		out = append(out, host.Target{Name: name, Node: node, Dial: func(ctx context.Context) (remote.Runner, error) { return ssh.Dial(ctx, opts) }})
	}
	named := map[string]bool{}
	for _, h := range w.listed {
		named[h.Address], named[h.Node] = true, true
		add(h.Address, h.Node, h.options(w.base))
	}
	for _, target := range w.Hosts {
		if isEveryNode(target) {
			continue
		}
		_, at := cutUser(target)
		if name, _, err := net.SplitHostPort(at); err == nil {
			at = name
		}
		named[at] = true
		opts := w.base
		opts.Target = target
		add(target, "", opts)
	}
	for _, target := range w.Hosts {
		if !isEveryNode(target) {
			continue
		}
		account, _, port := parts(target)
		if nodes == nil {
			sink.Note(evidence.Check{Asked: "hosts/" + everyNode, State: evidence.Failed, Reason: "--ssh nodes wants the list of nodes, which was not read"})
		}
		for _, n := range nodes {
			if named[n.Name] || slices.ContainsFunc(n.Addresses, func(a string) bool { return named[a] }) {
				continue
			}
			named[n.Name] = true
			lost := evidence.Check{Asked: "hosts/" + n.Name}
			switch {
			case n.OS == "windows":
				lost.State, lost.Reason = evidence.NotAsked, "Windows is not asked over SSH"
			case len(n.Addresses) == 0:
				lost.State, lost.Reason = evidence.Failed, "the node reports no address"
			default:
				opts := w.base
				opts.Target = nodeTarget(account, n.Addresses[0], port)
				add(opts.Target, n.Name, opts)
				continue
			}
			sink.Note(lost)
		}
	}
	return out
}

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
func (o *sshOptions) base(f *factory.Factory) (ssh.Options, error) {
	home := f.Getenv("HOME")
	opts := ssh.Options{Jump: o.Jump, KeyFiles: o.Keys, KnownHosts: o.KnownHosts, Agent: f.Getenv("SSH_AUTH_SOCK"), Home: home, LocalUser: account(f)}
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

// account is the user this program runs as.
func account(f *factory.Factory) string {
	if u, err := user.Current(); err == nil {
		return u.Username
	}
	return f.Getenv("USER")
}
