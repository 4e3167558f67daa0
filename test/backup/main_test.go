// Package backup tests `fixline backup` as users have it, a program of its own, on a real etcd and kube-apiserver.
package backup

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"filippo.io/age"
	clientv3 "go.etcd.io/etcd/client/v3"

	"github.com/fixline-dev/fixline/lab/controlplane"
	"github.com/fixline-dev/fixline/lab/program"
)

// fixline is the program, built once.
var fixline string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "fixline-backup-test-*")
	if err != nil {
		panic(err)
	}
	fixline = filepath.Join(dir, "fixline")
	build := exec.Command("go", "build", "-o", fixline, "./cmd/fixline")
	build.Dir = filepath.Join("..", "..") // in the product's own module
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Printf("building fixline: %v\n%s", err, out)
		os.Exit(1)
	}
	code := m.Run()
	os.RemoveAll(dir)
	os.Exit(code)
}

// etcds are the versions of etcd to test with; the first needs the least time.
func etcds() []string {
	return strings.FieldsFunc(cmp.Or(os.Getenv("FIXLINE_TEST_ETCD"), "3.7.0,3.6.16"), func(r rune) bool { return r == ',' || r == ' ' })
}

// said is what one run printed and ended with.
type said struct {
	stdout, stderr string
	code           int
}

func run(t *testing.T, args ...string) said {
	t.Helper()
	return runIn(t, t.TempDir(), args...)
}

