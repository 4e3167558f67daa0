package program

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/semver"
)

// build makes programs of one module and version with one go command: in the folder tmp, into out.
func build(ctx context.Context, proj project, group []Program, tmp, out string) error {
	module, version := proj.module(group[0].Name), group[0].Version
	src, err := download(ctx, module, version)
	if err != nil {
		return err
	}
	if err := writeModule(tmp, src, module, version); err != nil {
		return err
	}
	if len(group) == 1 {
		out = filepath.Join(out, group[0].Name) // the go command would call etcd's server "server"
	}
	args := []string{"build", "-mod=mod", "-trimpath", "-buildvcs=false", "-ldflags", ldflags(proj, version), "-o", out}
	for _, p := range group {
		args = append(args, proj.pkg(p.Name))
	}
	_, err = run(ctx, tmp, "go", args...)
	return err
}

// download fetches the module, checked against the checksum database, and returns its folder in the module cache.
func download(ctx context.Context, module, version string) (dir string, err error) {
	out, err := run(ctx, os.TempDir(), "go", "mod", "download", "-json", module+"@v"+version)
	var answer struct{ Dir, Error string }
	if jsonErr := json.Unmarshal(out, &answer); jsonErr == nil && answer.Error != "" {
		return "", unavailable(module, version, strings.TrimSpace(answer.Error))
	}
	if err != nil {
		return "", err
	}
	if answer.Dir == "" {
		return "", fmt.Errorf("go mod download named no folder for %s@v%s", module, version)
	}
	return answer.Dir, nil
}

// unavailable tells a version that was never published, which another one replaces, from a network that does not answer.
// The go command says it only in words.
func unavailable(module, version, said string) error {
	for _, sign := range []string{"not found", "404", "410", "unknown revision", "no matching versions", "is not available"} {
		if strings.Contains(strings.ToLower(said), sign) {
			return fmt.Errorf("module %s has no version %q (%s): choose another patch release, some were never published as a module", module, version, said)
		}
	}
	return fmt.Errorf("downloading module %s %s: %s", module, version, said)
}

// writeModule makes a module in dir from which the one in src can be built. It asks for what src asks for, by the same
// checksums, with one difference: src/go.mod points at folders of its own repository, which a published module does not
// hold (./staging/src/k8s.io/api). Each of these is published as a module of the same release, so that is taken.
func writeModule(dir, src, module, version string) error {
	const name = "go.mod"
	data, err := os.ReadFile(filepath.Join(src, name))
	if err != nil {
		return err
	}
	mod, err := modfile.Parse(filepath.Join(src, name), data, nil)
	if err != nil {
		return err
	}
	for _, r := range mod.Replace {
		if r.New.Version != "" {
			continue
		}
		if v := stagingVersion(module, version); v != "" {
			err = mod.AddReplace(r.Old.Path, r.Old.Version, r.Old.Path, v) // replaces the one that is there
		} else {
			err = mod.DropReplace(r.Old.Path, r.Old.Version)
		}
		if err != nil {
			return err
		}
	}
	if err := mod.AddModuleStmt("lab.invalid/build"); err != nil {
		return err
	}
	mod.DropToolchainStmt() // the go line says what is needed; which toolchain serves it is the user's choice
	if err := mod.AddRequire(module, "v"+version); err != nil {
		return err
	}
	mod.Cleanup()
	if data, err = mod.Format(); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, name), data, 0o644); err != nil {
		return err
	}
	sums, err := os.ReadFile(filepath.Join(src, "go.sum"))
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "go.sum"), sums, 0o644)
}

// stagingVersion is the version under which Kubernetes 1.x.y publishes its staging modules, v0.x.y, and empty for other
// modules: their go.mod already requires published versions. Source: https://github.com/kubernetes/kubernetes/tree/master/staging
func stagingVersion(module, version string) string {
	if module != "k8s.io/kubernetes" {
		return ""
	}
	return "v0." + strings.TrimPrefix(version, "1.")
}

// ldflags stamps the version as Kubernetes' own build does (hack/lib/version.sh); etcd and CoreDNS have it in their source.
func ldflags(proj project, version string) string {
	flags := []string{"-s", "-w"}
	if proj.name == "kubernetes" {
		major, minor, _ := strings.Cut(strings.TrimPrefix(semver.MajorMinor("v"+version), "v"), ".")
		for _, kv := range []string{"gitVersion=v" + version, "gitMajor=" + major, "gitMinor=" + minor, "gitTreeState=clean"} {
			flags = append(flags, "-X", "k8s.io/component-base/version."+kv)
		}
	}
	return strings.Join(flags, " ")
}

// reports asks the program for its version.
func reports(ctx context.Context, path string, p Program) error {
	args := []string{"--version"}
	switch p.Name {
	case "kubeadm", "etcdctl", "etcdutl":
		args = []string{"version"}
	case "kubectl":
		args = []string{"version", "--client"}
	}
	out, err := run(ctx, os.TempDir(), path, args...)
	if err != nil {
		return fmt.Errorf("asking the built program for its version: %w", err)
	}
	if !says(string(out), p.Version) {
		return fmt.Errorf("the built program is not %s, it says: %s", p.Version, strings.TrimSpace(string(out)))
	}
	return nil
}

// says finds the version as a whole word: 1.37.1 is not in "1.37.10".
func says(text, version string) bool {
	for _, word := range strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(" \t\n\",:{}", r) }) {
		word = strings.TrimPrefix(word, "CoreDNS-") // "CoreDNS-1.14.6"
		if strings.TrimPrefix(word, "v") == version {
			return true
		}
	}
	return false
}

// run runs a command and returns its standard output; an error holds the end of what it wrote to standard error.
func run(ctx context.Context, dir, name string, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOWORK=off", "GO111MODULE=on", "CGO_ENABLED=0", "GOOS="+runtime.GOOS, "GOARCH="+runtime.GOARCH)
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) } // go removes its work folder
	cmd.WaitDelay = 10 * time.Second
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	if err == nil {
		return stdout.Bytes(), nil
	}
	if ctx.Err() != nil {
		return stdout.Bytes(), context.Cause(ctx)
	}
	if errors.Is(err, exec.ErrNotFound) {
		return nil, fmt.Errorf("%w: install Go from https://go.dev/dl/", err)
	}
	return stdout.Bytes(), fmt.Errorf("%s %s: %w\n%s", filepath.Base(name), strings.Join(args[:min(2, len(args))], " "), err, tail(stderr.String(), 15))
}

// tail is the last n lines.
func tail(text string, n int) string {
	lines := strings.Split(strings.TrimRight(text, "\n"), "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "\n")
}
