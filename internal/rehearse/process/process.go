// Package process runs the programs of a rehearsal: each in a process group of
// its own, ended with whoever started it, its output in a file. It decides when
// one is ended by force; what it is and what it is asked is its caller's. Start
// at [Start].
package process

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// Process is one running program. Its methods may be called from several
// goroutines.
type Process struct {
	// Name is the program's file name, PID its process.
	Name string
	PID  int

	log  string
	cmd  *exec.Cmd
	done chan struct{} // closed when it has ended
}

// Start starts the program at path in the folder dir, with its output in the
// new file log. It gets no environment but env: what the user's own holds, a
// proxy for example, would lead its calls elsewhere.
func Start(path string, args, env []string, dir, log string) (*Process, error) {
	out, err := os.OpenFile(log, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return nil, fmt.Errorf("starting %s: %w", filepath.Base(path), err)
	}
	p := &Process{Name: filepath.Base(path), log: log, cmd: exec.Command(path, args...), done: make(chan struct{})}
	p.cmd.Dir, p.cmd.Env = dir, append([]string{"HOME=" + dir, "TMPDIR=" + dir, "PATH=/nonexistent"}, env...)
	p.cmd.Stdout, p.cmd.Stderr = out, out
	tie(p.cmd)
	started := make(chan error)
	go func() {
		defer close(p.done)
		defer out.Close()
		release := hold() // the program is ended with this thread, so it must live as long
		defer release()
		err := p.cmd.Start()
		started <- err
		if err == nil {
			_ = p.cmd.Wait() // how it ended is in State
		}
	}()
	if err := <-started; err != nil {
		return nil, fmt.Errorf("starting %s: %w", p.Name, err)
	}
	p.PID = p.cmd.Process.Pid
	return p, nil
}

// Done is closed when the program has ended.
func (p *Process) Done() <-chan struct{} { return p.done }

// State says how a program that is done ended: "exit status 1".
func (p *Process) State() string {
	<-p.done
	return p.cmd.ProcessState.String()
}

// Stop asks the program to end, ends it by force after grace, and returns when
// it has ended.
func (p *Process) Stop(grace time.Duration) {
	ask(p.cmd)
	select {
	case <-p.done:
		return
	case <-time.After(grace):
	}
	end(p.cmd)
	<-p.done
}

// maxLog is the most of a log that is read to explain a failure.
const maxLog = 1 << 20

// Log is the end of what the program wrote, at most a megabyte.
func (p *Process) Log() string {
	text, err := tail(p.log, maxLog)
	if err != nil {
		return err.Error()
	}
	return text
}

// Tail is the last n lines the program wrote.
func (p *Process) Tail(n int) string {
	lines := strings.Split(strings.TrimRight(p.Log(), "\n"), "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "\n")
}

func tail(path string, most int64) (_ string, err error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	info, err := f.Stat()
	if err != nil {
		return "", err
	}
	at := max(0, info.Size()-most)
	text := make([]byte, info.Size()-at)
	n, err := f.ReadAt(text, at)
	if n == len(text) {
		err = nil
	}
	return string(text[:n]), err
}
