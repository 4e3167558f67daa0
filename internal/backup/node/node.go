// Package node reads from a control-plane host of kubeadm what must come back
// with etcd: certificates and their keys, kubeconfigs, static pod manifests,
// the encryption configuration and the other files the API server is told of.
// They stay in memory: nothing is written. It decides what belongs to a backup.
// Start at [Read].
package node

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/fixline-dev/fixline/internal/backup/archive"
	"github.com/fixline-dev/fixline/internal/remote"
)

// Limit bounds what the files of one host may add up to, in bytes.
const Limit = 64 << 20

// Where kubeadm keeps things
// (https://kubernetes.io/docs/reference/setup-tools/kubeadm/implementation-details/).
const (
	Folder    = "/etc/kubernetes"
	apiserver = Folder + "/manifests/kube-apiserver.yaml"
	etcd      = Folder + "/manifests/etcd.yaml"
	// KubeadmConfig is what kubeadm keeps in the cluster, as YAML.
	KubeadmConfig = "kubeadm-config.yaml"
)

// File is one file of a host.
type File struct {
	Path    string // absolute, as on the host; KubeadmConfig for that one
	Mode    fs.FileMode
	Content []byte
}

// Files are those of one host.
type Files struct {
	Name   string // of the host, fit for a path
	Login  string // how it was reached, "root@10.77.0.11"; its name where it is this one
	User   string // the account there
	Member string // of the etcd that runs there; "" = none does
	// DataDir is that of the member; WALDir is "" where its log lies in there.
	DataDir, WALDir string
	// Encryption is where the encryption configuration is on the host; "" = none.
	Encryption string
	// Kubernetes is the version of the API server there, Port where it listens.
	Kubernetes, Port string
	// Etcd is how the API server reaches etcd.
	Etcd  Etcd
	Files []File
	Gaps  []archive.Gap
}

// Etcd is how an API server reaches its etcd.
type Etcd struct {
	Endpoints     []string
	CA, Cert, Key string // paths on the host
}

// Content is that of one of the files; nil = it is not among them.
func (f Files) Content(at string) []byte {
	for _, one := range f.Files {
		if one.Path == at {
			return one.Content
		}
	}
	return nil
}

// Authorities are the private keys of the cluster's authorities among them.
func (f Files) Authorities() []string {
	var out []string
	for _, one := range f.Files {
		if strings.HasSuffix(one.Path, "ca.key") || strings.HasSuffix(one.Path, "/sa.key") {
			out = append(out, one.Path)
		}
	}
	return out
}

// Read reads them as root. The error is of a host that cannot be read, or that
// is no control plane of kubeadm; what one lacks is among the gaps.
func Read(ctx context.Context, r remote.Runner) (Files, error) {
	f := Files{Name: fitting(r.Name()), Login: r.Name(), User: r.User()}
	if err := f.take(ctx, r, `set -- etc/kubernetes/pki etc/kubernetes/manifests; for f in etc/kubernetes/*.conf; do [ -f "$f" ] && set -- "$@" "$f"; done`); err != nil {
		return f, err
	}
	if f.Content(apiserver) == nil {
		return f, fmt.Errorf("on %s: there is no %s: it is no control plane of kubeadm", r.Name(), apiserver)
	}
	server, err := parse(f.Content(apiserver))
	if err != nil {
		return f, fmt.Errorf("on %s: %s: %w", r.Name(), apiserver, err)
	}
	f.Kubernetes, f.Port = server.version(), server.flag("secure-port")
	f.Etcd = Etcd{Endpoints: split(server.flag("etcd-servers")), CA: server.host(server.flag("etcd-cafile")),
		Cert: server.host(server.flag("etcd-certfile")), Key: server.host(server.flag("etcd-keyfile"))}
	f.Encryption = server.host(server.flag("encryption-provider-config"))
	if text := f.Content(etcd); text != nil {
		if pod, err := parse(text); err == nil {
			f.Member, f.DataDir, f.WALDir = pod.flag("name"), pod.host(pod.flag("data-dir")), pod.host(pod.flag("wal-dir"))
		} else {
			f.gap("etcd-manifest", etcd+": "+err.Error(), false)
		}
	}
	if err := f.others(ctx, r, server); err != nil {
		return f, err
	}
	f.complete()
	return f, f.config(ctx, r)
}

func (f *Files) gap(check, reason string, required bool) {
	f.Gaps = append(f.Gaps, archive.Gap{Check: f.Name + "/" + check, Reason: reason, Required: required})
}

