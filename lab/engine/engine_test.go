package engine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// fakeDocker puts a docker on an otherwise empty PATH.
func fakeDocker(t *testing.T, script string) {
	t.Helper()
	dir := t.TempDir()
	t.Setenv("PATH", dir)
	if script == "" {
		return
	}
	if err := os.WriteFile(filepath.Join(dir, "docker"), []byte("#!/bin/sh\n"+script), 0o755); err != nil {
		t.Fatal(err)
	}
}

func TestFind(t *testing.T) {
	for _, tt := range []struct{ name, script, want, wantErr string }{
		{name: "running", script: "echo 20.10.24", want: "20.10.24"},
		{name: "no program", wantErr: "no container engine answers"},
		{name: "no server", script: "echo Cannot connect >&2; exit 1", wantErr: "Cannot connect"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			fakeDocker(t, tt.script)
			got, err := Find(t.Context())
			if tt.wantErr != "" {
				if !errors.Is(err, ErrNone) || !strings.Contains(err.Error(), tt.wantErr) || !strings.Contains(err.Error(), "lab deps") {
					t.Errorf("Find = %v; want ErrNone with %q and what to do", err, tt.wantErr)
				}
				return
			}
			if err != nil || got.Version != tt.want {
				t.Errorf("Find = %+v, %v; want version %q", got, err, tt.want)
			}
		})
	}
}

// An engine that answers others is not installed again.
func TestFindIsDenied(t *testing.T) {
	fakeDocker(t, "echo permission denied while trying to connect >&2; exit 1")
	_, err := Find(t.Context())
	if !errors.Is(err, ErrNone) || !strings.Contains(err.Error(), "group docker") || strings.Contains(err.Error(), "lab deps") {
		t.Errorf("Find = %v; want ErrNone, and how to get access", err)
	}
}

func TestInstallSaysWhatToDo(t *testing.T) {
	for _, tt := range []struct {
		name string
		m    Machine
		want string
	}{
		{"not Debian", Machine{OSRelease: "ID=fedora\n", Root: true}, "this machine is not Debian: install Docker and debootstrap"},
		{"not root", Machine{OSRelease: "ID=ubuntu\nID_LIKE=debian\n"}, `run "sudo lab deps"`},
		{"no os-release", Machine{Root: true}, "this machine is not Debian"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			fakeDocker(t, "")
			if _, err := Install(t.Context(), tt.m, t.TempDir(), io.Discard); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("Install = %v; want %q", err, tt.want)
			}
		})
	}
}

func TestInstallTakesTheRunningEngine(t *testing.T) {
	fakeDocker(t, "echo 28.0.1")
	if err := os.WriteFile(filepath.Join(os.Getenv("PATH"), "debootstrap"), []byte("#!/bin/sh\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	if e, err := Install(t.Context(), Machine{}, t.TempDir(), io.Discard); err != nil || e.Version != "28.0.1" {
		t.Errorf("Install = %+v, %v", e, err)
	}
}

func TestContainers(t *testing.T) {
	fakeDocker(t, `case "$*" in *label=dev.fixline.lab=a*) printf 'b\ta\trunning\na\ta\texited\n';; esac`)
	e, err := Find(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	got, err := e.Containers(t.Context(), "a")
	if want := []Object{{"a", "a", "exited"}, {"b", "a", "running"}}; err != nil || !slices.Equal(got, want) {
		t.Errorf("Containers = %v, %v; want %v", got, err, want)
	}
}

func TestOutputEndsWithItsContext(t *testing.T) {
	fakeDocker(t, `[ "$1" = version ] && echo 1 && exit; while :; do :; done`)
	e, err := Find(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := e.Output(ctx, "ps"); !errors.Is(err, context.Canceled) {
		t.Errorf("Output = %v; want the context's reason", err)
	}
}

func TestStopOnlyItsOwn(t *testing.T) {
	dir := t.TempDir()
	if stopped, err := Stop(t.Context(), dir); stopped || err != nil {
		t.Errorf("Stop with nothing started = %t, %v", stopped, err)
	}
	note := filepath.Join(dir, daemonPID)
	if err := os.WriteFile(note, []byte("1\n"), 0o644); err != nil { // process 1 is not dockerd
		t.Fatal(err)
	}
	if stopped, err := Stop(t.Context(), dir); stopped || err != nil {
		t.Errorf("Stop with another's process = %t, %v", stopped, err)
	}
	if _, err := os.Stat(note); !os.IsNotExist(err) {
		t.Errorf("the stale note is still there: %v", err)
	}
}

func TestForgetOnlyWhatDoesNotRun(t *testing.T) {
	self, err := os.ReadFile("/proc/self/comm")
	if err != nil {
		t.Skip("needs /proc: " + err.Error())
	}
	program := strings.TrimSpace(string(self))
	dead := exec.CommandContext(t.Context(), "true") // not waited for until the end, so a process that nobody collected
	if err := dead.Start(); err != nil {
		t.Fatal(err)
	}
	for state := ""; !strings.Contains(state, ") Z"); {
		data, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", dead.Process.Pid))
		if err != nil {
			t.Fatal(err)
		}
		state = string(data)
	}
	for _, tt := range []struct {
		name, note, program string
		keep                bool
	}{
		{"runs", strconv.Itoa(os.Getpid()), program, true},
		{"somebody else's number", strconv.Itoa(os.Getpid()), "dockerd", false},
		{"nobody's number", "4194305", "dockerd", false}, // above the highest, 2^22
		{"dead and not collected", strconv.Itoa(dead.Process.Pid), "true", false},
		{"empty", "", "dockerd", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			note := filepath.Join(t.TempDir(), "docker.pid")
			if err := os.WriteFile(note, []byte(tt.note), 0o644); err != nil {
				t.Fatal(err)
			}
			if err := forget(note, tt.program); err != nil {
				t.Fatal(err)
			}
			if _, err := os.Stat(note); (err == nil) != tt.keep {
				t.Errorf("the note is there: %t, want %t", err == nil, tt.keep)
			}
		})
	}
	if err := forget(filepath.Join(t.TempDir(), "none"), "dockerd"); err != nil {
		t.Errorf("without a note: %v", err)
	}
	if err := dead.Wait(); err != nil {
		t.Error(err)
	}
}

func TestInstallStartsTheServiceThatIsStopped(t *testing.T) {
	fakeDocker(t, `[ -e "$0.started" ] && echo 28.0.1 || exit 1`)
	bin := os.Getenv("PATH")
	for name, script := range map[string]string{
		"dockerd": "exit 1", "debootstrap": "", "systemctl": `[ "$*" = "start docker" ] && : >"${0%/*}/docker.started"`,
	} {
		if err := os.WriteFile(filepath.Join(bin, name), []byte("#!/bin/sh\n"+script+"\n"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	m := Machine{OSRelease: "ID=debian\n", Root: true, Systemd: true}
	if e, err := Install(t.Context(), m, t.TempDir(), io.Discard); err != nil || e.Version != "28.0.1" {
		t.Errorf("Install = %+v, %v", e, err)
	}
}

func TestCheckHosts(t *testing.T) {
	if err := checkHosts(7, 128); err != nil {
		t.Errorf("7 hosts where 128 instances are allowed: %v", err)
	}
	if err := checkHosts(12, 128); err == nil || !strings.Contains(err.Error(), "12 hosts need about 188 inotify instances and this machine allows 128") || !strings.Contains(err.Error(), "lab deps") {
		t.Errorf("12 hosts where 128 instances are allowed: %v; want what to do", err)
	}
}
