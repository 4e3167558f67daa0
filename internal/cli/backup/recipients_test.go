package backup

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"encoding/pem"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"filippo.io/age"
	"golang.org/x/crypto/ssh"

	"github.com/fixline-dev/fixline/internal/cli/backup/proving"
)

// TestRecipients: what is sealed to a key of age or SSH is opened by its
// private one and by no other, and what is no public key is told with its line.
func TestRecipients(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	id, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	private := map[string]string{"age": write("age", id.String()+"\n")}
	public := map[string]string{"age": id.Recipient().String()}
	_, ed, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	long, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	for name, key := range map[string]any{"ssh-ed25519": ed, "ssh-rsa": long} {
		block, err := ssh.MarshalPrivateKey(key, "")
		if err != nil {
			t.Fatal(err)
		}
		private[name] = write(name, string(pem.EncodeToMemory(block)))
		signer, err := ssh.NewSignerFromKey(key)
		if err != nil {
			t.Fatal(err)
		}
		public[name] = strings.TrimSpace(string(ssh.MarshalAuthorizedKey(signer.PublicKey())))
	}
	for name, key := range public {
		o := &Options{RecipientsFile: []string{write("keys.pub", "# of "+name+"\n\n"+key+"\n")}}
		keys, to, err := o.recipients()
		if err != nil || len(to) != 1 || len(keys) != 1 || keys[0] != key {
			t.Fatalf("%s: %v %v", name, keys, err)
		}
		var sealed bytes.Buffer
		w, err := age.Encrypt(&sealed, to...)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, "secret"); err != nil || w.Close() != nil {
			t.Fatal(err)
		}
		for other, file := range private {
			ids, err := proving.Identities([]string{file})
			if err != nil {
				t.Fatal(err)
			}
			r, err := age.Decrypt(bytes.NewReader(sealed.Bytes()), ids...)
			if (err == nil) != (other == name) {
				t.Errorf("sealed to %s, opened by %s: %v", name, other, err)
				continue
			}
			if err == nil {
				if text, err := io.ReadAll(r); err != nil || string(text) != "secret" {
					t.Errorf("%s: %q %v", name, text, err)
				}
			}
		}
	}
	for text, want := range map[string]string{
		"\n" + id.String():     "keys.pub:2: this is a private key; its public one begins with age1",
		"ssh-dss AAAA":         "keys.pub:1: ",
		"nothing":              `keys.pub:1: "nothing" is no public key of age or SSH`,
		"# no key\n":           "the files of --recipients-file hold no public key",
		public["age"] + "\nx ": "keys.pub:2: ",
	} {
		o := &Options{RecipientsFile: []string{write("keys.pub", text)}}
		if _, _, err := o.recipients(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}
