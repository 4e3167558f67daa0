package backup

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/fixline-dev/fixline/internal/backup/member"
)

// patience is how long a snapshot may take to come. kube-apiserver compacts
// what is older than 5 minutes (--etcd-compaction-interval), and once the
// snapshot's revision is gone nobody can say what the cluster had as of it.
// https://kubernetes.io/docs/reference/command-line-tools-reference/kube-apiserver/
const patience = 2 * time.Minute

// slow reports whether a stream, after a time and that many of all its bytes,
// takes longer than that.
func slow(after time.Duration, got, all int64) bool {
	return after >= 2*time.Second && float64(after)*float64(all) > float64(patience)*float64(max(got, 1))
}

// early is what the cluster had as of the revision from before the snapshot
// began, asked for while it comes.
type early struct {
	revision int64
	census   member.Census
	hash     *member.Hash
	peers    []member.Peer
	err      error // why it is not known
}

// waiting is an early that is asked for only if the stream is slow: finding
// the resources without a snapshot costs etcd more than counting them.
type waiting struct {
	got    atomic.Int64 // bytes of the stream that came
	cancel context.CancelFunc
	came   chan struct{} // closed where the stream has ended
	result chan *early   // nil where nothing was asked
}

// end gives it up.
func (a *waiting) end() {
	a.cancel()
	<-a.result
}

// watch watches a stream of size bytes.
func (w *taking) watch(ctx context.Context, size int64) *waiting {
	ctx, cancel := context.WithCancel(ctx)
	a := &waiting{cancel: cancel, came: make(chan struct{}), result: make(chan *early, 1)}
	began := w.Now()
	go func() {
		tick := time.NewTicker(time.Second)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				a.result <- nil
				return
			case <-a.came:
				a.result <- nil
				return
			case <-tick.C:
				if slow(w.Now().Sub(began), a.got.Load(), size) {
					a.result <- w.early(ctx)
					return
				}
			}
		}
	}()
	return a
}

// early asks on a connection of its own, which does not wait for the snapshot.
func (w *taking) early(ctx context.Context) *early {
	e := &early{revision: w.seen.Revision}
	one, err := w.chosen.From.At(w.chosen.Endpoint)
	if err != nil {
		e.err = err
		return e
	}
	defer func() { _ = one.Close() }()
	prefixes, err := one.Prefixes(ctx, e.revision)
	if err == nil {
		e.census, err = one.Census(ctx, e.revision, prefixes)
	}
	if err != nil {
		e.err = fmt.Errorf("as of revision %d, from before it began: %w", e.revision, err)
		return e
	}
	if hash, err := one.HashKV(ctx, e.revision); err == nil {
		e.hash = &hash
	}
	e.peers = w.seen.Peers(ctx, e.revision)
	return e
}
