package main

import (
	"strings"
	"testing"

	"github.com/fixline-dev/fixline/lab/cluster"
	"github.com/fixline-dev/fixline/lab/program"
)

func TestOrigin(t *testing.T) {
	spec := cluster.Spec{Name: "big", Version: "1.33.13", ControlPlanes: 3, Workers: 1, Offer: []string{"1.34.2", "1.34.4"},
		Etcd: "3.5.31", Binaries: "https://me:secret@mirror.example/release"}
	if got, want := about(spec), "3 control planes, 1 worker, made at 1.33.13, with 1.34.2, 1.34.4 on offer, etcd pinned at 3.5.31, official binaries"; got != want {
		t.Errorf("about = %q, want %q", got, want)
	}
	got := upCommand(spec)
	if want := "lab up --version 1.33.13 --control-planes 3 --workers 1 --name big --offer 1.34.2,1.34.4 --etcd 3.5.31 --binaries https://me:xxxxx@mirror.example/release"; got != want {
		t.Errorf("upCommand = %q, want %q", got, want)
	}
	// What the recording says can be run: every flag is one of lab up's.
	args := strings.Fields(got)
	cmd, flags, err := newCommand().Find(args[1:])
	if err != nil || cmd.Name() != "up" {
		t.Fatalf("%v, %v", cmd, err)
	}
	if err := cmd.ParseFlags(flags); err != nil {
		t.Error(err)
	}
}

func TestRecordWrongUse(t *testing.T) {
	t.Setenv(program.CacheVar, t.TempDir())
	for _, tt := range []struct{ args, want string }{
		{"record", "accepts 1 arg"},
		{"record out", "which cluster?"},
		{"record out --kubeconfig none --scenario blocking", `blocking-pdb`},
		{"record out --kubeconfig none --scenario half-way-worker-missed", "write NAME=VERSION where it was seeded with --other VERSION"},
		{"record out --kubeconfig none --scenario blocking-pdb=1.36.4", "write NAME=VERSION"},
		{"record out --kubeconfig none --scenario half-way-worker-missed=1.36.4", `reading kubeconfig "none"`},
		{"reduce in", "accepts 2 arg"},
	} {
		if out, _, err := lab(t, strings.Fields(tt.args)...); err == nil || !strings.Contains(err.Error(), tt.want) || out != "" {
			t.Errorf("lab %s = %q, %v; want an error with %q", tt.args, out, err, tt.want)
		}
	}
}
