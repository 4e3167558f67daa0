package engine

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// Machine is what installing depends on. [ThisMachine] reads the real one.
type Machine struct {
	// OSRelease is the text of /etc/os-release.
	OSRelease string
	// Root says whether this process may install packages.
	Root bool
	// Systemd says whether systemd runs here, so that the package starts its service itself.
	Systemd bool
}

// ThisMachine reads the machine this process runs on.
func ThisMachine() Machine {
	data, _ := os.ReadFile("/etc/os-release") // a machine without one is not Debian
	_, err := os.Stat("/run/systemd/system")
	return Machine{OSRelease: string(data), Root: os.Geteuid() == 0, Systemd: err == nil}
}

// debian says whether the machine takes Debian's packages, by ID and ID_LIKE as
// https://www.freedesktop.org/software/systemd/man/latest/os-release.html describes them.
func (m Machine) debian() bool {
	for line := range strings.Lines(m.OSRelease) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		if key != "ID" && key != "ID_LIKE" {
			continue
		}
		for _, id := range strings.Fields(strings.Trim(value, `"'`)) {
			if id == "debian" {
				return true
			}
		}
	}
	return false
}

// packages are what a lab needs from Debian: the engine, and what makes the file system of a host.
func packages() []string { return []string{"docker.io", "debootstrap", "debian-archive-keyring"} }

// Install returns the running engine, and where none runs installs and starts one: on Debian, as root. It also installs
// debootstrap, with which the image of a host is made. dir gets the log of an engine that it starts itself; progress a
// line for each step. Elsewhere the error says what to do by hand.
func Install(ctx context.Context, m Machine, dir string, progress io.Writer) (Engine, error) {
	found, err := Find(ctx)
	_, noDebootstrap := exec.LookPath("debootstrap")
	if err == nil && noDebootstrap == nil {
		return found, nil
	}
	if !m.debian() {
		return Engine{}, fmt.Errorf("this machine is not Debian: install Docker and debootstrap by its own package manager, start Docker, and run \"lab deps\" again (%w)", errors.Join(err, noDebootstrap))
	}
	if !m.Root {
		return Engine{}, fmt.Errorf("installing %s needs root: run \"sudo lab deps\"", strings.Join(packages(), ", "))
	}
	if err != nil {
		if _, missing := exec.LookPath("dockerd"); missing != nil || noDebootstrap != nil {
			if err := install(ctx, packages(), progress); err != nil {
				return Engine{}, err
			}
		}
		if err := startEngine(ctx, m, dir, progress); err != nil {
			return Engine{}, err
		}
		return wait(ctx, dir)
	}
	if err := install(ctx, packages()[1:], progress); err != nil {
		return Engine{}, err
	}
	return found, nil
}

func install(ctx context.Context, names []string, progress io.Writer) error {
	for _, args := range [][]string{
		{"update", "-qq"},
		append([]string{"install", "-y", "-qq", "--no-install-recommends"}, names...),
	} {
		fmt.Fprintf(progress, "apt-get %s\n", strings.Join(args, " "))
		cmd := exec.CommandContext(ctx, "apt-get", args...)
		cmd.Env = append(os.Environ(), "DEBIAN_FRONTEND=noninteractive")
		var said bytes.Buffer
		cmd.Stdout, cmd.Stderr = &said, &said
		if err := cmd.Run(); err != nil {
			return fmt.Errorf("apt-get %s: %w\n%s", args[0], err, tail(said.String()))
		}
	}
	return nil
}

// DaemonLog and daemonPID are in the folder given to [Install] when it started the engine.
const (
	DaemonLog = "dockerd.log"
	daemonPID = "dockerd.pid"
)

// startEngine starts an engine that is installed and does not run: never started, stopped, or killed.
func startEngine(ctx context.Context, m Machine, dir string, progress io.Writer) error {
	if m.Systemd {
		fmt.Fprintln(progress, "systemctl start docker")
		if out, err := exec.CommandContext(ctx, "systemctl", "start", "docker").CombinedOutput(); err != nil {
			return fmt.Errorf("systemctl start docker: %w\n%s", err, tail(string(out)))
		}
		return nil
	}
	for note, program := range processNotes() {
		if err := forget(note, program); err != nil {
			return err
		}
	}
	return startDaemon(dir, progress)
}

