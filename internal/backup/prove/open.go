package prove

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/crypto/nacl/secretbox"
)

// open tries the keys on one encrypted value, as kube-apiserver would
// (https://github.com/kubernetes/kubernetes/tree/master/staging/src/k8s.io/apiserver/pkg/storage/value/encrypt).
func open(keys []key, id string, s sample) (State, string) {
	provider, name, _ := strings.Cut(id, "/")
	if provider == "kms" {
		return Unknown, fmt.Sprintf("values are encrypted at rest by the KMS plug-in %q, whose key no backup holds: a restore needs that KMS, and whether it still has the key was not tried", name)
	}
	parts := bytes.SplitN(s.text, []byte(":"), 6)
	if len(parts) < 6 {
		return Fail, "an encrypted value is cut short at " + s.at
	}
	tried := false
	for _, k := range keys {
		if k.provider != provider || k.name != name {
			continue
		}
		tried = true
		secret, err := base64.StdEncoding.DecodeString(k.secret)
		if err != nil {
			continue
		}
		if clear, err := decrypt(provider, secret, parts[5], s.at); err == nil && isObject(clear) {
			return Pass, ""
		}
	}
	if !tried {
		return Fail, fmt.Sprintf("values are encrypted at rest with %s, and the encryption configuration in the backup has no such key: restored, they could not be read", id)
	}
	return Fail, fmt.Sprintf("values are encrypted at rest with %s, and the key of that name in the backup does not open them: it is another", id)
}

// isObject: what was opened is an object in protobuf or JSON. CBC alone does
// not tell a wrong key from the right one.
func isObject(clear []byte) bool {
	return bytes.HasPrefix(clear, []byte("k8s\x00")) || bytes.HasPrefix(clear, []byte("{"))
}

var errSealed = errors.New("it does not open")

func decrypt(provider string, secret, text []byte, at string) ([]byte, error) {
	switch provider {
	case "secretbox":
		var k [32]byte
		var nonce [24]byte
		if copy(k[:], secret) != len(k) || copy(nonce[:], text) != len(nonce) {
			return nil, errSealed
		}
		clear, ok := secretbox.Open(nil, text[len(nonce):], &nonce, &k)
		if !ok {
			return nil, errSealed
		}
		return clear, nil
	case "aesgcm":
		block, err := aes.NewCipher(secret)
		if err != nil {
			return nil, err
		}
		gcm, err := cipher.NewGCM(block)
		if err != nil || len(text) < gcm.NonceSize() {
			return nil, errSealed
		}
		return gcm.Open(nil, text[:gcm.NonceSize()], text[gcm.NonceSize():], []byte(at))
	case "aescbc":
		block, err := aes.NewCipher(secret)
		if err != nil {
			return nil, err
		}
		if len(text) < 2*aes.BlockSize || len(text)%aes.BlockSize != 0 {
			return nil, errSealed
		}
		clear := bytes.Clone(text[aes.BlockSize:])
		cipher.NewCBCDecrypter(block, text[:aes.BlockSize]).CryptBlocks(clear, clear)
		return clear, nil
	}
	return nil, errors.New("no such provider is known: " + provider)
}
