package backup

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func tlsOf(ca, cert, key string) (*tls.Config, error) {
	text, err := os.ReadFile(ca)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(text) {
		return nil, errors.New("no certificate in " + ca)
	}
	pair, err := tls.LoadX509KeyPair(cert, key)
	return &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: pool, Certificates: []tls.Certificate{pair}}, err
}

type answer struct {
	Where, Beside string
	Manifest      struct {
		Restore []struct {
			Say, On  string
			Commands []string
		}
	}
	Proof proof
}

// TestBackup: what is taken is sealed, proven, and proven again by whoever has the key; what is damaged is not.
func TestBackup(t *testing.T) {
	for _, version := range etcds() {
		t.Run(version, func(t *testing.T) {
			c := start(t, version)
			c.fill(t, 500, 2000)
			out := filepath.Join(t.TempDir(), "backups")
			a := decode[answer](t, c.backup(t, out).want(t, 0).stdout)
			if a.Proof.Result != "pass" || a.Proof.Kind != "BackupProof" || *a.Proof.Keys < 500 || len(a.Proof.Resources) < 10 {
				t.Errorf("%+v", a.Proof)
			}
			a.Proof.check(t, "keys", "pass", "resources that the cluster had")
			a.Proof.check(t, "hash", "pass", "that of the member")
			a.Proof.check(t, "whole", "pass", "")
			nothingLeft(t)

			entries, err := os.ReadDir(out)
			if err != nil || len(entries) != 2 {
				t.Fatalf("%v %v", entries, err)
			}
			sealed, err := os.ReadFile(a.Where)
			if err != nil {
				t.Fatal(err)
			}
			if bytes.Contains(sealed, []byte("fillers")) {
				t.Error("a sealed backup shows its keys")
			}
			p := decode[proof](t, run(t, "backup", "verify", a.Where, "--identity", c.key, "--etcd-binary", c.etcd, "-o", "json").want(t, 0).stdout)
			if p.Result != "pass" || *p.Revision != *a.Proof.Revision {
				t.Errorf("%+v", p)
			}
			c.damaged(t, a.Where, sealed)
			nothingLeft(t)
		})
	}
}

// damaged: no such file is a proof.
func (c cluster) damaged(t *testing.T, where string, sealed []byte) {
	t.Helper()
	verify := func(text []byte, more ...string) said {
		t.Helper()
		file := filepath.Join(t.TempDir(), filepath.Base(where))
		if err := os.WriteFile(file, text, 0o600); err != nil {
			t.Fatal(err)
		}
		return run(t, append([]string{"backup", "verify", file, "--etcd-binary", c.etcd}, more...)...)
	}
	corrupt := bytes.Clone(sealed)
	corrupt[len(corrupt)/2] ^= 1
	verify(corrupt, "--identity", c.key).want(t, 3, "NOT PROVEN", "damaged")
	verify(sealed[:len(sealed)/2], "--identity", c.key).want(t, 3, "NOT PROVEN", "cut short")
	verify(sealed[:len(sealed)-100], "--identity", c.key).want(t, 3, "NOT PROVEN")
	verify(sealed).want(t, 2, "sealed, and no key was given", "--identity FILE")
	verify(sealed, "--identity", c.key, "--newer-than", "2100-01-01T00:00:00Z").want(t, 3, "too old")
	verify(sealed, "--identity", c.key, "--max-age", "1ms").want(t, 3, "NOT PROVEN", "too old")
	verify(sealed, "--identity", c.key, "--max-age", "24h").want(t, 0, "PROVEN", "it was taken at")
	verify(sealed, "--identity", c.key, "--etcd-binary", "/bin/true").want(t, 4, "NOT PROVEN (not known)", "does not say its version")
}

