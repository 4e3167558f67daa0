package backup

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"
)

// TestLive: of a cluster that is written to all the while, the backup is compared with what it had as of the snapshot's
// revision, which the cluster itself confirms afterwards.
func TestLive(t *testing.T) {
	for _, version := range etcds() {
		t.Run(version, func(t *testing.T) {
			m := form(t, version, 3)
			if err := m.fill(t, 1000, 4000); err != nil {
				t.Fatal(err)
			}
			written := m.busy(t)
			a := decode[answer](t, m.backup(t, "m1", "m2", "m3").want(t, 0).stdout)
			total := written()
			a.Proof.check(t, "keys", "pass", "resources that the cluster had")
			a.Proof.check(t, "hash", "pass", "that of the member")
			a.Proof.check(t, "members", "pass", "3 of 3 members")
			cl := m.client(t)
			count := func(prefix string) int64 {
				got, err := cl.Get(t.Context(), prefix, clientv3.WithPrefix(), clientv3.WithCountOnly(), clientv3.WithRev(*a.Proof.Revision))
				if err != nil {
					t.Fatal(err)
				}
				return got.Count
			}
			now, err := cl.Get(t.Context(), "x")
			if err != nil {
				t.Fatal(err)
			}
			if now.Header.Revision <= *a.Proof.Revision || total < 50 {
				t.Errorf("nothing was written meanwhile: revision %d then, %d now, %d writes", *a.Proof.Revision, now.Header.Revision, total)
			}
			if *a.Proof.Keys != count("") || len(a.Proof.Resources) < 2 {
				t.Errorf("%d keys, the cluster had %d", *a.Proof.Keys, count(""))
			}
			for _, r := range a.Proof.Resources {
				if n := count(r.Prefix); r.Live != n || r.Restored != n {
					t.Errorf("%s: %d and %d, the cluster had %d", r.Prefix, r.Live, r.Restored, n)
				}
			}
		})
	}
}

// busy writes, changes and deletes without end; what it gives ends that and says how often it did.
func (m *members) busy(t *testing.T) func() int {
	t.Helper()
	cl, ctx := m.client(t), t.Context()
	stop, done := context.WithCancel(ctx)
	count := make(chan int, 1)
	go func() {
		n := 0
		for stop.Err() == nil {
			key := fmt.Sprintf("/registry/pods/default/%06d", n%500)
			var err error
			if n%3 == 2 {
				_, err = cl.Delete(stop, key[:len(key)-1], clientv3.WithPrefix())
			} else {
				_, err = cl.Put(stop, key, fmt.Sprint("k8s\x00", n))
			}
			if err == nil {
				n++
			}
		}
		count <- n
	}()
	return func() int { done(); return <-count }
}

// TestCompacted: what was deleted last and compacted away leaves no trace in the keys, and etcd goes on from there all the
// same.
func TestCompacted(t *testing.T) {
	m := form(t, etcds()[0], 1)
	if err := m.fill(t, 20, 100); err != nil {
		t.Fatal(err)
	}
	cl := m.client(t)
	gone, err := cl.Delete(t.Context(), "/registry/example.org/fillers/default/000019")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := cl.Compact(t.Context(), gone.Header.Revision, clientv3.WithCompactPhysical()); err != nil {
		t.Fatal(err)
	}
	a := decode[answer](t, m.backup(t, "m1").want(t, 0).stdout)
	if *a.Proof.Revision != gone.Header.Revision || *a.Proof.Keys != 19 {
		t.Errorf("revision %d of %d, %d keys", *a.Proof.Revision, gone.Header.Revision, *a.Proof.Keys)
	}
}

