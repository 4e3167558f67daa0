package backup

import (
	"fmt"
	"os"
	"os/user"
	"path/filepath"
	"strings"

	"github.com/spf13/pflag"

	"github.com/fixline-dev/fixline/internal/cli/exit"
	"github.com/fixline-dev/fixline/internal/cli/factory"
	"github.com/fixline-dev/fixline/internal/remote/ssh"
)

// sshOptions say which hosts are reached, and how.
type sshOptions struct {
	Hosts      []string // [USER@]HOST[:PORT]
	Config     string
	Keys       []string
	KnownHosts []string
	Jump       string
}

func (o *sshOptions) addFlags(fs *pflag.FlagSet) {
	fs.StringSliceVar(&o.Hosts, "ssh", nil, "Back up the control-plane host `[USER@]HOST`; repeatable: etcd through whichever keeps up, the files of all")
	fs.StringVar(&o.Config, "ssh-config", "", "Use `FILE` instead of ~/.ssh/config and /etc/ssh/ssh_config")
	fs.StringSliceVar(&o.Keys, "ssh-key", nil, "Use the private key in `FILE`; repeatable (default: the agent's and the configuration's)")
	fs.StringSliceVar(&o.KnownHosts, "ssh-known-hosts", nil, "Look host keys up in `FILE`; repeatable (default: the configuration's, ~/.ssh/known_hosts)")
	fs.StringVar(&o.Jump, "ssh-jump", "", "Go through `[USER@]HOST,...`")
}

func (o *sshOptions) asked() bool { return len(o.Hosts) > 0 }

func (o *sshOptions) validate() error {
	for _, h := range o.Hosts {
		if strings.TrimSpace(h) == "" || strings.HasSuffix(h, "@") || strings.HasPrefix(h, "@") {
			return exit.Usagef("--ssh: %q is no [USER@]HOST[:PORT]", h)
		}
	}
	if !o.asked() && (o.Config != "" || len(o.Keys) > 0 || len(o.KnownHosts) > 0 || o.Jump != "") {
		return exit.WithHint(exit.Usagef("the --ssh-... flags say how hosts are reached, but none is named"), "add --ssh [USER@]HOST")
	}
	for flag, files := range map[string][]string{"--ssh-key": o.Keys, "--ssh-known-hosts": o.KnownHosts} {
		for _, file := range files {
			if _, err := os.Stat(file); err != nil {
				return exit.BadInput(fmt.Errorf("%s: %w", flag, err))
			}
		}
	}
	return nil
}

// ways are the hosts' connections, prepared and checked, but not made.
func (o *sshOptions) ways(f *factory.Factory) ([]ssh.Options, error) {
	home := f.Getenv("HOME")
	base := ssh.Options{Jump: o.Jump, KeyFiles: o.Keys, KnownHosts: o.KnownHosts, Agent: f.Getenv("SSH_AUTH_SOCK"), Home: home, LocalUser: account(f)}
	files, must := []string{filepath.Join(home, ".ssh", "config"), "/etc/ssh/ssh_config"}, false
	if o.Config != "" {
		files, must = []string{o.Config}, true
	}
	var err error
	if base.Config, err = ssh.LoadConfig(must, files...); err != nil {
		return nil, exit.BadInput(err)
	}
	var out []ssh.Options
	for _, h := range o.Hosts {
		one := base
		one.Target = h
		if _, err := ssh.Way(one); err != nil {
			return nil, exit.BadInput(fmt.Errorf("--ssh %s: %w", h, err))
		}
		out = append(out, one)
	}
	return out, nil
}

// account is the user this program runs as.
func account(f *factory.Factory) string {
	if u, err := user.Current(); err == nil {
		return u.Username
	}
	return f.Getenv("USER")
}
