package controlplane

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// process is one running program.
type process struct {
	name string
	log  string
	cmd  *exec.Cmd
	done chan struct{} // closed when it has ended
}

// spawn starts a program in the guard's group, with its output in a file: a pipe of ours would break when we die.
func (c *ControlPlane) spawn(path string, args []string) (*process, error) {
	p := &process{name: filepath.Base(path), cmd: exec.Command(path, args...), done: make(chan struct{})}
	p.log = c.layout.file("logs", p.name+".log")
	out, err := os.OpenFile(p.log, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return nil, err
	}
	defer out.Close() // the program has its own copy
	p.cmd.Stdout, p.cmd.Stderr, p.cmd.Dir = out, out, c.layout.dir
	c.guard.join(p.cmd)
	if err := p.cmd.Start(); err != nil {
		return nil, fmt.Errorf("starting %s: %w", p.name, err)
	}
	c.processes = append(c.processes, p)
	go func() {
		_ = p.cmd.Wait() // how it ended is in its log
		close(p.done)
	}()
	if err := c.guard.watch(p.cmd.Process); err != nil {
		return nil, fmt.Errorf("the process that cleans up is gone: %w", err)
	}
	return p, nil
}

// stop asks the program to end and, after a while, ends it.
func (p *process) stop() {
	const grace = 5 * time.Second
	_ = p.cmd.Process.Signal(syscall.SIGTERM) // an error means that it has ended
	select {
	case <-p.done:
	case <-time.After(grace):
		_ = p.cmd.Process.Kill()
		<-p.done
	}
}

func (p *process) tail(n int) string {
	data, err := os.ReadFile(p.log)
	if err != nil {
		return err.Error()
	}
	lines := strings.Split(strings.TrimRight(string(data), "\n"), "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "\n")
}

// readyTimeout bounds the wait for one program: a loaded machine with two cores needs about 20 s at worst.
const readyTimeout = 2 * time.Minute

// ready asks the URL until it answers 200, or the program or ctx ends.
func (p *process) ready(ctx context.Context, url string, roots []byte, who Credentials) error {
	pair, err := tls.X509KeyPair(who.Certificate, who.Key)
	if err != nil {
		return err
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(roots)
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool, Certificates: []tls.Certificate{pair}}}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport, Timeout: 5 * time.Second}

	ctx, cancel := context.WithTimeoutCause(ctx, readyTimeout, fmt.Errorf("not ready after %s", readyTimeout))
	defer cancel()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	last := errors.New("not asked yet")
	for {
		select {
		case <-p.done:
			return fmt.Errorf("%s ended (%s), the end of its log:\n%s", p.name, p.cmd.ProcessState, p.tail(20))
		case <-ctx.Done():
			return fmt.Errorf("waiting for %s: %w; last answer: %w; the end of its log:\n%s", p.name, context.Cause(ctx), last, p.tail(20))
		case <-tick.C:
			if last = ask(ctx, client, url); last == nil {
				return nil
			}
		}
	}
}

func ask(ctx context.Context, client *http.Client, url string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		body, _ := io.ReadAll(io.LimitReader(resp.Body, 2048)) // only to explain the status
		return fmt.Errorf("%s: %s", resp.Status, body)
	}
	return nil
}
