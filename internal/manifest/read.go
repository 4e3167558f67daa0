package manifest

import (
	"context"
	"fmt"
	"io"
	"os"
	"runtime"
	"sync/atomic"

	"golang.org/x/sync/errgroup"
)

// MaxBytes bounds one file, which is in memory while it is read.
const MaxBytes = 256 << 20

// Read finds the objects of files and of all .yaml, .yml and .json files below
// folders; "-" is stdin. Files come in the order named, those of a folder in
// alphabetical order. The error is one of what was named: a path that is not
// there. What could not be read below it is in the files themselves.
//
// Files are read on every core, each with one buffer, so that memory depends on
// the largest file and not on their number.
func Read(ctx context.Context, paths []string, stdin io.Reader) ([]File, error) {
	files, err := walk(paths)
	if err != nil {
		return nil, err
	}
	var next atomic.Int64
	g, ctx := errgroup.WithContext(ctx)
	for range min(runtime.GOMAXPROCS(0), len(files)) {
		g.Go(func() error {
			r := reader{scanner: newScanner(), stdin: stdin}
			for {
				i := int(next.Add(1)) - 1
				if i >= len(files) {
					return nil
				}
				if err := ctx.Err(); err != nil {
					return err
				}
				if len(files[i].Unread) == 0 {
					files[i] = r.read(files[i].Path)
				}
			}
		})
	}
	if err := g.Wait(); err != nil {
		return nil, fmt.Errorf("reading manifests: %w", err)
	}
	return files, nil
}

// reader reads files one after the other into the same buffer.
type reader struct {
	*scanner
	stdin  io.Reader
	buffer []byte
}

// keepBuffer is the largest buffer kept for the next file.
const keepBuffer = 16 << 20

func (r *reader) read(path string) File {
	fail := func(reason Reason, text string) File {
		return File{Path: path, Unread: []Unread{{Reason: reason, Text: text}}}
	}
	in := r.stdin
	if path != "-" {
		file, err := os.Open(path)
		if err != nil {
			return fail(Access, reasonOf(err))
		}
		defer file.Close()
		in = file
	}
	err := r.fill(in)
	switch {
	case err != nil:
		return fail(Access, reasonOf(err))
	case len(r.buffer) > MaxBytes:
		r.buffer = nil
		return fail(TooLarge, fmt.Sprintf("larger than %d MiB", MaxBytes>>20))
	}
	out := r.text(path, r.buffer)
	if cap(r.buffer) > keepBuffer {
		r.buffer = nil
	}
	return out
}

// fill reads all of in into the buffer, up to one byte more than is allowed.
func (r *reader) fill(in io.Reader) error {
	if r.buffer == nil {
		r.buffer = make([]byte, 0, 64<<10)
	}
	r.buffer = r.buffer[:0]
	for len(r.buffer) <= MaxBytes {
		if len(r.buffer) == cap(r.buffer) {
			r.buffer = append(r.buffer, 0)[:len(r.buffer)]
		}
		n, err := in.Read(r.buffer[len(r.buffer):min(cap(r.buffer), MaxBytes+1)])
		r.buffer = r.buffer[:len(r.buffer)+n]
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
	return nil
}
