// Package server starts the two programs of a rehearsal on loopback: an etcd on
// the restored data, and a kube-apiserver with the cluster's flags on that. It
// decides what they listen on and who may ask them, and waits until they are
// ready or says in their own words why not. What is asked is its caller's.
// Start at [StartEtcd] and [StartAPI].
package server

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/fixline-dev/fixline/internal/rehearse/pki"
	"github.com/fixline-dev/fixline/internal/rehearse/process"
)

// StartError says that a program ended or did not become ready, and what it
// said last.
type StartError struct {
	Program string
	Why     string // "ended (exit status 1)", "not ready after 2m0s"
	// Message is the program's own, one line; Log the end of what it wrote.
	Message string
	Log     string
}

func (e *StartError) Error() string {
	text := e.Program + " " + e.Why
	if e.Message != "" {
		text += ": " + e.Message
	}
	return text
}

// Ports finds n free ports on loopback.
func Ports(n int) ([]int, error) {
	var ports []int
	for range n {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, fmt.Errorf("finding a free port: %w", err)
		}
		defer l.Close() // all are open at once, so that none is given twice
		ports = append(ports, l.Addr().(*net.TCPAddr).Port)
	}
	return ports, nil
}

// url of a port on loopback.
func url(port int) string { return "https://127.0.0.1:" + strconv.Itoa(port) }

// poll is how often a program is asked whether it is ready.
const poll = 100 * time.Millisecond

// ready asks until the answer is nil, or the program or ctx ends.
func ready(ctx context.Context, p *process.Process, limit time.Duration, ask func(context.Context) error) error {
	ctx, cancel := context.WithTimeoutCause(ctx, limit, fmt.Errorf("not ready after %s", limit))
	defer cancel()
	tick := time.NewTicker(poll)
	defer tick.Stop()
	last := errors.New("not asked yet")
	for {
		select {
		case <-p.Done():
			return failed(p, "ended ("+p.State()+")", nil)
		case <-ctx.Done():
			if errors.Is(context.Cause(ctx), context.Canceled) {
				return context.Canceled
			}
			return failed(p, context.Cause(ctx).Error(), last)
		case <-tick.C:
			once, done := context.WithTimeout(ctx, 5*time.Second)
			err := ask(once)
			done()
			if err == nil {
				return nil
			}
			last = err
		}
	}
}

func failed(p *process.Process, why string, last error) error {
	e := &StartError{Program: p.Name, Why: why, Message: Message(p.Log()), Log: p.Tail(20)}
	if e.Message == "" && last != nil {
		e.Message = last.Error()
	}
	return e
}

// Message is the line of a log in which a program says why it ended, "" where
// none does.
func Message(log string) string {
	lines := strings.Split(strings.TrimRight(log, "\n"), "\n")
	for _, sign := range []string{"Error: ", `"command failed" err=`, "panic: ", `"level":"fatal"`, "fatal error: "} {
		for i := len(lines) - 1; i >= 0; i-- {
			if at := strings.Index(lines[i], sign); at >= 0 {
				return tidy(lines[i][at:])
			}
		}
	}
	for i := len(lines) - 1; i >= 0; i-- {
		if strings.HasPrefix(lines[i], "F") { // klog's fatal
			return tidy(lines[i])
		}
	}
	return ""
}

func tidy(line string) string {
	line = strings.TrimPrefix(line, "Error: ")
	if rest, ok := strings.CutPrefix(line, `"command failed" err=`); ok {
		line = rest
		if text, err := strconv.Unquote(rest); err == nil {
			line = text
		}
	}
	const most = 2000
	return strings.TrimSpace(line[:min(len(line), most)])
}

// Client is an HTTP client of a server whose certificate is exactly the one in
// the PEM file certificate: it need name neither loopback nor a day.
func Client(certificate []byte, who pki.Pair) (*http.Client, error) {
	leaf, err := tls.X509KeyPair(who.Certificate, who.Key)
	if err != nil {
		return nil, err
	}
	want, err := firstCertificate(certificate)
	if err != nil {
		return nil, err
	}
	config := &tls.Config{
		Certificates: []tls.Certificate{leaf}, MinVersion: tls.VersionTLS12,
		// Names and days are not checked, because the certificate itself is known:
		// VerifyConnection holds the server to it.
		InsecureSkipVerify: true, //nolint:gosec // VerifyConnection compares the certificate itself
		VerifyConnection: func(s tls.ConnectionState) error {
			if len(s.PeerCertificates) == 0 || !s.PeerCertificates[0].Equal(want) {
				return errors.New("the server is another one than was started")
			}
			return nil
		},
	}
	t := &http.Transport{TLSClientConfig: config, ForceAttemptHTTP2: true, MaxIdleConnsPerHost: 16, Proxy: nil}
	return &http.Client{Transport: t}, nil
}

// get is one GET; an answer other than 200 is an error with its text.
func get(ctx context.Context, c *http.Client, at string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, at, nil)
	if err != nil {
		return err
	}
	resp, err := c.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	body, _ := io.ReadAll(io.LimitReader(resp.Body, 8<<10)) // only to explain the status
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s", resp.Status, failing(string(body)))
	}
	return nil
}

// failing are the lines of a readyz answer that are not well, or all of it.
func failing(body string) string {
	var bad []string
	for _, line := range strings.Split(body, "\n") {
		if strings.HasPrefix(line, "[-]") {
			bad = append(bad, line)
		}
	}
	if len(bad) == 0 {
		return strings.TrimSpace(body)
	}
	return strings.Join(bad, ", ")
}

// firstCertificate is the first of a PEM file: the server's own.
func firstCertificate(text []byte) (*x509.Certificate, error) {
	der, err := pemBlock(text, "CERTIFICATE")
	if err != nil {
		return nil, err
	}
	return x509.ParseCertificate(der)
}

// logFile is where a program's output goes.
func logFile(dir, name string) string { return filepath.Join(dir, name+".log") }
