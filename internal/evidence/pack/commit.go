package pack

import (
	"archive/tar"
	"bytes"
	"cmp"
	"encoding/json"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/klauspost/compress/zstd"

	"github.com/fixline-dev/fixline/internal/evidence"
)

// encodeManifest is bundle.json, indented for people.
func encodeManifest(m evidence.Manifest) ([]byte, error) {
	var text bytes.Buffer
	enc := json.NewEncoder(&text)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", " ")
	err := enc.Encode(m)
	return text.Bytes(), err
}

// checkOrder sorts coverage as files are sorted: lists in the order they are
// asked for, then the rest by name.
func checkOrder(a, b string) int {
	// A list is asked for by its file's name without the ending.
	return cmp.Or(cmp.Compare(place(a+".json"), place(b+".json")), strings.Compare(a, b))
}

// writeFolder finishes a folder: the manifest, and every name on disk.
func writeFolder(dir string, manifest []byte) error {
	if err := writeSynced(filepath.Join(dir, evidence.ManifestFile), func(w io.Writer) error {
		_, err := w.Write(manifest)
		return err
	}); err != nil {
		return err
	}
	return filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() {
			return err
		}
		return syncDir(path)
	})
}

// writeArchive packs a staged bundle: the manifest first, then the files in
// its order, all dated the day the bundle was finished and owned by nobody in
// particular. It returns its size.
func writeArchive(to string, s *stage, m evidence.Manifest, manifest []byte, at time.Time) (int64, error) {
	err := writeSynced(to, func(w io.Writer) error {
		// One goroutine and a small window: a bundle is small, and the machine
		// that collects is often a host of the control plane.
		packed, err := zstd.NewWriter(w, zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(4<<20), zstd.WithEncoderCRC(true), zstd.WithLowerEncoderMem(true))
		if err != nil {
			return err
		}
		out := tar.NewWriter(packed)
		err = pour(out, evidence.ManifestFile, int64(len(manifest)), at, bytes.NewReader(manifest))
		for _, f := range m.Files {
			if err != nil {
				break
			}
			err = pourFile(out, s.file(f.Path), f, at)
		}
		return cmp.Or(err, out.Close(), packed.Close())
	})
	if err != nil {
		return 0, err
	}
	info, err := os.Stat(to)
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

func pourFile(out *tar.Writer, from string, f evidence.File, at time.Time) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	return pour(out, f.Path, f.Bytes, at, in)
}

func pour(out *tar.Writer, path string, size int64, at time.Time, from io.Reader) error {
	head := tar.Header{Typeflag: tar.TypeReg, Name: path, Size: size, Mode: 0o600, ModTime: at.UTC().Truncate(time.Second)}
	if err := out.WriteHeader(&head); err != nil {
		return err
	}
	_, err := io.Copy(out, from)
	return err
}

// writeSynced writes a new file that only its owner reads, down to the disk.
func writeSynced(path string, fill func(io.Writer) error) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := fill(f); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	return f.Close()
}
