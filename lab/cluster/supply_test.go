package cluster

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/fixline-dev/fixline/lab/program"
)

// fakeRelease has small files for programs.
func fakeRelease(t *testing.T, dir, version string) release {
	t.Helper()
	r := release{version: version, programs: map[string]string{}}
	for _, name := range program.Kubernetes() {
		path := filepath.Join(dir, version, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(name+version), 0o755); err != nil {
			t.Fatal(err)
		}
		r.programs[name] = path
	}
	return r
}

func TestContentsNeverNamesAnotherVersion(t *testing.T) {
	r := fakeRelease(t, t.TempDir(), "1.37.0")
	m := maker{}
	img, err := m.contents(t.Context(), r, "registry.k8s.io/kube-scheduler:v1.37.0")
	if err != nil || len(img.Files) != 1 || img.Files[0].From != r.programs["kube-scheduler"] || img.Files[0].Path != "/usr/local/bin/kube-scheduler" {
		t.Errorf("contents = %+v, %v", img, err)
	}
	if _, err := m.contents(t.Context(), r, "registry.k8s.io/kube-scheduler:v1.37.1"); err == nil {
		t.Error("an image of 1.37.1 was made of 1.37.0's program")
	}
	if _, err := m.contents(t.Context(), r, "registry.k8s.io/konnectivity:v1"); err == nil || !strings.Contains(err.Error(), "cannot make") {
		t.Errorf("contents of an unknown image = %v", err)
	}
}

func TestWanted(t *testing.T) {
	running := release{version: "1.33.13", images: []string{"registry.k8s.io/kube-proxy:v1.33.13", "registry.k8s.io/etcd:3.5.24-0"}}
	offered := release{version: "1.34.4", images: []string{"registry.k8s.io/kube-proxy:v1.34.4", "registry.k8s.io/etcd:3.6.5-0"}}
	spec := Spec{Version: "1.33.13", Offer: []string{"1.34.4"}}
	if got := wanted(running, spec); !slices.Equal(got, append(running.images, Workload)) {
		t.Errorf("wanted where nothing is pinned = %q", got)
	}
	spec.Etcd = "3.5.31"
	if got := wanted(running, spec); !slices.Equal(got, []string{running.images[0], "registry.k8s.io/etcd:3.5.31-0", Workload}) {
		t.Errorf("wanted by the running version = %q; want the pinned etcd alone", got)
	}
	if got := wanted(offered, spec); !slices.Equal(got, []string{offered.images[0], "registry.k8s.io/etcd:3.5.31-0", "registry.k8s.io/etcd:3.6.5-0", Workload}) {
		t.Errorf("wanted by the version on offer = %q; want both etcds", got)
	}
}

func TestArchiveIsKeptUntilItsContentsChange(t *testing.T) {
	dir := t.TempDir()
	r := fakeRelease(t, dir, "1.37.0")
	m := maker{dir: filepath.Join(dir, "images")}
	archive := func() string {
		t.Helper()
		img, err := m.contents(t.Context(), r, "registry.k8s.io/kube-scheduler:v1.37.0")
		if err != nil {
			t.Fatal(err)
		}
		path, err := m.archive(img)
		if err != nil {
			t.Fatal(err)
		}
		return path
	}
	first := archive()
	if again := archive(); again != first {
		t.Errorf("the same contents are at %q and %q", first, again)
	}
	if err := os.Chtimes(r.programs["kube-scheduler"], time.Now(), time.Unix(1, 0)); err != nil {
		t.Fatal(err)
	}
	if changed := archive(); changed == first {
		t.Error("a program built anew is taken for the old one")
	}
}

func TestPublishKeepsMinorsApart(t *testing.T) {
	dir := t.TempDir()
	all := []release{fakeRelease(t, dir, "1.36.4"), fakeRelease(t, dir, "1.37.0"), fakeRelease(t, dir, "1.37.1")}
	to := filepath.Join(dir, "repository")
	for range 2 { // a second time finds everything there
		if err := publish(filepath.Join(dir, "cache"), to, all, time.Unix(0, 0)); err != nil {
			t.Fatal(err)
		}
	}
	for folder, want := range map[string][]string{"v1.36/deb": {"1.36.4-1.1"}, "v1.37/deb": {"1.37.0-1.1", "1.37.1-1.1"}} {
		index, err := os.ReadFile(filepath.Join(to, folder, "Packages"))
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Count(string(index), "Package: "); got != 3*len(want) {
			t.Errorf("%s lists %d packages, want %d", folder, got, 3*len(want))
		}
		for _, version := range want {
			if got := strings.Count(string(index), "\nVersion: "+version+"\n"); got != 3 {
				t.Errorf("%s lists version %s %d times, want 3", folder, version, got)
			}
		}
	}
}

func TestPauseAnswers(t *testing.T) {
	script := pauseScript("3.10.2")
	if !strings.HasPrefix(script, "#!/bin/busybox sh\n") || !strings.Contains(script, `[ "$1" = -v ] && { echo`) {
		t.Errorf("pause is %s", script)
	}
}

// An image of etcd holds the tools of its own version, or none.
func TestEtcdPrograms(t *testing.T) {
	for version, want := range map[string]int{"3.5.24": 1, "3.5.33": 3, "3.6.5": 3} {
		if got, err := etcdPrograms(version); err != nil || len(got) != want || got[0] != "etcd" {
			t.Errorf("an image of etcd %s holds %q, %v; want %d programs", version, got, err, want)
		}
	}
}
