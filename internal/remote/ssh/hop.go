package ssh

import (
	"fmt"
	"net"
	"path/filepath"
	"strconv"
	"strings"
)

// hop is one host on the way, settled from flags and configuration.
type hop struct {
	alias      string // as the user named it
	host       string
	port       int
	user       string
	keyAlias   string // HostKeyAlias; "" = host and port
	keyFiles   []string
	only       bool // offer keyFiles alone, of the agent's keys only those
	knownHosts []string
	strict     bool // knownHosts were asked for: a missing one is an error
	agent      string
}

// String is "root@10.77.0.11", with the port where it is not 22.
func (h hop) String() string {
	s := h.user + "@" + h.host
	if h.port != 22 {
		s = h.user + "@" + h.addr()
	}
	return s
}

func (h hop) addr() string { return net.JoinHostPort(h.host, strconv.Itoa(h.port)) }

// known is the name host keys are looked up by, as "host:port".
func (h hop) known() string {
	if h.keyAlias != "" {
		return net.JoinHostPort(h.keyAlias, "22")
	}
	return h.addr()
}

// target is [USER@]HOST[:PORT].
type target struct {
	user, host string
	port       int
}

func parseTarget(text string) (target, error) {
	var t target
	bad := func(why string) (target, error) {
		return t, fmt.Errorf("%q is no [USER@]HOST[:PORT]: %s", text, why)
	}
	rest := strings.TrimPrefix(text, "ssh://")
	if at := strings.LastIndexByte(rest, '@'); at >= 0 {
		t.user, rest = rest[:at], rest[at+1:]
		if t.user == "" || strings.ContainsAny(t.user, ":/") {
			return bad("a user without a password is expected before @")
		}
	}
	host, port, err := net.SplitHostPort(rest)
	switch {
	case err == nil:
		if t.port, err = strconv.Atoi(port); err != nil || t.port < 1 || t.port > 65535 {
			return bad("port " + strconv.Quote(port))
		}
		t.host = host
	case strings.HasPrefix(rest, "[") && strings.HasSuffix(rest, "]"):
		t.host = rest[1 : len(rest)-1]
	default: // no port; an IPv6 address without brackets too
		t.host = rest
	}
	if t.host == "" || strings.HasPrefix(t.host, "-") || strings.ContainsAny(t.host, " /\t\n") {
		return bad("the host is missing or is none")
	}
	return t, nil
}

// Way names the hosts a connection goes through, its target last:
// "root@10.77.0.11". It connects to nothing; its errors are those that [Dial]
// would begin with, so that a mistake is said before anything is asked.
func Way(opts Options) ([]string, error) {
	hops, err := way(opts)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, h := range hops {
		names = append(names, h.String())
	}
	return names, nil
}

// maxHops bounds a chain: a host that is its own jump host would never end.
const maxHops = 8

// way is the chain of hops to the target, the one to connect to first in front.
func way(opts Options) ([]hop, error) {
	t, err := parseTarget(opts.Target)
	if err != nil {
		return nil, err
	}
	if t.user == "" {
		t.user = opts.User
	}
	if t.port == 0 {
		t.port = opts.Port
	}
	last, jump, err := settle(t, opts)
	if err != nil {
		return nil, err
	}
	if opts.Jump != "" {
		jump = opts.Jump
	}
	before, err := jumps(jump, opts, 1)
	if err != nil {
		return nil, err
	}
	return append(before, last), nil
}

// jumps are the hops of a ProxyJump value, and those its first host needs.
func jumps(value string, opts Options, depth int) ([]hop, error) {
	if value == "" || strings.EqualFold(value, "none") {
		return nil, nil
	}
	var out []hop
	for i, text := range strings.Split(value, ",") {
		if depth+i > maxHops {
			return nil, fmt.Errorf("more than %d jump hosts to %s: does one name itself?", maxHops, opts.Target)
		}
		t, err := parseTarget(strings.TrimSpace(text))
		if err != nil {
			return nil, fmt.Errorf("jump host: %w", err)
		}
		h, jump, err := settle(t, opts)
		if err != nil {
			return nil, err
		}
		if i == 0 {
			before, err := jumps(jump, opts, depth+1)
			if err != nil {
				return nil, err
			}
			out = before
		}
		out = append(out, h)
	}
	return out, nil
}

