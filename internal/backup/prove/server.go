package prove

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"time"

	"github.com/fixline-dev/fixline/internal/backup/member"
)

// startTimeout bounds how long an etcd may take until it serves: reading an
// index of some million keys takes most of a minute.
const startTimeout = 5 * time.Minute

// Server is an etcd that serves a restored folder: on sockets in the scratch
// folder that only this user may open, so on no network at all.
type Server struct {
	*member.Cluster

	scratch *Scratch
	process *os.Process
	done    chan struct{}
	err     error
	said    tail
}

// Serve starts program on a restored folder and waits until it answers.
func (s *Scratch) Serve(ctx context.Context, program, dataDir string) (_ *Server, err error) {
	client := "unix://" + s.Path("client.sock")
	cmd := exec.Command(program, "--name", restoredName, "--data-dir", dataDir,
		"--listen-client-urls", client, "--advertise-client-urls", restoredClient,
		"--listen-peer-urls", "unix://"+s.Path("peer.sock"), "--initial-advertise-peer-urls", restoredPeer,
		"--initial-cluster", restoredName+"="+restoredPeer,
		"--log-level", "warn", "--unsafe-no-fsync", "--quota-backend-bytes", "1099511627776")
	// An ETCD_... variable would be a flag we did not set.
	cmd.Env, cmd.Dir = []string{"HOME=" + s.Dir, "PATH=/usr/bin:/bin"}, s.Dir
	e := &Server{scratch: s, done: make(chan struct{})}
	cmd.Stdout, cmd.Stderr = &e.said, &e.said
	mortal(cmd)
	if err := e.start(cmd); err != nil {
		return nil, fmt.Errorf("starting %s: %w", program, err)
	}
	defer func() {
		if err != nil {
			e.Stop()
		}
	}()
	if err := s.watch(e.process); err != nil {
		return nil, err
	}
	if e.Cluster, err = member.Connect(member.Options{Endpoints: []string{client}}); err != nil {
		return nil, err
	}
	if err := e.ready(ctx, client); err != nil {
		return nil, fmt.Errorf("starting %s on the restored data: %w", program, err)
	}
	return e, nil
}

// start starts a command on a thread that lives as long as it does: the signal
// of a parent's death comes when the thread ends (https://go.dev/issue/27505).
func (e *Server) start(cmd *exec.Cmd) error {
	started := make(chan error, 1)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		if err == nil {
			e.process = cmd.Process
		}
		started <- err
		if err == nil {
			e.err = cmd.Wait()
			close(e.done)
		}
	}()
	return <-started
}

// ready waits for the first answer.
func (e *Server) ready(ctx context.Context, endpoint string) error {
	ctx, cancel := context.WithTimeoutCause(ctx, startTimeout, fmt.Errorf("it did not answer within %s", startTimeout))
	defer cancel()
	for {
		one, stop := context.WithTimeout(ctx, 2*time.Second)
		_, err := e.Status(one, endpoint)
		if err == nil {
			// Status answers before the member leads itself; this one waits for it.
			_, err = e.Get(one, "fixline")
		}
		stop()
		if err == nil {
			return nil
		}
		select {
		case <-e.done:
			return fmt.Errorf("it ended (%w): %s", e.err, e.last())
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// last is the end of its log, in one line.
func (e *Server) last() string {
	lines := strings.Split(strings.TrimSpace(e.said.String()), "\n")
	return strings.Join(lines[max(0, len(lines)-3):], "; ")
}

// Stop ends it and waits until it has.
func (e *Server) Stop() {
	if e.Cluster != nil {
		_ = e.Close()
	}
	// Not asked to end: it would bring a gigabyte in order that is thrown away.
	_ = e.process.Kill() // an error means that it has ended
	<-e.done
	e.scratch.forget()
}

// Gone says why it ended by itself, nil while it runs.
func (e *Server) Gone() error {
	select {
	case <-e.done:
		return errors.Join(errors.New("the test etcd ended: "+e.last()), e.err)
	default:
		return nil
	}
}
