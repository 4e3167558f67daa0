// Package ssh reaches hosts over SSH: strict host keys, agent and key files,
// chains of jump hosts, and the settings of ssh_config that concern them. It
// never trusts a key on first sight, never asks a question, and says aloud
// which setting it does not follow. Start at [Dial].
package ssh

import (
	"time"

	"github.com/fixline-dev/fixline/internal/remote"
)

var _ remote.Runner = (*Client)(nil)

// Options are how hosts are reached. The zero value of a field means what
// OpenSSH does without the flag.
type Options struct {
	// Target is [USER@]HOST[:PORT]; HOST may be an alias of the configuration,
	// an IPv6 address stands in brackets where a port follows.
	Target string
	// User and Port count where Target names none; then the configuration does.
	User string
	Port int
	// Jump is [USER@]HOST[:PORT], or several with commas between, nearest first;
	// "none" is no jump host whatever the configuration says.
	Jump string
	// KeyFiles are offered alone, before the agent's keys and those of the
	// configuration, where there are any.
	KeyFiles []string
	// KnownHosts are the files host keys are looked up in; they must be there.
	// Empty: those of the configuration, or ~/.ssh/known_hosts, known_hosts2 and
	// /etc/ssh/ssh_known_hosts.
	KnownHosts []string
	// Config is what [LoadConfig] read; nil is none.
	Config *Config
	// Agent is the agent's socket (SSH_AUTH_SOCK); "" is none.
	Agent string
	// Home is the user's home folder, LocalUser their name here.
	Home, LocalUser string
	// Timeout bounds the connection to each hop (default 15 s), KeepAlive is how
	// often a silent host is asked whether it is there (default 15 s); after
	// three questions without an answer the connection is given up.
	Timeout, KeepAlive time.Duration
}
