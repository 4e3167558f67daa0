// Package local runs on this machine what remote/ssh runs on others. It
// decides nothing. Start at [New].
package local

import (
	"context"
	"errors"
	"io"
	"net"

	"github.com/fixline-dev/fixline/internal/remote"
)

var _ remote.Runner = (*Runner)(nil)

// Runner runs commands here.
type Runner struct{ name, user string }

// New is a Runner for this machine; user is the account Fixline runs as.
func New(name, user string) *Runner { return &Runner{name: name, user: user} }

// Name is the machine's.
func (r *Runner) Name() string { return r.name }

// User is the account.
func (r *Runner) User() string { return r.user }

// Run is [remote.Runner].Run.
func (r *Runner) Run(ctx context.Context, command remote.Command) (remote.Result, error) {
	return remote.Result{}, errors.New("not yet")
}

// Put is [remote.Runner].Put.
func (r *Runner) Put(ctx context.Context, f remote.File, in io.Reader) error {
	return errors.New("not yet")
}

// Get is [remote.Runner].Get.
func (r *Runner) Get(ctx context.Context, path string, root bool, w io.Writer, limit int64) error {
	return errors.New("not yet")
}

// Dial is [remote.Runner].Dial.
func (r *Runner) Dial(ctx context.Context, network, address string) (net.Conn, error) {
	return (&net.Dialer{}).DialContext(ctx, network, address)
}

// Close ends nothing.
func (r *Runner) Close() error { return nil }
