package backup

import (
	"bytes"
	"context"
	"io"
	"io/fs"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"filippo.io/age"
)

func openSealed(file, key string) (io.Reader, error) {
	text, err := os.ReadFile(key)
	if err != nil {
		return nil, err
	}
	ids, err := age.ParseIdentities(strings.NewReader(string(text)))
	if err != nil {
		return nil, err
	}
	f, err := os.Open(file) // the test's own end closes it
	if err != nil {
		return nil, err
	}
	return age.Decrypt(f, ids...)
}

// cut is a way to etcd that is lost after some bytes.
func cut(t *testing.T, to string, after int64) string {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	var passed atomic.Int64
	go func() {
		for {
			in, err := l.Accept()
			if err != nil {
				return
			}
			out, err := (&net.Dialer{}).DialContext(context.Background(), "tcp", to)
			if err != nil {
				_ = in.Close()
				continue
			}
			go func() { _, _ = io.Copy(out, in); _ = out.Close() }()
			go func() {
				buf := make([]byte, 32<<10)
				for {
					n, err := out.Read(buf)
					if passed.Add(int64(n)) > after || err != nil {
						break
					}
					if _, err := in.Write(buf[:n]); err != nil {
						break
					}
				}
				_, _ = in.Close(), out.Close()
			}()
		}
	}()
	return "https://" + l.Addr().String()
}

// TestLost: an endpoint that is lost in the middle leaves nothing under the backup's name.
func TestLost(t *testing.T) {
	c := start(t, etcds()[0])
	c.fill(t, 1500, 8000)
	for i, f := range c.flags {
		if f == "--endpoints" {
			c.flags[i+1] = cut(t, strings.TrimPrefix(c.EtcdEndpoint(), "https://"), 3<<20)
		}
	}
	out := filepath.Join(t.TempDir(), "b")
	c.backup(t, out).want(t, 1, "bytes of the snapshot")
	empty(t, out)
	nothingLeft(t)
}

func empty(t *testing.T, dir string) {
	t.Helper()
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("left in %s: %v %v", dir, left, err)
	}
}

// TestAlarm: a member whose space is used up is named, and can be backed up.
func TestAlarm(t *testing.T) {
	c := start(t, etcds()[0])
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	raise(ctx, t, c)
	got := c.backup(t, filepath.Join(t.TempDir(), "b")).want(t, 0, "NOSPACE on ")
	a := decode[answer](t, got.stdout)
	a.Proof.check(t, "alarms", "pass", "NOSPACE")
}

// TestFull: a disk that is full ends it with nothing under the backup's name.
func TestFull(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("needs root: a small file system is mounted")
	}
	small := t.TempDir()
	if err := syscall.Mount("none", small, "tmpfs", 0, "size=1m"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(small, syscall.MNT_DETACH) })
	c := start(t, etcds()[0])
	c.fill(t, 500, 8000)
	c.backup(t, small).want(t, 1, "no space left on device")
	empty(t, small)
	got := c.backup(t, filepath.Join(t.TempDir(), "b"), "--scratch", small)
	got.want(t, 4, "the restore was not tried", "needs ")
	nothingLeft(t)
}

// TestKilled: whenever it is killed, no half backup has its name, no etcd goes on, and nothing lies in memory.
func TestKilled(t *testing.T) {
	c := start(t, etcds()[0])
	c.fill(t, 1500, 8000)
	args := append([]string{"backup", "--recipient", c.recipient}, c.flags...)
	began := time.Now()
	c.backup(t, filepath.Join(t.TempDir(), "b")).want(t, 0)
	whole := time.Since(began)
	for i := range kills(t) {
		out, world := filepath.Join(t.TempDir(), "b"), t.TempDir()
		mine := append(append([]string{}, args...), "-O", out)
		hash := decode[struct{ Hash string }](t, run(t, append(mine, "--dry-run", "-o", "json")...).want(t, 0).stdout).Hash
		cmd := exec.CommandContext(t.Context(), fixline, append(mine, "--yes", hash)...)
		cmd.Dir, cmd.Env = world, []string{"HOME=" + world, "TMPDIR=" + world, "PATH=/usr/bin:/bin"}
		after := killed(t, cmd, whole)
		nothingLeft(t)
		empty(t, world)
		c.provenOrNone(t, out)
		if i == 0 || t.Failed() {
			t.Logf("killed after %s of about %s", after, whole)
			c.again(t, out)
		}
	}
}

