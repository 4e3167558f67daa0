package backup

import (
	"context"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
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
	for _, after := range []int{50, 150, 300, 600, 1000, 1500} {
		out := filepath.Join(t.TempDir(), "b")
		mine := append(append([]string{}, args...), "-O", out)
		hash := decode[struct{ Hash string }](t, run(t, append(mine, "--dry-run", "-o", "json")...).want(t, 0).stdout).Hash
		world := t.TempDir()
		cmd := exec.CommandContext(t.Context(), fixline, append(mine, "--yes", hash)...)
		cmd.Dir, cmd.Env = world, []string{"HOME=" + world, "TMPDIR=" + world, "PATH=/usr/bin:/bin"}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Duration(after) * time.Millisecond)
		_ = cmd.Process.Kill() // it may have ended
		_ = cmd.Wait()
		nothingLeft(t)
		whole, err := filepath.Glob(filepath.Join(out, "*.tar.age"))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range whole { // it was killed after that
			run(t, "backup", "verify", file, "--identity", c.key, "--etcd-binary", c.etcd).want(t, 0, "PROVEN")
		}
		c.again(t, out)
	}
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
