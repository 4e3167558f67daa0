package ssh_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/pem"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	basessh "golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"
	"golang.org/x/crypto/ssh/knownhosts"

	"github.com/fixline-dev/fixline/internal/remote"
	"github.com/fixline-dev/fixline/internal/remote/remotetest"
	"github.com/fixline-dev/fixline/internal/remote/ssh"
)

func options(s *remotetest.Server) ssh.Options {
	return ssh.Options{Target: "tester@" + s.Addr(), KeyFiles: []string{s.KeyFile}, KnownHosts: []string{s.KnownHosts}, Timeout: 5 * time.Second}
}

func connect(t *testing.T, opts ssh.Options) *ssh.Client {
	t.Helper()
	c, err := ssh.Dial(t.Context(), opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func TestContract(t *testing.T) {
	remotetest.Contract(t, connect(t, options(remotetest.Serve(t, remotetest.Fault{}))))
}

func TestJump(t *testing.T) {
	first, second, last := remotetest.Serve(t, remotetest.Fault{}), remotetest.Serve(t, remotetest.Fault{}), remotetest.Serve(t, remotetest.Fault{})
	opts := options(last)
	opts.KeyFiles = []string{first.KeyFile, second.KeyFile, last.KeyFile}
	opts.KnownHosts = []string{first.KnownHosts, second.KnownHosts, last.KnownHosts}
	opts.Jump = "a@" + first.Addr() + ",b@" + second.Addr()
	got, err := connect(t, opts).Run(t.Context(), remote.Command{Script: "echo there"})
	if err != nil || string(got.Stdout) != "there\n" {
		t.Errorf("%+v, %v", got, err)
	}
	opts.KnownHosts = []string{first.KnownHosts, last.KnownHosts}
	_, err = ssh.Dial(t.Context(), opts)
	if _, ok := errors.AsType[*ssh.HostKeyError](err); !ok || !strings.Contains(err.Error(), "by way of b@"+second.Addr()) {
		t.Errorf("an unknown jump host: %v", err)
	}
}

func TestHostKeys(t *testing.T) {
	s := remotetest.Serve(t, remotetest.Fault{})
	other := remotetest.NewKey(t).PublicKey()
	known := func(lines ...string) string {
		file := filepath.Join(t.TempDir(), "known hosts")
		if err := os.WriteFile(file, []byte(strings.Join(lines, "\n")+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	fingerprint := basessh.FingerprintSHA256(s.HostKey)
	hashed := knownhosts.HashHostname(knownhosts.Normalize(s.Addr())) + strings.TrimPrefix(knownhosts.Line([]string{"x"}, s.HostKey), "x")
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	kind, err := basessh.NewPublicKey(private.Public())
	if err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		file string
		want []string // nil: it connects
	}{
		"known":        {known(knownhosts.Line([]string{s.Addr()}, s.HostKey)), nil},
		"hashed":       {known(hashed), nil},
		"unknown":      {known("# nobody"), []string{"is not known", "ssh-ed25519", fingerprint}},
		"changed":      {known(knownhosts.Line([]string{s.Addr()}, other)), []string{"has CHANGED", fingerprint, basessh.FingerprintSHA256(other), ":1)"}},
		"another kind": {known(knownhosts.Line([]string{s.Addr()}, kind)), []string{"has CHANGED", "kinds", "ssh-ed25519", "known is ecdsa-sha2-nistp256"}},
		"revoked":      {known("@revoked * " + strings.TrimPrefix(knownhosts.Line([]string{"x"}, s.HostKey), "x ")), []string{"is revoked", fingerprint}},
	} {
		t.Run(name, func(t *testing.T) {
			opts := options(s)
			opts.KnownHosts = []string{tt.file}
			c, err := ssh.Dial(t.Context(), opts)
			if tt.want == nil {
				if err != nil {
					t.Fatal(err)
				}
				_ = c.Close()
				return
			}
			wrong, ok := errors.AsType[*ssh.HostKeyError](err)
			if !ok {
				t.Fatalf("it connected, or failed otherwise: %v", err)
			}
			for _, part := range tt.want {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("%v lacks %q", err, part)
				}
			}
			for _, part := range []string{"ssh-keyscan -p ", "| ssh-keygen -lf -", "ssh-keygen -lF '[127.0.0.1]:", " -f "} {
				if !strings.Contains(wrong.Hint(), part) {
					t.Errorf("%q lacks %q", wrong.Hint(), part)
				}
			}
		})
	}
}

// TestHostAuthority: a certificate of an authority in known_hosts is as good as
// a known key, and one of another authority is not.
func TestHostAuthority(t *testing.T) {
	authority := remotetest.NewKey(t)
	s := remotetest.Serve(t, remotetest.Fault{Authority: &authority})
	for good, key := range map[bool]basessh.PublicKey{true: authority.PublicKey(), false: remotetest.NewKey(t).PublicKey()} {
		file := filepath.Join(t.TempDir(), "known_hosts")
		if err := os.WriteFile(file, []byte("@cert-authority "+knownhosts.Line([]string{s.Addr()}, key)+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		opts := options(s)
		opts.KnownHosts = []string{file}
		c, err := ssh.Dial(t.Context(), opts)
		if (err == nil) != good {
			t.Errorf("trusted authority: %v, %v", good, err)
		}
		if err == nil {
			_ = c.Close()
		}
	}
}

// TestAgent: its keys are offered, and one that waits for its user for ever
// does not hold the connection up.
func TestAgent(t *testing.T) {
	s := remotetest.Serve(t, remotetest.Fault{})
	text, err := os.ReadFile(s.KeyFile)
	if err != nil {
		t.Fatal(err)
	}
	private, err := basessh.ParseRawPrivateKey(text)
	if err != nil {
		t.Fatal(err)
	}
	held := agent.NewKeyring()
	if err := held.Add(agent.AddedKey{PrivateKey: private}); err != nil {
		t.Fatal(err)
	}
	for name, serve := range map[string]func(net.Conn){
		"answers": func(c net.Conn) { _ = agent.ServeAgent(held, c) },
		"waits":   func(c net.Conn) { _, _ = io.Copy(io.Discard, c) },
	} {
		t.Run(name, func(t *testing.T) {
			opts := options(s)
			opts.KeyFiles, opts.Agent, opts.Timeout = nil, filepath.Join(t.TempDir(), "a"), time.Second
			l, err := net.Listen("unix", opts.Agent)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = l.Close() })
			go func() {
				for {
					conn, err := l.Accept()
					if err != nil {
						return
					}
					go serve(conn)
				}
			}()
			began := time.Now()
			c, err := ssh.Dial(t.Context(), opts)
			if took := time.Since(began); (err == nil) != (name == "answers") || took > 4*time.Second {
				t.Errorf("after %s: %v", took, err)
			}
			if err == nil {
				_ = c.Close()
			}
		})
	}
}

func TestKeys(t *testing.T) {
	s := remotetest.Serve(t, remotetest.Fault{})
	opts := options(s)
	locked := filepath.Join(t.TempDir(), "locked")

	writeLocked(t, locked)
	opts.KeyFiles = []string{locked}
	_, err := ssh.Dial(t.Context(), opts)
	if _, ok := errors.AsType[*ssh.AuthError](err); !ok || !strings.Contains(err.Error(), "ssh-add "+locked) {
		t.Errorf("an encrypted key: %v", err)
	}
	opts.KeyFiles = []string{remotetest.Serve(t, remotetest.Fault{}).KeyFile}
	if _, err := ssh.Dial(t.Context(), opts); err == nil || !strings.Contains(err.Error(), "SHA256:") || !strings.Contains(err.Error(), "tester@"+s.Addr()) {
		t.Errorf("another's key: %v", err)
	}
}

func TestFaults(t *testing.T) {
	for name, fault := range map[string]remotetest.Fault{"hang": {Hang: true}, "garbage": {Garbage: true}} {
		t.Run(name, func(t *testing.T) {
			opts := options(remotetest.Serve(t, fault))
			opts.Timeout = 300 * time.Millisecond
			_, err := ssh.Dial(t.Context(), opts)
			if err == nil || name == "hang" && !strings.Contains(err.Error(), "no answer from 127.0.0.1") {
				t.Errorf("%v", err)
			}
		})
	}
	t.Run("drop", func(t *testing.T) {
		s := remotetest.Serve(t, remotetest.Fault{})
		c := connect(t, options(s))
		file := filepath.Join(t.TempDir(), "pid")
		time.AfterFunc(300*time.Millisecond, s.Drop)
		_, err := c.Run(t.Context(), remote.Command{Script: "echo $$ > " + remote.Quote(file) + "; exec sleep 60"})
		if err == nil || !strings.Contains(err.Error(), "the connection was lost before the command ended") {
			t.Errorf("%v", err)
		}
		pid, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for range 100 {
			if _, err := os.Stat("/proc/" + strings.TrimSpace(string(pid))); err != nil {
				return
			}
			time.Sleep(50 * time.Millisecond)
		}
		t.Error("the command outlived its connection")
	})
	t.Run("no shell", func(t *testing.T) {
		c := connect(t, options(remotetest.Serve(t, remotetest.Fault{Reply: "This account is not available.\n", Status: 1})))
		if _, err := c.Run(t.Context(), remote.Command{Script: "true"}); err == nil || !strings.Contains(err.Error(), "This account is not available.") {
			t.Errorf("%v", err)
		}
		_, err := c.Run(t.Context(), remote.Command{Script: "true", Root: true})
		if sudo, ok := errors.AsType[*remote.SudoError](err); !ok || !strings.Contains(sudo.Hint(), "NOPASSWD") {
			t.Errorf("%v", err)
		}
	})
	t.Run("no forwarding", func(t *testing.T) {
		c := connect(t, options(remotetest.Serve(t, remotetest.Fault{NoForwarding: true})))
		if _, err := c.Dial(t.Context(), "tcp", "127.0.0.1:1"); err == nil {
			t.Error("it connected")
		}
	})
	t.Run("before it begins", func(t *testing.T) {
		c := connect(t, options(remotetest.Serve(t, remotetest.Fault{})))
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := c.Run(ctx, remote.Command{Script: "true"}); !errors.Is(err, context.Canceled) {
			t.Errorf("%v", err)
		}
	})
}

func writeLocked(t *testing.T, file string) {
	t.Helper()
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	block, err := basessh.MarshalPrivateKeyWithPassphrase(private, "", []byte("x"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
		t.Fatal(err)
	}
}
