package collect

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/spf13/pflag"

	"github.com/fixline-dev/fixline/internal/cli/exit"
	"github.com/fixline-dev/fixline/internal/cli/factory"
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

// targets are the hosts to look at. What is wrong with the configuration is
// said at once; a host that cannot be reached is a gap later.
func (o *sshOptions) targets(f *factory.Factory, nodes []kube.Node) ([]host.Target, error) {
	if !o.asked() {
		return nil, nil
	}
	base, err := o.base(f)
	if err != nil {
		return nil, err
	}
	var out []host.Target
	add := func(name, node string, opts ssh.Options) {
		out = append(out, host.Target{Name: name, Node: node, Dial: func(ctx context.Context) (remote.Runner, error) { return ssh.Dial(ctx, opts) }})
	}
	for _, target := range o.Hosts {
		account, at := cutUser(target)
		name, port, _ := strings.Cut(at, ":")
		if name != everyNode {
			opts := base
			opts.Target = target
			add(target, "", opts)
			continue
		}
		if nodes == nil {
			return nil, errors.New("--ssh nodes wants the list of nodes, which could not be read")
		}
		for _, n := range nodes {
			opts := base
			if opts.Target, err = nodeTarget(account, n, port); err != nil {
				return nil, err
			}
			if opts.Target != "" && n.OS != "windows" {
				add(opts.Target, n.Name, opts)
			}
		}
	}
	for _, h := range o.listed {
		opts := base
		opts.Target, opts.User, opts.Port = h.Address, h.User, h.Port
		if h.Jump != "" {
			opts.Jump = h.Jump
		}
		add(h.Address, h.Node, opts)
	}
	return out, nil
}

func cutUser(target string) (account, at string) {
	if i := strings.LastIndexByte(target, '@'); i >= 0 {
		return target[:i+1], target[i+1:]
	}
	return "", target
}

// nodeTarget is a node's first address; "" where it reports none.
func nodeTarget(account string, n kube.Node, port string) (string, error) {
	if len(n.Addresses) == 0 {
		return "", nil
	}
	at := n.Addresses[0]
	if port == "" {
		if strings.Contains(at, ":") {
			at = "[" + at + "]"
		}
		return account + at, nil
	}
	if p, err := strconv.Atoi(port); err != nil || p < 1 || p > 65535 {
		return "", exit.Usagef("--ssh: %q is no port", port)
	}
	return account + net.JoinHostPort(at, port), nil
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
		return opts, exit.BadInput(fmt.Errorf("reading the SSH configuration: %w", err))
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
