package main

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/fixline-dev/fixline/lab/program"
)

// lab runs one command line and returns what it printed.
func lab(t *testing.T, args ...string) (stdout, stderr string, err error) {
	t.Helper()
	var out, errs bytes.Buffer
	cmd := newCommand()
	cmd.SetArgs(args)
	cmd.SetOut(&out)
	cmd.SetErr(&errs)
	err = cmd.ExecuteContext(t.Context())
	return out.String(), errs.String(), err
}

func TestCache(t *testing.T) {
	dir := t.TempDir()
	t.Setenv(program.CacheVar, dir)
	t.Setenv("PATH", t.TempDir()) // no engine, whose images --clear would remove
	if out, _, err := lab(t, "cache"); err != nil || out != "# "+dir+": 0 programs\n" {
		t.Errorf("lab cache = %q, %v", out, err)
	}
	path := filepath.Join(dir, "bin", runtime.GOOS+"-"+runtime.GOARCH, "kubernetes-1.37.1", "kubectl")
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, bytes.Repeat([]byte{0}, 2_000_000), 0o755); err != nil {
		t.Fatal(err)
	}
	if out, _, err := lab(t, "cache"); err != nil || !strings.Contains(out, "kubectl  1.37.1  2 MB\n") {
		t.Errorf("lab cache = %q, %v", out, err)
	}
	if out, _, err := lab(t, "build", "--version", "v1.37.1", "kubectl"); err != nil || out != path+"\n" {
		t.Errorf("lab build of what is there = %q, %v", out, err)
	}
	if out, _, err := lab(t, "cache", "--clear"); err != nil || !strings.Contains(out, ": 0 programs") {
		t.Errorf("lab cache --clear = %q, %v", out, err)
	}
}

func TestWrongUse(t *testing.T) {
	t.Setenv(program.CacheVar, t.TempDir())
	for _, tt := range []struct{ args, want string }{
		{"build kubectl", `required flag(s) "version" not set`},
		{"build --version 1.37 kubectl", `"1.37" is not an exact version`},
		{"build --version 1.37.1 telnet", `no program named "telnet"`},
		{"up", `required flag(s) "version" not set`},
		{"up --version 1.37.0 --control-planes 2", "choose 1 or 3"},
		{"up --version 1.37.0 --name A", `"A" is no name of a lab`},
		{"down --name a --all", "none of the others can be"},
		{"ssh", "requires at least 1 arg"},
		{"ssh cp1 --name none", `there is no lab "none": "lab list" shows`},
		{"kubeconfig --name none", `there is no lab "none"`},
		{"controlplane", `required flag(s) "version" not set`},
		{"controlplane --version 1.37.x", `"1.37.x" is not an exact version`},
	} {
		if out, _, err := lab(t, strings.Fields(tt.args)...); err == nil || !strings.Contains(err.Error(), tt.want) || out != "" {
			t.Errorf("lab %s = %q, %v; want an error with %q", tt.args, out, err, tt.want)
		}
	}
}

func TestControlPlaneUntilInterrupted(t *testing.T) {
	version, _, _ := strings.Cut(cmp.Or(os.Getenv("FIXLINE_TEST_VERSIONS"), "1.37.1"), ",")
	ctx, interrupt := context.WithCancel(t.Context())
	defer interrupt()
	read, write := io.Pipe()
	var errs bytes.Buffer
	cmd := newCommand()
	cmd.SetArgs([]string{"controlplane", "--version", version})
	cmd.SetOut(write)
	cmd.SetErr(&errs)
	done := make(chan error, 1)
	go func() {
		err := cmd.ExecuteContext(ctx)
		write.CloseWithError(io.EOF)
		done <- err
	}()
	line, err := bufio.NewReader(read).ReadString('\n')
	if err != nil {
		t.Fatalf("%v; it said: %s", err, &errs)
	}
	kubeconfig := strings.TrimSpace(line)
	if data, err := os.ReadFile(kubeconfig); err != nil || !bytes.Contains(data, []byte(`"current-context": "lab-`+version+`"`)) {
		t.Errorf("the kubeconfig holds %s, %v", data, err)
	}
	interrupt()
	if err := <-done; err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(filepath.Dir(kubeconfig)); !os.IsNotExist(err) {
		t.Errorf("after the interrupt its folder is there: %v", err)
	}
	if want := "Kubernetes " + version + " with etcd 3."; !strings.Contains(errs.String(), want) {
		t.Errorf("it said %q; want %q", &errs, want)
	}
}

func TestWithoutAnEngine(t *testing.T) {
	t.Setenv(program.CacheVar, t.TempDir())
	t.Setenv("PATH", t.TempDir())
	for _, args := range []string{"up --version 1.37.0", "down", "list"} {
		if out, _, err := lab(t, strings.Fields(args)...); err == nil || !strings.Contains(err.Error(), "no container engine answers") || !strings.Contains(err.Error(), "lab deps") || out != "" {
			t.Errorf("lab %s = %q, %v; want what to do", args, out, err)
		}
	}
}

func TestHelpHasExamples(t *testing.T) {
	for _, cmd := range newCommand().Commands() {
		if cmd.Example == "" && cmd.Name() != "help" {
			t.Errorf("lab %s has no example", cmd.Name())
		}
	}
}
