package ssh

import (
	"context"
	"errors"
	"io"
	"net"

	"github.com/fixline-dev/fixline/internal/remote"
)

// Client is a connection to one host.
type Client struct{ name, user string }

// Dial connects to the host of opts. An unknown or changed host key is a
// *[HostKeyError].
func Dial(ctx context.Context, opts Options) (*Client, error) { return nil, errors.New("not yet") }

// Name is "root@10.77.0.11".
func (c *Client) Name() string { return c.name }

// User is the account.
func (c *Client) User() string { return c.user }

// Run is [remote.Runner].Run.
func (c *Client) Run(ctx context.Context, command remote.Command) (remote.Result, error) {
	return remote.Result{}, errors.New("not yet")
}

// Put is [remote.Runner].Put.
func (c *Client) Put(ctx context.Context, f remote.File, r io.Reader) error {
	return errors.New("not yet")
}

// Get is [remote.Runner].Get.
func (c *Client) Get(ctx context.Context, path string, root bool, w io.Writer, limit int64) error {
	return errors.New("not yet")
}

// Dial is [remote.Runner].Dial.
func (c *Client) Dial(ctx context.Context, network, address string) (net.Conn, error) {
	return nil, errors.New("not yet")
}

// Close is [remote.Runner].Close.
func (c *Client) Close() error { return nil }
