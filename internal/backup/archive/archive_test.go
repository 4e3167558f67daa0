package archive

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"filippo.io/age"
	"github.com/google/go-cmp/cmp"
)

func written(t *testing.T, recipients ...age.Recipient) (Beside, []byte) {
	t.Helper()
	var out bytes.Buffer
	w, err := NewWriter(&out, recipients, time.Date(2026, 3, 15, 0, 0, 0, 0, time.UTC))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range [][2]string{{SnapshotFile, strings.Repeat("snapshot", 40000)}, {"hosts/cp1/etc/kubernetes/admin.conf", "secret"}} {
		if _, err := w.Add(f[0], int64(len(f[1])), 0o600, strings.NewReader(f[1])); err != nil {
			t.Fatal(err)
		}
	}
	b, err := w.Finish(Manifest{Cluster: "prod"})
	if err != nil {
		t.Fatal(err)
	}
	return b, out.Bytes()
}

func ignore(string, int64, io.Reader) error { return nil }

func TestRoundTrip(t *testing.T) {
	key, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	b, text := written(t, key.Recipient())
	if bytes.Contains(text, []byte("secret")) {
		t.Error("a sealed backup shows what it holds")
	}
	var names []string
	c, err := Read(bytes.NewReader(text), []age.Identity{key}, func(name string, _ int64, r io.Reader) error {
		names = append(names, name)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(b.Stored, c.Stored); diff != "" || len(names) != 2 || c.Manifest.Cluster != "prod" || !c.Manifest.Sealed {
		t.Errorf("%s %v %+v", diff, names, c.Manifest)
	}
	other, _ := age.GenerateX25519Identity()
	for _, keys := range [][]age.Identity{nil, {other}} {
		if _, err := Read(bytes.NewReader(text), keys, ignore); err == nil || !errors.As(err, new(*KeyError)) {
			t.Errorf("opened without its key: %v", err)
		}
	}
	plain, open := written(t)
	if c, err := Read(bytes.NewReader(open), nil, ignore); err != nil || c.Manifest.Sealed || c.Stored != plain.Stored {
		t.Errorf("plain: %+v %v", c, err)
	}
}

// TestDamage: no byte may change, and no end may be missing. In the clear only
// what fills a tar up to its blocks may, which holds nothing.
func TestDamage(t *testing.T) {
	key, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	_, sealed := written(t, key.Recipient())
	_, plain := written(t)
	for name, text := range map[string][]byte{"sealed": sealed, "plain": plain} {
		places := []int{100, 150000, len(text) - 3000}
		if name == "plain" {
			places = []int{100, 150000, bytes.Index(text, []byte("secret")), bytes.Index(text, []byte(`"prod"`))}
		}
		wrong := func(what string, text []byte) {
			t.Helper()
			_, err := Read(bytes.NewReader(text), []age.Identity{key}, ignore)
			if _, ok := errors.AsType[*Error](err); !ok {
				if _, ok := errors.AsType[*KeyError](err); !ok {
					t.Errorf("%s, %s: %v", name, what, err)
				}
			}
		}
		for _, n := range []int{0, 10, 300, 100000, len(text) - 2000} {
			wrong("cut short", text[:n])
		}
		for _, i := range places {
			bad := bytes.Clone(text)
			bad[i] ^= 1
			wrong("a bit", bad)
		}
	}
	if _, err := Read(bytes.NewReader(append(bytes.Clone(sealed), 0)), []age.Identity{key}, ignore); err == nil {
		t.Error("something behind the end")
	}
}

func TestSize(t *testing.T) {
	w, err := NewWriter(io.Discard, nil, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Add("short", 10, 0o600, strings.NewReader("123")); err == nil {
		t.Error("a file that came short was taken")
	}
}
