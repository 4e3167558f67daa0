package pack

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/fixline-dev/fixline/internal/evidence"
)

// IsBundle reports whether the folder fsys is a bundle; without a manifest it
// is at most plain kubectl output.
func IsBundle(fsys fs.FS) bool {
	_, err := fs.Lstat(fsys, evidence.ManifestFile)
	return err == nil
}

// folderManifest reads bundle.json of a folder.
func folderManifest(fsys fs.FS) (evidence.Manifest, error) {
	f, err := openPlain(fsys, evidence.ManifestFile)
	if err != nil {
		return evidence.Manifest{}, err
	}
	defer f.Close()
	return readManifestFile(f)
}

func readManifestFile(r io.Reader) (evidence.Manifest, error) {
	data, err := io.ReadAll(io.LimitReader(r, MaxManifest+1))
	if err != nil {
		return evidence.Manifest{}, &InputError{File: evidence.ManifestFile, Err: plainPath(err)}
	}
	if len(data) > MaxManifest {
		return evidence.Manifest{}, &InputError{File: evidence.ManifestFile, Err: fmt.Errorf("it is larger than the %d MiB that are read", MaxManifest>>20)}
	}
	return decodeManifest(data)
}

// openPlain opens a plain file and follows no link: what a bundle vouches for
// lies inside it. It looks first, since opening a pipe waits for a writer.
func openPlain(fsys fs.FS, path string) (fs.File, error) {
	info, err := fs.Lstat(fsys, path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, &InputError{File: path, Err: errors.New("the manifest names it, but it is not there"), Advice: again}
	case err != nil:
		return nil, &InputError{File: path, Err: plainPath(err)}
	case !info.Mode().IsRegular():
		return nil, &InputError{File: path, Err: fmt.Errorf("it is no plain file but %s", form(info.Mode())), Advice: again}
	}
	f, err := fsys.Open(path)
	if err != nil {
		return nil, &InputError{File: path, Err: plainPath(err)}
	}
	return f, nil
}

const again = "take the bundle from where it was written, or collect again"

// form names a file mode.
func form(m fs.FileMode) string {
	switch {
	case m.IsDir():
		return "a folder"
	case m&fs.ModeSymlink != 0:
		return "a link"
	case m&fs.ModeDevice != 0:
		return "a device"
	case m&fs.ModeNamedPipe != 0:
		return "a pipe"
	}
	return "a file like " + m.String()
}

// onlyNamed refuses files the manifest does not name: nobody vouches for them.
func onlyNamed(fsys fs.FS, m evidence.Manifest) error {
	named := map[string]bool{evidence.ManifestFile: true}
	for _, f := range m.Files {
		named[f.Path] = true
	}
	return fs.WalkDir(fsys, ".", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return &InputError{File: path, Err: plainPath(err)}
		case d.IsDir() || named[path]:
			return nil
		}
		return &InputError{File: path, Err: errors.New("it is in the bundle, but its manifest does not name it"),
			Advice: "move it out of the folder; a bundle holds what its manifest vouches for, and nothing else"}
	})
}

// ours reports why a folder is none that may be replaced: not empty, and no
// bundle, or a bundle with something else in it.
func ours(path string, info fs.FileInfo) error {
	if !info.IsDir() {
		return fmt.Errorf("it is %s", form(info.Mode()))
	}
	root, err := os.OpenRoot(path)
	if err != nil {
		return plainPath(err)
	}
	defer root.Close()
	fsys := root.FS()
	if entries, err := fs.ReadDir(fsys, "."); err == nil && len(entries) == 0 {
		return nil
	}
	if !IsBundle(fsys) {
		return errors.New("it holds no " + evidence.ManifestFile)
	}
	m, err := folderManifest(fsys)
	if err != nil {
		return err
	}
	return onlyNamed(fsys, m)
}

// folder is a bundle as a folder.
type folder struct{ fsys fs.FS }

func (d folder) walk(m evidence.Manifest, visit func(evidence.File, io.Reader) error) error {
	if err := onlyNamed(d.fsys, m); err != nil {
		return err
	}
	for _, f := range m.Files {
		if err := d.visit(f, visit); err != nil {
			return err
		}
	}
	return nil
}

func (d folder) visit(f evidence.File, visit func(evidence.File, io.Reader) error) error {
	in, err := openPlain(d.fsys, f.Path)
	if err != nil {
		return err
	}
	defer in.Close()
	if info, err := in.Stat(); err == nil && info.Size() != f.Bytes {
		return &InputError{File: f.Path, Err: fmt.Errorf("it was changed or damaged after it was written: it has %d bytes, the manifest says %d", info.Size(), f.Bytes), Advice: again}
	}
	return visit(f, in)
}

func (d folder) open(_ evidence.Manifest, path string) (io.ReadCloser, error) {
	return openPlain(d.fsys, path)
}
