// Package archive is the form of a backup: one tar, sealed with age, with a
// manifest as its last file, and a small clear manifest beside it. It decides
// what a backup must hold to be read as one; it never knows where it is kept,
// and writes nothing to a disk itself. Start at [NewWriter] and [Read].
package archive

import (
	"archive/tar"
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"path"
	"strings"
	"time"

	"filippo.io/age"
)

// Names inside a backup.
const (
	SnapshotFile = "etcd/snapshot.db"
	ManifestFile = "manifest.json" // the last
	HostsDir     = "hosts"         // hosts/NAME/etc/kubernetes/...
	ExportFile   = "export/bundle.tar.zst"
)

// Suffixes of what lies in a store.
const (
	SealedSuffix = ".tar.age"
	PlainSuffix  = ".tar"
	BesideSuffix = ".manifest.json"
)

// maxManifest bounds what is read into memory of a backup that may be anything.
const maxManifest = 32 << 20

// maxFiles bounds how many files a backup holds.
const maxFiles = 20000

// ageHeader is how a sealed backup begins
// (https://age-encryption.org/v1).
const ageHeader = "age-encryption.org/v1"

// Writer writes a backup.
type Writer struct {
	cipher counter // what went out
	seal   io.WriteCloser
	tar    *tar.Writer
	files  []File
	sealed bool
	at     time.Time
}

// NewWriter begins a backup; without recipients it is not sealed. at is the
// time its files get.
func NewWriter(to io.Writer, recipients []age.Recipient, at time.Time) (*Writer, error) {
	w := &Writer{cipher: counter{w: to, hash: sha256.New()}, at: at.UTC().Truncate(time.Second), sealed: len(recipients) > 0}
	w.seal = unsealed{&w.cipher}
	if w.sealed {
		var err error
		if w.seal, err = age.Encrypt(&w.cipher, recipients...); err != nil {
			return nil, fmt.Errorf("sealing the backup: %w", err)
		}
	}
	w.tar = tar.NewWriter(w.seal)
	return w, nil
}

// Summed is a reader that sums up what it gives; [Writer.Add] then need not.
type Summed interface {
	io.Reader
	// SHA256 is the sum of all that was read.
	SHA256() []byte
}

// Add writes one file of exactly size bytes; fewer or more is an error.
func (w *Writer) Add(name string, size int64, mode fs.FileMode, from io.Reader) (File, error) {
	h := &tar.Header{Typeflag: tar.TypeReg, Name: name, Size: size, Mode: int64(mode.Perm()), ModTime: w.at, Format: tar.FormatPAX}
	if err := w.tar.WriteHeader(h); err != nil {
		return File{}, fmt.Errorf("writing %s into the backup: %w", name, err)
	}
	own, ok := from.(Summed)
	if !ok {
		own = &summing{r: from, hash: sha256.New()}
	}
	n, err := io.CopyBuffer(onlyWriter{w.tar}, own, make([]byte, 1<<20))
	if err == nil && n != size {
		err = fmt.Errorf("%d of %d bytes came", n, size)
	}
	if err != nil {
		return File{}, fmt.Errorf("writing %s into the backup: %w", name, err)
	}
	f := File{Path: name, SHA256: hex.EncodeToString(own.SHA256()), Bytes: size}
	w.files = append(w.files, f)
	return f, nil
}

// Finish writes the manifest, whose Files are those that were added, and ends
// the backup. What it gives is for the clear manifest beside it.
func (w *Writer) Finish(m Manifest) (Beside, error) {
	m.APIVersion, m.Kind, m.Format, m.Sealed, m.Files = "fixline.dev/v1alpha1", Kind, Format, w.sealed, w.files
	text, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return Beside{}, fmt.Errorf("writing the manifest of the backup: %w", err)
	}
	if _, err := w.Add(ManifestFile, int64(len(text)), 0o600, bytes.NewReader(text)); err != nil {
		return Beside{}, err
	}
	last := w.files[len(w.files)-1]
	for _, end := range []func() error{w.tar.Close, w.seal.Close} {
		if err := end(); err != nil {
			return Beside{}, fmt.Errorf("ending the backup: %w", err)
		}
	}
	b := Beside{Manifest: m, Stored: Stored{SHA256: hex.EncodeToString(w.cipher.hash.Sum(nil)), Bytes: w.cipher.n}, ManifestSHA256: last.SHA256}
	b.Files = nil
	b.Kind = BesideKind
	return b, nil
}

// unsealed is what a plain backup is closed by: its writer is its store's.
type unsealed struct{ io.Writer }

func (unsealed) Close() error { return nil }

// onlyWriter hides ReadFrom, which would pass the buffer by.
type onlyWriter struct{ io.Writer }

type summing struct {
	r    io.Reader
	hash hash.Hash
}

func (s *summing) Read(p []byte) (int, error) {
	n, err := s.r.Read(p)
	s.hash.Write(p[:n])
	return n, err
}

// SHA256 is the sum of what was read.
func (s *summing) SHA256() []byte { return s.hash.Sum(nil) }

type counter struct {
	w    io.Writer
	hash hash.Hash
	n    int64
}

func (c *counter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.hash.Write(p[:n])
	c.n += int64(n)
	return n, err
}

