package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The stand-ins are shell scripts: what is tested here is the measuring.
func TestMeasure(t *testing.T) {
	dir := t.TempDir()
	script := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte("#!/bin/sh\n"+text+"\n"), 0o755); err != nil {
			t.Fatal(err)
		}
		return path
	}
	var out strings.Builder
	b := bench{w: &out, dir: dir, kubeconfig: "k", options: options{rounds: 2,
		fixline: script("fixline", `[ ! -e "$5" ] || exit 1; echo written > "$5"; echo written; exit 4`),
		client:  script("client", "sleep 0.02; echo 7 objects")}}
	var err error
	if b.small, err = b.measure(t.Context(), 1, b.collects()); err != nil {
		t.Fatal(err)
	}
	large, err := b.measure(t.Context(), 2, append(b.collects(), b.passes()...))
	if err != nil {
		t.Fatal(err)
	}
	if err := b.report(large); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"7 objects", "JSON met, protobuf met", "under 150 MB: met", "the memory): met"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in\n%s", want, &out)
		}
	}
	b.fixline = script("broken", "echo 'error: no server' >&2; exit 1")
	if _, err := b.measure(t.Context(), 1, b.collects()); err == nil || !strings.Contains(err.Error(), "no server") {
		t.Errorf("a failure is %v", err)
	}
}
