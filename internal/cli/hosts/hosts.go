// Package hosts is how commands are told which hosts to reach, and how: the
// flags --ssh, --ssh-hosts and the rest, held to what can be known before
// anything is asked. It joins them with the nodes of a cluster and with who
// really answers there. What is run on a host it never decides, and it trusts
// no host key that is not known. Start at [Options].
package hosts

import (
	"fmt"
	"os"
	"strings"

	"github.com/spf13/pflag"

	"github.com/fixline-dev/fixline/internal/cli/exit"
	"github.com/fixline-dev/fixline/internal/cli/flags"
)

// everyNode stands for all nodes of the cluster, at their addresses.
const everyNode = "nodes"

// Options say which hosts are reached, and how. [Options.AddFlags] or
// [Options.AddNodeFlags] make their flags; [Options.Validate] goes before
// anything else.
type Options struct {
	Hosts      []string // [USER@]HOST[:PORT]; HOST nodes stands for every node
	File       string   // a HostInventory
	Config     string
	Keys       []string
	KnownHosts []string
	Jump       string
	// Local is the node that this very host is; "" = none.
	Local string

	hint   string   // how a host is named
	byNode bool     // a host may be written NODE=[USER@]HOST
	listed []listed // of File
}

// AddFlags makes --ssh, with what the command does there as its usage, and the
// flags that say how a host is reached.
func (o *Options) AddFlags(fs *pflag.FlagSet, usage string) {
	o.hint = "add --ssh [USER@]HOST"
	fs.StringSliceVar(&o.Hosts, "ssh", nil, usage)
	fs.StringVar(&o.Config, "ssh-config", "", "Use `FILE` instead of ~/.ssh/config and /etc/ssh/ssh_config")
	fs.StringSliceVar(&o.Keys, "ssh-key", nil, "Use the private key in `FILE`; repeatable (default: the agent's and the configuration's)")
	fs.StringSliceVar(&o.KnownHosts, "ssh-known-hosts", nil, "Look host keys up in `FILE`; repeatable (default: the configuration's, ~/.ssh/known_hosts)")
	fs.StringVar(&o.Jump, "ssh-jump", "", "Go through `[USER@]HOST,...`")
	flags.Path(fs, "ssh-config", "ssh-key", "ssh-known-hosts")
}

// AddFile makes --ssh-hosts.
func (o *Options) AddFile(fs *pflag.FlagSet, usage string) {
	o.hint = "add --ssh [USER@]HOST, --ssh nodes or --ssh-hosts FILE"
	fs.StringVar(&o.File, "ssh-hosts", "", usage)
	flags.Path(fs, "ssh-hosts")
}

// AddNodeFlags makes the flags of a command that reaches nodes by their names,
// for [Options.Runners]: --ssh also takes NODE=[USER@]HOST, --local a node.
func (o *Options) AddNodeFlags(fs *pflag.FlagSet) {
	o.AddFlags(fs, "Reach nodes at `[NODE=][USER@]HOST`; repeatable; the host \"nodes\" is every node at its own address")
	o.AddFile(fs, "Reach the nodes as `FILE` says, a HostInventory")
	fs.StringVar(&o.Local, "local", "", "This very host is the node `NODE`: nothing goes over SSH to it")
	o.byNode = true
}

// Asked reports whether a host is named that is reached over SSH.
func (o *Options) Asked() bool { return len(o.Hosts) > 0 || o.File != "" }

// Named is how many hosts are named, nodes of the cluster aside, and whether
// every node is.
func (o *Options) Named() (hosts int, nodes bool) {
	hosts = len(o.listed)
	for _, h := range o.Hosts {
		if isEveryNode(h) {
			nodes = true
		} else {
			hosts++
		}
	}
	return hosts, nodes
}

// Validate reads what can be read before anything is asked. Its errors are the
// user's to correct.
func (o *Options) Validate() error {
	for _, h := range o.Hosts {
		_, h = o.cutNode(h)
		if strings.TrimSpace(h) == "" || strings.HasSuffix(h, "@") || strings.HasPrefix(h, "@") {
			return exit.Usagef("--ssh: %q is no [USER@]HOST[:PORT]", h)
		}
	}
	if !o.Asked() && (o.Config != "" || len(o.Keys) > 0 || len(o.KnownHosts) > 0 || o.Jump != "") {
		return exit.WithHint(exit.Usagef("the --ssh-... flags say how hosts are reached, but none is named"), "%s", o.hint)
	}
	for flag, files := range map[string][]string{"--ssh-key": o.Keys, "--ssh-known-hosts": o.KnownHosts} {
		for _, file := range files {
			if _, err := os.Stat(file); err != nil {
				return exit.BadInput(fmt.Errorf("%s: %w", flag, err))
			}
		}
	}
	if o.File == "" {
		return nil
	}
	var err error
	o.listed, err = load(o.File)
	return exit.BadInput(err)
}

// cutNode takes the node off NODE=[USER@]HOST, where the command knows that.
func (o *Options) cutNode(target string) (node, at string) {
	if node, at, ok := strings.Cut(target, "="); ok && o.byNode {
		return node, at
	}
	return "", target
}
