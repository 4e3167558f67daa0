package backup

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"strings"

	"github.com/fixline-dev/fixline/internal/backup"
	"github.com/fixline-dev/fixline/internal/backup/archive"
	"github.com/fixline-dev/fixline/internal/backup/member"
	"github.com/fixline-dev/fixline/internal/backup/node"
	"github.com/fixline-dev/fixline/internal/backup/prove"
	"github.com/fixline-dev/fixline/internal/cli/agree"
	"github.com/fixline-dev/fixline/internal/cli/backup/proving"
	"github.com/fixline-dev/fixline/internal/cli/build"
	"github.com/fixline-dev/fixline/internal/cli/exit"
	"github.com/fixline-dev/fixline/internal/cli/hosts"
	record "github.com/fixline-dev/fixline/internal/cli/record/keys"
	"github.com/fixline-dev/fixline/internal/remote"
	"github.com/fixline-dev/fixline/internal/remote/local"
	"github.com/fixline-dev/fixline/internal/report"
)

// Answer is `fixline backup -o json`.
type Answer struct {
	APIVersion string `json:"apiVersion"` // fixline.dev/v1alpha1
	Kind       string `json:"kind"`       // BackupResult
	backup.Taken
}

func (o *Options) run(ctx context.Context) error {
	if err := o.change(); err != nil {
		return err
	}
	keys, recipients, err := o.recipients()
	if err != nil {
		return err
	}
	store, err := o.Store.Open(o.Factory, o.Out)
	if err != nil {
		return err
	}
	i, err := o.intent(keys)
	if err != nil {
		return err
	}
	if o.DryRun {
		return o.Output.Data(o.Factory, i, i.text)
	}
	if err := agree.To(o.Factory, o.Yes, i.Hash, i.text); err != nil {
		return err
	}
	done, err := o.Proving.Pull(ctx, o.Factory)
	defer done()
	if err != nil {
		o.Factory.Progress.Done()
		return err
	}
	t := backup.Options{Program: "fixline " + build.Version(), Store: store, Recipients: recipients, Proof: o.Proving.Proof(o.Factory)}
	closers, err := o.reach(ctx, &t)
	defer func() {
		for _, c := range closers {
			_ = c.Close() // nothing is lost with a connection
		}
	}()
	if err != nil {
		o.Factory.Progress.Done()
		return ended(err)
	}
	o.export(&t)
	taken, err := backup.Take(ctx, t)
	o.Factory.Progress.Done()
	if err != nil {
		return ended(err)
	}
	return o.tell(taken)
}

// change names the cluster as the record does that the proof goes to. One by
// another name would not count for it, which is told before a long stream.
func (o *Options) change() error {
	if o.Proving.Record == "" {
		return nil
	}
	name, err := record.Cluster(o.Proving.Record)
	if err != nil {
		return err
	}
	if o.Name != "" && o.Name != name {
		return exit.WithHint(exit.Usagef("--name: the record is of the cluster %q, this backup would be of %q", name, o.Name), "--name %s, if they are one cluster by two names", name)
	}
	o.Name = name
	return nil
}

// tell prints and records what came of it.
func (o *Options) tell(t backup.Taken) error {
	a := Answer{"fixline.dev/v1alpha1", "BackupResult", t}
	if err := o.Output.Data(o.Factory, a, func(w io.Writer) error { return a.text(w, o.Factory.Program, o.Factory.IO.Width()) }); err != nil {
		return err
	}
	if err := proving.Evidence(o.Factory, o.Proving.Record, t.Proof); err != nil {
		return err
	}
	code := proving.Code(t.Proof)
	for _, g := range t.Backup.Coverage {
		if g.Required && code == exit.OK {
			code = exit.Incomplete
		}
	}
	return exit.Result(code)
}

func (a Answer) text(w io.Writer, program string, width int) error {
	m := a.Backup
	fmt.Fprintf(w, "wrote %s: %d MiB, sha256 %s\n", report.Visible(a.Where), m.Stored.Bytes>>20, m.Stored.SHA256)
	fmt.Fprintf(w, "beside it, in the clear, its manifest with the commands of a restore: %s\n", report.Visible(a.Beside))
	fmt.Fprintf(w, "cluster %s, etcd %s, %d members", report.Visible(m.Cluster), m.Etcd.Version, len(m.Etcd.Members))
	if m.Etcd.Revision != nil {
		fmt.Fprintf(w, ", revision %d", *m.Etcd.Revision)
	}
	fmt.Fprint(w, "\n\n")
	if err := proving.Text(w, a.Proof, width); err != nil {
		return err
	}
	if len(m.Coverage) > 0 {
		fmt.Fprintln(w, "\nNot in it:")
		for _, g := range m.Coverage {
			mark := "  "
			if g.Required {
				mark = "! "
			}
			fmt.Fprintf(w, "  %s%s: %s\n", mark, report.Visible(g.Check), report.Visible(g.Reason))
		}
	}
	if a.Proof.Result != prove.Pass {
		_, err := fmt.Fprintf(w, "\nNext: close what is named above, then %s backup verify %s --identity KEY\n", program, report.Visible(a.Where))
		return err
	}
	return nil
}

