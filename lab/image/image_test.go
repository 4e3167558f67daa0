package image

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// entries reads a tar: names in their order, and contents.
func entries(t *testing.T, data []byte) (names []string, content map[string]string) {
	t.Helper()
	content = map[string]string{}
	for tr := tar.NewReader(bytes.NewReader(data)); ; {
		header, err := tr.Next()
		if errors.Is(err, io.EOF) {
			return names, content
		}
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(tr)
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, header.Name)
		content[header.Name] = string(text) + header.Linkname
	}
}

func TestWrite(t *testing.T) {
	dir := t.TempDir()
	base := filepath.Join(dir, "base.tar")
	var tarball bytes.Buffer
	tw := tar.NewWriter(&tarball)
	if err := tw.WriteHeader(&tar.Header{Typeflag: tar.TypeDir, Name: "usr/", Mode: 0o755}); err != nil {
		t.Fatal(err)
	}
	if err := tw.WriteHeader(&tar.Header{Typeflag: tar.TypeSymlink, Name: "bin", Linkname: "usr/bin"}); err != nil {
		t.Fatal(err)
	}
	if err := tw.Close(); err != nil {
		t.Fatal(err)
	}
	program := filepath.Join(dir, "program")
	for name, data := range map[string][]byte{base: tarball.Bytes(), program: []byte("ELF")} {
		if err := os.WriteFile(name, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	img := Image{
		Ref:        "registry.example/thing:v1",
		Base:       base,
		Files:      []File{{Path: "/usr/local/bin/thing", From: program}, {Path: "/bin/sh", Link: "thing"}, {Path: "/note", Text: "hello"}},
		Entrypoint: []string{"/usr/local/bin/thing"},
		Labels:     map[string]string{"a": "b"},
	}
	to := filepath.Join(dir, "sub", "image.tar")
	if err := Write(to, img); err != nil {
		t.Fatal(err)
	}
	first, err := os.ReadFile(to)
	if err != nil {
		t.Fatal(err)
	}
	_, parts := entries(t, first)
	var manifest []struct {
		Config           string
		RepoTags, Layers []string
	}
	if err := json.Unmarshal([]byte(parts["manifest.json"]), &manifest); err != nil {
		t.Fatal(err)
	}
	if len(manifest) != 1 || !slices.Equal(manifest[0].RepoTags, []string{img.Ref}) || len(manifest[0].Layers) != 1 {
		t.Fatalf("manifest = %s", parts["manifest.json"])
	}
	layer := parts[manifest[0].Layers[0]]
	var config struct {
		Config struct {
			Entrypoint []string
			Labels     map[string]string
		} `json:"config"`
		RootFS struct {
			DiffIDs []string `json:"diff_ids"`
		} `json:"rootfs"`
	}
	if err := json.Unmarshal([]byte(parts[manifest[0].Config]), &config); err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256([]byte(layer))
	if want := []string{"sha256:" + hex.EncodeToString(sum[:])}; !slices.Equal(config.RootFS.DiffIDs, want) {
		t.Errorf("diff_ids = %q, want the layer's digest %q", config.RootFS.DiffIDs, want)
	}
	if !slices.Equal(config.Config.Entrypoint, img.Entrypoint) || config.Config.Labels["a"] != "b" {
		t.Errorf("config = %+v", config.Config)
	}
	names, content := entries(t, []byte(layer))
	// bin is a link in the base: making it a folder would replace it.
	want := []string{"usr/", "bin", "usr/local/", "usr/local/bin/", "usr/local/bin/thing", "bin/sh", "note"}
	if !slices.Equal(names, want) {
		t.Errorf("the layer holds %q, want %q", names, want)
	}
	if content["usr/local/bin/thing"] != "ELF" || content["bin/sh"] != "thing" || content["note"] != "hello" {
		t.Errorf("contents = %q", content)
	}

	if err := Write(to, img); err != nil {
		t.Fatal(err)
	}
	if again, err := os.ReadFile(to); err != nil || !bytes.Equal(first, again) {
		t.Errorf("the same image written again differs, %v", err)
	}
	if left, err := filepath.Glob(filepath.Join(dir, "sub", ".*")); err != nil || len(left) > 0 {
		t.Errorf("temporary files are left: %q, %v", left, err)
	}
}

func TestWriteLeavesNothingHalf(t *testing.T) {
	to := filepath.Join(t.TempDir(), "image.tar")
	if err := Write(to, Image{Ref: "x:1", Files: []File{{Path: "/x", From: "/nowhere/x"}}}); err == nil {
		t.Fatal("Write with a file that is not there succeeded")
	}
	if left, err := os.ReadDir(filepath.Dir(to)); err != nil || len(left) > 0 {
		t.Errorf("after a failure there are %v, %v", left, err)
	}
}
