package process

import (
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestStart(t *testing.T) {
	dir := t.TempDir()
	p, err := Start("/bin/sh", []string{"-c", "echo one; echo two >&2; echo $HTTP_PROXY$A; exit 3"}, []string{"A=b"}, dir, filepath.Join(dir, "log"))
	if err != nil {
		t.Fatal(err)
	}
	if s := p.State(); s != "exit status 3" {
		t.Errorf("state %q", s)
	}
	if got := p.Log(); got != "one\ntwo\nb\n" {
		t.Errorf("log %q", got)
	}
	if got := p.Tail(2); got != "two\nb" {
		t.Errorf("tail %q", got)
	}
	if _, err := Start(filepath.Join(dir, "none"), nil, nil, dir, filepath.Join(dir, "log")); err == nil || !strings.HasPrefix(err.Error(), "starting none: ") {
		t.Errorf("a program that is not there: %v", err)
	}
}

// TestStop: a program that does not end when asked is ended with its children.
func TestStop(t *testing.T) {
	dir := t.TempDir()
	p, err := Start("/bin/sh", []string{"-c", "trap '' TERM; echo up; while :; do /bin/sleep 600; done"}, nil, dir, filepath.Join(dir, "log"))
	if err != nil {
		t.Fatal(err)
	}
	for !strings.Contains(p.Log(), "up") {
		time.Sleep(time.Millisecond)
	}
	p.Stop(10 * time.Millisecond)
	if s := p.State(); s != "signal: killed" {
		t.Errorf("state %q", s)
	}
}
