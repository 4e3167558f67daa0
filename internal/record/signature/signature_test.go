package signature

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// key is a key that only tests have.
func key(n byte) Key {
	return NewKey(ed25519.NewKeyFromSeed(bytes.Repeat([]byte{n}, ed25519.SeedSize)))
}

func statement() Statement {
	sum := hex.EncodeToString(make([]byte, sha256.Size))
	return Statement{Files: []File{{"evidence/a.json", sum}, {"record.yaml", sum}},
		Predicate: Predicate{Record: "prod", Role: "platform", Name: "Ada <ada@example.org>", SignedAt: "2026-03-15T10:00:00Z", Journal: Journal{Entries: 3, Bytes: 700, Head: sum}}}
}

func signed(t *testing.T, s Statement, k Key) []byte {
	t.Helper()
	text, err := Sign(s, k)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestSignAndOpen(t *testing.T) {
	text := signed(t, statement(), key(1))
	got, err := Open(text)
	if err != nil {
		t.Fatal(err)
	}
	want := statement()
	want.KeyID, want.PublicKey = key(1).ID(), got.PublicKey
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if signer, err := got.Signer(); err != nil || signer.ID() != key(1).ID() {
		t.Errorf("%v", err)
	}
}

// TestEveryBit: nothing of an envelope can be otherwise, also what a signature
// does not cover: spaces, the key's name, spare bits of base64.
func TestEveryBit(t *testing.T) {
	text := signed(t, statement(), key(1))
	for i := range text {
		for bit := range 8 {
			changed := bytes.Clone(text)
			changed[i] ^= 1 << bit
			if _, err := Open(changed); err == nil {
				t.Errorf("bit %d of byte %d (%q) is not seen", bit, i, text[i])
			}
		}
		if _, err := Open(append(append(bytes.Clone(text[:i]), ' '), text[i:]...)); err == nil {
			t.Errorf("a space at %d is not seen", i)
		}
		if _, err := Open(text[:i]); err == nil {
			t.Errorf("cut at %d is not seen", i)
		}
	}
}

// TestForged: what somebody writes who can compute sums but has no key.
func TestForged(t *testing.T) {
	text := signed(t, statement(), key(1))
	other := statement()
	other.Role = "security"
	fields := func(text []byte) map[string]any {
		var e map[string]any
		if err := json.Unmarshal(text, &e); err != nil {
			t.Fatal(err)
		}
		return e
	}
	mix := func(of, from []byte, key string) []byte {
		e := fields(of)
		e[key] = fields(from)[key]
		out, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		return append(out, '\n')
	}
	for name, tt := range map[string]struct{ forged, want string }{
		"another payload":   {string(mix(text, signed(t, other, key(1)), "payload")), "was changed"},
		"another's":         {string(mix(text, signed(t, statement(), key(2)), "signatures")), "names a key other"},
		"another's payload": {string(mix(text, signed(t, statement(), key(2)), "payload")), "names a key other"},
		"type":              {strings.Replace(string(text), PayloadType, "text/plain", 1), "payload of type"},
		"none":              {`{"payload":"","payloadType":"` + PayloadType + `","signatures":[]}` + "\n", "0 signatures"},
		"no JSON":           {"x", "no DSSE envelope"},
	} {
		if _, err := Open([]byte(tt.forged)); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %s", name, err, tt.want)
		}
	}
	if _, err := Sign(Statement{}, key(1)); err == nil {
		t.Error("nothing was signed")
	}
}

