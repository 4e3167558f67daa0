package ssh

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"time"

	"github.com/skeema/knownhosts"
	"golang.org/x/crypto/ssh"

	"github.com/fixline-dev/fixline/internal/remote"
)

// Client is a connection to one host.
type Client struct {
	name, user string
	conns      []*ssh.Client // the last is the host's own
	done       chan struct{}
	once       sync.Once
}

// Dial connects to the host of opts, through its jump hosts. The error is a
// *[HostKeyError] for a key that is unknown or has changed, an *[AuthError]
// where no key is accepted, a *[ConfigError] for a configuration that asks for
// what is not followed.
func Dial(ctx context.Context, opts Options) (*Client, error) {
	hops, err := way(opts)
	if err != nil {
		return nil, fmt.Errorf("connecting to %s: %w", opts.Target, err)
	}
	if opts.Timeout == 0 {
		opts.Timeout = 15 * time.Second
	}
	if opts.KeepAlive == 0 {
		opts.KeepAlive = 15 * time.Second
	}
	last := hops[len(hops)-1]
	c := &Client{name: last.String(), user: last.user, done: make(chan struct{})}
	for i, h := range hops {
		conn, err := c.hop(ctx, h, opts.Timeout)
		if err != nil {
			_ = c.Close()
			if i < len(hops)-1 {
				return nil, fmt.Errorf("connecting to %s by way of %s: %w", last, h, err)
			}
			return nil, fmt.Errorf("connecting to %s: %w", last, err)
		}
		c.conns = append(c.conns, conn)
	}
	host := c.conns[len(c.conns)-1]
	go c.keepAlive(host, opts.KeepAlive)
	go func() {
		_ = host.Wait() // also where the host or a jump host ended it
		_ = c.Close()
	}()
	return c, nil
}

// hop connects to h from the last hop so far.
func (c *Client) hop(ctx context.Context, h hop, timeout time.Duration) (*ssh.Client, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, timeout, fmt.Errorf("no answer from %s within %s", h.addr(), timeout))
	defer cancel()
	known, err := loadHostKeys(h, len(c.conns) > 0)
	if err != nil {
		return nil, err
	}
	offered := loadKeys(ctx, h)
	defer offered.close()
	config := &ssh.ClientConfig{
		User: h.user, HostKeyCallback: known.callback, HostKeyAlgorithms: known.algorithms,
		Auth: []ssh.AuthMethod{ssh.PublicKeys(offered.signers...)},
	}
	dial := (&net.Dialer{}).DialContext
	if len(c.conns) > 0 {
		dial = c.conns[len(c.conns)-1].DialContext
	}
	raw, err := dial(ctx, "tcp", h.addr())
	if err != nil {
		return nil, cause(ctx, err)
	}
	// Whoever accepts and then says nothing must not hold us.
	stop := context.AfterFunc(ctx, func() { _ = raw.Close() })
	conn, channels, requests, err := ssh.NewClientConn(raw, h.addr(), config)
	if !stop() && err == nil {
		_ = conn.Close()
		err = context.Cause(ctx)
	}
	if err != nil {
		_ = raw.Close()
		if wrong, ok := errors.AsType[*HostKeyError](err); ok {
			return nil, wrong // without "handshake failed" before it
		}
		return nil, refused(ctx, h, known, offered, err)
	}
	return ssh.NewClient(conn, channels, requests), nil
}

// refused says what a failed handshake means.
func refused(ctx context.Context, h hop, known hostKeys, offered *keys, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if none, ok := errors.AsType[*ssh.AlgorithmNegotiationError](err); ok && len(known.algorithms) > 0 && strings.Contains(none.What, "host key") {
		return &HostKeyError{Host: knownhosts.Normalize(h.known()), Kinds: none.RequestedAlgorithms, Known: known.algorithms, Commands: known.commands}
	}
	// The library has no type for either: it says this, or the server's reason 2 of
	// RFC 4253 section 11.1 where it was offered too many keys.
	for _, text := range []string{"unable to authenticate", "disconnect, reason 2"} {
		if strings.Contains(err.Error(), text) {
			return &AuthError{Host: h.String(), Offered: offered.names, Notes: offered.notes}
		}
	}
	return err
}

