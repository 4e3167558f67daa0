package rehearse

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/fixline-dev/fixline/internal/core/rehearsal"
	"github.com/fixline-dev/fixline/internal/rehearse/ask"
	"github.com/fixline-dev/fixline/internal/rehearse/hostfiles"
	"github.com/fixline-dev/fixline/internal/rehearse/scratch"
	"github.com/fixline-dev/fixline/internal/rehearse/server"
	"github.com/fixline-dev/fixline/internal/rehearse/staticpod"
	"github.com/fixline-dev/fixline/internal/rehearse/store"
)

// run is one rehearsal under way.
type run struct {
	spec     Spec
	folder   *scratch.Folder
	pod      staticpod.Pod
	command  staticpod.Command
	files    *hostfiles.Copier
	clientCA []byte
	prefixes store.Prefixes

	snapshot rehearsal.Snapshot
	etcd     rehearsal.Program
	etcdPath string

	main     *copied // the copy the hops run on
	baseline *today  // nil = none
}

// copied is one private copy of the data with its etcd.
type copied struct {
	etcd      *server.Etcd
	store     *store.Store
	converted []string        // definitions that lost their conversion webhook
	apis      map[string]bool // group versions registered today; false = by another server
	defined   map[string]bool // custom resources, "things.example.org"
	stored    map[string]int
}

// today is the version that runs now, on a copy of its own.
type today struct {
	rehearsal.Program
	copy   *copied
	api    *server.API
	server *ask.Server
}

// open makes the private folder with all that is started from.
func (r *run) open(ctx context.Context) error {
	var err error
	if r.prefixes, err = store.LoadPrefixes(); err != nil {
		return err
	}
	text, err := hostfiles.Read(r.spec.Source, Manifest)
	if err != nil {
		return fmt.Errorf("reading the API server's static pod: %w", err)
	}
	if r.pod, err = staticpod.Parse(text); err != nil {
		return fmt.Errorf("reading the API server's static pod %s: %w", Manifest, err)
	}
	if err := r.space(); err != nil {
		return err
	}
	if err := r.settings(); err != nil {
		return err
	}
	if err := r.measure(); err != nil {
		return err
	}
	if r.etcd, r.etcdPath, err = r.program(ctx, r.spec.Etcd, "etcd"); err != nil {
		return err
	}
	if r.main, err = r.copy(ctx, "main"); err != nil {
		return err
	}
	return r.openBaseline(ctx)
}

// perCopy is what an etcd needs beside its data: two segments of its log of 64
// MB each, and what it writes. Source: SegmentSizeBytes of etcd's wal package.
const perCopy = 192 << 20

// perImage is more than a kube-apiserver has.
const perImage = 256 << 20

// space makes the private folder where there is room.
func (r *run) space() error {
	size, err := store.Size(r.spec.Source.Snapshot())
	if err != nil {
		return fmt.Errorf("reading the snapshot: %w", err)
	}
	r.folder, err = scratch.New(r.spec.Place, r.spec.Need(size))
	return err
}

// Need is how many bytes the private folder takes for a snapshot of size bytes.
func (s Spec) Need(size int64) int64 {
	copies := int64(1)
	programs := append([]Binary{s.Etcd}, s.Hops...)
	if s.Baseline != nil {
		copies = 2
		programs = append([]Binary{*s.Baseline}, programs...)
	}
	need := copies * (size + size/4 + perCopy)
	for _, b := range programs {
		if b.Path == "" {
			need += perImage
		}
	}
	return need
}

// settings brings flags, keys and configuration files into the folder.
func (r *run) settings() error {
	r.files = &hostfiles.Copier{From: r.spec.Source, To: r.folder.Path("host")}
	var err error
	if r.command, err = r.pod.Rewrite(r.files.At); err != nil {
		return err
	}
	for _, f := range r.command.Files {
		if err := r.files.Copy(f.Host); err != nil {
			return fmt.Errorf("taking over %s, which --%s names: %w", f.Host, f.Flag, err)
		}
	}
	if r.command.ClientCA != "" {
		if r.clientCA, err = os.ReadFile(r.files.At(r.command.ClientCA)); err != nil {
			return fmt.Errorf("taking over the authority of clients: %w", err)
		}
	}
	return nil
}

// measure reads the snapshot and sums what is started.
func (r *run) measure() error {
	r.spec.Say("reading the snapshot")
	path := r.spec.Source.Snapshot()
	sum, err := store.Check(path)
	if err != nil {
		return err
	}
	seen, err := store.Read(path)
	if err != nil {
		return err
	}
	r.snapshot = rehearsal.Snapshot{SHA256: sum, Revision: seen.Revision, Keys: seen.Keys, Bytes: seen.Bytes}
	if seen.Version != "" {
		r.snapshot.Storage = &seen.Version
	}
	return r.same(path)
}

