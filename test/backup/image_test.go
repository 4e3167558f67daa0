package backup

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"io"
	"log"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	blank "github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
)

// pushed is an image with programs of a folder, in a registry of this process.
func pushed(t *testing.T, dir string, names ...string) (reference string) {
	t.Helper()
	server := httptest.NewServer(registry.New(registry.Logger(log.New(io.Discard, "", 0))))
	t.Cleanup(server.Close)
	var layer bytes.Buffer
	w := tar.NewWriter(&layer)
	for _, n := range names {
		text, err := os.ReadFile(filepath.Join(dir, n))
		if err != nil {
			t.Fatal(err)
		}
		if err := w.WriteHeader(&tar.Header{Name: "usr/local/bin/" + n, Mode: 0o755, Size: int64(len(text)), Typeflag: tar.TypeReg}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(text); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	l, err := tarball.LayerFromOpener(func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(layer.Bytes())), nil },
		tarball.WithCompressionLevel(gzip.BestSpeed))
	if err != nil {
		t.Fatal(err)
	}
	img, err := mutate.AppendLayers(blank.Image, l)
	if err != nil {
		t.Fatal(err)
	}
	reference = strings.TrimPrefix(server.URL, "http://") + "/etcd:test"
	ref, err := name.ParseReference(reference)
	if err != nil {
		t.Fatal(err)
	}
	if err := remote.Write(ref, img); err != nil {
		t.Fatal(err)
	}
	return reference
}

// TestImage: the etcd of the proof comes out of an image, whose digest stands in the proof; nothing of it is left.
func TestImage(t *testing.T) {
	for _, version := range etcds() {
		t.Run(version, func(t *testing.T) {
			m := form(t, version, 1)
			if err := m.fill(t, 50, 1000); err != nil {
				t.Fatal(err)
			}
			args := m.args(t, filepath.Join(t.TempDir(), "b"), "m1")
			for i, a := range args {
				if a == "--etcd-binary" {
					args[i], args[i+1] = "--etcd-image", pushed(t, m.programs, "etcd", "etcdutl")
				}
			}
			run(t, append(args, "--dry-run", "--offline")...).want(t, 2, "--offline forbids pulling images")
			type answer struct {
				Where string
				Proof struct {
					Result   string
					Programs struct{ Version, Image string }
				}
			}
			a := decode[answer](t, answered(t, args).want(t, 0).stdout)
			if p := a.Proof.Programs; a.Proof.Result != "pass" || p.Version != version || !strings.Contains(p.Image, "/etcd:test@sha256:") {
				t.Errorf("%+v", a.Proof)
			}
			world := t.TempDir()
			runIn(t, world, "backup", "verify", a.Where, "--identity", m.key, "--etcd-image", pushed(t, m.programs, "etcd", "etcdutl")).want(t, 0, "PROVEN")
			runIn(t, world, "backup", "verify", a.Where, "--identity", m.key, "--etcd-image", pushed(t, m.programs, "etcdutl")).want(t, 1, "taking etcd out of", "no such file is in it")
			left, err := filepath.Glob(filepath.Join(world, "fixline-etcd-*"))
			if err != nil || len(left) > 0 {
				t.Errorf("left: %v %v", left, err)
			}
			nothingLeft(t)
		})
	}
}