// cause is why ctx ended, where that is what err comes from.
func cause(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}

// keepAlive closes a connection whose host has gone silent: TCP alone would
// wait for many minutes.
func (c *Client) keepAlive(conn *ssh.Client, every time.Duration) {
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	answered := make(chan error, 1)
	asked, missed := false, 0
	for {
		select {
		case <-c.done:
			return
		case err := <-answered:
			if err != nil {
				return // closed already
			}
			asked, missed = false, 0
		case <-ticker.C:
			if !asked {
				asked = true
				go func() {
					// A refusal is an answer as well.
					_, _, err := conn.SendRequest("keepalive@openssh.com", true, nil)
					answered <- err
				}()
				continue
			}
			if missed++; missed == 3 {
				_ = c.Close()
				return
			}
		}
	}
}

// Gone reports whether the connection is known to have ended: nothing more can
// be run over it.
func (c *Client) Gone() bool {
	select {
	case <-c.done:
		return true
	default:
		return false
	}
}

// Name is "root@10.77.0.11".
func (c *Client) Name() string { return c.name }

// User is the account.
func (c *Client) User() string { return c.user }

// Run is that of [remote.Runner].
func (c *Client) Run(ctx context.Context, command remote.Command) (remote.Result, error) {
	return remote.Run(ctx, c.name, c.user, c.spawn, command)
}

// Put is that of [remote.Runner].
func (c *Client) Put(ctx context.Context, f remote.File, in io.Reader) error {
	return remote.Put(ctx, c, f, in)
}

// Get is that of [remote.Runner].
func (c *Client) Get(ctx context.Context, path string, root bool, w io.Writer, limit int64) error {
	return remote.Get(ctx, c, path, root, w, limit)
}

// Dial is that of [remote.Runner]: a direct-tcpip channel, which sshd may
// refuse (AllowTcpForwarding).
func (c *Client) Dial(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := c.conns[len(c.conns)-1].DialContext(ctx, network, address)
	if err != nil {
		return nil, fmt.Errorf("on %s: connecting to %s: %w", c.name, address, cause(ctx, err))
	}
	return conn, nil
}

// Close ends the connection and those to the jump hosts. Nothing is lost with
// it, so there is no error to look at.
func (c *Client) Close() error {
	c.once.Do(func() {
		close(c.done)
		for i := len(c.conns) - 1; i >= 0; i-- {
			_ = c.conns[i].Close()
		}
	})
	return nil
}

// process is a session of the connection.
type process struct{ session *ssh.Session }

func (c *Client) spawn(line string, stdin io.Reader, stdout, stderr io.Writer) (remote.Process, error) {
	session, err := c.conns[len(c.conns)-1].NewSession()
	if err != nil {
		return nil, fmt.Errorf("opening a session: %w", err)
	}
	session.Stdin, session.Stdout, session.Stderr = stdin, stdout, stderr
	if err := session.Start(line); err != nil {
		_ = session.Close()
		return nil, fmt.Errorf("starting a command: %w", err)
	}
	return process{session}, nil
}

// Wait takes a signal that ended the command as a shell does: 128 and more.
func (p process) Wait() (int, error) {
	defer p.Kill()
	err := p.session.Wait()
	exit, ended := errors.AsType[*ssh.ExitError](err)
	_, cut := errors.AsType[*ssh.ExitMissingError](err)
	switch {
	case err == nil:
		return 0, nil
	case ended && exit.Signal() != "":
		return max(exit.ExitStatus(), 128), nil
	case ended:
		return exit.ExitStatus(), nil
	case cut:
		return -1, errors.New("whether it ended is not known")
	}
	return -1, err
}

func (p process) Kill() { _ = p.session.Close() }
