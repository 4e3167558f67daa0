package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"
)

// server is an etcd that runs.
type server struct {
	url string
	cmd *exec.Cmd
}

func (s server) stop() {
	_ = s.cmd.Process.Signal(syscall.SIGTERM) // an error means that it has ended
	_ = s.cmd.Wait()
}

// serve starts an etcd on a folder and waits until it answers.
func serve(ctx context.Context, program, dir string) (server, error) {
	client, peer, err := addresses(ctx)
	if err != nil {
		return server{}, err
	}
	s := server{url: "http://" + client}
	s.cmd = exec.CommandContext(ctx, program, "--name", "default", "--data-dir", dir, "--listen-client-urls", s.url, "--advertise-client-urls", s.url,
		"--listen-peer-urls", "http://"+peer, "--initial-advertise-peer-urls", "http://"+peer, "--initial-cluster", "default=http://"+peer,
		"--log-level", "error", "--unsafe-no-fsync", "--quota-backend-bytes", "8589934592")
	s.cmd.Stderr = os.Stderr
	if err := s.cmd.Start(); err != nil {
		return s, err
	}
	for deadline := time.Now().Add(5 * time.Minute); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		if err := post(ctx, s.url+"/v3/kv/range", map[string]any{"key": "YQ=="}); err == nil {
			return s, nil
		}
	}
	s.stop()
	return s, fmt.Errorf("%s does not answer", program)
}

// addresses are two free ports of loopback.
func addresses(ctx context.Context) (a, b string, err error) {
	var found [2]string
	for i := range found {
		l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
		if err != nil {
			return "", "", err
		}
		defer l.Close()
		found[i] = l.Addr().String()
	}
	return found[0], found[1], nil
}

// fill writes keys as kube-apiserver would name them, many in one transaction.
func fill(ctx context.Context, url string, keys, size int) error {
	const batch = 100
	value := base64.StdEncoding.EncodeToString([]byte("k8s\x00" + strings.Repeat("v", size)))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(8)
	for from := 0; from < keys; from += batch {
		group.Go(func() error {
			var ops []any
			for i := from; i < min(from+batch, keys); i++ {
				key := fmt.Sprintf("/registry/example%02d.org/things/default/%08d", i%50, i)
				ops = append(ops, map[string]any{"requestPut": map[string]any{"key": base64.StdEncoding.EncodeToString([]byte(key)), "value": value}})
			}
			return post(ctx, url+"/v3/kv/txn", map[string]any{"success": ops})
		})
	}
	return group.Wait()
}

func post(ctx context.Context, url string, body any) error {
	text, err := json.Marshal(body)
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(text))
	if err != nil {
		return err
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if said, err := io.ReadAll(answer.Body); err != nil || answer.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s: %s (%w)", url, answer.Status, said, err)
	}
	return nil
}
