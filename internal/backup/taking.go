package backup

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"go.etcd.io/etcd/api/v3/v3rpc/rpctypes"

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
	ahead   *waiting       // what the cluster had before, where that was asked
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
	defer func() {
		if w.ahead != nil {
			w.ahead.end()
		}
	}()
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
	w.ahead = w.watch(ctx, s.Size)
	defer close(w.ahead.came)
	from := summed{&progress{r: s, size: s.Size, step: w.Step, came: &w.ahead.got}, s}
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
	gone := w.census(ctx, revision, prefixes, m)
	m.Etcd.Peers = <-peers
	if gone {
		w.before(m)
	}
}

// census asks the member that gave the snapshot; gone where the revision was
// compacted away.
func (w *taking) census(ctx context.Context, revision int64, prefixes []string, m *archive.Manifest) (gone bool) {
	census, err := w.one.Census(ctx, revision, prefixes)
	if err != nil {
		m.Etcd.LiveWhy = err.Error()
		return errors.Is(err, rpctypes.ErrCompacted)
	}
	m.Etcd.Live = &census
	if hash, err := w.one.HashKV(ctx, revision); err == nil {
		m.Etcd.Hash = &hash
	} else {
		m.Coverage = append(m.Coverage, archive.Gap{Check: "hashkv", Reason: err.Error()})
	}
	return false
}

// before takes what was asked as of the revision from before the snapshot
// began, where its own was compacted away while it came.
func (w *taking) before(m *archive.Manifest) {
	m.Etcd.LiveWhy = "the revision of the snapshot was compacted away while it came; a backup that takes less time can be proven"
	e := <-w.ahead.result
	w.ahead.result <- nil
	switch {
	case e == nil:
		return
	case e.err != nil:
		m.Etcd.LiveWhy += " (" + e.err.Error() + ")"
		return
	}
	m.Etcd.Live, m.Etcd.LiveWhy, m.Etcd.LiveRevision = &e.census, "", &e.revision
	m.Etcd.Hash, m.Etcd.Peers = e.hash, e.peers
	m.Coverage = append(m.Coverage, archive.Gap{Check: "revision",
		Reason: fmt.Sprintf("what changed from revision %d to the snapshot's was not compared: that was compacted away while the snapshot came", e.revision)})
}
