package server

import (
	"context"
	"encoding/pem"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/fixline-dev/fixline/internal/rehearse/pki"
	"github.com/fixline-dev/fixline/internal/rehearse/process"
)

// Etcd is a running etcd on a private copy.
type Etcd struct {
	Endpoint string
	// CA signed its certificate, and Client's, with which alone it can be asked.
	CA     []byte
	Client pki.Pair

	caFile, certFile, keyFile string
	process                   *process.Process
}

// EtcdOptions say what to start.
type EtcdOptions struct {
	Binary string
	// Dir is a private folder for its keys and its log, Data the restored data.
	Dir, Data string
	// Peer is the port the data was restored for.
	Peer  int
	Name  string // of the member
	Quota int64  // bytes; the restored data must fit
	Limit time.Duration
	Now   time.Time
	// Watch is told of the process.
	Watch func(pid int) error
}

// StartEtcd starts etcd with keys of its own and returns when it answers.
func StartEtcd(ctx context.Context, o EtcdOptions) (*Etcd, error) {
	ports, err := Ports(1)
	if err != nil {
		return nil, err
	}
	e, serverCert, serverKey, err := etcdKeys(o)
	if err != nil {
		return nil, fmt.Errorf("making the keys of the private etcd: %w", err)
	}
	e.Endpoint = url(ports[0])
	peer := url(o.Peer)
	args := []string{
		"--name=" + o.Name, "--data-dir=" + o.Data,
		"--listen-client-urls=" + e.Endpoint, "--advertise-client-urls=" + e.Endpoint,
		"--listen-peer-urls=" + peer, "--initial-advertise-peer-urls=" + peer,
		"--cert-file=" + serverCert, "--key-file=" + serverKey, "--client-cert-auth=true", "--trusted-ca-file=" + e.caFile,
		"--peer-cert-file=" + serverCert, "--peer-key-file=" + serverKey, "--peer-client-cert-auth=true", "--peer-trusted-ca-file=" + e.caFile,
		"--quota-backend-bytes=" + strconv.FormatInt(o.Quota, 10),
		"--unsafe-no-fsync", // a rehearsal does not outlive the machine's power
	}
	if e.process, err = process.Start(o.Binary, args, nil, o.Dir, logFile(o.Dir, "etcd")); err != nil {
		return nil, err
	}
	if err := o.Watch(e.process.PID); err != nil {
		e.Stop()
		return nil, err
	}
	client, err := Client(mustRead(serverCert), e.Client)
	if err == nil {
		err = ready(ctx, e.process, o.Limit, func(ctx context.Context) error { return get(ctx, client, e.Endpoint+"/health") })
		client.CloseIdleConnections()
	}
	if err != nil {
		e.Stop()
		return nil, err
	}
	return e, nil
}

// Stop ends it.
func (e *Etcd) Stop() { e.process.Stop(5 * time.Second) }

// etcdKeys makes an authority, a server and a client, and writes them.
func etcdKeys(o EtcdOptions) (e *Etcd, cert, key string, err error) {
	ca, err := pki.New("rehearsal-etcd", o.Now)
	if err != nil {
		return nil, "", "", err
	}
	server, err := ca.Server("etcd")
	if err != nil {
		return nil, "", "", err
	}
	e = &Etcd{CA: ca.PEM, caFile: filepath.Join(o.Dir, "etcd-ca.crt"),
		certFile: filepath.Join(o.Dir, "etcd-client.crt"), keyFile: filepath.Join(o.Dir, "etcd-client.key")}
	if e.Client, err = ca.Client("rehearsal"); err != nil {
		return nil, "", "", err
	}
	cert, key = filepath.Join(o.Dir, "etcd.crt"), filepath.Join(o.Dir, "etcd.key")
	for path, text := range map[string][]byte{e.caFile: ca.PEM, e.certFile: e.Client.Certificate, e.keyFile: e.Client.Key,
		cert: server.Certificate, key: server.Key} {
		if err := os.WriteFile(path, text, 0o600); err != nil {
			return nil, "", "", err
		}
	}
	return e, cert, key, nil
}

// mustRead reads a file that was just written; what is wrong with it shows when
// it is parsed.
func mustRead(path string) []byte {
	text, _ := os.ReadFile(path)
	return text
}

func pemBlock(text []byte, kind string) ([]byte, error) {
	for {
		b, rest := pem.Decode(text)
		if b == nil {
			return nil, fmt.Errorf("no %s is in it", kind)
		}
		if b.Type == kind {
			return b.Bytes, nil
		}
		text = rest
	}
}
