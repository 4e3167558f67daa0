package live

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fixline-dev/fixline/lab/controlplane"
)

// program is fixline as users have it: a process of its own.
type program string

func build(t *testing.T) program {
	t.Helper()
	p := filepath.Join(t.TempDir(), "fixline")
	cmd := exec.CommandContext(t.Context(), "go", "build", "-o", p, "./cmd/fixline")
	cmd.Dir = filepath.Join("..", "..") // in the product's own module
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("building fixline: %v\n%s", err, out)
	}
	return program(p)
}

// said is what one run printed and ended with.
type said struct {
	stdout, stderr []byte
	code           int
	// world is what the run may have left: its working, home and temporary folder.
	world string
}

// run runs the program in a world of its own: no configuration, no imported data, no FIXLINE_ twin of a flag.
func (p program) run(t *testing.T, args ...string) said {
	t.Helper()
	world := t.TempDir()
	for _, dir := range []string{"work", "home", "tmp"} {
		if err := os.Mkdir(filepath.Join(world, dir), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	var out, errs bytes.Buffer
	cmd := exec.CommandContext(t.Context(), string(p), args...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = filepath.Join(world, "work"), &out, &errs
	cmd.Env = []string{"HOME=" + filepath.Join(world, "home"), "TMPDIR=" + filepath.Join(world, "tmp")}
	err := cmd.Run()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return said{out.Bytes(), errs.Bytes(), cmd.ProcessState.ExitCode(), world}
}

// collect writes a bundle and wants one of the exit codes: 0, or 4 where something required is missing.
func (p program) collect(t *testing.T, kubeconfig, out string, flags ...string) said {
	t.Helper()
	args := append([]string{"collect", "-O", out, "--kubeconfig", kubeconfig}, flags...)
	got := p.run(t, args...)
	if got.code != 0 && got.code != 4 {
		t.Fatalf("fixline %s: exit code %d\n%s%s", strings.Join(args, " "), got.code, got.stdout, got.stderr)
	}
	return got
}

// kubeconfig writes one for an identity.
func (s server) kubeconfig(t *testing.T, who controlplane.Credentials) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "kubeconfig")
	if err := s.Kubeconfig(path, who); err != nil {
		t.Fatal(err)
	}
	return path
}

// eachFile reads everything below a folder, or one file; the name is the path below it.
func eachFile(t *testing.T, root string, each func(name string, data []byte)) {
	t.Helper()
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		name, err := filepath.Rel(filepath.Dir(root), path)
		each(name, data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
