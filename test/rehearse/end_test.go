package rehearse

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"io"
	"log"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/tarball"

	"github.com/fixline-dev/fixline/internal/cli/exit"
	"github.com/fixline-dev/fixline/internal/record"
)

// pushed is a real kube-apiserver as an image of a registry in this process.
func pushed(t *testing.T, version string) (reference string) {
	t.Helper()
	server := httptest.NewServer(registry.New(registry.Logger(log.New(io.Discard, "", 0))))
	t.Cleanup(server.Close)
	text, err := os.ReadFile(binary(t, "kube-apiserver", version))
	if err != nil {
		t.Fatal(err)
	}
	var layer bytes.Buffer
	w := tar.NewWriter(&layer)
	if err := w.WriteHeader(&tar.Header{Name: "usr/local/bin/kube-apiserver", Mode: 0o755, Size: int64(len(text)), Typeflag: tar.TypeReg}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(text); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	l, err := tarball.LayerFromOpener(func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(layer.Bytes())), nil },
		tarball.WithCompressionLevel(gzip.BestSpeed))
	if err != nil {
		t.Fatal(err)
	}
	img, err := mutate.AppendLayers(empty.Image, l)
	if err != nil {
		t.Fatal(err)
	}
	reference = strings.TrimPrefix(server.URL, "http://") + "/kube-apiserver:v" + version
	ref, err := name.ParseReference(reference)
	if err != nil {
		t.Fatal(err)
	}
	if err := remote.Write(ref, img); err != nil {
		t.Fatal(err)
	}
	return reference
}

// TestRemovedFlag: a flag the target does not know fails in its own words, with the program out of an image, and stands in
// the record.
func TestRemovedFlag(t *testing.T) {
	_, to := versions(t)
	b := cluster(t)
	b.edit(t, "- --secure-port=6443", "- --insecure-port=0") // it was removed in 1.24
	change := filepath.Join(t.TempDir(), "change")
	if err := os.CopyFS(change, os.DirFS(filepath.Join("..", "..", "internal", "record", "testdata", "change"))); err != nil {
		t.Fatal(err)
	}
	ref := pushed(t, to)
	s := agree(t, b.args(t, "--image", ref, "--record", change, "--name", "prod")...)
	r := s.rehearsal(t)
	want := "blocker KubeAPIServer/" + to + ": it does not take the cluster's flags: unknown flag: --insecure-port"
	if got := found(r, ""); s.code != exit.Findings || len(got) != 1 || got[0] != want {
		t.Errorf("code %d, %q, want %q\n%s", s.code, got, want, s.errs)
	}
	if h := r.Hops[0]; h.Image == nil || *h.Image != ref || h.Digest == nil || !strings.HasPrefix(*h.Digest, "sha256:") || h.Version != to {
		t.Errorf("%+v", h.Program)
	}
	kept, err := filepath.Glob(filepath.Join(change, record.EvidenceDir, "rehearsal-"+to+"-*.json"))
	if err != nil || len(kept) != 1 {
		t.Fatalf("evidence %v, %v", kept, err)
	}
	if text, err := os.ReadFile(kept[0]); err != nil || string(text) != s.out {
		t.Errorf("the record holds another text than was printed: %v", err)
	}
	journal, err := os.ReadFile(filepath.Join(change, record.JournalFile))
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(journal)), "\n")
	var last struct {
		Kind string
		Data struct{ Target, Result, Why string }
	}
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), &last); err != nil || last.Kind != "rehearsal" || last.Data.Target != to || last.Data.Result != "fail" || last.Data.Why == "" {
		t.Errorf("%v: %s", err, lines[len(lines)-1])
	}
}

