// Package image writes container images of one layer as archives that containerd and Docker import.
//
// It decides the form of the archive (docker save's, which every engine reads) and that the same content gives the same
// bytes. It never chooses a name or a version: its caller names an image after what is in it. Start at [Write].
package image

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

// Image is what to write.
type Image struct {
	// Ref is the full name with a tag: "registry.k8s.io/pause:3.10.2".
	Ref string
	// Base is a tar file whose entries come first, or empty. Its names have no leading slash.
	Base string
	// Files come after Base, in this order; their parent folders are made.
	Files []File
	// Entrypoint is what a container runs when nothing else is asked for.
	Entrypoint []string
	// Labels are the image's labels.
	Labels map[string]string
}

// File is one file or link in an image.
type File struct {
	// Path is where it is in the image: "/usr/local/bin/etcd".
	Path string
	// From is the file on this machine it is copied from; Text its content where From is empty.
	From, Text string
	// Link makes it a symbolic link to this target.
	Link string
}

// Write writes the image to a file, whole or not at all.
func Write(to string, img Image) error {
	if err := write(to, img); err != nil {
		return fmt.Errorf("writing image %s: %w", img.Ref, err)
	}
	return nil
}

func write(to string, img Image) error {
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	// The layer comes first into a file of its own, because its digest and size stand before it in the archive.
	layer, err := os.CreateTemp(filepath.Dir(to), ".layer-*")
	if err != nil {
		return err
	}
	defer os.Remove(layer.Name())
	defer layer.Close()
	digest := sha256.New()
	if err := writeLayer(io.MultiWriter(layer, digest), img); err != nil {
		return err
	}
	size, err := layer.Seek(0, io.SeekEnd)
	if err != nil {
		return err
	}
	if _, err := layer.Seek(0, io.SeekStart); err != nil {
		return err
	}
	sum := hex.EncodeToString(digest.Sum(nil))

	archive, err := os.CreateTemp(filepath.Dir(to), ".image-*")
	if err != nil {
		return err
	}
	defer os.Remove(archive.Name()) // fails once it has been renamed
	defer archive.Close()
	if err := writeArchive(archive, img, sum, layer, size); err != nil {
		return err
	}
	if err := archive.Chmod(0o644); err != nil {
		return err
	}
	if err := archive.Close(); err != nil {
		return err
	}
	return os.Rename(archive.Name(), to)
}

// writeArchive follows docker save's layout, version 1.2: manifest.json names the configuration and the layers.
// Source: https://github.com/moby/docker-image-spec/blob/main/v1.2.md
func writeArchive(w io.Writer, img Image, sum string, layer io.Reader, size int64) error {
	type rootFS struct {
		Type    string   `json:"type"`
		DiffIDs []string `json:"diff_ids"`
	}
	type settings struct {
		Env        []string
		Entrypoint []string          `json:",omitempty"`
		Labels     map[string]string `json:",omitempty"`
	}
	config, err := json.Marshal(struct {
		Architecture string    `json:"architecture"`
		OS           string    `json:"os"`
		Created      time.Time `json:"created"`
		Config       settings  `json:"config"`
		RootFS       rootFS    `json:"rootfs"`
		History      []string  `json:"history"`
	}{
		Architecture: runtime.GOARCH,
		OS:           "linux",
		Created:      time.Unix(0, 0).UTC(),
		Config: settings{
			Env:        []string{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"},
			Entrypoint: img.Entrypoint,
			Labels:     img.Labels,
		},
		RootFS:  rootFS{"layers", []string{"sha256:" + sum}},
		History: []string{},
	})
	if err != nil {
		return err
	}
	configSum := sha256.Sum256(config)
	configName, layerName := hex.EncodeToString(configSum[:])+".json", sum+"/layer.tar"
	manifest, err := json.Marshal([]map[string]any{{"Config": configName, "RepoTags": []string{img.Ref}, "Layers": []string{layerName}}})
	if err != nil {
		return err
	}
	tw := tar.NewWriter(w)
	for _, part := range []struct {
		name string
		size int64
		from io.Reader
	}{
		{"manifest.json", int64(len(manifest)), bytes.NewReader(manifest)},
		{configName, int64(len(config)), bytes.NewReader(config)},
		{layerName, size, layer},
	} {
		if err := tw.WriteHeader(&tar.Header{Name: part.name, Mode: 0o644, Size: part.size, Format: tar.FormatPAX}); err != nil {
			return err
		}
		if _, err := io.Copy(tw, part.from); err != nil {
			return err
		}
	}
	return tw.Close()
}

func writeLayer(w io.Writer, img Image) error {
	tw := tar.NewWriter(w)
	made := map[string]bool{".": true}
	if img.Base != "" {
		if err := copyBase(tw, img.Base, made); err != nil {
			return fmt.Errorf("taking over %q: %w", img.Base, err)
		}
	}
	for _, f := range img.Files {
		name := strings.TrimPrefix(f.Path, "/")
		if err := folders(tw, path.Dir(name), made); err != nil {
			return err
		}
		if err := writeFile(tw, name, f); err != nil {
			return err
		}
	}
	return tw.Close()
}

func copyBase(tw *tar.Writer, base string, made map[string]bool) error {
	file, err := os.Open(base)
	if err != nil {
		return err
	}
	defer file.Close()
	for tr := tar.NewReader(file); ; {
		header, err := tr.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		made[path.Clean(header.Name)] = true // a folder, or a link that stands for one
		header.ModTime, header.AccessTime, header.ChangeTime = time.Unix(0, 0), time.Time{}, time.Time{}
		header.Format = tar.FormatPAX
		if err := tw.WriteHeader(header); err != nil {
			return err
		}
		if _, err := io.Copy(tw, tr); err != nil {
			return err
		}
	}
}

func folders(tw *tar.Writer, dir string, made map[string]bool) error {
	if made[dir] {
		return nil
	}
	if err := folders(tw, path.Dir(dir), made); err != nil {
		return err
	}
	made[dir] = true
	return tw.WriteHeader(&tar.Header{Typeflag: tar.TypeDir, Name: dir + "/", Mode: 0o755, Format: tar.FormatPAX})
}

func writeFile(tw *tar.Writer, name string, f File) error {
	header := &tar.Header{Name: name, Mode: 0o755, Format: tar.FormatPAX}
	if f.Link != "" {
		header.Typeflag, header.Linkname = tar.TypeSymlink, f.Link
		return tw.WriteHeader(header)
	}
	if f.From == "" {
		header.Size = int64(len(f.Text))
		if err := tw.WriteHeader(header); err != nil {
			return err
		}
		_, err := io.WriteString(tw, f.Text)
		return err
	}
	from, err := os.Open(f.From)
	if err != nil {
		return err
	}
	defer from.Close()
	info, err := from.Stat()
	if err != nil {
		return err
	}
	header.Size = info.Size()
	if err := tw.WriteHeader(header); err != nil {
		return err
	}
	_, err = io.Copy(tw, from)
	return err
}
