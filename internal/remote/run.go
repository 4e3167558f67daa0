package remote

import (
	"bytes"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"sync"
	"time"
)

// guard is the script that every command runs in.
//
//go:embed guard.sh
var guard string

// become runs the guard as root; sudo is not asked where it is not needed.
const become = `if [ "$(id -u)" = 0 ]; then exec /bin/sh -c "$@"; fi; exec sudo -n -- /bin/sh -c "$@"`

// graceful is how long a killed command has to end before it is given up; the
// guard takes two seconds of it.
const graceful = 5 * time.Second

// Spawn starts a command line in the account's shell on a host. What it writes
// goes to stdout and stderr until Wait returns.
type Spawn func(line string, stdin io.Reader, stdout, stderr io.Writer) (Process, error)

// Process is a command line that runs.
type Process interface {
	// Wait waits for its end and returns its exit status; the error is that of
	// the connection.
	Wait() (status int, err error)
	// Kill gives it up without waiting.
	Kill()
}

// Line is the command line that runs c.
func Line(c Command) string {
	feed := ""
	if c.Stdin != nil {
		feed = "stdin"
	}
	words := []string{"/bin/sh", "-c", guard, "fixline", c.Script, feed}
	if c.Root {
		words = append([]string{"/bin/sh", "-c", become, "fixline"}, words[2:]...)
	}
	for i, w := range words {
		words[i] = Quote(w)
	}
	return strings.Join(words, " ")
}

// Run is [Runner].Run for who can start a command line.
func Run(ctx context.Context, name, user string, spawn Spawn, c Command) (Result, error) {
	if err := ctx.Err(); err != nil {
		return Result{}, fmt.Errorf("on %s: %w", name, context.Cause(ctx))
	}
	stdin, release := io.Pipe()
	defer func() { _ = release.Close() }()
	var in io.Reader = stdin
	if c.Stdin != nil {
		in = c.Stdin
	}
	out, said := newOutput(c), &stderr{}
	result := func(status int) Result {
		kept, _ := out.state()
		return Result{Stdout: kept, Stderr: said.tail(), Status: status}
	}

	type ended struct {
		status int
		err    error
	}
	started, end := make(chan Process, 1), make(chan ended, 1)
	go func() {
		p, err := spawn(Line(c), in, out, said)
		if err != nil {
			end <- ended{-1, err}
			return
		}
		started <- p
		status, err := p.Wait()
		end <- ended{status, err}
	}()
	select {
	case e := <-end:
		_, failed := out.state()
		return result(e.status), verdict(name, user, c, e.status, failed, e.err, said)
	case <-ctx.Done():
	case <-out.broken:
	}
	_ = release.Close() // the guard sees it and kills the group
	if group := said.group(); c.Stdin != nil && group != "" {
		stop(spawn, c.Root, group)
	}
	select {
	case <-end:
	case <-time.After(graceful):
		go func() { // it may never have started: the host does not answer
			select {
			case p := <-started:
				p.Kill()
			case <-end:
			}
		}()
	}
	if _, failed := out.state(); failed != nil {
		return result(-1), fmt.Errorf("on %s: %w", name, limit(name, failed))
	}
	return result(-1), fmt.Errorf("on %s: %w", name, context.Cause(ctx))
}

// stop kills a group from a second command, where standard input is not free
// to say that nobody waits.
func stop(spawn Spawn, root bool, group string) {
	script := "kill -s TERM -- " + group + "; sleep 1; kill -s KILL -- " + group
	begun, done := make(chan Process, 1), make(chan struct{})
	go func() {
		defer close(done)
		p, err := spawn(Line(Command{Script: script, Root: root, Stdin: strings.NewReader("")}), strings.NewReader(""), io.Discard, io.Discard)
		if err != nil {
			return // the connection is gone: the command sees the end of its input
		}
		begun <- p
		_, _ = p.Wait()
	}()
	select {
	case <-done:
	case <-time.After(graceful):
		go func() {
			select {
			case p := <-begun:
				p.Kill()
			case <-done:
			}
		}()
	}
}

// verdict is what a command that ended by itself means.
func verdict(name, user string, c Command, status int, failed, lost error, said *stderr) error {
	text := OneLine(said.tail(), 400)
	switch {
	case failed != nil:
		return fmt.Errorf("on %s: %w", name, limit(name, failed))
	case lost != nil:
		return fmt.Errorf("on %s: the connection was lost before the command ended: %w", name, lost)
	case said.group() == "" && c.Root && user != "root":
		return &SudoError{Host: name, User: user, Said: text}
	case said.group() == "":
		return fmt.Errorf("on %s: the account's shell runs no commands (status %d): %s", name, status, text)
	case status != 0:
		return &ExitError{Host: name, Status: status, Stderr: text}
	}
	return nil
}

func limit(name string, err error) error {
	if l, ok := errors.AsType[*LimitError](err); ok {
		l.Host = name
	}
	return err
}

// output takes the standard output, within its limit.
type output struct {
	mu     sync.Mutex
	to     io.Writer
	kept   bytes.Buffer
	limit  int64
	n      int64
	err    error
	broken chan struct{}
}

func newOutput(c Command) *output {
	o := &output{to: c.Stdout, limit: c.Limit, broken: make(chan struct{})}
	if o.limit == 0 {
		o.limit = MaxOutput
	}
	return o
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.err != nil {
		return 0, o.err
	}
	whole := len(p)
	if o.limit > 0 {
		p = p[:min(int64(whole), o.limit-o.n)]
	}
	var err error
	if o.to != nil {
		_, err = o.to.Write(p)
	} else {
		o.kept.Write(p)
	}
	o.n += int64(len(p))
	if err == nil && len(p) < whole {
		err = &LimitError{Limit: o.limit}
	}
	if err != nil {
		o.err = err
		close(o.broken)
		return 0, err
	}
	return whole, nil
}

// state is what was kept so far, and why no more is.
func (o *output) state() ([]byte, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.to != nil {
		return nil, o.err
	}
	return bytes.Clone(o.kept.Bytes()), o.err
}

// stderr keeps the end of the standard error, from the line of the guard on.
type stderr struct {
	mu    sync.Mutex
	text  []byte
	found string
}

const groupLine = "fixline-group "

// groupID is a process or its group; not 1, which is all of them, and nothing
// else that a host may say: it becomes part of a command.
var groupID = regexp.MustCompile(`^-?([2-9]|[1-9][0-9]+)$`)

func (s *stderr) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.text = append(s.text, p...)
	if s.found == "" {
		if _, rest, ok := bytes.Cut(s.text, []byte(groupLine)); ok {
			if group, after, whole := bytes.Cut(rest, []byte("\n")); whole && groupID.Match(group) {
				s.found, s.text = string(group), bytes.Clone(after)
			}
		}
	}
	if len(s.text) > 2*MaxStderr {
		s.text = bytes.Clone(s.text[len(s.text)-MaxStderr:])
	}
	return len(p), nil
}

// group is what the guard said: "-123", or "" where it did not run.
func (s *stderr) group() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.found
}

func (s *stderr) tail() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return string(s.text[max(0, len(s.text)-MaxStderr):])
}