// kills is how many rounds there are; FIXLINE_TEST_KILLS asks for more.
func kills(t *testing.T) int {
	t.Helper()
	text := os.Getenv("FIXLINE_TEST_KILLS")
	if text == "" {
		return 8
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// killed starts a program and kills it at some moment of the time it takes.
func killed(t *testing.T, cmd *exec.Cmd, whole time.Duration) time.Duration {
	t.Helper()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	after := rand.N(whole)
	time.Sleep(after)
	_ = cmd.Process.Kill() // it may have ended
	_ = cmd.Wait()
	return after
}

// provenOrNone: what has its name is good.
func (c cluster) provenOrNone(t *testing.T, out string) {
	t.Helper()
	whole, err := filepath.Glob(filepath.Join(out, "*.tar.age"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range whole { // it was killed after that
		run(t, "backup", "verify", file, "--identity", c.key, "--etcd-binary", c.etcd).want(t, 0, "PROVEN")
	}
}

// TestKilledHost: the keys of a host that is backed up are nowhere in the clear, whenever that is killed.
func TestKilledHost(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("needs root: a mount namespace stands for the host")
	}
	config := filepath.Join(t.TempDir(), "enc.yaml")
	if err := os.WriteFile(config, []byte(encryption(rightKey)), 0o600); err != nil {
		t.Fatal(err)
	}
	c := start(t, etcds()[0], "--encryption-provider-config="+config)
	c.secret(t)
	for range kills(t) / 2 {
		out := filepath.Join(t.TempDir(), "b")
		args := []string{"backup", "-O", out, "--local", "--on-node", "--recipient", c.recipient, "--etcd-binary", c.etcd, "-o", "json"}
		dry := c.asHost(t, rightKey, "", append(args, "--dry-run")...).want(t, 0)
		cmd, world := c.host(t, rightKey, "", append(args, "--yes", decode[struct{ Hash string }](t, dry.stdout).Hash)...)
		after := killed(t, cmd, 2*time.Second)
		nothingLeft(t)
		for _, dir := range []string{filepath.Join(world, "tmp"), out} {
			_ = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
				if err != nil || !d.Type().IsRegular() {
					return nil //nolint:nilerr // a folder that was not made yet
				}
				text, err := os.ReadFile(path)
				if err != nil || bytes.Contains(text, []byte("PRIVATE KEY")) || bytes.Contains(text, []byte(rightKey)) || bytes.Contains(text, []byte("very-secret")) {
					t.Errorf("killed after %s, %s holds a key in the clear (%v)", after, path, err)
				}
				return nil
			})
		}
	}
}

// TestSwept: what was left by a run that died together with what cleans up after it is removed by the next.
func TestSwept(t *testing.T) {
	m := form(t, etcds()[0], 1)
	args := m.args(t, filepath.Join(t.TempDir(), "b"), "m1")
	hash := decode[struct{ Hash string }](t, run(t, append(args, "--dry-run")...).want(t, 0).stdout).Hash
	if err := m.fill(t, 1500, 8000); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), fixline, append(args, "--yes", hash)...)
	cmd.Env = []string{"PATH=/usr/bin:/bin", "HOME=" + t.TempDir()}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var left []string
	for deadline := time.Now().Add(30 * time.Second); len(left) == 0 && time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		left, _ = filepath.Glob("/dev/shm/fixline-*/snapshot.db")
	}
	guards, _ := exec.Command("pgrep", "-f", "fixline-guard", "-P", strconv.Itoa(cmd.Process.Pid)).Output()
	for _, pid := range strings.Fields(string(guards)) {
		n, err := strconv.Atoi(pid)
		if err != nil {
			t.Fatal(err)
		}
		_ = syscall.Kill(n, syscall.SIGKILL)
	}
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
	if len(left) == 0 || len(guards) == 0 {
		t.Fatalf("there was nothing to leave: %v, guard %s", left, guards)
	}
	if _, err := os.Stat(filepath.Dir(left[0])); err != nil {
		t.Fatalf("something cleaned up: %v", err)
	}
	m.backup(t, "m1").want(t, 0)
	nothingLeft(t)
}

// TestCertificates: what is wrong with a certificate is said in its own words.
func TestCertificates(t *testing.T) {
	m := form(t, etcds()[0], 1)
	args := func() []string { return m.args(t, filepath.Join(t.TempDir(), "b"), "m1") }
	cert, key := m.issue(t, "expired", time.Now().Add(-time.Minute))
	answered(t, append(args(), "--cert", cert, "--key", key)).want(t, 1, "the client certificate has expired", "kubeadm certs check-expiration")
	other := newAuthority(t)
	cert, key = other.issue(t, "stranger", time.Now().Add(time.Hour))
	answered(t, append(args(), "--cert", cert, "--key", key)).want(t, 1, "does not accept the client certificate")
	answered(t, append(args(), "--cacert", other.file("ca.crt"))).want(t, 1, "not signed by the authority that was named")
	answered(t, append(args(), "--cert", cert, "--key", m.file("client.key"))).want(t, 2, "--cert: ")
}

// again: the next run sweeps what the killed one left beside its backups.
func (c cluster) again(t *testing.T, out string) {
	t.Helper()
	c.backup(t, out).want(t, 0)
	hidden, err := filepath.Glob(filepath.Join(out, ".*partial*"))
	if err != nil || len(hidden) > 0 {
		t.Errorf("left: %v %v", hidden, err)
	}
}
