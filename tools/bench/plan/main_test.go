package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestWrite(t *testing.T) {
	var out strings.Builder
	write(&out, 7)
	if rows, want := strings.Count(out.String(), "{component:"), controlPlanes*6+7*2; rows != want {
		t.Errorf("%d rows, want %d", rows, want)
	}
	if want := "  - {component: kubelet, version: v1.34.4, node: w7, os: linux, pool: p1, zone: z0}\n"; !strings.Contains(out.String(), want) {
		t.Errorf("no %q", want)
	}
}

// The stand-ins are shell scripts: what is tested here is the measuring.
func TestBench(t *testing.T) {
	for name, tt := range map[string]struct{ script, want, wantErr string }{
		"an incomplete answer is one": {script: "echo '{}'; exit 4", want: "2x the workers took "},
		"a failure is a failure":      {script: "echo 'error: no such file' >&2; exit 1", wantErr: "error: no such file"},
		"silence is a failure":        {script: "exit 0", wantErr: "it printed nothing"},
	} {
		t.Run(name, func(t *testing.T) {
			program := filepath.Join(t.TempDir(), "fixline")
			if err := os.WriteFile(program, []byte("#!/bin/sh\n"+tt.script+"\n"), 0o755); err != nil {
				t.Fatal(err)
			}
			var out strings.Builder
			err := bench(&out, program, "1.37.1", "2026-11-20", 2, "10,20")
			if tt.wantErr != "" {
				if err == nil || !strings.Contains(err.Error(), tt.wantErr) {
					t.Errorf("bench = %v; want an error with %q", err, tt.wantErr)
				}
				return
			}
			if err != nil || !strings.Contains(out.String(), tt.want) {
				t.Errorf("bench = %v; want %q in\n%s", err, tt.want, &out)
			}
		})
	}
}
