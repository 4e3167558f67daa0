package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestWriteFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "inventory.yaml")
	size, err := writeFile(path, 3)
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	text := string(data)
	if clusters, rows := strings.Count(text, "kind: ClusterInventory"), strings.Count(text, "{component:"); clusters != 3 || rows != 36 || size != int64(len(data)) {
		t.Errorf("%d clusters, %d rows, size %d; want 3, 36, %d", clusters, rows, size, len(data))
	}
	if want := `  - {component: kubelet, version: "v1.33.6", node: w2, os: linux}`; !strings.Contains(text, want) {
		t.Errorf("no line %q in\n%s", want, text)
	}
}

// The stand-ins are shell scripts: what is tested here is the measuring.
func TestBench(t *testing.T) {
	for _, tt := range []struct {
		name, script, want, wantErr string
	}{
		{name: "findings are an answer", script: "echo '{}'; exit 3", want: "json: 2x the clusters took "},
		{name: "start", script: "echo '{}'", want: "--version: median "},
		{name: "a failure is a failure", script: "echo 'error: no such file' >&2; exit 1", wantErr: "error: no such file"},
		{name: "silence is a failure", script: "exit 0", wantErr: "it printed nothing"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			program := filepath.Join(t.TempDir(), "fixline")
			if err := os.WriteFile(program, []byte("#!/bin/sh\n"+tt.script+"\n"), 0o755); err != nil {
				t.Fatal(err)
			}
			var out strings.Builder
			err := bench(&out, program, "2026-11-20", 2, "10,20", "text,json")
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
