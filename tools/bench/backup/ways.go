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

// byHand is what a person does who wants to know whether a snapshot can be restored.
func byHand(ctx context.Context, p programs, url, dir string) (time.Duration, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return 0, err
	}
	defer os.RemoveAll(dir)
	file, data := filepath.Join(dir, "snapshot.db"), filepath.Join(dir, "data")
	began := time.Now()
	for _, args := range [][]string{
		{p.etcdctl, "--endpoints", url, "snapshot", "save", file},
		{p.etcdutl, "snapshot", "restore", file, "--data-dir", data},
	} {
		if out, err := exec.CommandContext(ctx, args[0], args[1:]...).CombinedOutput(); err != nil {
			return 0, fmt.Errorf("%s: %w: %s", strings.Join(args, " "), err, out)
		}
	}
	s, err := serve(ctx, p.etcd, data)
	if err != nil {
		return 0, err
	}
	took := time.Since(began)
	s.stop()
	return took, nil
}

// backup measures the program: wall time, and the most memory that is its own.
func backup(ctx context.Context, fixline string, p programs, url, dir string) (time.Duration, int64, error) {
	defer os.RemoveAll(dir)
	args := []string{"backup", "-O", dir, "--endpoints", url, "--recipient", recipient, "--name", "bench", "--etcd-binary", filepath.Dir(p.etcd), "-o", "json"}
	dry, err := exec.CommandContext(ctx, fixline, append(args, "--dry-run")...).Output()
	if err != nil {
		return 0, 0, err
	}
	var intent struct{ Hash string }
	if err := json.Unmarshal(dry, &intent); err != nil {
		return 0, 0, err
	}
	cmd := exec.CommandContext(ctx, fixline, append(args, "--yes", intent.Hash)...)
	var said strings.Builder
	cmd.Stdout, cmd.Stderr = &said, &said
	began := time.Now()
	if err := cmd.Start(); err != nil {
		return 0, 0, err
	}
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()
	var most int64
	for {
		select {
		case err := <-done:
			if err != nil {
				err = fmt.Errorf("fixline %s: %w: %s", strings.Join(args, " "), err, said.String())
			}
			return time.Since(began), most, err
		case <-time.After(50 * time.Millisecond):
			most = max(most, anonymous(cmd.Process.Pid))
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
