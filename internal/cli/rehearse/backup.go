package rehearse

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path"
	"slices"
	"strings"

	"github.com/fixline-dev/fixline/internal/backup/archive"
	"github.com/fixline-dev/fixline/internal/backup/keep"
	"github.com/fixline-dev/fixline/internal/cli/backup/proving"
	"github.com/fixline-dev/fixline/internal/cli/exit"
	"github.com/fixline-dev/fixline/internal/core/rehearsal"
	"github.com/fixline-dev/fixline/internal/rehearse"
	"github.com/fixline-dev/fixline/internal/rehearse/hostfiles"
	"github.com/fixline-dev/fixline/internal/rehearse/scratch"
)

// opened is a backup as the source of a rehearsal: the files of its hosts in
// memory, its snapshot in a private folder of its own.
type opened struct {
	name     string
	stored   archive.Stored
	manifest archive.Manifest
	hosts    map[string]map[string][]byte // host -> path on it -> content
	host     string                       // whose files are taken; "" = there are none
	found    bool                         // a snapshot
	folder   *scratch.Folder              // nil = it was only looked at
}

// snapshotFile is the snapshot's name in the folder.
const snapshotFile = "snapshot.db"

// maxHeld bounds all files of hosts: a control plane has less than a megabyte.
const maxHeld = 64 << 20

// openBackup opens the backup that --backup names, here or in an object store.
// Its snapshot is unpacked into a private folder, if all that the rehearsal
// needs has room there; where nothing will be started it is only read through.
func (o *Options) openBackup(ctx context.Context, spec *rehearse.Spec) (_ *opened, err error) {
	address, name, err := keep.Split(o.Backup)
	if err != nil {
		return nil, exit.BadInput(err)
	}
	if !strings.HasSuffix(name, archive.SealedSuffix) && !strings.HasSuffix(name, archive.PlainSuffix) {
		return nil, exit.WithHint(exit.Usagef("--backup: %s: a backup of this program ends in %s or %s", o.Backup, archive.SealedSuffix, archive.PlainSuffix),
			"a bare snapshot: --snapshot FILE --kubernetes DIR")
	}
	keys, err := proving.Identities(o.Identity)
	if err != nil {
		return nil, exit.BadInput(err)
	}
	kept, err := o.Store.Open(o.Factory, address)
	if err != nil {
		return nil, err
	}
	from, err := kept.Open(ctx, name)
	if err != nil {
		return nil, unopened(err)
	}
	defer func() { _ = from.Close() }() // it was only read from
	b := &opened{name: name, hosts: map[string]map[string][]byte{}}
	held := int64(0)
	o.Factory.Progress.Step("opening the backup")
	contents, err := archive.Read(from, keys, func(name string, size int64, r io.Reader) error {
		switch {
		case name == archive.SnapshotFile:
			b.found = true
			return o.unpack(b, spec, size, r)
		case strings.HasPrefix(name, archive.HostsDir+"/"):
			if held += size; held > maxHeld {
				return fmt.Errorf("the files of its hosts have more than %d MB", maxHeld>>20)
			}
			return b.hold(name, r)
		}
		return nil
	})
	o.Factory.Progress.Done()
	if err == nil && ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	if err == nil {
		b.stored, b.manifest = contents.Stored, contents.Manifest
		b.stored.Name = name
		err = b.check(o.Host)
	}
	if err != nil {
		return nil, errors.Join(unopened(err), b.close())
	}
	return b, nil
}

// unopened tells what the user can correct from what failed.
func unopened(err error) error {
	_, damaged := errors.AsType[*archive.Error](err)
	_, sealed := errors.AsType[*archive.KeyError](err)
	_, space := errors.AsType[*scratch.SpaceError](err)
	_, coded := errors.AsType[*exit.Error](err)
	switch {
	case damaged:
		return exit.BadInput(fmt.Errorf("the backup cannot be rehearsed: %w", err))
	case sealed, space, errors.Is(err, fs.ErrNotExist):
		return exit.BadInput(fmt.Errorf("opening the backup: %w", err))
	case coded:
		return err
	}
	return fmt.Errorf("opening the backup: %w", err)
}

