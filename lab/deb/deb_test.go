package deb

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func example(t *testing.T) (string, Package) {
	t.Helper()
	dir := t.TempDir()
	program := filepath.Join(dir, "program")
	if err := os.WriteFile(program, []byte("#!/bin/sh\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	return dir, Package{
		Name: "kubelet", Version: "1.37.1-1.1", Architecture: "amd64", Depends: "iptables (>= 1.4.21), mount", Summary: "node agent",
		Files: []File{{Path: "/usr/bin/kubelet", From: program}, {Path: "/usr/lib/systemd/system/kubelet.service", Text: "[Unit]\n"}},
	}
}

func TestWriteIsReadByDpkg(t *testing.T) {
	if _, err := exec.LookPath("dpkg-deb"); err != nil {
		t.Skip("dpkg-deb is not installed: only Debian's own tool can say that the package is one")
	}
	dir, p := example(t)
	path, err := Write(dir, p)
	if err != nil {
		t.Fatal(err)
	}
	fields, err := exec.Command("dpkg-deb", "--field", path, "Package", "Version", "Architecture", "Depends").CombinedOutput()
	want := "Package: kubelet\nVersion: 1.37.1-1.1\nArchitecture: amd64\nDepends: iptables (>= 1.4.21), mount\n"
	if err != nil || string(fields) != want {
		t.Errorf("dpkg-deb --field = %s, %v; want %s", fields, err, want)
	}
	root := filepath.Join(dir, "root")
	if out, err := exec.Command("dpkg-deb", "--extract", path, root).CombinedOutput(); err != nil {
		t.Fatalf("dpkg-deb --extract: %v: %s", err, out)
	}
	for name, want := range map[string]os.FileMode{"usr/bin/kubelet": 0o755, "usr/lib/systemd/system/kubelet.service": 0o644} {
		if info, err := os.Stat(filepath.Join(root, name)); err != nil || info.Mode() != want {
			t.Errorf("%s = %v, %v; want mode %v", name, info, err, want)
		}
	}
}

func TestIndex(t *testing.T) {
	dir, p := example(t)
	if _, err := Write(dir, p); err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 11, 20, 8, 0, 0, 0, time.UTC)
	if err := Index(dir, []Package{p}, now); err != nil {
		t.Fatal(err)
	}
	list, err := os.ReadFile(filepath.Join(dir, "Packages"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"Package: kubelet\n", "Version: 1.37.1-1.1\n", "Filename: ./kubelet_1.37.1-1.1_amd64.deb\n", "\nSHA256: ", "\nSize: "} {
		if !strings.Contains(string(list), want) {
			t.Errorf("Packages lacks %q:\n%s", want, list)
		}
	}
	release, err := os.ReadFile(filepath.Join(dir, "Release"))
	if err != nil || !strings.Contains(string(release), "Date: Fri, 20 Nov 2026 08:00:00 UTC\nSHA256:\n ") {
		t.Errorf("Release = %s, %v", release, err)
	}
}

func TestIndexOfAMissingPackage(t *testing.T) {
	_, p := example(t)
	if err := Index(t.TempDir(), []Package{p}, time.Time{}); err == nil || !strings.Contains(err.Error(), "kubelet_1.37.1-1.1_amd64.deb") {
		t.Errorf("Index = %v; want an error that names the file", err)
	}
}
