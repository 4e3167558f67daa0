package prove

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/base64"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestJudge: pass only where all that is needed was seen to pass.
func TestJudge(t *testing.T) {
	all := func(more ...Check) []Check {
		var out []Check
		for _, n := range needed() {
			out = append(out, Check{n, Pass, ""})
		}
		return append(out, more...)
	}
	for name, tc := range map[string]struct {
		checks []Check
		want   State
		why    string
	}{
		"all":                 {all(), Pass, "restored into an etcd"},
		"skipped":             {all(Check{Hashes, Skipped, "compacted"}), Pass, ""},
		"unknown":             {all(Check{Encryption, Unknown, "kms"}), Unknown, "kms"},
		"fail":                {all(Check{Age, Fail, "old"}), Fail, "old"},
		"fail before unknown": {all(Check{Encryption, Unknown, "kms"}, Check{Age, Fail, "old"}), Fail, "old"},
		"nothing":             {nil, Unknown, "was not checked"},
		"not restored":        {all()[:1], Unknown, "was not checked"},
		"needed and skipped":  {append(all()[:4], Check{Keys, Skipped, ""}), Unknown, "keys was not checked"},
	} {
		p := NewProof("")
		p.Checks = tc.checks
		if p.Judge(); p.Result != tc.want || !strings.Contains(p.Why, tc.why) {
			t.Errorf("%s: %s, %s", name, p.Result, p.Why)
		}
	}
}

func TestProviders(t *testing.T) {
	text := `{kind: EncryptionConfiguration, resources: [{resources: [secrets], providers: [{kms: {name: vault}}, {aescbc: {keys: [{name: old, secret: QUJD}, {name: new, secret: REVG}]}}, {identity: {}}]}]}`
	got, err := Providers([]byte(text))
	if err != nil || strings.Join(got, " ") != "kms/vault aescbc/old aescbc/new" {
		t.Errorf("%v %v", got, err)
	}
	if _, err := Providers([]byte("kind: Pod")); err == nil {
		t.Error("a Pod is no encryption configuration")
	}
}

// TestOpen: a key opens what was encrypted with it, and none of the same name does.
func TestOpen(t *testing.T) {
	secret := []byte("0123456789abcdef")
	block, err := aes.NewCipher(secret)
	if err != nil {
		t.Fatal(err)
	}
	clear := []byte("k8s\x00 a Secret, in the clear.....") // two blocks
	iv := make([]byte, aes.BlockSize)
	text := make([]byte, len(clear))
	cipher.NewCBCEncrypter(block, iv).CryptBlocks(text, clear)
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		t.Fatal(err)
	}
	at := "/registry/secrets/default/s"
	sealed := map[string]string{
		"aescbc": "k8s:enc:aescbc:v1:k:" + string(iv) + string(text),
		"aesgcm": "k8s:enc:aesgcm:v1:k:" + string(iv[:12]) + string(gcm.Seal(nil, iv[:12], clear, []byte(at))),
	}
	for provider, value := range sealed {
		right := key{provider, "k", base64.StdEncoding.EncodeToString(secret)}
		wrong := key{provider, "k", base64.StdEncoding.EncodeToString([]byte("fedcba9876543210"))}
		for name, tc := range map[string]struct {
			keys []key
			want State
			why  string
		}{
			"right": {[]key{wrong, right}, Pass, ""}, "wrong": {[]key{wrong}, Fail, "it is another"},
			"none": {nil, Fail, "no such key"}, "another provider's": {[]key{{"secretbox", "k", right.secret}}, Fail, "no such key"},
		} {
			if got, why := open(tc.keys, provider+"/k", sample{at, []byte(value)}); got != tc.want || !strings.Contains(why, tc.why) {
				t.Errorf("%s, %s: %s %s", provider, name, got, why)
			}
		}
	}
	if got, _ := open(nil, "kms/vault", sample{at, []byte("k8s:enc:kms:v2:vault:x")}); got != Unknown {
		t.Errorf("kms: %s", got)
	}
}

func TestCheckSum(t *testing.T) {
	for name, tc := range map[string]struct{ text, why string }{
		"a copied database":   {strings.Repeat("x", 4096), "copy of a member's database"},
		"cut short":           {strings.Repeat("x", 5000), "cut short"},
		"empty":               {"", "cut short"},
		"another sum":         {strings.Repeat("x", 4096+32), "does not have the sum"},
		"less than it claims": {strings.Repeat("x", 32), "does not have the sum"},
	} {
		file := filepath.Join(t.TempDir(), "snapshot.db")
		if err := os.WriteFile(file, []byte(tc.text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := CheckSum(file); err == nil || !strings.Contains(err.Error(), tc.why) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestMinor(t *testing.T) {
	for in, want := range map[string]string{"3.6.16": "3.6", "v3.7.0": "3.7", "3.6": "3.6", "": "", "x": ""} {
		if got := Minor(in); got != want {
			t.Errorf("%q: %q", in, got)
		}
	}
}