// TestKilled: a run that is killed leaves no process, and the next one removes what it left.
func TestKilled(t *testing.T) {
	_, to := versions(t)
	b := cluster(t)
	scratch := t.TempDir()
	args := b.args(t, "--binary", binary(t, "kube-apiserver", to), "--scratch", scratch)
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	agreed := append(args, "--yes", hashOf(t, args...))
	cmd := exec.CommandContext(t.Context(), self)
	cmd.Env = append(os.Environ(), asChild+"="+strings.Join(agreed, "\n"))
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	within, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	until := func(what string, ok func() bool) {
		t.Helper()
		for !ok() {
			if within.Err() != nil {
				t.Fatalf("%s: not within a minute", what)
			}
			time.Sleep(10 * time.Millisecond)
		}
	}
	until("two programs run", func() bool { return len(children(scratch)) >= 2 })
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // it was killed
	until("no program runs", func() bool { return len(children(scratch)) == 0 })
	left := leftovers(t, scratch)
	if len(left) != 1 {
		t.Fatalf("left %v: the test looks for what is swept", left)
	}
	b.edit(t, "- --secure-port=6443", "- --insecure-port=0")
	s := agree(t, args...)
	if !strings.Contains(s.errs, "removed "+left[0]) || len(leftovers(t, scratch)) > 0 {
		t.Errorf("left %v\n%s", leftovers(t, scratch), s.errs)
	}
}

// TestRefused: what would be no rehearsal is said, and nothing is started.
func TestRefused(t *testing.T) {
	from, to := versions(t)
	b := cluster(t)
	server := binary(t, "kube-apiserver", to)
	for _, tc := range []struct {
		name   string
		change func(*backup)
		more   []string
		want   string
		code   exit.Code
	}{
		{"no hash of the snapshot", func(b *backup) {
			text, err := os.ReadFile(b.snapshot)
			if err != nil {
				t.Fatal(err)
			}
			write(t, b.snapshot, string(text[:len(text)-32]))
		}, nil, "it has no hash, so it is a copied database", exit.Usage},
		{"a snapshot that was altered", func(b *backup) {
			text, err := os.ReadFile(b.snapshot)
			if err != nil {
				t.Fatal(err)
			}
			text[len(text)-40] ^= 1 // in the free end of the last page, where only the hash sees it
			write(t, b.snapshot, string(text))
		}, nil, "its hash does not match", exit.Usage},
		{"no snapshot at all", func(b *backup) { write(t, b.snapshot, "x") }, nil, "it has no hash", exit.Usage},
		{"a key that is missing", func(b *backup) { os.Remove(filepath.Join(b.kubernetes, "pki", "sa.key")) }, nil,
			"taking over /etc/kubernetes/pki/sa.key, which --service-account-signing-key-file names", exit.Usage},
		{"a KMS plugin", func(b *backup) {
			write(t, filepath.Join(b.kubernetes, "encryption.yaml"), "{kind: EncryptionConfiguration, resources: [{resources: [secrets], providers: [{kms: {name: x}}]}]}")
		}, nil, "KMS plugin", exit.Usage},
		{"no etcd", func(*backup) {}, []string{"--etcd-binary", server}, "starting etcd on the restored data, which 3.6 or newer can read", exit.Failed},
		{"no kube-apiserver", func(*backup) {}, []string{"--binary", binary(t, "etcd", from)}, "does not say its version", exit.Failed},
	} {
		t.Run(tc.name, func(t *testing.T) {
			b := cluster(t)
			tc.change(&b)
			scratch := t.TempDir()
			args := b.args(t, "--scratch", scratch)
			if tc.name != "no kube-apiserver" {
				args = append(args, "--binary", server)
			}
			s := agree(t, append(args, tc.more...)...)
			if s.code != tc.code || !strings.Contains(s.errs, tc.want) || s.out != "" {
				t.Errorf("code %d: %s%s; want %q", s.code, s.errs, s.out, tc.want)
			}
			if left := leftovers(t, scratch); len(left) > 0 || len(children(scratch)) > 0 {
				t.Errorf("left: %v, %v", left, children(scratch))
			}
		})
	}
	s := run(t.Context(), b.args(t, "--binary", server, "--yes", strings.Repeat("0", 64))...)
	if s.code != exit.Decide || !strings.Contains(s.errs, "answers another question") {
		t.Errorf("another hash: %d %s", s.code, s.errs)
	}
	s = run(t.Context(), b.args(t, "--binary", server)...)
	if s.code != exit.Decide || !strings.Contains(s.errs, "nobody is here to be asked") {
		t.Errorf("no hash: %d %s", s.code, s.errs)
	}
}
