package remotetest

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/pem"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"testing"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/knownhosts"
)

// Server is an SSH server on loopback that runs commands on this machine.
type Server struct {
	Host       string // 127.0.0.1
	Port       int
	KeyFile    string // opens it
	KnownHosts string // knows it
	HostKey    ssh.PublicKey

	mu    sync.Mutex
	conns []net.Conn
}

// Fault is how a Server misbehaves or is set up otherwise; the zero value is a good one.
type Fault struct {
	// Hang: it accepts connections and says nothing. Garbage: it says what is no SSH.
	Hang, Garbage bool
	// NoForwarding refuses direct-tcpip, as AllowTcpForwarding no does.
	NoForwarding bool
	// Reply, where set, is written for any command, which then ends with Status.
	Reply  string
	Status uint32
	// Authority, where set, signs the host key: then a certificate is presented too.
	Authority *Key
}

// Serve starts one, until the test ends.
func Serve(t *testing.T, fault Fault) *Server {
	t.Helper()
	dir := t.TempDir()
	host, user := NewKey(t), NewKey(t)
	s := &Server{Host: "127.0.0.1", KeyFile: filepath.Join(dir, "id"), KnownHosts: filepath.Join(dir, "known_hosts"), HostKey: host.PublicKey()}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close(); s.Drop() })
	s.Port = l.Addr().(*net.TCPAddr).Port
	write(t, s.KeyFile, string(pem.EncodeToMemory(user.private)))
	write(t, s.KnownHosts, knownhosts.Line([]string{s.Addr()}, host.PublicKey())+"\n")
	config := &ssh.ServerConfig{PublicKeyCallback: func(_ ssh.ConnMetadata, key ssh.PublicKey) (*ssh.Permissions, error) {
		if string(key.Marshal()) != string(user.PublicKey().Marshal()) {
			return nil, io.EOF
		}
		return nil, nil
	}}
	config.AddHostKey(host.Signer)
	if fault.Authority != nil {
		config.AddHostKey(certified(t, host, *fault.Authority))
	}
	go func() {
		for {
			raw, err := l.Accept()
			if err != nil {
				return
			}
			s.mu.Lock()
			s.conns = append(s.conns, raw)
			s.mu.Unlock()
			go s.serve(raw, config, fault)
		}
	}()
	return s
}

// certified is host with a certificate of authority for loopback.
func certified(t *testing.T, host, authority Key) ssh.Signer {
	t.Helper()
	c := &ssh.Certificate{Key: host.PublicKey(), CertType: ssh.HostCert, ValidPrincipals: []string{"127.0.0.1"}, ValidBefore: ssh.CertTimeInfinity}
	if err := c.SignCert(rand.Reader, authority); err != nil {
		t.Fatal(err)
	}
	signer, err := ssh.NewCertSigner(c, host)
	if err != nil {
		t.Fatal(err)
	}
	return signer
}

// Addr is "127.0.0.1:PORT".
func (s *Server) Addr() string { return net.JoinHostPort(s.Host, strconv.Itoa(s.Port)) }

// Drop cuts every connection.
func (s *Server) Drop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.conns {
		_ = c.Close()
	}
}

func (s *Server) serve(raw net.Conn, config *ssh.ServerConfig, fault Fault) {
	switch {
	case fault.Hang:
		return
	case fault.Garbage:
		_, _ = io.WriteString(raw, "HTTP/1.1 400 Bad Request\r\n\r\n")
		_ = raw.Close()
		return
	}
	_, channels, requests, err := ssh.NewServerConn(raw, config)
	if err != nil {
		return
	}
	go ssh.DiscardRequests(requests)
	for c := range channels {
		switch {
		case c.ChannelType() == "session":
			channel, requests, err := c.Accept()
			if err == nil {
				go session(channel, requests, fault)
			}
		case c.ChannelType() == "direct-tcpip" && !fault.NoForwarding:
			go forward(c)
		default:
			_ = c.Reject(ssh.Prohibited, "not here")
		}
	}
}

func session(channel ssh.Channel, requests <-chan *ssh.Request, fault Fault) {
	for r := range requests {
		var command struct{ Line string }
		if r.Type != "exec" || ssh.Unmarshal(r.Payload, &command) != nil {
			_ = r.Reply(false, nil)
			continue
		}
		_ = r.Reply(true, nil)
		go func() {
			status := fault.Status
			if fault.Reply != "" {
				_, _ = io.WriteString(channel.Stderr(), fault.Reply)
			} else {
				status = execute(channel, command.Line)
			}
			_, _ = channel.SendRequest("exit-status", false, ssh.Marshal(struct{ Status uint32 }{status}))
			_ = channel.Close()
		}()
	}
}

func execute(channel ssh.Channel, line string) uint32 {
	cmd := exec.Command("/bin/sh", "-c", line)
	cmd.Stdout, cmd.Stderr = channel, channel.Stderr()
	in, err := cmd.StdinPipe()
	if err != nil || cmd.Start() != nil {
		return 255
	}
	go func() { _, _ = io.Copy(in, channel); _ = in.Close() }()
	_ = cmd.Wait() // its status says it
	return uint32(cmd.ProcessState.ExitCode())
}

func forward(c ssh.NewChannel) {
	var to struct {
		Host   string
		Port   uint32
		Origin string
		From   uint32
	}
	if err := ssh.Unmarshal(c.ExtraData(), &to); err != nil {
		_ = c.Reject(ssh.ConnectionFailed, err.Error())
		return
	}
	conn, err := net.Dial("tcp", net.JoinHostPort(to.Host, strconv.Itoa(int(to.Port))))
	if err != nil {
		_ = c.Reject(ssh.ConnectionFailed, err.Error())
		return
	}
	channel, requests, err := c.Accept()
	if err != nil {
		return
	}
	go ssh.DiscardRequests(requests)
	go func() { _, _ = io.Copy(conn, channel); _ = conn.Close() }()
	_, _ = io.Copy(channel, conn)
	_ = channel.Close()
}

// Key is a pair.
type Key struct {
	ssh.Signer
	private *pem.Block
}

// NewKey makes an Ed25519 key.
func NewKey(t *testing.T) Key {
	t.Helper()
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := ssh.NewSignerFromKey(private)
	if err != nil {
		t.Fatal(err)
	}
	block, err := ssh.MarshalPrivateKey(private, "test")
	if err != nil {
		t.Fatal(err)
	}
	return Key{signer, block}
}

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
