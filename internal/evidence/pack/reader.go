package pack

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"

	"github.com/fixline-dev/fixline/internal/evidence"
)

// Reader reads one bundle. Its manifest has been held to the format; its files
// are checked while [Reader.Each] goes through them.
type Reader struct {
	Manifest evidence.Manifest
	from     source
}

// source is where the files of a bundle lie.
type source interface {
	// walk opens each file of m in its order. What visit returns ends it.
	walk(m evidence.Manifest, visit func(evidence.File, io.Reader) error) error
	// open opens one file once more, for messages.
	open(m evidence.Manifest, path string) (io.ReadCloser, error)
}

// Open opens the packed bundle at path. Errors are *InputError.
func Open(path string) (*Reader, error) {
	m, err := archiveManifest(path)
	if err != nil {
		return nil, err
	}
	return &Reader{Manifest: m, from: archive{path}}, nil
}

// OpenFS is [Open] for a bundle that is a folder; see [IsBundle].
func OpenFS(fsys fs.FS) (*Reader, error) {
	m, err := folderManifest(fsys)
	if err != nil {
		return nil, err
	}
	return &Reader{Manifest: m, from: folder{fsys}}, nil
}

// Each gives every file to visit, in the manifest's order. visit need not read
// it to its end. When Each has returned nil, every file was there, had the size
// and the sum of the manifest, and there was no other. Errors are *InputError,
// visit's own, or ctx's; that a file was changed is said before what visit made
// of it.
func (r *Reader) Each(ctx context.Context, visit func(f evidence.File, content io.Reader) error) error {
	return r.from.walk(r.Manifest, func(f evidence.File, content io.Reader) error {
		c := &checked{ctx: ctx, from: content, left: f.Bytes, sum: sha256.New()}
		said := visit(f, c)
		if err := c.end(f); err != nil {
			return err
		}
		return said
	})
}

// Again opens one file of the manifest once more without checking it, to find
// the line of a mistake. The caller closes it.
func (r *Reader) Again(path string) (io.ReadCloser, error) { return r.from.open(r.Manifest, path) }

// checked reads no more than a file's bytes and sums them.
type checked struct {
	ctx  context.Context
	from io.Reader
	left int64
	sum  hash.Hash
	err  error // of from, but the end
}

func (c *checked) Read(p []byte) (int, error) {
	if c.err = errors.Join(c.err, c.ctx.Err()); c.err != nil {
		return 0, c.err
	}
	if c.left == 0 {
		return 0, io.EOF
	}
	n, err := c.from.Read(p[:min(int64(len(p)), c.left)])
	c.sum.Write(p[:n])
	c.left -= int64(n)
	if err != nil && !errors.Is(err, io.EOF) {
		c.err = err
	}
	return n, err
}

// end reads what is left of f and judges the whole.
func (c *checked) end(f evidence.File) error {
	_, err := io.Copy(io.Discard, c)
	switch {
	case c.ctx.Err() != nil:
		return c.ctx.Err()
	case err != nil:
		return &InputError{File: f.Path, Err: plainPath(err), Advice: again}
	case c.left > 0:
		return &InputError{File: f.Path, Err: fmt.Errorf("it ends after %d bytes, the manifest says %d", f.Bytes-c.left, f.Bytes), Advice: again}
	}
	if got := hex.EncodeToString(c.sum.Sum(nil)); got != f.SHA256 {
		return &InputError{File: f.Path, Err: fmt.Errorf("it was changed or damaged after it was written: its SHA-256 sum is %s, the manifest says %s", got, f.SHA256), Advice: again}
	}
	return nil
}
