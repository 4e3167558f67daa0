package remote

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"
)

// serve runs an SSH server on loopback that runs commands with sh, and returns a target for it.
func serve(t *testing.T) Target {
	t.Helper()
	host, err := NewKey("host")
	if err != nil {
		t.Fatal(err)
	}
	user, err := NewKey("user")
	if err != nil {
		t.Fatal(err)
	}
	signer, err := ssh.ParsePrivateKey(host.Private)
	if err != nil {
		t.Fatal(err)
	}
	config := &ssh.ServerConfig{PublicKeyCallback: func(_ ssh.ConnMetadata, key ssh.PublicKey) (*ssh.Permissions, error) {
		want, _, _, _, err := ssh.ParseAuthorizedKey(user.Public)
		if err != nil || string(want.Marshal()) != string(key.Marshal()) {
			return nil, errors.New("another key")
		}
		return nil, nil
	}}
	config.AddHostKey(signer)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			raw, err := listener.Accept()
			if err != nil {
				return
			}
			go answer(raw, config)
		}
	}()

	dir := t.TempDir()
	target := Target{
		Name: "cp1", Addr: listener.Addr().String(), User: "root",
		KeyFile: filepath.Join(dir, "id"), KnownHostsFile: filepath.Join(dir, "known_hosts"),
	}
	known, err := KnownHost(host.Public, target.Addr)
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string]string{target.KeyFile: string(user.Private), target.KnownHostsFile: known + "\n"} {
		if err := os.WriteFile(name, []byte(data), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return target
}

func answer(raw net.Conn, config *ssh.ServerConfig) {
	_, channels, requests, err := ssh.NewServerConn(raw, config)
	if err != nil {
		return
	}
	go ssh.DiscardRequests(requests)
	for offered := range channels {
		channel, requests, err := offered.Accept()
		if err != nil {
			return
		}
		go func() {
			for request := range requests {
				var exec struct{ Command string }
				if request.Type != "exec" || ssh.Unmarshal(request.Payload, &exec) != nil {
					_ = request.Reply(false, nil)
					continue
				}
				_ = request.Reply(true, nil)
				go run(channel, exec.Command)
			}
		}()
	}
}

func run(channel ssh.Channel, command string) {
	defer func() { _ = channel.Close() }()
	cmd := exec.Command("sh", "-c", command)
	cmd.Stdout, cmd.Stderr = channel, channel.Stderr()
	stdin, err := cmd.StdinPipe()
	if err != nil || cmd.Start() != nil {
		return
	}
	go func() { _, _ = io.Copy(stdin, channel); stdin.Close() }()
	_ = cmd.Wait()
	status := struct{ Code uint32 }{uint32(cmd.ProcessState.ExitCode())}
	_, _ = channel.SendRequest("exit-status", false, ssh.Marshal(status))
}

func TestRunAndPut(t *testing.T) {
	client, err := Dial(t.Context(), serve(t))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	if out, err := client.Run(t.Context(), "echo hello"); err != nil || string(out) != "hello\n" {
		t.Errorf("Run = %q, %v", out, err)
	}
	path := filepath.Join(t.TempDir(), "it's", "a file")
	if err := client.Put(t.Context(), path, "0640", []byte("text")); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil || string(data) != "text" {
		t.Errorf("the file holds %q, %v", data, err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode() != 0o640 {
		t.Errorf("the file's mode is %v, %v", info.Mode(), err)
	}
}

func TestRunSaysWhatFailed(t *testing.T) {
	client, err := Dial(t.Context(), serve(t))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	_, err = client.Run(t.Context(), "echo some output; echo the reason >&2; exit 3")
	var exit *ssh.ExitError
	if !errors.As(err, &exit) || exit.ExitStatus() != 3 || !strings.Contains(err.Error(), "on cp1: echo some output") || !strings.Contains(err.Error(), "the reason") {
		t.Errorf("Run = %v; want the status 3, the host, the command and the reason", err)
	}
}

func TestRunEndsWithItsContext(t *testing.T) {
	client, err := Dial(t.Context(), serve(t))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	start := time.Now()
	if _, err := client.Run(ctx, "sleep 5"); !errors.Is(err, context.DeadlineExceeded) || time.Since(start) > 3*time.Second {
		t.Errorf("Run = %v after %s; want it to end with its context", err, time.Since(start))
	}
}

func TestDialRefusesAnotherHost(t *testing.T) {
	target := serve(t)
	other, err := NewKey("other")
	if err != nil {
		t.Fatal(err)
	}
	line, err := KnownHost(other.Public, target.Addr)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(target.KnownHostsFile, []byte(line+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Dial(t.Context(), target); err == nil || !strings.Contains(err.Error(), "is not the one that was made") {
		t.Errorf("Dial = %v; want another key refused", err)
	}
}

func TestDialGivesUp(t *testing.T) {
	target := serve(t)
	target.Addr = "127.0.0.1:1" // nothing listens there
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	if _, err := Dial(ctx, target); !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "cp1 at 127.0.0.1:1") {
		t.Errorf("Dial = %v; want the deadline and the address", err)
	}
}
