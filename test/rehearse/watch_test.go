package rehearse

import (
	"bytes"
	"crypto/tls"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// children are the processes that work on a rehearsal's private folder in dir.
func children(dir string) []int {
	var out []int
	lines, _ := filepath.Glob("/proc/[0-9]*/cmdline") // the pattern is well formed
	for _, path := range lines {
		text, err := os.ReadFile(path)
		if err == nil && bytes.Contains(text, []byte(dir+"/fixline-rehearse-")) {
			pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(path)))
			out = append(out, pid)
		}
	}
	return out
}

// socket is one of a process.
type socket struct{ local, remote, state string }

const listening = "0A" // as /proc/net/tcp has it

// sockets are those a process has, TCP over both families and UDP.
func sockets(pid int) []socket {
	own := map[string]bool{}
	fds, _ := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", pid))
	for _, fd := range fds {
		if to, err := os.Readlink(fd); err == nil && strings.HasPrefix(to, "socket:[") {
			own[strings.Trim(to, "socket:[]")] = true
		}
	}
	var out []socket
	for _, table := range []string{"tcp", "tcp6", "udp", "udp6"} {
		text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/net/%s", pid, table))
		for _, line := range strings.Split(string(text), "\n")[1:] {
			f := strings.Fields(line)
			if len(f) > 9 && own[f[9]] {
				out = append(out, socket{f[1], f[2], f[3]})
			}
		}
	}
	return out
}

// loopback reports whether an address of /proc/net is, or is none.
func loopback(address string) bool {
	host, _, _ := strings.Cut(address, ":")
	return strings.HasSuffix(host, "00007F") && len(host) == 8 || host == "0100007F" ||
		host == "00000000000000000000000001000000" || strings.HasPrefix(host, "0000000000000000FFFF0000") && strings.HasSuffix(host, "7F")
}

// watcher looks at a rehearsal's processes while it runs.
type watcher struct {
	stop chan struct{}
	done sync.WaitGroup

	outside   []string // sockets that lead beyond loopback
	listeners map[string]bool
	anonymous map[int]int // status of a request without credentials -> how often
}

func watch(dir string) *watcher {
	w := &watcher{stop: make(chan struct{}), listeners: map[string]bool{}, anonymous: map[int]int{}}
	client := &http.Client{Timeout: time.Second, Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, DisableKeepAlives: true}}
	w.done.Go(func() {
		for {
			select {
			case <-w.stop:
				return
			case <-time.After(50 * time.Millisecond):
			}
			for _, pid := range children(dir) {
				for _, s := range sockets(pid) {
					w.note(pid, s, client)
				}
			}
		}
	})
	return w
}

func (w *watcher) note(pid int, s socket, client *http.Client) {
	none := strings.HasPrefix(s.remote, "00000000") && strings.HasSuffix(s.remote, ":0000")
	if !loopback(s.local) || !none && !loopback(s.remote) {
		name, _ := os.ReadFile(fmt.Sprintf("/proc/%d/comm", pid))
		w.outside = append(w.outside, fmt.Sprintf("%s: %s to %s (%s)", bytes.TrimSpace(name), s.local, s.remote, s.state))
	}
	if s.state != listening {
		return
	}
	w.listeners[s.local] = true
	_, port, _ := strings.Cut(s.local, ":")
	n, _ := strconv.ParseInt(port, 16, 32)
	if resp, err := client.Get(fmt.Sprintf("https://127.0.0.1:%d/api/v1/secrets", n)); err == nil {
		resp.Body.Close()
		w.anonymous[resp.StatusCode]++
	}
}

func (w *watcher) end(t *testing.T) {
	t.Helper()
	close(w.stop)
	w.done.Wait()
	for _, o := range w.outside {
		t.Errorf("beyond loopback: %s", o)
	}
	if len(w.listeners) < 3 || w.anonymous[http.StatusUnauthorized] == 0 {
		t.Errorf("the watch saw %d listeners, and answers %v to requests without credentials", len(w.listeners), w.anonymous)
	}
	for code := range w.anonymous {
		// A server that is still starting, or stops, answers 503 before it asks who it is.
		if code != http.StatusUnauthorized && code != http.StatusServiceUnavailable {
			t.Errorf("a request without credentials was answered with %d", code)
		}
	}
}
