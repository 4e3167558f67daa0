package backup

import (
	"context"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"filippo.io/age"
	clientv3 "go.etcd.io/etcd/client/v3"
)

// members is an etcd of several members on loopback: clients by TLS with certificates, peers through proxies that can
// cut one off from the others, as a network does.
type members struct {
	authority

	programs  string // folder with etcd and etcdutl
	recipient string
	key       string // file with the private key
	all       []*one

	mu  sync.Mutex
	cut map[string]context.CancelFunc // what runs to and from who is cut off
	off string                        // the name of who is
}

// one is a member: its process, and where it listens.
type one struct {
	name, dir, client, peer string
	proxy                   *httptest.Server
	id                      string // hexadecimal, once known
	cmd                     *exec.Cmd
	flags                   []string
}

// form starts a cluster of n members; flags are for each.
func form(t *testing.T, version string, n int, flags ...string) *members {
	t.Helper()
	m := &members{authority: newAuthority(t), programs: programs(t, version), key: filepath.Join(t.TempDir(), "key.txt"), cut: map[string]context.CancelFunc{}}
	id, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(m.key, []byte(id.String()+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	m.recipient = id.Recipient().String()
	m.issue(t, "server", time.Now().Add(time.Hour))
	m.issue(t, "client", time.Now().Add(time.Hour))
	var initial []string
	for i := range n {
		o := m.prepare(t, fmt.Sprintf("m%d", i+1), flags)
		initial = append(initial, o.name+"="+o.proxy.URL)
	}
	for _, o := range m.all {
		m.run(t, o, "--initial-cluster="+strings.Join(initial, ","))
	}
	for _, o := range m.all {
		m.ready(t, o)
	}
	return m
}

// prepare gives a member its places.
func (m *members) prepare(t *testing.T, name string, flags []string) *one {
	t.Helper()
	o := &one{name: name, dir: filepath.Join(t.TempDir(), name), client: "https://" + free(t), peer: "http://" + free(t), flags: flags}
	at, err := url.Parse(o.peer)
	if err != nil {
		t.Fatal(err)
	}
	forward := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(at) }, FlushInterval: -1, ErrorLog: log.New(io.Discard, "", 0)}
	o.proxy = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithCancel(r.Context())
		defer cancel()
		if !m.pass(o, r, cancel) {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		forward.ServeHTTP(w, r.WithContext(ctx))
	}))
	t.Cleanup(func() { o.proxy.CloseClientConnections(); o.proxy.Close() })
	m.all = append(m.all, o)
	return o
}

// pass reports whether a request may go to a member, and notes how to end it where it must not any more: streams between
// peers live long. A peer says who it is in a header.
func (m *members) pass(to *one, r *http.Request, end context.CancelFunc) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	from := r.Header.Get("X-Server-From")
	if m.off != "" && (to.name == m.off || from == m.named(m.off).id) {
		return false
	}
	m.cut[fmt.Sprintf("%s %s %p", from, to.name, r)] = end
	return true
}

func (m *members) named(name string) *one {
	for _, o := range m.all {
		if o.name == name {
			return o
		}
	}
	return nil
}

// lose cuts a member off from the others; its clients reach it as before.
func (m *members) lose(t *testing.T, name string) {
	t.Helper()
	m.mu.Lock()
	m.off = name
	for what, end := range m.cut { // both ways
		if strings.Contains(what, " "+name+" ") || strings.HasPrefix(what, m.named(name).id+" ") {
			end()
		}
	}
	m.mu.Unlock()
	deadline := time.Now().Add(30 * time.Second)
	for {
		st, err := m.client(t).Status(t.Context(), m.named(name).client)
		if err == nil && st.Leader == 0 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s still has a leader: %+v %v", name, st, err)
		}
		time.Sleep(100 * time.Millisecond)
	}
}

