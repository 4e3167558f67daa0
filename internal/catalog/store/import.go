package store

import (
	"archive/zip"
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"

	"github.com/fixline-dev/fixline/internal/catalog/source"
)

// Options of Import and Update.
type Options struct {
	// Name to keep the data under; default: where it came from.
	Name string
	// SHA256 the data must have, in hexadecimal; "" = look for a sibling
	// .sha256 file, else keep the sum without a check and say so.
	SHA256 string
	// Now is the day of the import; it must be set.
	Now time.Time
	// Timeout bounds an Update in all; default two minutes.
	Timeout time.Duration
}

// Import keeps a file, a folder or a zip. A folder is kept as a zip of the
// files in it that may hold data. The strings are warnings about what was left
// out or only partly read.
func (s *Store) Import(file string, o Options) (Entry, []string, error) {
	abs, err := filepath.Abs(file)
	if err != nil {
		return Entry{}, nil, fmt.Errorf("importing %q: %w", file, err)
	}
	data, err := contents(abs)
	if err != nil {
		return Entry{}, nil, fmt.Errorf("importing %q: %w", file, err)
	}
	want, verified := o.SHA256, "flag"
	if want == "" {
		if want, err = besideFile(abs + ".sha256"); err != nil {
			return Entry{}, nil, fmt.Errorf("importing %q: %q: %w", file, abs+".sha256", err)
		}
		verified = "sibling"
	}
	e := Entry{Name: o.Name, From: abs}
	return s.checked(e, data, want, verified, o)
}

// checked compares the sum, then keeps the data.
func (s *Store) checked(e Entry, data []byte, want, verified string, o Options) (Entry, []string, error) {
	if e.Name == "" {
		e.Name = e.From
	}
	warnings := []string{}
	if want == "" {
		warnings = append(warnings, fmt.Sprintf("%s: no sum to check against (--sha256, or a .sha256 file beside it); kept with its own: %s", e.From, sum(data)))
	} else {
		if err := compare(want, data); err != nil {
			return Entry{}, nil, fmt.Errorf("%s: %w; nothing was changed", e.From, err)
		}
		e.Verified = verified
	}
	e, more, err := s.keep(e, data, o.Now)
	if err != nil {
		return Entry{}, nil, fmt.Errorf("%w; nothing was changed", err)
	}
	return e, append(warnings, more...), nil
}

func compare(want string, data []byte) error {
	want = strings.ToLower(strings.TrimPrefix(strings.TrimSpace(want), "sha256:"))
	if raw, err := hex.DecodeString(want); err != nil || len(raw) != 32 {
		return fmt.Errorf("%q is no SHA-256 sum of 64 hexadecimal digits", want)
	}
	if got := sum(data); got != want {
		return fmt.Errorf("its SHA-256 sum is %s, expected was %s", got, want)
	}
	return nil
}

// besideFile is the sum in a .sha256 file, "" where there is none. One that
// cannot be read is an error: it may disagree.
func besideFile(path string) (string, error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "", nil
	case err != nil:
		return "", err
	case !info.Mode().IsRegular() || info.Size() > maxSum:
		return "", fmt.Errorf("it is no file with a sum")
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	return siblingSum(data)
}

// siblingSum reads the form sha256sum writes: the sum, then the file's name.
func siblingSum(data []byte) (string, error) {
	fields := strings.Fields(string(data[:min(len(data), 1024)]))
	if len(fields) == 0 || len(fields[0]) != 64 {
		return "", fmt.Errorf("it holds no SHA-256 sum")
	}
	return fields[0], nil
}

func contents(abs string) ([]byte, error) {
	info, err := os.Stat(abs)
	switch {
	case err != nil:
		return nil, err
	case info.IsDir():
		return pack(os.DirFS(abs))
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("it is neither a file nor a folder")
	case info.Size() > source.MaxFile:
		return nil, fmt.Errorf("%d MiB are more than the %d MiB allowed", info.Size()>>20, source.MaxFile>>20)
	}
	return os.ReadFile(abs)
}

// pack makes the same zip of the same files, whatever their times and modes.
func pack(tree fs.FS) ([]byte, error) {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	files, total := 0, int64(0)
	err := fs.WalkDir(tree, ".", func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && p != "." && strings.HasPrefix(path.Base(p), ".") {
			return fs.SkipDir
		}
		if !d.Type().IsRegular() || !source.MayHold(p) {
			return nil
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		if files, total = files+1, total+info.Size(); files > source.MaxFiles || total > source.MaxTotal {
			return fmt.Errorf("more than %d files or %d MiB", source.MaxFiles, source.MaxTotal>>20)
		}
		data, err := fs.ReadFile(tree, p)
		if err != nil {
			return err
		}
		w, err := z.CreateHeader(&zip.FileHeader{Name: p, Method: zip.Deflate})
		if err != nil {
			return err
		}
		_, err = w.Write(data)
		return err
	})
	if err != nil {
		return nil, err
	}
	if err := z.Close(); err != nil {
		return nil, err
	}
	if b.Len() > source.MaxFile {
		return nil, fmt.Errorf("packed, it is more than the %d MiB allowed", source.MaxFile>>20)
	}
	return b.Bytes(), nil
}