// Error is a backup that cannot be relied on, and why.
type Error struct{ Why string }

func (e *Error) Error() string { return e.Why }

// Contents is what Read found.
type Contents struct {
	Manifest Manifest
	Stored   Stored
}

// Read opens a backup and gives each file to each, which need not read to the
// end. It holds every file to the sum in the manifest, and the manifest to its
// being the last. The error is an *[Error] where the backup is damaged, cut
// short or no backup; something else where it cannot be read or opened.
func Read(from io.Reader, identities []age.Identity, each func(name string, size int64, r io.Reader) error) (Contents, error) {
	cipher := &summed{r: from, hash: sha256.New()}
	in := bufio.NewReaderSize(cipher, 1<<20)
	head, _ := in.Peek(len(ageHeader))
	clear := io.Reader(in)
	if string(head) == ageHeader {
		if len(identities) == 0 {
			return Contents{}, &KeyError{Why: "it is sealed, and no key was given"}
		}
		opened, err := age.Decrypt(in, identities...)
		if none, ok := errors.AsType[*age.NoIdentityMatchError](err); ok {
			return Contents{}, &KeyError{Why: none.Error()}
		} else if err != nil {
			return Contents{}, read(cipher, err)
		}
		clear = opened
	}
	c := Contents{}
	err := files(clear, each, &c.Manifest)
	if err == nil { // the end of the seal, behind that of the tar
		_, err = io.Copy(io.Discard, clear)
	}
	if err == nil {
		_, err = io.Copy(io.Discard, in)
	}
	if err != nil {
		if stop, ok := errors.AsType[*stopped](err); ok {
			return c, stop.err
		}
		return c, read(cipher, err)
	}
	c.Stored = Stored{SHA256: hex.EncodeToString(cipher.hash.Sum(nil)), Bytes: cipher.n}
	return c, nil
}

// KeyError is a sealed backup that none of the keys opens.
type KeyError struct{ Why string }

func (e *KeyError) Error() string { return e.Why }

// Hint is what helps.
func (e *KeyError) Hint() string {
	return "name the private key of one of its recipients: --identity FILE"
}

// stopped carries the error of whoever took a file through the reader.
type stopped struct{ err error }

func (s *stopped) Error() string { return s.err.Error() }

func read(c *summed, err error) error {
	if c.err != nil {
		return c.err // the store's own: the backup may be good
	}
	if own, ok := errors.AsType[*Error](err); ok {
		return own
	}
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		return &Error{fmt.Sprintf("it is cut short: it ends after %d bytes", c.n)}
	}
	return &Error{"it is damaged or cut short: " + err.Error()}
}

// files reads the tar.
func files(from io.Reader, each func(string, int64, io.Reader) error, m *Manifest) error {
	in, got := tar.NewReader(from), map[string]File{}
	for {
		h, err := in.Next()
		if errors.Is(err, io.EOF) {
			return &Error{"it has no " + ManifestFile + ": it is no backup of this program, or cut short"}
		} else if err != nil {
			return err
		}
		if h.Typeflag != tar.TypeReg || path.Clean(h.Name) != h.Name || strings.HasPrefix(h.Name, "/") || h.Name == ".." || strings.HasPrefix(h.Name, "../") {
			return &Error{fmt.Sprintf("it holds %q, which no backup of this program does", h.Name)}
		}
		if _, twice := got[h.Name]; twice || len(got) >= maxFiles {
			return &Error{fmt.Sprintf("it holds %q twice, or too many files", h.Name)}
		}
		if h.Name == ManifestFile {
			if err := manifest(in, h.Size, m); err != nil {
				return err
			}
			if _, err := in.Next(); !errors.Is(err, io.EOF) {
				return &Error{"something follows its manifest"}
			}
			return m.matches(got)
		}
		sum := &summed{r: in, hash: sha256.New()}
		if err := each(h.Name, h.Size, sum); err != nil {
			if sum.err != nil {
				return sum.err
			}
			return &stopped{err}
		}
		if _, err := io.Copy(io.Discard, sum); err != nil {
			return err
		}
		got[h.Name] = File{Path: h.Name, SHA256: hex.EncodeToString(sum.hash.Sum(nil)), Bytes: sum.n}
	}
}

func manifest(in io.Reader, size int64, m *Manifest) error {
	if size > maxManifest {
		return &Error{fmt.Sprintf("its manifest has %d bytes, more than any that this program writes", size)}
	}
	text, err := io.ReadAll(in)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(text, m); err != nil || m.Kind != Kind {
		return &Error{fmt.Sprintf("its manifest is none of a backup (kind %q, %v)", m.Kind, err)}
	}
	if m.Format > Format {
		return &Error{fmt.Sprintf("it was written by a newer program (format %d, this one knows %d)", m.Format, Format)}
	}
	return nil
}

// summed sums what is read, and keeps an error that is not the end.
type summed struct {
	r    io.Reader
	hash hash.Hash
	n    int64
	err  error
}

func (s *summed) Read(p []byte) (int, error) {
	n, err := s.r.Read(p)
	s.hash.Write(p[:n])
	s.n += int64(n)
	if err != nil && !errors.Is(err, io.EOF) {
		s.err = err
	}
	return n, err
}
