package signature

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ed25519"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
)

// maxKey bounds a key file.
const maxKey = 64 << 10

// KeyError is a key file that cannot be used.
type KeyError struct {
	File   string
	Why    string
	Advice string
}

func (e *KeyError) Error() string { return fmt.Sprintf("reading the key %s: %s", e.File, e.Why) }

// Hint is what to do next.
func (e *KeyError) Hint() string { return e.Advice }

// Public is an ed25519 public key.
type Public struct{ public ed25519.PublicKey }

// ID is the SHA-256 of the key's PKIX DER in hex, as `openssl pkey -pubin
// -outform DER | sha256sum` prints it.
func (p Public) ID() string {
	der, err := p.der()
	if err != nil {
		return ""
	}
	sum := sha256.Sum256(der)
	return hex.EncodeToString(sum[:])
}

func (p Public) der() ([]byte, error) { return x509.MarshalPKIXPublicKey(p.public) }

// Key is an ed25519 private key with its public half.
type Key struct {
	Public
	private ed25519.PrivateKey
}

// NewKey is the key of an ed25519 private key.
func NewKey(private ed25519.PrivateKey) Key {
	public, ok := private.Public().(ed25519.PublicKey)
	if !ok {
		return Key{}
	}
	return Key{Public{public}, private}
}

// LoadKey reads a private key, PKCS#8 in PEM as `openssl genpkey -algorithm
// ed25519` writes it. warning is not "" where others can read the file.
func LoadKey(path string) (k Key, warning string, err error) {
	block, info, err := loadPEM(path)
	if err != nil {
		return Key{}, "", err
	}
	bad := func(why, advice string) (Key, string, error) { return Key{}, "", &KeyError{path, why, advice} }
	plain := "fixline record sign --key <(openssl pkey -in " + path + ")"
	switch {
	case strings.Contains(block.Type, "ENCRYPTED") || strings.Contains(block.Headers["Proc-Type"], "ENCRYPTED"):
		return bad("it is protected by a passphrase, and fixline asks for none", "give it unlocked, without a copy on disk: "+plain)
	case block.Type == "PUBLIC KEY":
		return bad("it is a public key; to sign takes the private one", "")
	case block.Type != "PRIVATE KEY":
		return bad(fmt.Sprintf("it is a %s; a key to sign with is PKCS#8 in PEM", block.Type), "make one: openssl genpkey -algorithm ed25519 -out key.pem")
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return bad("it is no PKCS#8 key: "+err.Error(), "")
	}
	private, ok := parsed.(ed25519.PrivateKey)
	if !ok {
		return bad(fmt.Sprintf("it is a %T, not an ed25519 key", parsed), "make one: openssl genpkey -algorithm ed25519 -out key.pem")
	}
	if mode := info.Mode(); mode.IsRegular() && mode.Perm()&0o077 != 0 && runtime.GOOS != "windows" {
		warning = fmt.Sprintf("others than its owner may use the private key %s (mode %04o): chmod 600 %s", path, mode.Perm(), path)
	}
	return NewKey(private), warning, nil
}

// LoadPublic reads a public key, PKIX in PEM.
func LoadPublic(path string) (Public, error) {
	block, _, err := loadPEM(path)
	if err != nil {
		return Public{}, err
	}
	if block.Type != "PUBLIC KEY" {
		return Public{}, &KeyError{path, fmt.Sprintf("it is a %s, not a PUBLIC KEY in PEM", block.Type), "take the public half: openssl pkey -in KEY -pubout"}
	}
	p, err := parsePublic(block.Bytes)
	if err != nil {
		return p, &KeyError{path, "it " + err.Error(), ""}
	}
	return p, nil
}

// ParsePublic reads a public key out of PEM text.
func ParsePublic(text string) (Public, error) {
	block, rest := pem.Decode([]byte(text))
	if block == nil || block.Type != "PUBLIC KEY" || len(bytes.TrimSpace(rest)) > 0 {
		return Public{}, errors.New("is not one PUBLIC KEY in PEM")
	}
	return parsePublic(block.Bytes)
}

func parsePublic(der []byte) (Public, error) {
	parsed, err := x509.ParsePKIXPublicKey(der)
	if err != nil {
		return Public{}, fmt.Errorf("is no PKIX public key: %w", err)
	}
	public, ok := parsed.(ed25519.PublicKey)
	if !ok {
		return Public{}, fmt.Errorf("is a %T, not an ed25519 key", parsed)
	}
	return Public{public}, nil
}

func loadPEM(path string) (*pem.Block, os.FileInfo, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, nil, fmt.Errorf("reading the key: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, nil, fmt.Errorf("reading the key: %w", err)
	}
	text, err := io.ReadAll(io.LimitReader(f, maxKey+1))
	if err != nil {
		return nil, nil, fmt.Errorf("reading the key: %w", err)
	}
	block, rest := pem.Decode(text)
	switch {
	case len(text) > maxKey || block == nil:
		return nil, nil, &KeyError{path, "it is no key in PEM", "make one: openssl genpkey -algorithm ed25519 -out key.pem"}
	case len(bytes.TrimSpace(rest)) > 0:
		return nil, nil, &KeyError{path, "something follows the key", "keep one key in a file"}
	}
	return block, info, nil
}

// ed is the signer and verifier that package dsse asks for.
type ed struct {
	private ed25519.PrivateKey // nil = only verifies
	public  ed25519.PublicKey
}

// Sign implements dsse.Signer.
func (e ed) Sign(_ context.Context, data []byte) ([]byte, error) {
	return e.private.Sign(nil, data, crypto.Hash(0))
}

// Verify implements dsse.Verifier.
func (e ed) Verify(_ context.Context, data, sig []byte) error {
	if !ed25519.Verify(e.public, data, sig) {
		return errors.New("the signature does not match")
	}
	return nil
}

// KeyID implements dsse.Signer and dsse.Verifier.
func (e ed) KeyID() (string, error) { return Public{e.public}.ID(), nil }

// Public implements dsse.Verifier.
func (e ed) Public() crypto.PublicKey { return e.public }
