package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// recipient is a public key whose private one nobody kept.
const recipient = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p"

// cost is what one way took: wall time, the CPU time of all its programs and of the etcd it asked, and the most memory that
// was a program's own.
type cost struct {
	wall, cpu time.Duration
	anon      int64
}

// byHand is what a person does who wants to know whether a snapshot can be restored.
func byHand(ctx context.Context, p programs, live server, dir string) (c cost, err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return c, err
	}
	defer os.RemoveAll(dir)
	file, data := filepath.Join(dir, "snapshot.db"), filepath.Join(dir, "data")
	began, before := time.Now(), ticks(live.cmd.Process.Pid)
	for _, args := range [][]string{
		{p.etcdctl, "--endpoints", live.url, "snapshot", "save", file},
		{p.etcdutl, "snapshot", "restore", file, "--data-dir", data},
	} {
		cmd := exec.CommandContext(ctx, args[0], args[1:]...)
		if out, err := cmd.CombinedOutput(); err != nil {
			return c, fmt.Errorf("%s: %w: %s", strings.Join(args, " "), err, out)
		}
		c.cpu += used(cmd)
	}
	s, err := serve(ctx, p.etcd, data)
	if err != nil {
		return c, err
	}
	c.wall = time.Since(began)
	c.cpu += ticks(s.cmd.Process.Pid) + ticks(live.cmd.Process.Pid) - before
	s.stop()
	return c, nil
}

func used(cmd *exec.Cmd) time.Duration {
	return cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
}

// ticks is the CPU time of a process that runs: utime and stime of proc_pid_stat(5), in hundredths of a second.
func ticks(pid int) time.Duration {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(text), ") ")
	f := strings.Fields(rest)
	if len(f) < 13 {
		return 0
	}
	var sum time.Duration
	for _, field := range f[11:13] {
		n, err := strconv.ParseInt(field, 10, 64)
		if err != nil {
			return 0
		}
		sum += time.Duration(n) * 10 * time.Millisecond
	}
	return sum
}

// backup measures the program.
func backup(ctx context.Context, fixline string, p programs, live server, dir string) (c cost, err error) {
	defer os.RemoveAll(dir)
	args := []string{"backup", "-O", dir, "--endpoints", live.url, "--recipient", recipient, "--name", "bench", "--etcd-binary", filepath.Dir(p.etcd), "-o", "json"}
	dry, err := exec.CommandContext(ctx, fixline, append(args, "--dry-run")...).Output()
	if err != nil {
		return c, err
	}
	var intent struct{ Hash string }
	if err := json.Unmarshal(dry, &intent); err != nil {
		return c, err
	}
	cmd := exec.CommandContext(ctx, fixline, append(args, "--yes", intent.Hash)...)
	var said strings.Builder
	cmd.Stdout, cmd.Stderr = &said, &said
	began, before := time.Now(), ticks(live.cmd.Process.Pid)
	if err := cmd.Start(); err != nil {
		return c, err
	}
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()
	for {
		select {
		case err := <-done:
			if err != nil {
				return c, fmt.Errorf("fixline %s: %w: %s", strings.Join(args, " "), err, said.String())
			}
			c.wall = time.Since(began)
			c.cpu = used(cmd) + ticks(live.cmd.Process.Pid) - before
			return c, nil
		case <-time.After(50 * time.Millisecond):
			c.anon = max(c.anon, anonymous(cmd.Process.Pid))
		}
	}
}

// anonymous is the memory of a process that is no page of a file: RssAnon of proc_pid_status(5).
func anonymous(pid int) int64 {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, "RssAnon:"); ok {
			n, err := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
			if err != nil {
				return 0
			}
			return n * 1024
		}
	}
	return 0
}
