package remote

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"time"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/knownhosts"
)

// Target is where to connect and with what.
type Target struct {
	// Name is what errors call the host.
	Name string
	// Addr is "10.77.0.11:22".
	Addr string
	// User is the account.
	User string
	// KeyFile holds the user's private key, KnownHostsFile the host's public one.
	KeyFile, KnownHostsFile string
}

// Client is a connection to one host. Its methods may be called from several goroutines.
type Client struct {
	name string
	conn *ssh.Client
}

// connectTimeout bounds one attempt: a host that starts drops what it gets before sshd listens.
const connectTimeout = 5 * time.Second

// Dial connects, trying again while the host starts, until ctx ends. A host with another key than the known one is an
// error at once.
func Dial(ctx context.Context, t Target) (*Client, error) {
	config, err := config(t)
	if err != nil {
		return nil, fmt.Errorf("connecting to %s: %w", t.Name, err)
	}
	for {
		conn, err := dial(ctx, t.Addr, config)
		if err == nil {
			return &Client{name: t.Name, conn: conn}, nil
		}
		var wrong *knownhosts.KeyError
		if errors.As(err, &wrong) {
			return nil, fmt.Errorf("connecting to %s: the host at %s is not the one that was made: %w", t.Name, t.Addr, err)
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("connecting to %s at %s: %w; at last: %w", t.Name, t.Addr, context.Cause(ctx), err)
		case <-time.After(200 * time.Millisecond):
		}
	}
}

func config(t Target) (*ssh.ClientConfig, error) {
	data, err := os.ReadFile(t.KeyFile)
	if err != nil {
		return nil, err
	}
	key, err := ssh.ParsePrivateKey(data)
	if err != nil {
		return nil, fmt.Errorf("reading key %q: %w", t.KeyFile, err)
	}
	known, err := knownhosts.New(t.KnownHostsFile)
	if err != nil {
		return nil, fmt.Errorf("reading known hosts: %w", err)
	}
	return &ssh.ClientConfig{
		User:              t.User,
		Auth:              []ssh.AuthMethod{ssh.PublicKeys(key)},
		HostKeyCallback:   known,
		HostKeyAlgorithms: []string{ssh.KeyAlgoED25519},
	}, nil
}

func dial(ctx context.Context, addr string, config *ssh.ClientConfig) (*ssh.Client, error) {
	ctx, cancel := context.WithTimeout(ctx, connectTimeout)
	defer cancel()
	var dialer net.Dialer
	raw, err := dialer.DialContext(ctx, "tcp", addr)
	if err != nil {
		return nil, err
	}
	// A host that accepts and then says nothing must not hold us.
	stop := context.AfterFunc(ctx, func() { _ = raw.Close() })
	defer stop()
	conn, channels, requests, err := ssh.NewClientConn(raw, addr, config)
	if err != nil {
		_ = raw.Close()
		return nil, err
	}
	return ssh.NewClient(conn, channels, requests), nil
}

// Run runs a command line in the account's shell and returns its standard output. An error holds the end of what the
// command wrote; its exit status is in an [ssh.ExitError].
func (c *Client) Run(ctx context.Context, command string) ([]byte, error) {
	return c.Feed(ctx, nil, command)
}

// Feed is [Client.Run] with something on the command's standard input.
func (c *Client) Feed(ctx context.Context, stdin io.Reader, command string) ([]byte, error) {
	session, err := c.conn.NewSession()
	if err != nil {
		return nil, fmt.Errorf("on %s: opening a session: %w", c.name, err)
	}
	end := func() { _ = session.Close() } // it is closed already when the command has ended
	defer end()
	stop := context.AfterFunc(ctx, end)
	defer stop()
	var stdout, stderr bytes.Buffer
	session.Stdin, session.Stdout, session.Stderr = stdin, &stdout, &stderr
	if err := session.Run(command); err != nil {
		if ctx.Err() != nil {
			err = context.Cause(ctx)
		}
		said := strings.TrimSpace(stdout.String() + "\n" + stderr.String())
		return stdout.Bytes(), fmt.Errorf("on %s: %s: %w\n%s", c.name, first(command), err, tail(said, 25))
	}
	return stdout.Bytes(), nil
}

// Put writes a file, whole or not at all. mode is as install(1) takes it: "0644".
func (c *Client) Put(ctx context.Context, path, mode string, data []byte) error {
	quoted := Quote(path)
	_, err := c.Feed(ctx, bytes.NewReader(data),
		"mkdir -p \"$(dirname "+quoted+")\" && install -m "+mode+" /dev/stdin "+quoted+".new && mv "+quoted+".new "+quoted)
	return err
}

// Close ends the connection. Nothing is lost with it, so there is no error to look at.
func (c *Client) Close() { _ = c.conn.Close() }

// Quote makes one word of a shell command line.
func Quote(word string) string { return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'" }

// first is the first line of a command, short enough for a message.
func first(command string) string {
	line, _, more := strings.Cut(strings.TrimSpace(command), "\n")
	if more || len(line) > 120 {
		line = line[:min(len(line), 120)] + " ..."
	}
	return line
}

// tail is the last n lines.
func tail(text string, n int) string {
	lines := strings.Split(text, "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "\n")
}
