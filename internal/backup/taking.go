package backup

import (
	"context"
	"io"
	"os"
	"strings"
	"time"

	"github.com/fixline-dev/fixline/internal/backup/archive"
	"github.com/fixline-dev/fixline/internal/backup/member"
	"github.com/fixline-dev/fixline/internal/backup/prove"
)

// taking is one run.
type taking struct {
	Options

	one     *member.Cluster
	seen    member.Seen
	chosen  member.Status
	scratch *prove.Scratch // nil = no restore is tried
	attempt *prove.Attempt // the restore, once the snapshot has come
	lost    error          // why the snapshot is not in the place of the restore
	began   time.Time
}

// base is the backup's name without its end.
func (w *taking) base() string {
	name := strings.Map(func(r rune) rune {
		if r == '-' || r == '.' || r == '_' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' {
			return r
		}
		return '-'
	}, strings.TrimLeft(w.Cluster, ".-"))
	return name + "-" + w.began.UTC().Format("20060102T150405Z")
}

func (w *taking) name() string {
	if len(w.Recipients) == 0 {
		return w.base() + archive.PlainSuffix
	}
	return w.base() + archive.SealedSuffix
}

// write streams the backup into its store.
func (w *taking) write(ctx context.Context) (archive.Beside, error) {
	pending, err := w.Store.Create(ctx, w.name())
	if err != nil {
		return archive.Beside{}, &StoreError{err}
	}
	defer pending.Abort()
	into, err := archive.NewWriter(pending, w.Recipients, w.began)
	if err != nil {
		return archive.Beside{}, err
	}
	m := w.manifest()
	file, err := w.snapshot(ctx, into)
	if err != nil {
		return archive.Beside{}, err
	}
	m.Etcd.SHA256, m.Etcd.Bytes = file.SHA256, file.Bytes
	w.live(ctx, &m)
	if err := w.files(ctx, into, &m); err != nil {
		return archive.Beside{}, err
	}
	if ctx.Err() != nil {
		return archive.Beside{}, context.Cause(ctx)
	}
	beside, err := into.Finish(m)
	if err != nil {
		return beside, err
	}
	w.Step("storing the backup")
	if err := pending.Commit(); err != nil {
		return beside, err
	}
	beside.Stored.Name = w.name()
	return beside, w.beside(ctx, beside)
}

// snapshot streams it into the backup and, at once, to where it is restored.
func (w *taking) snapshot(ctx context.Context, into *archive.Writer) (archive.File, error) {
	s, err := w.one.Snapshot(ctx)
	if err != nil {
		return archive.File{}, err
	}
	defer s.Close()
	from := summed{&progress{r: s, size: s.Size, step: w.Step}, s}
	if w.scratch != nil {
		copied, err := os.OpenFile(w.scratch.Path(snapshotFile), os.O_CREATE|os.O_WRONLY|os.O_EXCL, 0o600)
		if err != nil {
			return archive.File{}, err
		}
		defer func() { _ = copied.Close() }()
		from.Reader = io.TeeReader(from.Reader, &besides{to: copied, lost: &w.lost})
	}
	return into.Add(archive.SnapshotFile, s.Size, 0o600, from)
}

// besides writes as long as it can: a place of the restore that fills up must
// not cost the backup itself.
type besides struct {
	to   io.Writer
	lost *error
}

func (b *besides) Write(p []byte) (int, error) {
	if *b.lost == nil {
		_, *b.lost = b.to.Write(p)
	}
	return len(p), nil
}

// summed gives what came through others, with the sum the snapshot made of it.
type summed struct {
	io.Reader

	of *member.Snapshot
}

// SHA256 is the sum of the snapshot.
func (s summed) SHA256() []byte { return s.of.SHA256() }

// live begins the restore, and meanwhile asks the cluster what it had as of the
// snapshot's revision, which is soon compacted away.
func (w *taking) live(ctx context.Context, m *archive.Manifest) {
	m.Etcd.Peers = []member.Peer{}
	switch {
	case w.scratch == nil:
		m.Etcd.LiveWhy = "the revision of the snapshot is read in the place of the restore, and there was none"
		return
	case w.lost != nil:
		m.Etcd.LiveWhy = "the revision of the snapshot is read in the place of the restore: " + w.lost.Error()
		return
	}
	revision, err := prove.Revision(w.scratch.Path(snapshotFile))
	var prefixes []string
	if err == nil {
		prefixes, err = prove.Prefixes(w.scratch.Path(snapshotFile))
	}
	w.attempt = w.begin(ctx, w.scratch, m.Etcd.Version, prefixes)
	if err != nil {
		m.Etcd.LiveWhy = "the snapshot could not be read: " + err.Error()
		return
	}
	m.Etcd.Revision = &revision
	peers := make(chan []member.Peer, 1)
	go func() { peers <- w.seen.Peers(ctx, revision) }()
	w.census(ctx, revision, prefixes, m)
	m.Etcd.Peers = <-peers
}

// census asks the member that gave the snapshot.
func (w *taking) census(ctx context.Context, revision int64, prefixes []string, m *archive.Manifest) {
	census, err := w.one.Census(ctx, revision, prefixes)
	if err != nil {
		m.Etcd.LiveWhy = err.Error()
		return
	}
	m.Etcd.Live = &census
	if hash, err := w.one.HashKV(ctx, revision); err == nil {
		m.Etcd.Hash = &hash
	} else {
		m.Coverage = append(m.Coverage, archive.Gap{Check: "hashkv", Reason: err.Error()})
	}
}
