// Package local runs on this machine what remote/ssh runs on others, in the
// same way: through /bin/sh, in a process group of its own, as root by sudo -n
// where the account is another. It decides nothing. Start at [New].
package local

import (
	"context"
	"errors"
	"io"
	"net"
	"os/exec"

	"github.com/fixline-dev/fixline/internal/remote"
)

var _ remote.Runner = (*Runner)(nil)

// Runner runs commands here.
type Runner struct{ name, user string }

// New is a Runner for this machine: name is what messages call it, user the
// account this program runs as.
func New(name, user string) *Runner { return &Runner{name: name, user: user} }

// Name is the machine's.
func (r *Runner) Name() string { return r.name }

// User is the account.
func (r *Runner) User() string { return r.user }

// Run is that of [remote.Runner].
func (r *Runner) Run(ctx context.Context, c remote.Command) (remote.Result, error) {
	return remote.Run(ctx, r.name, r.user, spawn, c)
}

// Put is that of [remote.Runner].
func (r *Runner) Put(ctx context.Context, f remote.File, in io.Reader) error {
	return remote.Put(ctx, r, f, in)
}

// Get is that of [remote.Runner].
func (r *Runner) Get(ctx context.Context, path string, root bool, w io.Writer, limit int64) error {
	return remote.Get(ctx, r, path, root, w, limit)
}

// Dial is that of [remote.Runner].
func (r *Runner) Dial(ctx context.Context, network, address string) (net.Conn, error) {
	return (&net.Dialer{}).DialContext(ctx, network, address)
}

// Close ends nothing: every command ends with its own Run.
func (r *Runner) Close() error { return nil }

// process is a shell of this machine.
type process struct{ cmd *exec.Cmd }

// spawn gives standard input to the shell by a pipe of its own, since Wait
// would otherwise wait for a reader that never ends.
func spawn(line string, stdin io.Reader, stdout, stderr io.Writer) (remote.Process, error) {
	cmd := exec.Command("/bin/sh", "-c", line)
	cmd.Stdout, cmd.Stderr = stdout, stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		_, _ = io.Copy(in, stdin) // the shell may end before it has read everything
		_ = in.Close()
	}()
	return process{cmd}, nil
}

func (p process) Wait() (int, error) {
	err := p.cmd.Wait()
	if _, ended := errors.AsType[*exec.ExitError](err); ended {
		err = nil
	}
	return p.cmd.ProcessState.ExitCode(), err
}

func (p process) Kill() { _ = p.cmd.Process.Kill() }
