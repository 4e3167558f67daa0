// Package deb writes Debian packages of single programs and the index of a repository that holds them, so that a
// host's apt pins, holds, upgrades and downgrades what a lab built as it does what Kubernetes publishes.
//
// It decides the form of packages and index. It never signs: the repository is a folder that only a lab's own hosts
// see, and they are told to trust it. Start at [Write] and [Index].
package deb

import (
	"archive/tar"
	"bytes"
	"crypto/md5" // dpkg's own list of a package's files has MD5 sums; nothing trusts them
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Package is one package.
type Package struct {
	Name string
	// Version is the package's: "1.37.1-1.1", as pkgs.k8s.io numbers its first build of 1.37.1.
	Version string
	// Architecture is Debian's name of it: "amd64".
	Architecture string
	// Depends is the control field, empty for none.
	Depends string
	// Summary is one line.
	Summary string
	// Files are the package's, with the paths they get on a host.
	Files []File
}

// File is one file of a package. Executables are copied from a file of this machine, what configures them is text.
type File struct {
	Path string
	From string
	Text string
}

// FileName is the name a package file has by convention.
func (p Package) FileName() string {
	return fmt.Sprintf("%s_%s_%s.deb", p.Name, p.Version, p.Architecture)
}

// control is the package's description, in the form of https://www.debian.org/doc/debian-policy/ch-controlfields.html.
func (p Package) control() string {
	var b strings.Builder
	fmt.Fprintf(&b, "Package: %s\nVersion: %s\nArchitecture: %s\nMaintainer: Fixline lab <lab@fixline.invalid>\nSection: admin\nPriority: optional\n", p.Name, p.Version, p.Architecture)
	if p.Depends != "" {
		fmt.Fprintf(&b, "Depends: %s\n", p.Depends)
	}
	fmt.Fprintf(&b, "Description: %s\n", p.Summary)
	return b.String()
}

// Write writes the package into a folder, whole or not at all, and returns its path. Nothing is compressed: packages are
// read from the disk they are written to. The format is https://manpages.debian.org/bookworm/dpkg-dev/deb.5.en.html.
func Write(dir string, p Package) (string, error) {
	to := filepath.Join(dir, p.FileName())
	if err := write(to, p); err != nil {
		return "", fmt.Errorf("writing package %s: %w", p.FileName(), err)
	}
	return to, nil
}

func write(to string, p Package) error {
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	data, err := os.CreateTemp(filepath.Dir(to), ".data-*")
	if err != nil {
		return err
	}
	defer os.Remove(data.Name())
	defer data.Close()
	sums, err := writeData(data, p.Files)
	if err != nil {
		return err
	}
	size, err := data.Seek(0, io.SeekEnd)
	if err != nil {
		return err
	}
	if _, err := data.Seek(0, io.SeekStart); err != nil {
		return err
	}
	control, err := tarball([]File{{Path: "./control", Text: p.control()}, {Path: "./md5sums", Text: sums}})
	if err != nil {
		return err
	}

	out, err := os.CreateTemp(filepath.Dir(to), ".deb-*")
	if err != nil {
		return err
	}
	defer os.Remove(out.Name()) // fails once it has been renamed
	defer out.Close()
	if err := ar(out, []member{
		{"debian-binary", 4, strings.NewReader("2.0\n")},
		{"control.tar", int64(len(control)), bytes.NewReader(control)},
		{"data.tar", size, data},
	}); err != nil {
		return err
	}
	if err := out.Chmod(0o644); err != nil {
		return err
	}
	if err := out.Close(); err != nil {
		return err
	}
	return os.Rename(out.Name(), to)
}

type member struct {
	name string
	size int64
	from io.Reader
}

// ar writes an archive of the common Unix form: https://manpages.debian.org/bookworm/freebsd-manpages/ar.5freebsd.en.html.
func ar(w io.Writer, members []member) error {
	if _, err := io.WriteString(w, "!<arch>\n"); err != nil {
		return err
	}
	for _, m := range members {
		if _, err := fmt.Fprintf(w, "%-16s%-12d%-6d%-6d%-8s%-10d`\n", m.name, 0, 0, 0, "100644", m.size); err != nil {
			return err
		}
		if _, err := io.Copy(w, m.from); err != nil {
			return err
		}
		if m.size%2 == 1 {
			if _, err := io.WriteString(w, "\n"); err != nil {
				return err
			}
		}
	}
	return nil
}

func tarball(files []File) ([]byte, error) {
	var b bytes.Buffer
	_, err := writeData(&b, files)
	return b.Bytes(), err
}

// writeData writes files and their folders as a tar and returns their MD5 sums in the form of dpkg's md5sums file.
func writeData(w io.Writer, files []File) (sums string, err error) {
	tw := tar.NewWriter(w)
	var list strings.Builder
	made := map[string]bool{".": true}
	for _, f := range files {
		name := path.Join(".", f.Path)
		var parents []string
		for dir := path.Dir(name); !made[dir]; dir = path.Dir(dir) {
			made[dir] = true
			parents = append(parents, dir)
		}
		for _, dir := range slices.Backward(parents) {
			if err := tw.WriteHeader(&tar.Header{Typeflag: tar.TypeDir, Name: "./" + dir + "/", Mode: 0o755, Format: tar.FormatGNU}); err != nil {
				return "", err
			}
		}
		sum, err := writeFile(tw, "./"+name, f)
		if err != nil {
			return "", err
		}
		fmt.Fprintf(&list, "%s  %s\n", sum, name)
	}
	return list.String(), tw.Close()
}

func writeFile(tw *tar.Writer, name string, f File) (sum string, err error) {
	digest := md5.New()
	header := &tar.Header{Name: name, Mode: 0o644, Size: int64(len(f.Text)), Format: tar.FormatGNU}
	var from io.Reader = strings.NewReader(f.Text)
	if f.From != "" {
		file, err := os.Open(f.From)
		if err != nil {
			return "", err
		}
		defer file.Close()
		info, err := file.Stat()
		if err != nil {
			return "", err
		}
		header.Mode, header.Size, from = 0o755, info.Size(), file
	}
	if err := tw.WriteHeader(header); err != nil {
		return "", err
	}
	if _, err := io.Copy(io.MultiWriter(tw, digest), from); err != nil {
		return "", err
	}
	return hex.EncodeToString(digest.Sum(nil)), nil
}

// Index writes Packages and Release for the packages, whose files must be in dir already, as apt reads a flat repository
// ("deb URI /"). Source: https://wiki.debian.org/DebianRepository/Format#Flat_Repository_Format.
func Index(dir string, packages []Package, now time.Time) error {
	var b strings.Builder
	for _, p := range packages {
		size, sum, err := digest(filepath.Join(dir, p.FileName()))
		if err != nil {
			return fmt.Errorf("indexing packages: %w", err)
		}
		fmt.Fprintf(&b, "%sFilename: ./%s\nSize: %d\nSHA256: %s\n\n", p.control(), p.FileName(), size, sum)
	}
	list := b.String()
	sum := sha256.Sum256([]byte(list))
	release := fmt.Sprintf("Origin: Fixline lab\nLabel: Fixline lab\nSuite: lab\nDate: %s\nSHA256:\n %s %d Packages\n",
		now.UTC().Format(time.RFC1123), hex.EncodeToString(sum[:]), len(list))
	for name, text := range map[string]string{"Packages": list, "Release": release} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			return fmt.Errorf("indexing packages: %w", err)
		}
	}
	return nil
}

func digest(name string) (size int64, sum string, err error) {
	file, err := os.Open(name)
	if err != nil {
		return 0, "", err
	}
	defer file.Close()
	h := sha256.New()
	size, err = io.Copy(h, file)
	return size, hex.EncodeToString(h.Sum(nil)), err
}