// TestNoNetwork: the etcd of the proof listens on no network, and nobody else may open the folder where it serves. It is looked
// at while the program that started it is stopped, so that it does not end before.
func TestNoNetwork(t *testing.T) {
	m := form(t, etcds()[0], 1)
	if err := m.fill(t, 100, 1000); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	at, wait := filepath.Join(dir, "pid"), filepath.Join(dir, "go")
	gate := `#!/bin/sh
if [ "$1" != --version ]; then
	echo $$ > ` + at + `.part && mv ` + at + `.part ` + at + `
	while [ ! -e ` + wait + ` ]; do sleep 0.02; done
fi
exec ` + filepath.Join(m.programs, "etcd") + ` "$@"
`
	if err := os.WriteFile(filepath.Join(dir, "etcd"), []byte(gate), 0o700); err != nil {
		t.Fatal(err)
	}
	args := append(m.args(t, filepath.Join(t.TempDir(), "b"), "m1"), "--etcd-binary", dir)
	hash := decode[struct{ Hash string }](t, run(t, append(args, "--dry-run")...).want(t, 0).stdout).Hash
	cmd := exec.CommandContext(t.Context(), fixline, append(args, "--yes", hash)...)
	cmd.Env = []string{"PATH=/usr/bin:/bin", "HOME=" + t.TempDir()}
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); nothingLeft(t) }) // it has ended where nothing failed
	eventually(t, "an etcd for the proof", func() bool { return exists(at) })
	if err := cmd.Process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(wait, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(at)
	if err != nil {
		t.Fatal(err)
	}
	pid := strings.TrimSpace(string(text))
	command, socket := "", ""
	eventually(t, "its socket", func() bool {
		line, _ := os.ReadFile("/proc/" + pid + "/cmdline")
		command = string(line)
		_, rest, _ := strings.Cut(command, "--data-dir\x00")
		data, _, _ := strings.Cut(rest, "\x00")
		socket = filepath.Join(filepath.Dir(data), "client.sock")
		return !strings.Contains(command, "/bin/sh") && exists(socket)
	})
	if got := listens(pid); len(got) > 0 {
		t.Errorf("it listens at %v", got)
	}
	info, err := os.Stat(filepath.Dir(socket))
	if err != nil || info.Mode().Perm() != 0o700 || !strings.HasPrefix(socket, "/dev/shm/fixline-proof-") || !strings.Contains(command, "fixline-proof") {
		t.Errorf("%s of %q: %v %v", socket, command, info, err)
	}
	if err := cmd.Process.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("%v: %s", err, said.String())
	}
}

// eventually waits for something for as long as a slow machine takes.
func eventually(t *testing.T, what string, seen func() bool) {
	t.Helper()
	for deadline := time.Now().Add(2 * time.Minute); !seen(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("never seen: %s", what)
		}
	}
}

// listens are the TCP sockets a process listens at: those of proc_net(5) in state 0A that are among its own files.
func listens(pid string) []string {
	own := map[string]bool{}
	files, _ := filepath.Glob("/proc/" + pid + "/fd/*")
	for _, f := range files {
		to, err := os.Readlink(f)
		if inode, ok := strings.CutPrefix(to, "socket:["); err == nil && ok {
			own[strings.TrimSuffix(inode, "]")] = true
		}
	}
	var out []string
	for _, table := range []string{"tcp", "tcp6"} {
		text, _ := os.ReadFile("/proc/" + pid + "/net/" + table)
		for line := range strings.Lines(string(text)) {
			if f := strings.Fields(line); len(f) > 9 && f[3] == "0A" && own[f[9]] {
				out = append(out, f[1])
			}
		}
	}
	return out
}

// TestListens: the look of the test above finds a socket where there is one.
func TestListens(t *testing.T) {
	m := form(t, etcds()[0], 1)
	if got := listens(strconv.Itoa(m.all[0].cmd.Process.Pid)); len(got) < 2 {
		t.Errorf("an etcd that listens at two ports was seen at %v", got)
	}
}

// TestRestored: a cluster that was itself restored, its revision raised as the manifest's commands do, is backed up and proven.
func TestRestored(t *testing.T) {
	for _, version := range etcds() {
		t.Run(version, func(t *testing.T) {
			m := form(t, version, 1)
			if err := m.fill(t, 50, 1000); err != nil {
				t.Fatal(err)
			}
			db, err := m.client(t).Snapshot(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			file, o := filepath.Join(t.TempDir(), "s.db"), m.all[0]
			to, err := os.Create(file)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := io.Copy(to, db); err != nil || to.Close() != nil {
				t.Fatal(err)
			}
			m.stop(o)
			if err := os.RemoveAll(o.dir); err != nil {
				t.Fatal(err)
			}
			out, err := exec.CommandContext(t.Context(), filepath.Join(m.programs, "etcdutl"), "snapshot", "restore", file, "--name="+o.name, "--data-dir="+o.dir,
				"--initial-cluster="+o.name+"="+o.proxy.URL, "--initial-advertise-peer-urls="+o.proxy.URL, "--bump-revision=1000000000", "--mark-compacted").CombinedOutput()
			if err != nil {
				t.Fatalf("%v: %s", err, out)
			}
			m.run(t, o)
			m.ready(t, o)
			a := decode[answer](t, m.backup(t, "m1").want(t, 0).stdout)
			if *a.Proof.Keys != 50 || *a.Proof.Revision < 1000000000 {
				t.Errorf("%d keys at %d", *a.Proof.Keys, *a.Proof.Revision)
			}
			a.Proof.check(t, "keys", "pass", "the 50 keys of 1 resources")
		})
	}
}