// TestPlaintext: what lies in the clear is opened without a key, and a bit that flips in it is found.
func TestPlaintext(t *testing.T) {
	m := form(t, etcds()[0], 1)
	if err := m.fill(t, 300, 2000); err != nil {
		t.Fatal(err)
	}
	args := m.args(t, filepath.Join(t.TempDir(), "b"), "m1")
	i := slices.Index(args, "--recipient")
	args = slices.Replace(args, i, i+2, "--plaintext")
	a := decode[answer](t, answered(t, args).want(t, 0).stdout)
	run(t, "backup", "verify", a.Where, "--etcd-binary", m.programs).want(t, 0, "PROVEN")
	text, err := os.ReadFile(a.Where)
	if err != nil {
		t.Fatal(err)
	}
	at := bytes.Index(text, []byte("vvvvvvvv"))
	text[at] ^= 1 // in a value of the snapshot
	bad := filepath.Join(t.TempDir(), filepath.Base(a.Where))
	if err := os.WriteFile(bad, text, 0o600); err != nil {
		t.Fatal(err)
	}
	run(t, "backup", "verify", bad, "--etcd-binary", m.programs).want(t, 3, "NOT PROVEN", "etcd/snapshot.db is not what its manifest lists")
	nothingLeft(t)
}

// TestBareSnapshot: a snapshot of etcdctl may be good but is never proven; a copy of a member's database is none.
func TestBareSnapshot(t *testing.T) {
	c := start(t, etcds()[0])
	db, err := os.ReadFile(filepath.Join(c.Dir(), "etcd", "member", "snap", "db"))
	if err != nil {
		t.Fatal(err)
	}
	copied := filepath.Join(t.TempDir(), "snapshot.db")
	if err := os.WriteFile(copied, db, 0o600); err != nil {
		t.Fatal(err)
	}
	run(t, "backup", "verify", copied, "--etcd-binary", c.etcd).want(t, 3, "NOT PROVEN", "it ends without a sum: it is a copy of a member's database file")
	snapshot, err := c.client(t).Snapshot(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var text bytes.Buffer
	if _, err := text.ReadFrom(snapshot); err != nil {
		t.Fatal(err)
	}
	write := func(text []byte) {
		if err := os.WriteFile(copied, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(text.Bytes())
	run(t, "backup", "verify", copied, "--etcd-binary", c.etcd).want(t, 4, "NOT PROVEN (not known)", "a bare snapshot does not say what the cluster had")
	write(text.Bytes()[:text.Len()-33])
	run(t, "backup", "verify", copied, "--etcd-binary", c.etcd).want(t, 3, "cut short")
	text.Bytes()[5000] ^= 1
	write(text.Bytes())
	run(t, "backup", "verify", copied, "--etcd-binary", c.etcd).want(t, 3, "it does not have the sum it ends with")
	nothingLeft(t)
}

// TestRefused: nothing is taken without an answer, and nothing of what cannot be reached or trusted.
func TestRefused(t *testing.T) {
	c := start(t, etcds()[0])
	out := filepath.Join(t.TempDir(), "backups")
	args := append([]string{"backup", "-O", out, "--recipient", c.recipient}, c.flags...)
	run(t, args...).want(t, 6, "nobody is here to be asked", "--yes ")
	run(t, append(args, "--yes", "abc")...).want(t, 6, "answers another question")
	wrong := append([]string{}, args...)
	for i, a := range wrong {
		if a == "--cacert" {
			wrong[i+1] = filepath.Join(c.Dir(), "pki", "ca.crt")
		}
	}
	yes := func(args []string, more ...string) said {
		t.Helper()
		dry := run(t, append(append([]string{}, args...), append(more, "--dry-run", "-o", "json")...)...).want(t, 0)
		return run(t, append(append([]string{}, args...), append(more, "--yes", decode[struct{ Hash string }](t, dry.stdout).Hash)...)...)
	}
	got := yes(wrong).want(t, 1, "not signed by the authority that was named", "hint: ")
	if strings.Contains(got.stderr, "context deadline exceeded") {
		t.Errorf("a wrong authority is told as a time-out: %s", got.stderr)
	}
	if left, _ := filepath.Glob(filepath.Join(out, "*")); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
	nothingLeft(t)
}