// TestOpenSSL: keys as openssl writes them, and what it says of them.
func TestOpenSSL(t *testing.T) {
	if _, err := exec.LookPath("openssl"); err != nil {
		t.Skip("openssl is not installed")
	}
	dir := t.TempDir()
	run := func(args ...string) []byte {
		t.Helper()
		cmd := exec.Command("openssl", args...)
		cmd.Dir = dir
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("openssl %v: %v", args, err)
		}
		return out
	}
	run("genpkey", "-algorithm", "ed25519", "-out", "key.pem")
	run("pkey", "-in", "key.pem", "-pubout", "-out", "pub.pem")
	run("genpkey", "-algorithm", "ed25519", "-aes256", "-pass", "pass:x", "-out", "locked.pem")
	run("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", "ec.pem")
	run("pkey", "-in", "ec.pem", "-pubout", "-out", "ecpub.pem")
	at := func(name string) string { return filepath.Join(dir, name) }
	if err := os.Chmod(at("key.pem"), 0o600); err != nil {
		t.Fatal(err)
	}
	k, warning, err := LoadKey(at("key.pem"))
	if err != nil || warning != "" {
		t.Fatal(err, warning)
	}
	p, err := LoadPublic(at("pub.pem"))
	if err != nil {
		t.Fatal(err)
	}
	if want := fmt.Sprintf("%x", sha256.Sum256(run("pkey", "-pubin", "-in", "pub.pem", "-outform", "DER"))); p.ID() != want || k.ID() != want {
		t.Errorf("ids %s and %s, want %s", p.ID(), k.ID(), want)
	}
	if err := os.Chmod(at("key.pem"), 0o640); err != nil {
		t.Fatal(err)
	}
	if _, warning, err := LoadKey(at("key.pem")); err != nil || !strings.Contains(warning, "chmod 600") {
		t.Errorf("%v %q", err, warning)
	}
	for name, tt := range map[string]struct {
		err  error
		want string
	}{
		"locked":         {loadKey(at("locked.pem")), "passphrase"},
		"another kind":   {loadKey(at("ec.pem")), "not an ed25519 key"},
		"public":         {loadKey(at("pub.pem")), "it is a public key"},
		"private":        {loadPublic(at("key.pem")), "not a PUBLIC KEY"},
		"public of kind": {loadPublic(at("ecpub.pem")), "not an ed25519 key"},
		"missing":        {loadKey(at("none")), "no such file"},
		"no key":         {loadKey("key_test.go"), "no such file"},
		"text":           {loadPublic("signature_test.go"), "no key in PEM"},
	} {
		if tt.err == nil || !strings.Contains(tt.err.Error(), tt.want) {
			t.Errorf("%s: %v, want %s", name, tt.err, tt.want)
		}
	}
}

func loadKey(path string) error    { _, _, err := LoadKey(path); return err }
func loadPublic(path string) error { _, err := LoadPublic(path); return err }

const trustedFile = `apiVersion: fixline.dev/v1alpha1
kind: TrustedKeys
keys:
- name: Ada
  roles: [platform, security]
  publicKey: |
    -----BEGIN PUBLIC KEY-----
    MCowBQYDK2VwAyEAiojj3XQJ8ZX9UtstPLpdcspnCb8dlBIb83SIAbQPb1w=
    -----END PUBLIC KEY-----
`

func TestTrusted(t *testing.T) {
	roles := []string{"platform", "workload-owner", "security"}
	keys, err := readTrusted(strings.NewReader(trustedFile), "t.yaml", roles)
	if err != nil || len(keys) != 1 || keys[0].ID() != key(1).ID() {
		t.Fatal(err, keys)
	}
	for _, tt := range []struct {
		role, name, want string
	}{
		{"platform", "Ada", ""},
		{"workload-owner", "Ada", "its key is trusted for platform, security, not for workload-owner"},
		{"security", "Eve", `its key is that of "Ada", but it is signed as "Eve"`},
	} {
		if got := keys[0].For(Statement{Predicate: Predicate{Role: tt.role, Name: tt.name}}); got != tt.want {
			t.Errorf("%q, want %q", got, tt.want)
		}
	}
	for _, tt := range []struct{ from, to, want string }{
		{"[platform, security]", "[boss]", `"boss" is not one of`},
		{"[platform, security]", "[]", "names no role"},
		{"kind: TrustedKeys", "kind: Keys", "no file of trusted keys"},
		{"MCow", "MCox", "publicKey: is"},
		{"- name: Ada", "- nam: Ada", "unknown key"},
		{trustedFile[strings.Index(trustedFile, "- name"):], trustedFile[strings.Index(trustedFile, "- name"):] + trustedFile[strings.Index(trustedFile, "- name"):], "already there"},
	} {
		_, err := readTrusted(strings.NewReader(strings.Replace(trustedFile, tt.from, tt.to, 1)), "t.yaml", roles)
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%v, want %s", err, tt.want)
		}
	}
}
