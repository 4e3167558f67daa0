package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fixline-dev/fixline/lab/program"
)

func TestWrongTargets(t *testing.T) {
	t.Setenv(program.CacheVar, t.TempDir())
	for _, tt := range []struct{ args, want string }{
		{"seed healthy", "name a lab with --name, or a kubeconfig with --kubeconfig"},
		{"seed healthy --name a --kubeconfig b", "none of the others can be"},
		{"seed nothing --kubeconfig b", `no scenario "nothing"; there are: blocking-pdb`},
		{"seed healthy --name nowhere", `there is no lab "nowhere"`},
		{"record --name nowhere", "accepts 1 arg(s)"},
		{"record out --kubeconfig /no/such/file", `reading kubeconfig "/no/such/file"`},
	} {
		if out, _, err := lab(t, strings.Fields(tt.args)...); err == nil || !strings.Contains(err.Error(), tt.want) || out != "" {
			t.Errorf("lab %s = %q, %v; want an error with %q", tt.args, out, err, tt.want)
		}
	}
}

func TestSeedList(t *testing.T) {
	out, _, err := lab(t, "seed", "--list")
	if err != nil || !strings.Contains(out, "half-way-worker-missed        api, --other  the last worker") {
		t.Errorf("%s, %v", out, err)
	}
}

// A script reaches the host as one argument, with nothing on standard input that its commands could swallow.
func TestShell(t *testing.T) {
	dir := t.TempDir()
	fake := "#!/bin/sh\n[ \"$1 $2 $3 $4\" = '-F config cp1 --' ] || exit 9\nexec sh -c \"$5\"\n"
	if err := os.WriteFile(filepath.Join(dir, "ssh"), []byte(fake), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir+":"+os.Getenv("PATH"))
	out, err := shell{"config"}.Run(t.Context(), "cp1", "cat\necho 'it'\"'s\" \"$((1+1))\"\n")
	if err != nil || string(out) != "it's 2\n" {
		t.Errorf("%q, %v", out, err)
	}
	if _, err := (shell{"config"}).Run(t.Context(), "cp1", "echo the reason >&2; exit 3"); err == nil || !strings.Contains(err.Error(), "on cp1: exit status 3: the reason") {
		t.Errorf("%v", err)
	}
}