// run starts a member.
func (m *members) run(t *testing.T, o *one, more ...string) {
	t.Helper()
	o.cmd = exec.Command(filepath.Join(m.programs, "etcd"), append(append([]string{
		"--name=" + o.name, "--data-dir=" + o.dir, "--listen-client-urls=" + o.client, "--advertise-client-urls=" + o.client,
		"--listen-peer-urls=" + o.peer, "--initial-advertise-peer-urls=" + o.proxy.URL,
		"--cert-file=" + m.file("server.crt"), "--key-file=" + m.file("server.key"), "--client-cert-auth=true", "--trusted-ca-file=" + m.file("ca.crt"),
		"--unsafe-no-fsync", "--log-level=error"}, o.flags...), more...)...)
	said, err := os.Create(o.dir + ".log")
	if err != nil {
		t.Fatal(err)
	}
	defer said.Close()
	o.cmd.Stdout, o.cmd.Stderr = said, said
	o.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := o.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.stop(o) })
}

func (m *members) stop(o *one) {
	_ = o.cmd.Process.Signal(syscall.SIGCONT) // it may be stopped
	_ = o.cmd.Process.Kill()                  // it may have ended
	_ = o.cmd.Wait()
}

// ready waits until a member answers, and notes its id.
func (m *members) ready(t *testing.T, o *one) {
	t.Helper()
	deadline := time.Now().Add(60 * time.Second)
	for {
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		st, err := m.client(t).Status(ctx, o.client)
		cancel()
		if err == nil && st.Leader != 0 {
			m.mu.Lock()
			o.id = fmt.Sprintf("%x", st.Header.MemberId)
			m.mu.Unlock()
			return
		}
		if time.Now().After(deadline) {
			text, _ := os.ReadFile(o.dir + ".log")
			t.Fatalf("%s does not answer: %v\n%s", o.name, err, text)
		}
		time.Sleep(100 * time.Millisecond)
	}
}

// client speaks with the members named, or the first.
func (m *members) client(t *testing.T, names ...string) *clientv3.Client {
	t.Helper()
	config, err := tlsOf(m.file("ca.crt"), m.file("client.crt"), m.file("client.key"))
	if err != nil {
		t.Fatal(err)
	}
	cl, err := clientv3.New(clientv3.Config{Endpoints: m.endpoints(append(names, m.all[0].name)[:max(1, len(names))]...), TLS: config, DialTimeout: 5 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cl.Close() })
	return cl
}

func (m *members) endpoints(names ...string) []string {
	var out []string
	for _, n := range names {
		out = append(out, m.named(n).client)
	}
	return out
}

// fill writes n keys, each of size bytes, until one is refused.
func (m *members) fill(t *testing.T, n, size int) error {
	t.Helper()
	cl, value := m.client(t), "k8s\x00"+strings.Repeat("v", size)
	for i := range n {
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		_, err := cl.Put(ctx, fmt.Sprintf("/registry/example.org/fillers/default/%06d", i), value)
		cancel()
		if err != nil {
			return err
		}
	}
	return nil
}

// args are those of a backup of the members named, in that order.
func (m *members) args(t *testing.T, out string, names ...string) []string {
	t.Helper()
	return []string{"backup", "-O", out, "--recipient", m.recipient, "--endpoints", strings.Join(m.endpoints(names...), ","), "--cacert", m.file("ca.crt"),
		"--cert", m.file("client.crt"), "--key", m.file("client.key"), "--etcd-binary", m.programs, "--name", "prod", "-o", "json"}
}

// backup takes one of the members named.
func (m *members) backup(t *testing.T, names ...string) said {
	t.Helper()
	return answered(t, m.args(t, filepath.Join(t.TempDir(), "b"), names...))
}

// answered runs a command that asks, with the answer that it wants.
func answered(t *testing.T, args []string) said {
	t.Helper()
	dry := run(t, append(args, "--dry-run")...).want(t, 0)
	return run(t, append(args, "--yes", decode[struct{ Hash string }](t, dry.stdout).Hash)...)
}

// free is an address of loopback that nobody listens at.
func free(t *testing.T) string {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}