// same holds the snapshot to the manifest of the backup it was taken out of.
func (r *run) same(path string) error {
	b := r.spec.Backup
	switch r.snapshot.Backup = b; {
	case b == nil:
	case b.Snapshot != r.snapshot.SHA256:
		return &store.BadSnapshotError{File: path, Err: fmt.Errorf("its sum is %s, the manifest of %s says %s", r.snapshot.SHA256, b.Name, b.Snapshot)}
	case b.Revision != nil && *b.Revision != r.snapshot.Revision:
		return &store.BadSnapshotError{File: path, Err: fmt.Errorf("it is at revision %d, the manifest of %s says %d", r.snapshot.Revision, b.Name, *b.Revision)}
	}
	return nil
}

// Sum is the SHA-256 of a file in hex.
func Sum(path string) (_ string, err error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// copy restores the snapshot and starts an etcd on it that holds nothing which
// would call out.
func (r *run) copy(ctx context.Context, name string) (c *copied, err error) {
	r.spec.Say("restoring the snapshot (%s)", name)
	ports, err := server.Ports(1)
	if err != nil {
		return nil, err
	}
	dir, err := r.folder.Sub(name)
	if err != nil {
		return nil, err
	}
	data := r.folder.Path(name, "data")
	peer := fmt.Sprintf("https://127.0.0.1:%d", ports[0])
	if err := store.Restore(r.spec.Source.Snapshot(), data, peer, r.folder.Dir+"/"+name); err != nil {
		return nil, err
	}
	c = &copied{}
	defer func() {
		if err != nil {
			c.close()
		}
	}()
	c.etcd, err = server.StartEtcd(ctx, server.EtcdOptions{
		Binary: r.etcdPath, Dir: dir, Data: data, Peer: ports[0], Name: store.Member,
		Quota: max(8<<30, 2*r.snapshot.Bytes), Limit: r.spec.Limit, Now: r.spec.Now(), Watch: r.folder.Watch,
	})
	if err != nil {
		return c, fmt.Errorf("starting etcd on the restored data, which 3.6 or newer can read: %w", err)
	}
	prefix, ok := r.pod.Value("etcd-prefix")
	if !ok {
		prefix = "/registry" // the program's own default
	}
	if c.store, err = store.Open(c.etcd.Endpoint, c.etcd.CA, c.etcd.Client, prefix); err != nil {
		return c, err
	}
	return c, r.prepare(ctx, c)
}

// prepare counts what is stored and makes it harmless.
func (r *run) prepare(ctx context.Context, c *copied) (err error) {
	if r.etcd.Version, err = c.store.Version(ctx); err != nil {
		return err
	}
	if c.stored, _, err = c.store.Resources(ctx); err != nil {
		return err
	}
	if len(c.stored) == 0 {
		return errors.New("the snapshot holds no objects of Kubernetes: is --etcd-prefix another one?")
	}
	names, err := c.store.Definitions(ctx)
	if err != nil {
		return err
	}
	c.defined = map[string]bool{}
	for _, name := range names {
		c.defined[name] = true
	}
	if c.apis, err = c.store.APIServices(ctx); err != nil {
		return err
	}
	c.converted, err = c.store.Harmless(ctx)
	return err
}

func (c *copied) close() {
	if c == nil {
		return
	}
	if c.store != nil {
		_ = c.store.Close() // the etcd behind it goes with it
	}
	if c.etcd != nil {
		c.etcd.Stop()
	}
}

// close stops what runs and removes the folder.
func (r *run) close() error {
	if r.baseline != nil {
		r.baseline.api.Stop()
		r.baseline.copy.close()
	}
	r.main.close()
	if r.folder == nil {
		return nil
	}
	if err := r.folder.Remove(); err != nil {
		return fmt.Errorf("removing the private folder: %w", err)
	}
	return nil
}

// evidence is what is known of the run as a whole.
func (r *run) evidence() rehearsal.Rehearsal {
	out := rehearsal.Rehearsal{
		APIVersion: "fixline.dev/v1alpha1", Kind: "Rehearsal", Snapshot: r.snapshot, Etcd: r.etcd,
		Private: rehearsal.Private{InMemory: r.folder.InMemory, Accepted: r.spec.Place.Accepted},
		Changes: changes(r.command.Changes, r.files.Said),
	}
	if r.baseline != nil {
		out.Baseline, out.From = &r.baseline.Program, &r.baseline.Program.Version
	}
	return out
}
