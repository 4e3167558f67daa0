package hosts

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/fixline-dev/fixline/internal/evidence"
	"github.com/fixline-dev/fixline/internal/evidence/host"
	"github.com/fixline-dev/fixline/internal/remote"
	"github.com/fixline-dev/fixline/internal/remote/ssh"
	"github.com/fixline-dev/fixline/lab/cluster"
	"github.com/fixline-dev/fixline/lab/labtest"
)

// TestReach is SSH and the probes on real hosts: what sshd does when a command is given up, tunnels to the loopback, an
// account without root, and every fact of a control plane without a line of a private key.
func TestReach(t *testing.T) {
	lab := labtest.Up(t, cluster.Spec{Name: "reach", Version: "1.37.0", ControlPlanes: 1, Workers: 1})
	config, err := ssh.LoadConfig(true, lab.Folder.SSHConfig())
	if err != nil {
		t.Fatal(err)
	}
	dial := func(target string) func(context.Context) (remote.Runner, error) {
		return func(ctx context.Context) (remote.Runner, error) {
			return ssh.Dial(ctx, ssh.Options{Target: target, Config: config})
		}
	}
	cp1, err := ssh.Dial(t.Context(), ssh.Options{Target: "cp1", Config: config})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cp1.Close() })

	t.Run("cancel", func(t *testing.T) {
		for name, stdin := range map[string]io.Reader{"guarded": nil, "with input": endless()} {
			ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
			_, err := cp1.Run(ctx, remote.Command{Script: "sleep 4711 & sleep 4711", Stdin: stdin})
			cancel()
			if !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("%s: %v", name, err)
			}
			left, err := cp1.Run(t.Context(), remote.Command{Script: "sleep 3; pgrep -x -f 'sleep 4711' || true"})
			if err != nil || len(left.Stdout) > 0 {
				t.Errorf("%s: a command outlived being given up: %s, %v", name, left.Stdout, err)
			}
		}
	})
	t.Run("jump and tunnel", func(t *testing.T) {
		w1, err := ssh.Dial(t.Context(), ssh.Options{Target: "w1", Config: config, Jump: "cp1"})
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = w1.Close() }()
		conn, err := w1.Dial(t.Context(), "tcp", "127.0.0.1:10248") // the kubelet's healthz, on loopback alone
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.WriteString(conn, "GET /healthz HTTP/1.0\r\n\r\n")
		if got, err := io.ReadAll(conn); err != nil || !bytes.HasSuffix(got, []byte("ok")) {
			t.Errorf("%q, %v", got, err)
		}
	})
	t.Run("facts", func(t *testing.T) {
		sink := &kept{files: map[string]string{}, notes: map[string]evidence.Check{}}
		got, err := host.All(t.Context(), []host.Target{{Name: "cp1", Dial: dial("cp1")}, {Name: "w1", Dial: dial("w1")}}, sink,
			host.AllOptions{Nodes: []host.Node{{Name: "cp1"}, {Name: "w1"}}, Timeout: 3 * time.Minute, Now: time.Now})
		if err != nil || got[0].Err != nil || got[0].Gaps != 0 || !got[0].IsNode || got[1].Gaps != 1 || got[0].KubeletServing == nil {
			t.Errorf("%+v, %v, %v", got, err, sink.notes)
		}
		for path, text := range sink.files {
			if strings.Contains(text, "PRIVATE KEY") || strings.Contains(text, "client-key-data") {
				t.Errorf("%s holds a private key", path)
			}
		}
		for path, part := range map[string]string{
			"hosts/cp1/dpkg.txt": "hi  kubelet 1.37.0", "hosts/cp1/static-pods.yaml": "--etcd-servers=", "hosts/w1/holds.txt": "kubelet\n",
			"hosts/cp1/kubeconfigs.json": `"/etc/kubernetes/controller-manager.conf"`, "hosts/cp1/certificates.json": "etcd/server.crt",
			"hosts/cp1/disks.json": `"for": "etcd"`, "hosts/w1/kubelet-config.yaml": "cgroupDriver: cgroupfs", "hosts/cp1/versions.txt": "containerd ",
		} {
			if !strings.Contains(sink.files[path], part) {
				t.Errorf("%s lacks %q:\n%s", path, part, sink.files[path])
			}
		}
	})
	t.Run("without root", func(t *testing.T) {
		var key bytes.Buffer // root's own
		if err := cp1.Get(t.Context(), "/root/.ssh/authorized_keys", true, &key, 0); err != nil {
			t.Fatal(err)
		}
		if _, err := cp1.Run(t.Context(), remote.Command{Script: "useradd -m -s /bin/bash plain && install -d -m 700 -o plain ~plain/.ssh"}); err != nil {
			t.Fatal(err)
		}
		if err := cp1.Put(t.Context(), remote.File{Path: "/home/plain/.ssh/authorized_keys", Mode: "0644"}, &key); err != nil {
			t.Fatal(err)
		}
		sink := &kept{files: map[string]string{}, notes: map[string]evidence.Check{}}
		got, err := host.All(t.Context(), []host.Target{{Name: "plain@cp1", Dial: dial("plain@cp1")}}, sink, host.AllOptions{Timeout: 3 * time.Minute, Now: time.Now})
		if err != nil || got[0].Err != nil || got[0].Node != "cp1" || sink.files["hosts/cp1/dpkg.txt"] == "" {
			t.Errorf("%+v, %v", got, err)
		}
		note := sink.notes["hosts/cp1/static-pods.yaml"]
		if note.State != evidence.Failed || !strings.Contains(note.Reason, "plain may not become root") {
			t.Errorf("static pods: %+v", note)
		}
	})
}

// endless is standard input that never comes.
func endless() io.Reader { r, _ := io.Pipe(); return r }

// kept is a sink in memory.
type kept struct {
	mu    sync.Mutex
	files map[string]string
	notes map[string]evidence.Check
}

func (k *kept) File(path string, _ evidence.Origin, fill func(io.Writer) (int, error)) error {
	var b bytes.Buffer
	_, err := fill(&b)
	k.mu.Lock()
	defer k.mu.Unlock()
	k.files[path] = b.String()
	return err
}

func (k *kept) Note(c evidence.Check) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.notes[c.Asked] = c
}
