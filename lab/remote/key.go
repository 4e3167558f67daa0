// Package remote runs commands on a lab's hosts over SSH.
//
// It decides how a host proves that it is the one: its key is made here and put into it before it starts, so nothing is
// ever trusted on first sight. It knows nothing of containers or Kubernetes. Start at [Dial]; keys come from [NewKey].
//
// golang.org/x/crypto/ssh is used and not the ssh program, because a lab runs some dozens of commands per host: one
// connection serves them all, host keys are judged by the same code everywhere, and an exit status of the command is
// told from a failure of the connection. "lab ssh" hands over to the ssh program, which knows terminals.
package remote

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/pem"
	"fmt"
	"strings"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/knownhosts"
)

// Key is a pair for a user or a host, in OpenSSH's file formats.
type Key struct {
	// Private is the text of a file such as ~/.ssh/id_ed25519.
	Private []byte
	// Public is the one line of the file beside it, with its line end.
	Public []byte
}

// NewKey makes an Ed25519 key.
func NewKey(comment string) (Key, error) {
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return Key{}, fmt.Errorf("making an SSH key: %w", err)
	}
	block, err := ssh.MarshalPrivateKey(private, comment)
	if err != nil {
		return Key{}, fmt.Errorf("making an SSH key: %w", err)
	}
	sshPublic, err := ssh.NewPublicKey(public)
	if err != nil {
		return Key{}, fmt.Errorf("making an SSH key: %w", err)
	}
	line := strings.TrimRight(string(ssh.MarshalAuthorizedKey(sshPublic)), "\n") + " " + comment + "\n"
	return Key{Private: pem.EncodeToMemory(block), Public: []byte(line)}, nil
}

// KnownHost is the line of a known_hosts file for a host and its public key. Names are host names or addresses.
func KnownHost(public []byte, names ...string) (string, error) {
	key, _, _, _, err := ssh.ParseAuthorizedKey(public)
	if err != nil {
		return "", fmt.Errorf("reading the public key of %s: %w", strings.Join(names, ", "), err)
	}
	return knownhosts.Line(names, key), nil
}