// reach connects to etcd in the way that was named, and reads the hosts' files.
func (o *Options) reach(ctx context.Context, t *backup.Options) (closers []io.Closer, err error) {
	if len(o.Endpoints) > 0 {
		config, err := o.tls()
		if err != nil {
			return nil, exit.BadInput(err)
		}
		t.Cluster = cmp.Or(o.Name, "etcd")
		t.Coverage = append(t.Coverage, archive.Gap{Check: "hosts", Reason: "no host was named: certificates, kubeconfigs, manifests and encryption configuration are not in it; --ssh reads them"})
		c, err := member.Connect(member.Options{Endpoints: o.Endpoints, TLS: config})
		if err != nil {
			return nil, exit.BadInput(err)
		}
		t.Etcd = append(t.Etcd, c)
		return []io.Closer{c}, o.offNode(ctx, nil)
	}
	runners, closers, err := o.hosts(ctx, t)
	if err != nil {
		return closers, err
	}
	ways, err := o.ways(runners, t)
	for _, c := range ways {
		t.Etcd, closers = append(t.Etcd, c), append(closers, c)
	}
	if err != nil {
		return closers, err
	}
	first := t.Hosts[0]
	t.Cluster, t.Kubernetes = cmp.Or(o.Name, clusterOf(first), first.Name), first.Kubernetes
	return closers, o.offNode(ctx, runners)
}

// hosts connects to the hosts and reads their files. One of several that
// cannot be read is a gap of the backup and no end of it: a host that is down
// is often why a backup is taken.
func (o *Options) hosts(ctx context.Context, t *backup.Options) (read []remote.Runner, closers []io.Closer, err error) {
	prepared, err := o.prepare()
	if err != nil {
		return nil, nil, err
	}
	var failed []error
	for _, h := range prepared {
		o.Factory.Progress.Step("reading the files of %s", h.name)
		r, err := h.connect(ctx)
		if err == nil {
			closers = append(closers, r)
			var files node.Files
			if files, err = node.Read(ctx, r); err == nil {
				t.Hosts, read = append(t.Hosts, files), append(read, r)
				continue
			}
		}
		if ctx.Err() != nil {
			return nil, closers, context.Cause(ctx)
		}
		failed = append(failed, err)
		t.Coverage = append(t.Coverage, archive.Gap{Check: "hosts", Reason: h.name + " could not be read: " + err.Error(), Required: true})
	}
	if len(read) == 0 {
		return nil, closers, errors.Join(failed...)
	}
	for _, err := range failed {
		o.Factory.IO.Notef("note: %v", err)
	}
	return read, closers, nil
}

// ways are the connections to etcd, as the API server of each host has one.
func (o *Options) ways(runners []remote.Runner, t *backup.Options) (ways []*member.Cluster, err error) {
	var failed []error
	for i, r := range runners {
		config, err := t.Hosts[i].TLS()
		if err == nil {
			var c *member.Cluster
			if c, err = member.Connect(member.Options{Endpoints: t.Hosts[i].Etcd.Endpoints, TLS: config, Host: t.Hosts[i].Name, Dial: r.Dial}); err == nil {
				ways = append(ways, c)
				continue
			}
		}
		failed = append(failed, fmt.Errorf("on %s: %w", r.Name(), err))
	}
	if len(ways) == 0 {
		return nil, errors.Join(failed...)
	}
	for _, err := range failed {
		o.Factory.IO.Notef("note: %v", err)
	}
	return ways, nil
}

// host is one that is not connected to yet.
type host struct {
	name    string
	connect func(context.Context) (remote.Runner, error)
}

// prepare finds what is wrong with how hosts are reached before any is.
func (o *Options) prepare() ([]host, error) {
	if o.Local {
		r := local.New(hostname(), hosts.Account(o.Factory))
		return []host{{r.Name(), func(context.Context) (remote.Runner, error) { return r, nil }}}, nil
	}
	ways, err := o.SSH.Ways(o.Factory)
	if err != nil {
		return nil, err
	}
	var out []host
	for _, w := range ways {
		out = append(out, host{w.Target, func(ctx context.Context) (remote.Runner, error) { return hosts.Dial(ctx, w) }})
	}
	return out, nil
}

func hostname() string {
	if name, err := os.Hostname(); err == nil {
		return name
	}
	return "this-host"
}

// tls reads what --endpoints is let in with.
func (o *Options) tls() (*tls.Config, error) {
	plain := true
	for _, e := range o.Endpoints {
		if u, err := url.Parse(e); err == nil && u.Scheme == "https" {
			plain = false
		}
	}
	if plain {
		return nil, nil
	}
	c := &tls.Config{MinVersion: tls.VersionTLS12}
	if o.CACert != "" {
		text, err := os.ReadFile(o.CACert)
		if err != nil {
			return nil, fmt.Errorf("--cacert: %w", err)
		}
		c.RootCAs = x509.NewCertPool()
		if !c.RootCAs.AppendCertsFromPEM(text) {
			return nil, fmt.Errorf("--cacert: %s holds no certificate", o.CACert)
		}
	}
	if o.Cert != "" {
		pair, err := tls.LoadX509KeyPair(o.Cert, o.Key)
		if err != nil {
			return nil, fmt.Errorf("--cert: %w", err)
		}
		c.Certificates = []tls.Certificate{pair}
	}
	return c, nil
}

// clusterOf is the name kubeadm gave the cluster, where it is its own.
func clusterOf(f node.Files) string {
	for line := range strings.Lines(string(f.Content("/" + node.KubeadmConfig))) {
		if name, ok := strings.CutPrefix(strings.TrimSpace(line), "clusterName: "); ok && name != "kubernetes" {
			return strings.Trim(name, `"'`)
		}
	}
	return ""
}

// ended: a place or a certificate that the user named wrongly is theirs to
// correct.
func ended(err error) error {
	if _, ok := errors.AsType[*backup.StoreError](err); ok {
		return exit.BadInput(err)
	}
	return err
}
