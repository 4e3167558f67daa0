package program

import (
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/goproxytest"
)

// proxied serves the modules in testdata/modules, small stand-ins with the shape of the real ones, and nothing else.
// What it builds takes a second; the real programs are built by the tests of lab/controlplane.
func proxied(t *testing.T) (Store, *lines) {
	t.Helper()
	proxy, err := goproxytest.NewServer("testdata/modules", "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(proxy.Close)
	t.Setenv("GOPROXY", proxy.URL)
	t.Setenv("GOMODCACHE", t.TempDir())
	t.Setenv("GOSUMDB", "off")                       // the stand-ins are in no database
	t.Setenv("GOFLAGS", "-mod=readonly -modcacherw") // a user's -mod must not be in the way; rw lets the test clean up
	progress := &lines{}
	return Store{Dir: t.TempDir(), Progress: progress}, progress
}

// lines collects progress from builds that run side by side.
type lines struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

func TestPathBuildsOnceAndKeeps(t *testing.T) {
	store, progress := proxied(t)
	p := Program{"kube-apiserver", "1.99.1"}
	leftover := filepath.Join(store.Dir, "tmp", "out", "kube-apiserver")
	if err := os.MkdirAll(filepath.Dir(leftover), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(leftover, []byte("half a program"), 0o755); err != nil { // a build that was killed
		t.Fatal(err)
	}

	var group sync.WaitGroup
	var paths [2]string
	for i := range paths {
		group.Go(func() {
			path, err := store.Path(t.Context(), p)
			if err != nil {
				t.Error(err)
			}
			paths[i] = path
		})
	}
	group.Wait()
	if t.Failed() {
		t.FailNow()
	}
	out, err := exec.Command(paths[0], "--version").CombinedOutput()
	if err != nil || string(out) != "Kubernetes v1.99.1 major 1 minor 99 tree clean, api from v0.99.1\n" {
		t.Errorf("the built program says %q, %v", out, err)
	}
	if n := strings.Count(progress.String(), "built kube-apiserver 1.99.1 in"); n != 1 || paths[0] != paths[1] {
		t.Errorf("built %d times, paths %q; want one build and one path. Progress:\n%s", n, paths, progress)
	}
	entries, err := store.List()
	if err != nil || len(entries) != 1 || entries[0].Program != p || entries[0].Path != paths[0] || entries[0].Bytes == 0 {
		t.Errorf("List() = %+v, %v", entries, err)
	}
	if _, err := os.Stat(filepath.Join(store.Dir, "tmp")); !os.IsNotExist(err) {
		t.Errorf("the build's work folder is still there: %v", err)
	}
	if err := store.Clear(t.Context()); err != nil {
		t.Fatal(err)
	}
	if entries, err := store.List(); err != nil || len(entries) != 0 {
		t.Errorf("after Clear: List() = %+v, %v", entries, err)
	}
}

func TestPathOfEtcd(t *testing.T) {
	store, _ := proxied(t)
	version, err := store.EtcdFor(t.Context(), "1.99.1")
	if err != nil || version != "3.99.0" {
		t.Fatalf("EtcdFor = %q, %v; want 3.99.0, as kubeadm's constant says", version, err)
	}
	if _, err := store.Path(t.Context(), Program{"etcd", version}); err != nil {
		t.Error(err)
	}
	t.Setenv("GOPROXY", "off")
	t.Setenv("GOMODCACHE", t.TempDir())
	if again, err := store.EtcdFor(t.Context(), "v1.99.1"); err != nil || again != version {
		t.Errorf("EtcdFor without a network = %q, %v; want what was noted the first time", again, err)
	}
}

func TestPathsBuildsOneModuleAtOnce(t *testing.T) {
	store, progress := proxied(t)
	scheduler, server := Program{"kube-scheduler", "1.99.1"}, Program{"kube-apiserver", "1.99.1"}
	paths, err := store.Paths(t.Context(), scheduler, server, scheduler)
	if err != nil {
		t.Fatal(err)
	}
	if len(paths) != 3 || filepath.Base(paths[0]) != "kube-scheduler" || filepath.Base(paths[1]) != "kube-apiserver" || paths[2] != paths[0] {
		t.Errorf("Paths = %q; want the order asked for", paths)
	}
	if n := strings.Count(progress.String(), "building "); n != 1 {
		t.Errorf("%d builds, want one:\n%s", n, progress)
	}
}

func TestCoreDNSFor(t *testing.T) {
	store, _ := proxied(t)
	if version, err := store.CoreDNSFor(t.Context(), "1.99.1"); err != nil || version != "1.99.6" {
		t.Errorf("CoreDNSFor = %q, %v; want 1.99.6, as kubeadm's constant says", version, err)
	}
}

func TestPathErrors(t *testing.T) {
	for _, tt := range []struct {
		name string
		p    Program
		want string
	}{
		{"no such version", Program{"kube-apiserver", "1.99.7"}, `module k8s.io/kubernetes has no version "1.99.7" (`},
		{"wrong version inside", Program{"etcd", "3.99.1"}, "the built program is not 3.99.1, it says: etcd Version: 3.99.0"},
		{"does not compile", Program{"kubelet", "1.99.1"}, "undefined: missing"},
		{"unknown program", Program{"sh", "1.99.1"}, `no program named "sh"`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			store, _ := proxied(t)
			path, err := store.Path(t.Context(), tt.p)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Fatalf("Path = %q, %v; want an error with %q", path, err, tt.want)
			}
			if entries, err := store.List(); err != nil || len(entries) != 0 {
				t.Errorf("after a failed build the store holds %+v, %v", entries, err)
			}
		})
	}
}

func TestPathWithoutNetwork(t *testing.T) {
	store, _ := proxied(t)
	t.Setenv("GOPROXY", "off")
	_, err := store.Path(t.Context(), Program{"kube-apiserver", "1.99.1"})
	if err == nil || !strings.Contains(err.Error(), "downloading module k8s.io/kubernetes 1.99.1: ") || strings.Contains(err.Error(), "choose another") {
		t.Errorf("Path = %v; want no advice to take another version", err)
	}
}

func TestPathWaitsForAnotherBuild(t *testing.T) {
	store := Store{Dir: t.TempDir(), Progress: io.Discard}
	unlock, err := store.lock(t.Context(), "the test")
	if err != nil {
		t.Fatal(err)
	}
	defer unlock()
	enough := errors.New("enough")
	ctx, cancel := context.WithTimeoutCause(t.Context(), 200*time.Millisecond, enough)
	defer cancel()
	if _, err := store.Path(ctx, Program{"etcd", "3.99.0"}); !errors.Is(err, enough) {
		t.Errorf("Path while another builds = %v; want the reason the context ended", err)
	}
}

func TestOpenNamesTheFolder(t *testing.T) {
	dir := t.TempDir()
	t.Setenv(CacheVar, dir)
	if store, err := Open(nil); err != nil || store.Dir != dir {
		t.Errorf("Open with %s = %+v, %v", CacheVar, store, err)
	}
	t.Setenv(CacheVar, "")
	t.Setenv("XDG_CACHE_HOME", dir)
	t.Setenv("HOME", dir)
	store, err := Open(nil)
	if err != nil || !strings.HasPrefix(store.Dir, dir) || !strings.HasSuffix(store.Dir, filepath.Join("fixline", "lab")) {
		t.Errorf("Open = %+v, %v; want fixline/lab in the user's cache folder", store, err)
	}
}