// runIn runs the program with a home and a temporary folder of its own.
func runIn(t *testing.T, world string, args ...string) said {
	t.Helper()
	var out, errs bytes.Buffer
	cmd := exec.CommandContext(t.Context(), fixline, args...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = world, &out, &errs
	cmd.Env = []string{"HOME=" + world, "TMPDIR=" + world, "PATH=/usr/bin:/bin", "XDG_DATA_HOME=" + world}
	err := cmd.Run()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return said{out.String(), errs.String(), cmd.ProcessState.ExitCode()}
}

// want holds a run to its exit code and to words of what it printed.
func (s said) want(t *testing.T, code int, words ...string) said {
	t.Helper()
	if s.code != code {
		t.Fatalf("exit code %d, want %d\n%s%s", s.code, code, s.stdout, s.stderr)
	}
	all := strings.Join(strings.Fields(s.stdout+" "+s.stderr), " ") // the screen wraps
	for _, w := range words {
		if !strings.Contains(all, w) {
			t.Errorf("%q is missing in\n%s%s", w, s.stdout, s.stderr)
		}
	}
	return s
}

// proof is what the tests look at of a BackupProof.
type proof struct {
	Kind, Result, Why string
	Revision, Keys    *int64
	RestoredBy        *string
	Checks            []struct{ Check, State, Why string }
	Resources         []struct {
		Prefix         string
		Restored, Live int64
	}
}

func (p proof) check(t *testing.T, name, state, words string) {
	t.Helper()
	for _, c := range p.Checks {
		if c.Check == name {
			if c.State != state || !strings.Contains(c.Why, words) {
				t.Errorf("%s is %s: %s; want %s: ...%s...", name, c.State, c.Why, state, words)
			}
			return
		}
	}
	t.Errorf("no check %q in %+v", name, p.Checks)
}

func decode[T any](t *testing.T, text string) T {
	t.Helper()
	var v T
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return v
}

// cluster is a control plane with some objects, and how it is backed up.
type cluster struct {
	*controlplane.ControlPlane

	etcd      string // folder with etcd and etcdutl of its version
	key       string // file with the private key
	recipient string
	flags     []string
}

// programs gives a folder with etcd and etcdutl of a version.
func programs(t *testing.T, version string) string {
	t.Helper()
	s, err := program.Open(os.Stderr)
	if err != nil {
		t.Fatal(err)
	}
	paths, err := s.Paths(t.Context(), program.Program{Name: "etcd", Version: version}, program.Program{Name: "etcdutl", Version: version})
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Dir(paths[0])
}

func start(t *testing.T, etcd string, flags ...string) cluster {
	t.Helper()
	cp, err := controlplane.Start(t.Context(), controlplane.Options{Version: "1.37.1", EtcdVersion: etcd, APIServerArgs: flags})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := cp.Stop(); err != nil {
			t.Error(err)
		}
	})
	c := cluster{ControlPlane: cp, etcd: programs(t, etcd), key: filepath.Join(t.TempDir(), "key.txt")}
	id, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(c.key, []byte(id.String()+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c.recipient = id.Recipient().String()
	pki := filepath.Join(cp.Dir(), "pki")
	c.flags = []string{"--endpoints", cp.EtcdEndpoint(), "--cacert", filepath.Join(pki, "etcd", "ca.crt"),
		"--cert", filepath.Join(pki, "apiserver-etcd-client.crt"), "--key", filepath.Join(pki, "apiserver-etcd-client.key"),
		"--etcd-binary", c.etcd, "--name", "prod"}
	return c
}

// client speaks with its etcd.
func (c cluster) client(t *testing.T) *clientv3.Client {
	t.Helper()
	pki := filepath.Join(c.Dir(), "pki")
	config, err := tlsOf(filepath.Join(pki, "etcd", "ca.crt"), filepath.Join(pki, "apiserver-etcd-client.crt"), filepath.Join(pki, "apiserver-etcd-client.key"))
	if err != nil {
		t.Fatal(err)
	}
	cl, err := clientv3.New(clientv3.Config{Endpoints: []string{c.EtcdEndpoint()}, TLS: config, DialTimeout: 5 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cl.Close() })
	return cl
}

// fill writes objects that no API server has to understand.
func (c cluster) fill(t *testing.T, n, size int) {
	t.Helper()
	cl, value := c.client(t), strings.Repeat("v", size)
	for i := range n {
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		_, err := cl.Put(ctx, fmt.Sprintf("/registry/example.org/fillers/default/%06d", i), "k8s\x00"+value)
		cancel()
		if err != nil {
			t.Fatal(err)
		}
	}
}

// backup takes one, answering the question.
func (c cluster) backup(t *testing.T, out string, more ...string) said {
	t.Helper()
	args := append(append([]string{"backup", "-O", out, "--recipient", c.recipient}, c.flags...), more...)
	dry := run(t, append(args, "--dry-run", "-o", "json")...).want(t, 0)
	hash := decode[struct{ Hash string }](t, dry.stdout).Hash
	return run(t, append(args, "--yes", hash, "-o", "json")...)
}

// nothingLeft holds that no run left a folder in memory or an etcd. Those of a run that goes on, another's on this machine,
// are told by the lock it holds.
func nothingLeft(t *testing.T) {
	t.Helper()
	deadline := time.Now().Add(10 * time.Second)
	for {
		left, err := filepath.Glob("/dev/shm/fixline-proof-*")
		if err != nil {
			t.Fatal(err)
		}
		left = slices.DeleteFunc(left, held)
		etcds, _ := exec.Command("pgrep", "-a", "-f", "name fixline-proof").Output()
		var running []string
		for line := range strings.Lines(string(etcds)) {
			_, rest, _ := strings.Cut(line, "--data-dir ")
			dir, _, _ := strings.Cut(rest, " ")
			if !held(filepath.Dir(dir)) && exists("/proc/"+strings.Fields(line)[0]) {
				running = append(running, line)
			}
		}
		if len(left) == 0 && len(running) == 0 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("left behind: %v, processes %s", left, running)
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// held reports whether a run holds a folder.
func held(dir string) bool {
	f, err := os.Open(filepath.Join(dir, "lock"))
	if err != nil {
		return false
	}
	defer f.Close()
	return errors.Is(syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB), syscall.EWOULDBLOCK)
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
