// Package controlplane starts a real Kubernetes control plane on loopback: etcd, kube-apiserver and, when asked,
// kube-controller-manager, each of an exact version, as processes of this machine.
//
// It decides which flags these programs get (RBAC on, anonymous requests as upstream's default has them), makes their
// PKI, waits until they are ready and takes everything away again, also when the process that started them is killed.
// It never touches a cluster it did not start, needs no containers and holds no Kubernetes client: callers connect with
// a kubeconfig or with the plain host, CA and certificate. Start at [Start].
package controlplane

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"

	"github.com/fixline-dev/fixline/lab/program"
)

// Options says what to start. Only Version is required.
type Options struct {
	// Version is the Kubernetes version, for example "1.37.1"; a leading v is allowed.
	Version string
	// EtcdVersion is the etcd version; empty means the one kubeadm of Version deploys.
	EtcdVersion string
	// Dir holds data, keys and logs. Empty means a temporary folder that Stop removes; a folder the caller names must be
	// empty or not exist, and is left in place.
	Dir string
	// ControllerManager starts kube-controller-manager too: default service accounts, garbage collection, endpoints.
	ControllerManager bool
	// Audit keeps an audit log of every request at level Metadata; [ControlPlane.AuditLog] says where.
	Audit bool
	// APIServerArgs and ControllerManagerArgs come after our own flags ("--feature-gates=X=true"), so they win over them.
	APIServerArgs         []string
	ControllerManagerArgs []string
	// Progress gets one line for what takes long, such as a build; nil means os.Stderr.
	Progress io.Writer
}

// ControlPlane is a running control plane. Its methods may be called from several goroutines.
type ControlPlane struct {
	version, etcdVersion string
	auditLog             string
	layout               layout
	pki                  *keys
	admin                Credentials
	guard                *guard
	processes            []*process // in the order of their start

	stop    sync.Once
	stopErr error
}

// Start builds what is missing, starts the programs and returns when /readyz answers ok: about four seconds once built.
// The caller must call Stop. ctx bounds the start only; when it ends before, everything started is stopped again.
// Errors carry the end of the failing program's log.
func Start(ctx context.Context, opts Options) (*ControlPlane, error) {
	programs, err := find(ctx, opts)
	if err != nil {
		return nil, err
	}
	// A port that was free may be taken by another process before ours binds it.
	const attempts = 3
	for attempt := 1; ; attempt++ {
		cp, err := start(ctx, opts, programs)
		if err == nil {
			return cp, nil
		}
		if attempt == attempts || !strings.Contains(err.Error(), "address already in use") {
			return nil, fmt.Errorf("starting a control plane %s: %w", programs.version, err)
		}
	}
}

// programs are the paths and versions of what is started.
type programs struct {
	version, etcdVersion               string
	etcd, apiServer, controllerManager string
}

func find(ctx context.Context, opts Options) (programs, error) {
	store, err := program.Open(opts.Progress)
	if err != nil {
		return programs{}, err
	}
	var found programs
	path := func(name, version string) (string, error) {
		p, err := program.Parse(name, version)
		if err != nil {
			return "", err
		}
		return store.Path(ctx, p)
	}
	found.version = strings.TrimPrefix(opts.Version, "v")
	if found.apiServer, err = path("kube-apiserver", found.version); err != nil {
		return programs{}, err
	}
	found.etcdVersion = strings.TrimPrefix(opts.EtcdVersion, "v")
	if found.etcdVersion == "" {
		if found.etcdVersion, err = store.EtcdFor(ctx, found.version); err != nil {
			return programs{}, err
		}
	}
	if found.etcd, err = path("etcd", found.etcdVersion); err != nil {
		return programs{}, err
	}
	if opts.ControllerManager {
		if found.controllerManager, err = path("kube-controller-manager", found.version); err != nil {
			return programs{}, err
		}
	}
	return found, nil
}

func start(ctx context.Context, opts Options, programs programs) (_ *ControlPlane, err error) {
	dir, temporary, err := folder(opts.Dir)
	if err != nil {
		return nil, err
	}
	cp := &ControlPlane{version: programs.version, etcdVersion: programs.etcdVersion}
	remove := ""
	if temporary {
		remove = dir
	}
	if cp.guard, err = newGuard(remove); err != nil {
		if temporary {
			os.RemoveAll(dir)
		}
		return nil, err
	}
	defer func() {
		if err != nil {
			if stopErr := cp.Stop(); stopErr != nil {
				err = fmt.Errorf("%w (and stopping what had started: %w)", err, stopErr)
			}
		}
	}()

	if cp.layout, err = newLayout(dir); err != nil {
		return nil, err
	}
	if cp.pki, err = newPKI(cp.layout); err != nil {
		return nil, fmt.Errorf("making certificates: %w", err)
	}
	if cp.admin, err = cp.ClientCert("kubernetes-admin", "system:masters"); err != nil {
		return nil, err
	}
	if opts.Audit {
		cp.auditLog = cp.layout.file("audit.log")
		if err := os.WriteFile(cp.layout.auditPolicy(), []byte(auditPolicy), 0o600); err != nil {
			return nil, err
		}
	}
	if err := cp.startEtcd(ctx, programs.etcd); err != nil {
		return nil, err
	}
	if err := cp.startAPIServer(ctx, programs.apiServer, opts); err != nil {
		return nil, err
	}
	if opts.ControllerManager {
		if err := cp.startControllerManager(ctx, programs.controllerManager, opts); err != nil {
			return nil, err
		}
	}
	return cp, nil
}

// Version is the Kubernetes version without v.
func (c *ControlPlane) Version() string { return c.version }

// EtcdVersion is the version of etcd without v.
func (c *ControlPlane) EtcdVersion() string { return c.etcdVersion }

// Dir is the folder of data, keys and logs. Its keys have the names kubeadm gives them, below Dir/pki.
func (c *ControlPlane) Dir() string { return c.layout.dir }

// Host is the API server's address, for example "https://127.0.0.1:40123".
func (c *ControlPlane) Host() string { return c.layout.url(c.layout.apiServerPort) }

// EtcdEndpoint is etcd's client address; it asks for a certificate signed by Dir/pki/etcd/ca.crt.
func (c *ControlPlane) EtcdEndpoint() string { return c.layout.url(c.layout.etcdPort) }

// CA is the PEM certificate of the authority that signed the API server's certificate and those of its clients.
func (c *ControlPlane) CA() []byte { return c.pki.cluster.certPEM }

// AuditLog is the path of the audit log, one JSON event per line; empty when Options.Audit was off.
func (c *ControlPlane) AuditLog() string { return c.auditLog }

// Log returns the last lines a program wrote, to show when a test fails. It is empty for a program that was not started.
func (c *ControlPlane) Log(program string, lines int) string {
	for _, p := range c.processes {
		if p.name == program {
			return p.tail(lines)
		}
	}
	return ""
}

// Stop ends the programs, waits for them and removes the temporary folder. A second call does nothing and returns what
// the first did.
func (c *ControlPlane) Stop() error {
	c.stop.Do(func() {
		for i := len(c.processes) - 1; i >= 0; i-- {
			c.processes[i].stop()
		}
		c.stopErr = c.guard.release()
	})
	return c.stopErr
}
