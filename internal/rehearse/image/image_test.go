package image

import (
	"archive/tar"
	"bytes"
	"context"
	"io"
	"log"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
)

// pushed is an index of one image with this file, in a registry in this process.
func pushed(t *testing.T, file, text string) (reference, digest string) {
	t.Helper()
	server := httptest.NewServer(registry.New(registry.Logger(log.New(io.Discard, "", 0))))
	t.Cleanup(server.Close)
	var layer bytes.Buffer
	w := tar.NewWriter(&layer)
	if err := w.WriteHeader(&tar.Header{Name: file, Mode: 0o755, Size: int64(len(text)), Typeflag: tar.TypeReg}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	l, err := tarball.LayerFromOpener(func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(layer.Bytes())), nil })
	if err != nil {
		t.Fatal(err)
	}
	img, err := mutate.AppendLayers(empty.Image, l)
	if err != nil {
		t.Fatal(err)
	}
	index := mutate.AppendManifests(empty.Index, mutate.IndexAddendum{Add: img,
		Descriptor: v1.Descriptor{Platform: &v1.Platform{OS: "linux", Architecture: runtime.GOARCH}}})
	reference = strings.TrimPrefix(server.URL, "http://") + "/kube-apiserver:v1.35.4"
	ref, err := name.ParseReference(reference)
	if err != nil {
		t.Fatal(err)
	}
	if err := remote.WriteIndex(ref, index); err != nil {
		t.Fatal(err)
	}
	sum, err := index.Digest()
	if err != nil {
		t.Fatal(err)
	}
	return reference, sum.String()
}

func TestExtract(t *testing.T) {
	ref, want := pushed(t, "usr/local/bin/kube-apiserver", "a program")
	digest, err := Digest(t.Context(), ref)
	if err != nil || digest != want {
		t.Fatalf("digest %s, %v; want %s", digest, err, want)
	}
	to := filepath.Join(t.TempDir(), "kube-apiserver")
	got, err := Extract(t.Context(), ref, digest, "kube-apiserver", to)
	if err != nil || got != want {
		t.Fatalf("digest %s, %v", got, err)
	}
	text, err := os.ReadFile(to)
	info, _ := os.Stat(to)
	if err != nil || string(text) != "a program" || info.Mode().Perm() != 0o700 {
		t.Errorf("%q %v %v", text, info.Mode(), err)
	}
}

func TestExtractErrors(t *testing.T) {
	ref, digest := pushed(t, "bin/other", "x")
	to := func() string { return filepath.Join(t.TempDir(), "out") }
	for name, tc := range map[string]struct{ ref, digest, want string }{
		"no such file":   {ref, digest, "no such file is in it"},
		"another digest": {ref, "sha256:" + strings.Repeat("0", 64), "when it was agreed to"},
		"no reference":   {"A B", "", "reading the image reference"},
		"no such image":  {strings.Replace(ref, "v1.35.4", "v9", 1), "", "pulling"},
	} {
		if _, err := Extract(context.Background(), tc.ref, tc.digest, "kube-apiserver", to()); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: %v, want %q", name, err, tc.want)
		}
	}
}