// settle fills in what the configuration says of a host, and its ProxyJump.
func settle(t target, opts Options) (h hop, jump string, err error) {
	c := opts.Config
	if err := c.unsupported(t.host); err != nil {
		return h, "", err
	}
	values := map[string]string{}
	for _, key := range []string{"HostName", "User", "Port", "HostKeyAlias", "ProxyJump", "IdentitiesOnly", "IdentityAgent"} {
		if values[key], err = c.get(t.host, key); err != nil {
			return h, "", err
		}
	}
	h = hop{alias: t.host, host: t.host, port: t.port, user: t.user, keyAlias: values["HostKeyAlias"], agent: opts.Agent}
	if name := values["HostName"]; name != "" {
		h.host = strings.ReplaceAll(strings.ReplaceAll(name, "%h", t.host), "%%", "%")
	}
	for _, or := range []string{values["User"], opts.LocalUser} {
		if h.user == "" {
			h.user = or
		}
	}
	if h.port == 0 {
		h.port = 22
		if p := values["Port"]; p != "" {
			if h.port, err = strconv.Atoi(p); err != nil || h.port < 1 || h.port > 65535 {
				return h, "", fmt.Errorf("SSH configuration: for host %s: Port %q is none", t.host, p)
			}
		}
	}
	switch agent := values["IdentityAgent"]; agent {
	case "", "SSH_AUTH_SOCK":
	case "none":
		h.agent = ""
	default:
		h.agent = h.expand(agent, opts)
	}
	if err := h.files(opts); err != nil {
		return h, "", err
	}
	h.only = strings.EqualFold(values["IdentitiesOnly"], "yes") || len(opts.KeyFiles) > 0
	return h, values["ProxyJump"], nil
}

// files settles key files and known_hosts.
func (h *hop) files(opts Options) error {
	ssh := func(name string) string { return filepath.Join(opts.Home, ".ssh", name) }
	h.keyFiles = opts.KeyFiles
	if len(h.keyFiles) == 0 {
		named, err := opts.Config.all(h.alias, "IdentityFile")
		if err != nil {
			return err
		}
		for _, f := range named {
			h.keyFiles = append(h.keyFiles, h.expand(f, opts))
		}
	}
	if len(h.keyFiles) == 0 && opts.Home != "" {
		h.keyFiles = []string{ssh("id_ed25519"), ssh("id_ecdsa"), ssh("id_rsa")}
	}
	h.knownHosts, h.strict = opts.KnownHosts, len(opts.KnownHosts) > 0
	if h.strict {
		return nil
	}
	for _, known := range []struct {
		key   string
		files []string
	}{
		{"UserKnownHostsFile", []string{ssh("known_hosts"), ssh("known_hosts2")}},
		{"GlobalKnownHostsFile", []string{"/etc/ssh/ssh_known_hosts", "/etc/ssh/ssh_known_hosts2"}},
	} {
		value, err := opts.Config.get(h.alias, known.key)
		if err != nil {
			return err
		}
		files := known.files
		if value != "" {
			files = nil
			for _, f := range fields(value) {
				files = append(files, h.expand(f, opts))
			}
		}
		h.knownHosts = append(h.knownHosts, files...)
	}
	return nil
}

// expand replaces ~ and the tokens %d (home), %h (host), %n (as named), %p
// (port), %r (remote user), %u (local user), %% of ssh_config(5).
func (h hop) expand(path string, opts Options) string {
	path = strings.Trim(path, `"`)
	if rest, ok := strings.CutPrefix(path, "~/"); ok {
		path = filepath.Join(opts.Home, rest)
	}
	return strings.NewReplacer("%%", "%", "%d", opts.Home, "%h", h.host, "%n", h.alias, "%p", strconv.Itoa(h.port),
		"%r", h.user, "%u", opts.LocalUser).Replace(path)
}

// fields splits at blanks outside of double quotes.
func fields(text string) []string {
	var out []string
	quoted := false
	for _, f := range strings.FieldsFunc(text, func(r rune) bool {
		if r == '"' {
			quoted = !quoted
		}
		return !quoted && (r == ' ' || r == '\t')
	}) {
		out = append(out, strings.Trim(f, `"`))
	}
	return out
}
