package remote

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"path"
	"strconv"
	"strings"
	"time"
)

// Put is [Runner].Put for who can run commands. The connection may be cut at
// any byte, and a cut stream looks like one that ended: so the host says how
// much it has, and only then the file takes its place.
func Put(ctx context.Context, r Runner, f File, in io.Reader) (err error) {
	if !strings.HasPrefix(f.Path, "/") || strings.Trim(f.Mode, "01234567") != "" || f.Mode == "" {
		return fmt.Errorf("on %s: writing %q: an absolute path and an octal mode are needed, not %q", r.Name(), f.Path, f.Mode)
	}
	temporary := f.Path + ".fixline-" + rand.Text()
	defer func() {
		if err == nil {
			return
		}
		err = fmt.Errorf("writing %s: %w", f.Path, err)
		// Also where ctx has ended: half a file may hold what is secret.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
		defer cancel()
		_, _ = r.Run(ctx, Command{Script: "rm -f -- " + Quote(temporary), Root: f.Root})
	}()
	sent := &counter{r: in}
	result, err := r.Run(ctx, Command{Root: f.Root, Stdin: sent, Script: "set -eC; umask 077; mkdir -p -- " + Quote(path.Dir(f.Path)) +
		"; cat > " + Quote(temporary) + "; chmod " + f.Mode + " " + Quote(temporary) + "; wc -c < " + Quote(temporary)})
	if err != nil {
		return err
	}
	if sent.err != nil {
		return sent.err
	}
	if got, err := strconv.ParseInt(strings.TrimSpace(string(result.Stdout)), 10, 64); err != nil || got != sent.n {
		return fmt.Errorf("on %s: %d bytes were sent, the host has %q", r.Name(), sent.n, OneLine(string(result.Stdout), 80))
	}
	_, err = r.Run(ctx, Command{Root: f.Root, Script: "mv -f -- " + Quote(temporary) + " " + Quote(f.Path)})
	return err
}

// Get is [Runner].Get for who can run commands.
func Get(ctx context.Context, r Runner, path string, root bool, w io.Writer, limit int64) error {
	if _, err := r.Run(ctx, Command{Script: "exec cat -- " + Quote(path), Root: root, Stdout: w, Limit: limit}); err != nil {
		return fmt.Errorf("reading %s: %w", path, err)
	}
	return nil
}

// counter counts what is read, and remembers an error that a copy would take
// for the end.
type counter struct {
	r   io.Reader
	n   int64
	err error
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	if err != nil && err != io.EOF {
		c.err = err
	}
	return n, err
}