// others are the files the API server's flags name that are not here yet.
func (f *Files) others(ctx context.Context, r remote.Runner, server pod) error {
	var wanted []string
	for _, at := range server.paths() {
		at = server.host(at)
		// Not what lies outside /etc: sockets, logs and data of the host.
		if strings.HasPrefix(at, "/etc/") && !slices.Contains(wanted, at) && f.Content(at) == nil {
			wanted = append(wanted, at)
		}
	}
	if at := f.Encryption; at != "" && f.Content(at) == nil && !slices.Contains(wanted, at) {
		wanted = append(wanted, at)
	}
	if len(wanted) == 0 {
		return nil
	}
	script := "set --"
	for _, at := range wanted {
		one := remote.Quote(strings.TrimPrefix(at, "/"))
		script += "; [ -f " + one + " ] && set -- \"$@\" " + one
	}
	return f.take(ctx, r, script+"; [ $# -gt 0 ] || exit 0")
}

// complete notes what a restore would miss.
func (f *Files) complete() {
	if f.Encryption != "" && f.Content(f.Encryption) == nil {
		f.gap("encryption", f.Encryption+", which --encryption-provider-config names, is not there", true)
	}
	for _, at := range []string{"/pki/ca.crt", "/pki/ca.key", "/pki/sa.key", "/pki/sa.pub", "/pki/front-proxy-ca.crt", "/pki/front-proxy-ca.key"} {
		if f.Content(Folder+at) == nil {
			f.gap("pki", Folder+at+" is not there: it must be kept elsewhere, a restore on new hosts needs it", false)
		}
	}
	if f.Content(Folder+"/admin.conf") == nil {
		f.gap("kubeconfig", Folder+"/admin.conf is not there", false)
	}
}

// config asks the cluster, from the host, for what kubeadm keeps in it.
func (f *Files) config(ctx context.Context, r remote.Runner) error {
	got, err := r.Run(ctx, remote.Command{Root: true, Script: "exec kubectl --kubeconfig " + Folder + "/admin.conf --request-timeout 15s -n kube-system get configmap kubeadm-config -o yaml"})
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case err != nil:
		f.gap("kubeadm-config", "kubectl on the host did not give it (it is in the snapshot as well): "+err.Error(), false)
	default:
		f.Files = append(f.Files, File{Path: "/" + KubeadmConfig, Mode: 0o600, Content: got.Stdout})
	}
	return nil
}

// take reads a tar of the files that script sets as its words, links followed.
func (f *Files) take(ctx context.Context, r remote.Runner, script string) error {
	pipe, to := io.Pipe()
	done := make(chan error, 1)
	go func() {
		err := f.untar(pipe)
		pipe.CloseWithError(errors.Join(err, io.ErrClosedPipe))
		done <- err
	}()
	_, err := r.Run(ctx, remote.Command{Root: true, Stdout: to, Limit: Limit, Script: "cd / || exit 1; " + script + `; exec tar -chf - -- "$@"`})
	_ = to.CloseWithError(err)
	unpacked := <-done
	if err != nil {
		return fmt.Errorf("reading %s: %w", Folder, err)
	}
	if unpacked != nil {
		return fmt.Errorf("on %s: reading %s: %w", r.Name(), Folder, unpacked)
	}
	return nil
}

func (f *Files) untar(from io.Reader) error {
	in := tar.NewReader(from)
	for {
		h, err := in.Next()
		if errors.Is(err, io.EOF) {
			_, err = io.Copy(io.Discard, from) // what pads the end
			return err
		} else if err != nil {
			return err
		}
		if h.Typeflag != tar.TypeReg {
			continue
		}
		content, err := io.ReadAll(in)
		if err != nil {
			return err
		}
		at := path.Join("/", h.Name)
		if f.Content(at) == nil {
			f.Files = append(f.Files, File{Path: at, Mode: fs.FileMode(h.Mode).Perm(), Content: content})
		}
	}
}

// TLS is the configuration to reach etcd with, made in memory.
func (f Files) TLS() (*tls.Config, error) {
	ca, cert, key := f.Content(f.Etcd.CA), f.Content(f.Etcd.Cert), f.Content(f.Etcd.Key)
	for what, at := range map[string]string{"--etcd-cafile": f.Etcd.CA, "--etcd-certfile": f.Etcd.Cert, "--etcd-keyfile": f.Etcd.Key} {
		if f.Content(at) == nil {
			return nil, fmt.Errorf("%s: %s of the API server names %q, which is not there", f.Name, what, at)
		}
	}
	pair, err := tls.X509KeyPair(cert, key)
	if err != nil {
		return nil, fmt.Errorf("%s: %s: %w", f.Name, f.Etcd.Cert, err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(bytes.TrimSpace(ca)) {
		return nil, fmt.Errorf("%s: %s holds no certificate", f.Name, f.Etcd.CA)
	}
	return &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: pool, Certificates: []tls.Certificate{pair}}, nil
}

// fitting makes a host's name one of a folder.
func fitting(name string) string {
	if i := strings.LastIndexByte(name, '@'); i >= 0 {
		name = name[i+1:]
	}
	return strings.Trim(strings.Map(func(r rune) rune {
		if strings.ContainsRune(" /\\[]:", r) || r < ' ' {
			return '-'
		}
		return r
	}, name), "-.")
}

func split(list string) []string {
	return strings.FieldsFunc(list, func(r rune) bool { return r == ',' })
}
