// Package remotetest holds what every remote.Runner must do, as one test that
// each runs, and an SSH server in this process that misbehaves on demand.
// Nothing of the product imports it. Start at [Contract].
package remotetest

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/fixline-dev/fixline/internal/remote"
)

// Contract runs a Runner whose host is this machine through everything that
// [remote.Runner] promises.
func Contract(t *testing.T, r remote.Runner) {
	t.Run("run", func(t *testing.T) { run(t, r) })
	t.Run("cancel", func(t *testing.T) { cancel(t, r) })
	t.Run("limit", func(t *testing.T) { limits(t, r) })
	t.Run("files", func(t *testing.T) { files(t, r) })
	t.Run("dial", func(t *testing.T) { dial(t, r) })
}

func run(t *testing.T, r remote.Runner) {
	got, err := r.Run(t.Context(), remote.Command{Script: `printf '%s\n' 'it'"'"'s "x" \\ $HOME'; echo bad >&2`})
	if err != nil || string(got.Stdout) != "it's \"x\" \\\\ $HOME\n" || got.Stderr != "bad\n" || got.Status != 0 {
		t.Errorf("%+v, %v", got, err)
	}
	got, err = r.Run(t.Context(), remote.Command{Script: "echo some; echo why >&2; exit 3"})
	exit, ok := errors.AsType[*remote.ExitError](err)
	if !ok || exit.Status != 3 || exit.Stderr != "why" || string(got.Stdout) != "some\n" {
		t.Errorf("a failing command: %+v, %v", got, err)
	}
	got, err = r.Run(t.Context(), remote.Command{Script: "cat; cat", Stdin: strings.NewReader("fed\n")})
	if err != nil || string(got.Stdout) != "fed\n" {
		t.Errorf("standard input: %+v, %v", got, err)
	}
	if got, err = r.Run(t.Context(), remote.Command{Script: "cat"}); err != nil || len(got.Stdout) != 0 {
		t.Errorf("no standard input is an empty one: %+v, %v", got, err)
	}
	var streamed bytes.Buffer
	if got, err = r.Run(t.Context(), remote.Command{Script: "echo here", Stdout: &streamed}); err != nil || streamed.String() != "here\n" || got.Stdout != nil {
		t.Errorf("streamed %q, %+v, %v", streamed.String(), got, err)
	}
	long, err := r.Run(t.Context(), remote.Command{Script: "head -c 100000 /dev/zero | tr '\\0' x >&2; echo end >&2; exit 1"})
	if err == nil || len(long.Stderr) > remote.MaxStderr || !strings.HasSuffix(long.Stderr, "xend\n") || len(err.Error()) > 600 {
		t.Errorf("of a long standard error the end is kept: %d bytes, %v", len(long.Stderr), err)
	}
}

// cancel: the command and what it started are gone, with and without a
// standard input of its own.
func cancel(t *testing.T, r remote.Runner) {
	for name, stdin := range map[string]func() io.Reader{
		"without input": func() io.Reader { return nil },
		"with input":    func() io.Reader { pr, _ := io.Pipe(); return pr },
	} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "beat")
			ctx, stop := context.WithCancelCause(t.Context())
			why := errors.New("given up")
			go func() {
				waitFor(t, "the first beat", func() bool { _, err := os.Stat(file); return err == nil })
				stop(why)
			}()
			got, err := r.Run(ctx, remote.Command{Stdin: stdin(), Script: "echo begun; (while :; do echo x >> " + remote.Quote(file) + "; sleep 0.05; done) & wait"})
			if !errors.Is(err, why) || string(got.Stdout) != "begun\n" {
				t.Errorf("%+v, %v", got, err)
			}
			waitFor(t, "the end of the beats", func() bool {
				before, _ := os.Stat(file)
				time.Sleep(300 * time.Millisecond)
				after, _ := os.Stat(file)
				return before.Size() == after.Size()
			})
		})
	}
}

func limits(t *testing.T, r remote.Runner) {
	got, err := r.Run(t.Context(), remote.Command{Script: "while :; do echo more; done", Limit: 1000})
	if _, ok := errors.AsType[*remote.LimitError](err); !ok || len(got.Stdout) != 1000 {
		t.Errorf("%d bytes, %v", len(got.Stdout), err)
	}
	broken := errors.New("disk full")
	_, err = r.Run(t.Context(), remote.Command{Script: "while :; do echo more; done", Stdout: writer(func([]byte) (int, error) { return 0, broken })})
	if !errors.Is(err, broken) {
		t.Errorf("what takes the output failed: %v", err)
	}
}

func files(t *testing.T, r remote.Runner) {
	dir := filepath.Join(t.TempDir(), "it's new")
	path := filepath.Join(dir, "f")
	data := bytes.Repeat([]byte("0123456789abcdef\x00\xff"), 50_000)
	if err := r.Put(t.Context(), remote.File{Path: path, Mode: "0640"}, bytes.NewReader(data)); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("%v, %v", info, err)
	}
	var got bytes.Buffer
	if err := r.Get(t.Context(), path, false, &got, 0); err != nil || !bytes.Equal(got.Bytes(), data) {
		t.Errorf("%d bytes came back, %v", got.Len(), err)
	}
	if err := r.Get(t.Context(), path, false, io.Discard, 10); err == nil {
		t.Error("a file beyond the limit is taken")
	}
	if err := r.Get(t.Context(), path+".no", false, io.Discard, 0); err == nil || !strings.Contains(err.Error(), path+".no") {
		t.Errorf("a missing file: %v", err)
	}
	cut := errors.New("the source broke")
	err = r.Put(t.Context(), remote.File{Path: path, Mode: "0600"}, io.MultiReader(strings.NewReader("half"), reader(func([]byte) (int, error) { return 0, cut })))
	if !errors.Is(err, cut) {
		t.Errorf("a source that breaks: %v", err)
	}
	entries, err := os.ReadDir(dir)
	if now, readErr := os.ReadFile(path); err != nil || readErr != nil || len(entries) != 1 || !bytes.Equal(now, data) {
		t.Errorf("half a file replaced the whole one, or stayed beside it: %v, %v, %v", entries, err, readErr)
	}
}

func dial(t *testing.T, r remote.Runner) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		if conn, err := l.Accept(); err == nil {
			_, _ = io.WriteString(conn, "hello")
			_ = conn.Close()
		}
	}()
	conn, err := r.Dial(t.Context(), "tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	if got, err := io.ReadAll(conn); err != nil || string(got) != "hello" {
		t.Errorf("%q, %v", got, err)
	}
}

func waitFor(t *testing.T, what string, done func() bool) {
	t.Helper()
	for range 200 {
		if done() {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Errorf("%s did not come", what)
}

type writer func([]byte) (int, error)

func (w writer) Write(p []byte) (int, error) { return w(p) }

type reader func([]byte) (int, error)

func (r reader) Read(p []byte) (int, error) { return r(p) }
