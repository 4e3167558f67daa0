package leak

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"slices"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
)

// TestForms: a leak is found in every form something may be kept in, and nothing else is taken for one.
func TestForms(t *testing.T) {
	p := Planted{}
	secret := p.Mark("a password")
	p.Mark("another")
	b64 := base64.StdEncoding.EncodeToString
	long := []byte(strings.Repeat("some text before it; ", 20) + secret + strings.Repeat(" and after it", 20))
	inJSON, err := json.Marshal(map[string]string{"pem": string(pem.EncodeToMemory(&pem.Block{Type: "SOMETHING", Bytes: long}))})
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string]string{
		"plain":                   "x: " + secret,
		"in another case":         strings.ToUpper(secret),
		"base64":                  b64(long),
		"base64 of it alone":      "v=" + b64([]byte(secret)),
		"base64, one byte later":  b64([]byte("x" + secret)),
		"base64 after a word":     "token/a" + b64(long),
		"base64 for URLs":         base64.URLEncoding.EncodeToString(append([]byte{0xfb, 0xff, 0xfe}, long...)),
		"hexadecimal":             hex.EncodeToString(long),
		"PEM":                     string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: long})),
		"base64 of PEM":           b64(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: long})),
		"PEM in JSON":             string(inJSON),
		"gzip":                    string(gz(t, long)),
		"a Helm release":          b64(gz(t, long)),
		"a Helm release's Secret": b64([]byte(b64(gz(t, long)))),
		"the same, packed":        string(zst(t, []byte(`{"data": "`+b64([]byte(b64(gz(t, long))))+`"}`))),
		"gzip, cut short":         string(gz(t, long)[:len(gz(t, long))-4]),
	} {
		if got := p.In([]byte(data)); !slices.Equal(got, []string{"a password"}) {
			t.Errorf("%s: found %q", name, got)
		}
	}
	for name, data := range map[string]string{
		"nothing":  "",
		"a prefix": "zqx and " + secret[:12],
		"a digest": strings.Repeat("0123456789abcdef", 4),
		"packed":   string(zst(t, gz(t, []byte("nothing to see")))),
	} {
		if got := p.In([]byte(data)); len(got) > 0 {
			t.Errorf("%s: found %q", name, got)
		}
	}
	if got := (Planted{}).In(long); len(got) != 1 || !strings.Contains(got[0], "nobody planted") {
		t.Errorf("another's text: found %q", got)
	}
}

func gz(t *testing.T, data []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	if _, err := w.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func zst(t *testing.T, data []byte) []byte {
	t.Helper()
	w, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	return w.EncodeAll(data, nil)
}
