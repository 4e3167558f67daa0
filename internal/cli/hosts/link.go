package hosts

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"time"

	"github.com/fixline-dev/fixline/internal/evidence/host"
	"github.com/fixline-dev/fixline/internal/remote"
)

// proofTimeout bounds the question which node a host is.
const proofTimeout = time.Minute

// link is the way to one node. It connects when something is first asked of it,
// and again after the connection was lost; what was lost with it is an error,
// and is never run a second time here. Each new connection proves that the node
// is at its other end.
type link struct {
	node, name, user string
	called           string // to reach it
	nodes            []host.Node
	dial             func(context.Context) (remote.Runner, error)

	mu     sync.Mutex
	at     remote.Runner
	closed bool
}

var _ remote.Runner = (*link)(nil)

// Name is what messages call the host: "root@10.77.0.11".
func (l *link) Name() string { return l.name }

// User is the account.
func (l *link) User() string { return l.user }

// Run is that of [remote.Runner].
func (l *link) Run(ctx context.Context, c remote.Command) (remote.Result, error) {
	r, err := l.get(ctx)
	if err != nil {
		return remote.Result{Status: -1}, err
	}
	return r.Run(ctx, c)
}

// Put is that of [remote.Runner].
func (l *link) Put(ctx context.Context, f remote.File, in io.Reader) error {
	r, err := l.get(ctx)
	if err != nil {
		return err
	}
	return r.Put(ctx, f, in)
}

// Get is that of [remote.Runner].
func (l *link) Get(ctx context.Context, path string, root bool, w io.Writer, limit int64) error {
	r, err := l.get(ctx)
	if err != nil {
		return err
	}
	return r.Get(ctx, path, root, w, limit)
}

// Dial is that of [remote.Runner].
func (l *link) Dial(ctx context.Context, network, address string) (net.Conn, error) {
	r, err := l.get(ctx)
	if err != nil {
		return nil, err
	}
	return r.Dial(ctx, network, address)
}

// Close ends the connection there is; the next call makes another.
func (l *link) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.drop()
}

// end closes it for good.
func (l *link) end() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
	_ = l.drop() // nothing is lost with it
}

func (l *link) drop() (err error) {
	if l.at != nil {
		err = l.at.Close()
	}
	l.at = nil
	return err
}

// get is the connection, made anew where there is none or it was lost.
func (l *link) get(ctx context.Context) (remote.Runner, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if gone, ok := l.at.(interface{ Gone() bool }); ok && gone.Gone() {
		_ = l.drop()
	}
	switch {
	case l.closed:
		return nil, fmt.Errorf("reaching the node %s: %w", l.node, errors.New("its connection was closed for good"))
	case l.at != nil:
		return l.at, nil
	}
	r, err := l.dial(ctx)
	if err != nil {
		return nil, fmt.Errorf("reaching the node %s: %w", l.node, err)
	}
	asking, cancel := context.WithTimeoutCause(ctx, proofTimeout, fmt.Errorf("no answer within %s", proofTimeout))
	defer cancel()
	if err := host.Is(asking, r, l.called, l.node, l.nodes); err != nil {
		_ = r.Close()
		return nil, fmt.Errorf("reaching the node %s: %w", l.node, err)
	}
	l.at = r
	return r, nil
}
