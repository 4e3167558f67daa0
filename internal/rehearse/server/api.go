package server

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/fixline-dev/fixline/internal/rehearse/pki"
	"github.com/fixline-dev/fixline/internal/rehearse/process"
	"github.com/fixline-dev/fixline/internal/rehearse/staticpod"
)

// API is a running kube-apiserver.
type API struct {
	URL string
	// Client asks it as an administrator, and is the only one who can.
	Client *http.Client
	// Took is how long it needed until it was ready.
	Took time.Duration

	process *process.Process
}

// APIOptions say what to start.
type APIOptions struct {
	Binary string
	// Dir is a private folder for its keys and its log.
	Dir   string
	Flags []staticpod.Flag // the cluster's, rewritten
	Env   []string
	Etcd  *Etcd
	// ClientCA are the cluster's own authorities for clients in PEM, nil = none.
	ClientCA []byte
	Limit    time.Duration
	Now      func() time.Time
	Watch    func(pid int) error
}

// Rehearser is who asks the rehearsed server.
const Rehearser = "fixline-rehearsal"

// StartAPI starts kube-apiserver and returns when it says that it is ready.
// Errors of the server itself are a *[StartError].
func StartAPI(ctx context.Context, o APIOptions) (*API, error) {
	ports, err := Ports(1)
	if err != nil {
		return nil, err
	}
	ca, err := pki.New("rehearsal", o.Now())
	if err != nil {
		return nil, err
	}
	who, err := ca.Client(Rehearser, "system:masters")
	if err != nil {
		return nil, err
	}
	args, certificate, err := o.args(ports[0], ca)
	if err != nil {
		return nil, err
	}
	a := &API{URL: url(ports[0])}
	begun := o.Now()
	if a.process, err = process.Start(o.Binary, args, o.Env, o.Dir, logFile(o.Dir, "kube-apiserver")); err != nil {
		return nil, err
	}
	if err := o.Watch(a.process.PID); err != nil {
		a.Stop()
		return nil, err
	}
	// Without a certificate of the cluster the server makes one before it listens.
	var client *http.Client
	err = ready(ctx, a.process, o.Limit, func(ctx context.Context) error {
		if client == nil {
			text, err := os.ReadFile(certificate)
			if err != nil {
				return err
			}
			if client, err = Client(text, who); err != nil {
				return err
			}
		}
		return get(ctx, client, a.URL+"/readyz?verbose")
	})
	if err != nil {
		a.Stop()
		return nil, err
	}
	a.Client, a.Took = client, o.Now().Sub(begun)
	return a, nil
}

// args are the cluster's flags and, over them, the rehearsal's own.
func (o APIOptions) args(port int, ca *pki.Authority) (args []string, certificate string, err error) {
	clients := filepath.Join(o.Dir, "client-ca.crt")
	if err := os.WriteFile(clients, slices.Concat(o.ClientCA, []byte("\n"), ca.PEM), 0o600); err != nil {
		return nil, "", err
	}
	certs := filepath.Join(o.Dir, "certs")
	certificate = filepath.Join(certs, "apiserver.crt")
	for _, f := range o.Flags {
		args = append(args, f.String())
		if f.Name == "tls-cert-file" {
			certificate = f.Value
		}
	}
	args = append(args,
		"--bind-address=127.0.0.1", "--advertise-address=127.0.0.1", "--secure-port="+strconv.Itoa(port),
		"--endpoint-reconciler-type=none", // the copy's Service keeps the addresses of the real servers
		"--anonymous-auth=false",
		"--client-ca-file="+clients, "--cert-dir="+certs,
		"--etcd-servers="+o.Etcd.Endpoint, "--etcd-cafile="+o.Etcd.caFile, "--etcd-certfile="+o.Etcd.certFile, "--etcd-keyfile="+o.Etcd.keyFile,
	)
	if slices.ContainsFunc(o.Flags, func(f staticpod.Flag) bool { return f.Name == "audit-policy-file" }) {
		args = append(args, "--audit-log-path="+filepath.Join(o.Dir, "audit.log"))
	}
	return args, certificate, nil
}

// Running reports whether it still runs, and how it ended where not.
func (a *API) Running() error {
	select {
	case <-a.process.Done():
		return failed(a.process, "ended ("+a.process.State()+")", nil)
	default:
		return nil
	}
}

// Tail is the end of what it wrote.
func (a *API) Tail(lines int) string { return a.process.Tail(lines) }

// PID is its process.
func (a *API) PID() int { return a.process.PID }

// Stop ends it.
func (a *API) Stop() {
	if a.Client != nil {
		a.Client.CloseIdleConnections()
	}
	a.process.Stop(5 * time.Second)
}

// Knows lets the program at path read a command line without starting: a flag
// or feature gate it does not know is said within a second, in its own words.
// The version is what it prints.
func Knows(ctx context.Context, path string, args []string, dir string) (version string, err error) {
	p, err := process.Start(path, append(slices.Clone(args), "--version=true"), nil, dir, logFile(dir, "version-"+strconv.Itoa(len(args))))
	if err != nil {
		return "", err
	}
	select {
	case <-p.Done():
	case <-ctx.Done():
		p.Stop(0)
		return "", ctx.Err()
	case <-time.After(30 * time.Second):
		p.Stop(0)
		return "", fmt.Errorf("%s --version did not end", path)
	}
	log := p.Log()
	if p.State() != "exit status 0" {
		return "", failed(p, "ended ("+p.State()+")", nil)
	}
	for _, line := range strings.Split(log, "\n") {
		if v, ok := strings.CutPrefix(strings.TrimSpace(line), "Kubernetes v"); ok {
			return v, nil
		}
	}
	return "", fmt.Errorf("%s does not say its version, but %q", path, strings.TrimSpace(log))
}
