package ssh

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"strings"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"
)

// keys are what may be offered to one host, and why some are not.
type keys struct {
	signers []ssh.Signer
	names   []string // as messages call them
	notes   []string // "key ~/.ssh/id_rsa is encrypted: ..."
	closer  io.Closer
}

// loadKeys gathers the keys for h: named files first, then the agent's. A file
// whose key is also in the agent counts once. Passwords are never asked for.
// When ctx ends, so does what an agent that waits for its user was asked.
func loadKeys(ctx context.Context, h hop) *keys {
	k := &keys{}
	held := k.agent(ctx, h.agent)
	wanted := map[string]bool{}
	for _, file := range h.keyFiles {
		k.file(file, held, wanted)
	}
	for _, s := range held {
		if h.only && !wanted[string(s.PublicKey().Marshal())] {
			continue
		}
		k.add(s, "agent")
	}
	return k
}

func (k *keys) agent(ctx context.Context, socket string) []ssh.Signer {
	if socket == "" {
		return nil
	}
	conn, err := (&net.Dialer{}).DialContext(ctx, "unix", socket)
	if err != nil {
		k.notes = append(k.notes, "the agent does not answer: "+err.Error())
		return nil
	}
	context.AfterFunc(ctx, func() { _ = conn.Close() })
	signers, err := agent.NewClient(conn).Signers()
	if err != nil {
		_ = conn.Close()
		k.notes = append(k.notes, "the agent does not say its keys: "+err.Error())
		return nil
	}
	k.closer = conn // it signs over it later
	return signers
}

func (k *keys) file(file string, held []ssh.Signer, wanted map[string]bool) {
	public := publicKey(file + ".pub")
	if strings.HasSuffix(file, ".pub") { // an IdentityFile may name the public half of an agent's key
		public = publicKey(file)
	}
	if public != nil {
		wanted[string(public)] = true
		for _, s := range held {
			if bytes.Equal(s.PublicKey().Marshal(), public) {
				k.add(s, file)
				return
			}
		}
	}
	data, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) || strings.HasSuffix(file, ".pub") {
		return
	}
	if err != nil {
		k.notes = append(k.notes, err.Error())
		return
	}
	signer, err := ssh.ParsePrivateKey(data)
	if _, locked := errors.AsType[*ssh.PassphraseMissingError](err); locked {
		k.notes = append(k.notes, fmt.Sprintf("key %s is encrypted; give it to the agent: ssh-add %s", file, file))
		return
	}
	if err != nil {
		k.notes = append(k.notes, fmt.Sprintf("key %s cannot be read: %v", file, err))
		return
	}
	if text, err := os.ReadFile(file + "-cert.pub"); err == nil {
		parsed, _, _, _, err := ssh.ParseAuthorizedKey(text)
		certificate, ok := parsed.(*ssh.Certificate)
		if err == nil && ok {
			if with, err := ssh.NewCertSigner(certificate, signer); err == nil {
				k.add(with, file+"-cert.pub")
			}
		}
	}
	k.add(signer, file)
}

func publicKey(file string) []byte {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil
	}
	key, _, _, _, err := ssh.ParseAuthorizedKey(data)
	if err != nil {
		return nil
	}
	return key.Marshal()
}

// add offers a key once. A server counts each as an attempt and allows few
// (six, unless MaxAuthTries says otherwise).
func (k *keys) add(s ssh.Signer, name string) {
	for _, have := range k.signers {
		if bytes.Equal(have.PublicKey().Marshal(), s.PublicKey().Marshal()) {
			return
		}
	}
	k.signers = append(k.signers, s)
	k.names = append(k.names, fmt.Sprintf("%s (%s)", name, ssh.FingerprintSHA256(s.PublicKey())))
}

func (k *keys) close() {
	if k.closer != nil {
		_ = k.closer.Close()
	}
}

// AuthError is an account that none of the keys opened.
type AuthError struct {
	Host    string   // "root@10.77.0.11"
	Offered []string // keys: where from, and fingerprint
	Notes   []string // keys that could not be offered, and why
}

func (e *AuthError) Error() string {
	text := "no key was offered"
	if len(e.Offered) > 0 {
		text = "it accepted none of " + strings.Join(e.Offered, ", ")
	}
	if len(e.Notes) > 0 {
		text += "; " + strings.Join(e.Notes, "; ")
	}
	return fmt.Sprintf("%s does not let us in: %s", e.Host, text)
}

// Hint is what to try.
func (e *AuthError) Hint() string {
	return "name a key with --ssh-key FILE, or give it to the agent: ssh-add FILE"
}