// unpack writes the snapshot where the copies will be, too.
func (o *Options) unpack(b *opened, spec *rehearse.Spec, size int64, r io.Reader) (err error) {
	if o.DryRun {
		return nil // it is summed all the same
	}
	if b.folder, err = scratch.New(spec.Place, size+spec.Need(size)); err != nil {
		return err
	}
	f, err := os.OpenFile(b.Snapshot(), os.O_CREATE|os.O_WRONLY|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = io.CopyBuffer(struct{ io.Writer }{f}, r, make([]byte, 1<<20))
	return errors.Join(err, f.Close())
}

// hold keeps a file of a host, "hosts/cp1/etc/kubernetes/pki/ca.crt".
func (b *opened) hold(name string, r io.Reader) error {
	parts := strings.SplitN(name, "/", 3)
	if len(parts) < 3 {
		return nil
	}
	text, err := io.ReadAll(r)
	if b.hosts[parts[1]] == nil {
		b.hosts[parts[1]] = map[string][]byte{}
	}
	b.hosts[parts[1]]["/"+parts[2]] = text
	return err
}

// check holds what was read to what a rehearsal needs, and chooses the host.
func (b *opened) check(host string) error {
	if !b.found {
		return exit.Usagef("the backup %s holds no snapshot", b.name)
	}
	names := slices.Sorted(maps.Keys(b.hosts))
	if host != "" {
		if b.hosts[host] == nil {
			return exit.WithHint(exit.Usagef("--host: the backup %s holds no files of %q", b.name, host), "it has those of: %s", orNone(names))
		}
		b.host = host
		return nil
	}
	for _, name := range names {
		if _, ok := b.hosts[name][rehearse.Manifest]; ok && b.host == "" {
			b.host = name
		}
	}
	return nil
}

func orNone(names []string) string {
	if len(names) == 0 {
		return "no host"
	}
	return strings.Join(names, ", ")
}

// Open opens a file of the chosen host.
func (b *opened) Open(host string) (io.ReadCloser, error) {
	text, ok := b.hosts[b.host][path.Clean(host)]
	if !ok {
		return nil, &lacksError{b, path.Clean(host)}
	}
	return io.NopCloser(bytes.NewReader(text)), nil
}

// Snapshot is the path of the snapshot file.
func (b *opened) Snapshot() string {
	if b.folder == nil {
		return ""
	}
	return b.folder.Path(snapshotFile)
}

// source is what is rehearsed: files from a folder where the user named one.
func (b *opened) source(kubernetes string) rehearse.Source {
	if kubernetes != "" {
		return rehearse.Folder{Folder: hostfiles.Folder(kubernetes), File: b.Snapshot()}
	}
	return b
}

// evidence is the backup as its manifest describes it.
func (b *opened) evidence() *rehearsal.Backup {
	m := b.manifest
	return &rehearsal.Backup{Name: b.name, SHA256: b.stored.SHA256, Cluster: m.Cluster, Taken: m.Taken, Revision: m.Etcd.Revision, Snapshot: m.Etcd.SHA256}
}

// close removes the snapshot.
func (b *opened) close() error {
	if b.folder == nil {
		return nil
	}
	if err := b.folder.Remove(); err != nil {
		return fmt.Errorf("removing the unpacked snapshot: %w", err)
	}
	return nil
}

// lacksError is of a file that a backup does not hold.
type lacksError struct {
	backup *opened
	path   string
}

func (e *lacksError) Error() string {
	if e.backup.host == "" {
		why := "no host with a control plane was read when it was taken"
		if len(e.backup.hosts) > 0 {
			why = "none of its hosts has a static pod of the API server"
		}
		return fmt.Sprintf("the backup %s does not hold it: %s", e.backup.name, why)
	}
	text := fmt.Sprintf("the backup %s does not hold %s of %s", e.backup.name, e.path, e.backup.host)
	for _, g := range e.backup.manifest.Coverage {
		if strings.Contains(g.Check+" "+g.Reason, e.path) {
			text += ": " + g.Reason
		}
	}
	return text
}

// Unwrap: to whoever looks for the file, it is not there.
func (e *lacksError) Unwrap() error { return fs.ErrNotExist }

// Hint is what helps.
func (e *lacksError) Hint() string {
	return "--kubernetes DIR takes the control plane's files from a folder instead"
}
