package ssh

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/skeema/knownhosts"
	"golang.org/x/crypto/ssh"
	basehosts "golang.org/x/crypto/ssh/knownhosts"

	"github.com/fixline-dev/fixline/internal/remote"
)

// HostKeyError is a host whose key is not known, or not the known one. It was
// refused before anything was sent to it.
type HostKeyError struct {
	Host string // as it is looked up
	// Type and Fingerprint are of the key the host presented: "ssh-ed25519",
	// "SHA256:...".
	Type, Fingerprint string
	// Kinds are those of the keys it has, where none is of a kind it is known by
	// and it presented none.
	Kinds []string
	// Known are the keys that were expected, with file and line; empty where
	// the host is not known at all. With Kinds, the kinds alone.
	Known []string
	// Revoked: a file says this key is to be refused.
	Revoked bool
	// Commands show both sides: what the host presents, and what is known.
	Commands []string
}

func (e *HostKeyError) Error() string {
	presents := fmt.Sprintf("it presents %s %s", e.Type, e.Fingerprint)
	switch {
	case len(e.Kinds) > 0:
		return fmt.Sprintf("the key of host %s has CHANGED: it has keys of the kinds %s, known is %s", e.Host, strings.Join(e.Kinds, ", "), strings.Join(e.Known, ", "))
	case e.Revoked:
		return fmt.Sprintf("the key of host %s is revoked: %s", e.Host, presents)
	case len(e.Known) > 0:
		return fmt.Sprintf("the key of host %s has CHANGED: %s, known is %s", e.Host, presents, strings.Join(e.Known, ", "))
	}
	return fmt.Sprintf("the key of host %s is not known: %s", e.Host, presents)
}

// Hint is how a person tells whether the key is right.
func (e *HostKeyError) Hint() string { return "see both sides: " + strings.Join(e.Commands, "; ") }

// hostKeys are what known_hosts files say of one host.
type hostKeys struct {
	callback   ssh.HostKeyCallback
	algorithms []string
	commands   []string // show what the host presents, and what is known
}

// loadHostKeys reads the known_hosts files of h. The algorithms are those of
// the known keys, so that a host with several keys presents one that is known
// (https://github.com/golang/go/issues/29286).
func loadHostKeys(h hop, viaJump bool) (hostKeys, error) {
	var files []string
	for _, f := range h.knownHosts {
		if _, err := os.Stat(f); errors.Is(err, fs.ErrNotExist) && !h.strict {
			continue
		}
		files = append(files, f)
	}
	db, err := knownhosts.NewDB(files...)
	if err != nil {
		return hostKeys{}, fmt.Errorf("reading known hosts: %w", err)
	}
	check := db.HostKeyCallback()
	return hostKeys{
		algorithms: db.HostKeyAlgorithms(h.known()),
		commands:   commands(h, viaJump),
		callback: func(_ string, _ net.Addr, key ssh.PublicKey) error {
			// By name alone: behind a jump host, or with an alias, the address
			// is not the host's own.
			if err := check(h.known(), &net.TCPAddr{}, key); err != nil {
				return keyError(h, viaJump, key, err)
			}
			return nil
		},
	}, nil
}

func keyError(h hop, viaJump bool, key ssh.PublicKey, err error) error {
	e := &HostKeyError{Host: knownhosts.Normalize(h.known()), Type: key.Type(), Fingerprint: ssh.FingerprintSHA256(key)}
	var revoked *basehosts.RevokedError
	var wrong *basehosts.KeyError
	switch {
	case errors.As(err, &revoked):
		e.Revoked = true
	case errors.As(err, &wrong):
		for _, k := range wrong.Want {
			e.Known = append(e.Known, fmt.Sprintf("%s %s (%s:%d)", k.Key.Type(), ssh.FingerprintSHA256(k.Key), k.Filename, k.Line))
		}
		slices.Sort(e.Known)
	default: // a certificate that is out of date, or of another host
		return fmt.Errorf("the key of host %s: %w", e.Host, err)
	}
	e.Commands = commands(h, viaJump)
	return e
}

// commands show what the host presents, and what is known of it.
func commands(h hop, viaJump bool) []string {
	name := remote.Quote(knownhosts.Normalize(h.known()))
	scan := "ssh-keyscan"
	if h.port != 22 {
		scan += " -p " + strconv.Itoa(h.port)
	}
	scan += " " + h.host + " | ssh-keygen -lf -"
	if viaJump {
		scan += " (run it on the jump host)"
	}
	out := []string{scan}
	files := h.knownHosts
	if !h.strict {
		files = slices.DeleteFunc(slices.Clone(files), func(f string) bool { _, err := os.Stat(f); return err != nil })
	}
	for _, f := range files {
		out = append(out, "ssh-keygen -lF "+name+" -f "+f)
	}
	if len(files) == 0 {
		out = append(out, "ssh-keygen -lF "+name)
	}
	return out
}
