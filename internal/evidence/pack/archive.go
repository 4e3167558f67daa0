package pack

import (
	"archive/tar"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/klauspost/compress/zstd"

	"github.com/fixline-dev/fixline/internal/evidence"
)

// archive is a packed bundle, read as a stream: nothing is unpacked to disk.
type archive struct{ path string }

// stream is one pass over an archive.
type stream struct {
	*tar.Reader
	zip  *zstd.Decoder
	file *os.File
}

func (a archive) start() (*stream, error) {
	f, err := os.Open(a.path)
	if err != nil {
		return nil, a.bad("", err)
	}
	zip, err := zstd.NewReader(f, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(maxWindow))
	if err != nil {
		f.Close()
		return nil, a.bad("", err)
	}
	return &stream{tar.NewReader(zip), zip, f}, nil
}

func (s *stream) stop() {
	s.zip.Close()
	s.file.Close()
}

// Close implements io.Closer; only reading is ended by it.
func (s *stream) Close() error {
	s.stop()
	return nil
}

func archiveManifest(path string) (evidence.Manifest, error) {
	a := archive{path}
	s, err := a.start()
	if err != nil {
		return evidence.Manifest{}, err
	}
	defer s.stop()
	return a.manifest(s)
}

// manifest reads the first entry.
func (a archive) manifest(s *stream) (evidence.Manifest, error) {
	head, err := s.Next()
	if errors.Is(err, io.EOF) {
		err = errors.New("the archive is empty")
	}
	if err != nil {
		return evidence.Manifest{}, a.bad("", err)
	}
	if head.Name != evidence.ManifestFile || head.Typeflag != tar.TypeReg {
		return evidence.Manifest{}, &InputError{File: a.path, Err: fmt.Errorf("its first entry is %q, not the manifest %s", head.Name, evidence.ManifestFile),
			Advice: "name a bundle that fixline collect wrote; docs/bundle.md says how one is packed by hand"}
	}
	m, err := readManifestFile(s)
	if in, ok := errors.AsType[*InputError](err); ok && in.Field == "" && in.Line == 0 && in.Advice == "" {
		return m, a.bad(in.File, in.Err)
	}
	return m, err
}

func (a archive) walk(m evidence.Manifest, visit func(evidence.File, io.Reader) error) error {
	s, err := a.start()
	if err != nil {
		return err
	}
	defer s.stop()
	if _, err := s.Next(); err != nil { // the manifest
		return a.bad("", err)
	}
	for i, f := range m.Files {
		if err := a.next(s, m.Files, i); err != nil {
			return err
		}
		if err := visit(f, named{s, a}); err != nil {
			return err
		}
	}
	head, err := s.Next()
	switch {
	case err == nil:
		return a.unexpected(head, m.Files, len(m.Files))
	case !errors.Is(err, io.EOF):
		return a.bad("", err)
	}
	return a.rest(s)
}

// next moves to the file at index at, which must be the next entry.
func (a archive) next(s *stream, files []evidence.File, at int) error {
	f := files[at]
	head, err := s.Next()
	switch {
	case errors.Is(err, io.EOF):
		missing := errors.New("the manifest names it, but the archive ends before it")
		if more := len(files) - at - 1; more > 0 {
			missing = fmt.Errorf("the manifest names it and %d more, but the archive ends before them", more)
		}
		return &InputError{File: f.Path, Err: missing, Advice: again}
	case err != nil:
		return a.bad(f.Path, err)
	case head.Typeflag != tar.TypeReg || head.Name != f.Path:
		return a.unexpected(head, files, at)
	case head.Size != f.Bytes:
		return &InputError{File: f.Path, Err: fmt.Errorf("it has %d bytes, the manifest says %d", head.Size, f.Bytes), Advice: again}
	}
	return nil
}

// unexpected says what is wrong with an entry that is not the file at index at.
func (a archive) unexpected(head *tar.Header, files []evidence.File, at int) error {
	bad := func(format string, args ...any) error {
		return &InputError{File: head.Name, Err: fmt.Errorf(format, args...), Advice: again}
	}
	if head.Typeflag != tar.TypeReg {
		return bad("the archive has it as %s; a bundle holds plain files only", entry(head.Typeflag))
	}
	if err := checkPath(head.Name); err != nil && head.Name != evidence.ManifestFile {
		return bad("%w", err)
	}
	where := slices.IndexFunc(files, func(f evidence.File) bool { return f.Path == head.Name })
	switch {
	case head.Name == evidence.ManifestFile, where >= 0 && where < at:
		return bad("the archive holds it twice")
	case where < 0:
		return bad("it is in the archive, but the manifest does not name it")
	}
	return &InputError{File: files[at].Path, Err: fmt.Errorf("the manifest names it, but the archive has %s in its place", head.Name), Advice: again}
}

// entry names a kind of tar entry.
func entry(kind byte) string {
	switch kind {
	case tar.TypeSymlink, tar.TypeLink:
		return "a link"
	case tar.TypeChar, tar.TypeBlock:
		return "a device"
	case tar.TypeFifo:
		return "a pipe"
	case tar.TypeDir:
		return "a folder"
	}
	return fmt.Sprintf("an entry of type %q", kind)
}

// maxRest bounds what may follow the end of the archive: zeros, to which tar
// programs fill up their last record.
const maxRest = 1 << 20

// rest holds that nothing follows the archive, and that its own checksum is
// right to the end.
func (a archive) rest(s *stream) error {
	data, err := io.ReadAll(io.LimitReader(s.zip, maxRest+1))
	if err != nil {
		return a.bad("", err)
	}
	if len(data) > maxRest || slices.ContainsFunc(data, func(b byte) bool { return b != 0 }) {
		return &InputError{File: a.path, Err: errors.New("something follows the end of the archive"), Advice: again}
	}
	return nil
}

func (a archive) open(_ evidence.Manifest, path string) (io.ReadCloser, error) {
	s, err := a.start()
	if err != nil {
		return nil, err
	}
	for {
		head, err := s.Next()
		if err != nil {
			s.stop()
			return nil, a.bad(path, err)
		}
		if head.Name == path {
			return s, nil
		}
	}
}

// named says what errors of the archive mean.
type named struct {
	from io.Reader
	a    archive
}

func (n named) Read(p []byte) (int, error) {
	got, err := n.from.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		err = n.a.cause(err)
	}
	return got, err
}

// bad is an error of the archive itself, in file or, where that is "", in
// whole.
func (a archive) bad(file string, err error) error {
	if file == "" {
		file = a.path
	}
	return &InputError{File: file, Err: a.cause(plainPath(err)), Advice: again}
}

// cause says in our words what the libraries say of a damaged archive.
func (a archive) cause(err error) error {
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF):
		return errors.New("the archive was cut short")
	case errors.Is(err, zstd.ErrMagicMismatch):
		return errors.New("it is not compressed with zstd, as a packed bundle is")
	case errors.Is(err, zstd.ErrCRCMismatch):
		return errors.New("the archive is damaged: its checksum is wrong")
	case errors.Is(err, zstd.ErrWindowSizeExceeded), errors.Is(err, zstd.ErrDecoderSizeExceeded):
		return fmt.Errorf("it asks for more than the %d MiB of memory that are given to unpacking; it was packed with zstd --long or --ultra", maxWindow>>20)
	case errors.Is(err, tar.ErrHeader):
		return errors.New("it is no tar archive, or a damaged one")
	}
	return fmt.Errorf("the archive is damaged: %w", err)
}