// processNotes are the files in which dockerd notes its own process and that of its containerd.
// Source: https://docs.docker.com/reference/cli/dockerd/ (--pidfile, --exec-root)
func processNotes() map[string]string {
	return map[string]string{"/var/run/docker.pid": "dockerd", "/var/run/docker/containerd/containerd.pid": "containerd"}
}

// forget removes a note of a process that is not this program, or no longer runs. A dockerd that was killed leaves its
// note, and the next one refuses to start when the number is somebody else's by then, or belongs to a dead process that
// nobody has collected, as happens where process 1 is no init.
func forget(note, program string) error {
	pid, err := readPID(note)
	if errors.Is(err, os.ErrNotExist) || (err == nil && runs(pid, program)) {
		return nil
	}
	return os.Remove(note) // also one that holds no number: a machine that lost power leaves it empty
}

func readPID(note string) (int, error) {
	data, err := os.ReadFile(note)
	if err != nil {
		return 0, err
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(data)))
	if err != nil {
		return 0, fmt.Errorf("reading %q: %w", note, err)
	}
	return pid, nil
}

// runs says whether a process is of this program and has not ended.
func runs(pid int, program string) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	_, rest, ours := strings.Cut(string(stat), " ("+program+") ")
	return err == nil && ours && !strings.HasPrefix(rest, "Z")
}

// startDaemon starts the engine in a session of its own: it outlives us. It listens on its Unix socket only.
func startDaemon(dir string, progress io.Writer) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	log, err := os.OpenFile(filepath.Join(dir, DaemonLog), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	defer log.Close() // the engine has its own copy
	// cgroupfs, because nothing here speaks for systemd; overlay2, because the guess without it may be vfs, which copies
	// whole images.
	cmd := exec.Command("dockerd", "--storage-driver=overlay2", "--exec-opt", "native.cgroupdriver=cgroupfs")
	cmd.Dir, cmd.Stdout, cmd.Stderr = "/", log, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("starting dockerd: %w", err)
	}
	fmt.Fprintf(progress, "started dockerd (process %d, log %s); \"lab deps --stop\" ends it\n", cmd.Process.Pid, log.Name())
	if err := os.WriteFile(filepath.Join(dir, daemonPID), []byte(strconv.Itoa(cmd.Process.Pid)+"\n"), 0o644); err != nil {
		return err
	}
	go func() { _ = cmd.Wait() }() // what ended it is in its log; nobody else would collect it while we run
	return nil
}

func wait(ctx context.Context, dir string) (Engine, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for {
		found, err := Find(ctx)
		if err == nil {
			return found, nil
		}
		select {
		case <-ctx.Done():
			log, _ := os.ReadFile(filepath.Join(dir, DaemonLog)) // empty where systemd started it
			return Engine{}, fmt.Errorf("the engine was started but does not answer: %w\n%s", err, tail(string(log)))
		case <-time.After(500 * time.Millisecond):
		}
	}
}

// Stop ends the engine that [Install] started with this folder, and what it started; with none it does nothing and
// returns false.
func Stop(ctx context.Context, dir string) (stopped bool, err error) {
	note := filepath.Join(dir, daemonPID)
	pid, err := readPID(note)
	if errors.Is(err, os.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	// The number may be another process's by now: only one that is dockerd is ours.
	if !runs(pid, "dockerd") {
		return false, os.Remove(note)
	}
	if err := syscall.Kill(pid, syscall.SIGTERM); err != nil {
		return false, fmt.Errorf("stopping dockerd (process %d): %w", pid, err)
	}
	for runs(pid, "dockerd") {
		select {
		case <-ctx.Done():
			return false, fmt.Errorf("waiting for dockerd (process %d) to end: %w", pid, context.Cause(ctx))
		case <-time.After(100 * time.Millisecond):
		}
	}
	return true, os.Remove(note)
}

// tail is the last lines of what a program said.
func tail(text string) string {
	const most = 15
	lines := strings.Split(strings.TrimRight(text, "\n"), "\n")
	return strings.Join(lines[max(0, len(lines)-most):], "\n")
}
