package member

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"

	"go.etcd.io/etcd/api/v3/etcdserverpb"
)

// Snapshot is a snapshot as it comes: read it to its end. What was read is
// whole only where Read ended with io.EOF: the sum that etcd sends last has
// then been checked.
type Snapshot struct {
	// Size is how many bytes come, the sum included. It is known from the first
	// message, which is why the stream is read below clientv3's Snapshot: that
	// one does not tell, and an archive wants to know before the first byte.
	Size int64
	// Version is that of the storage, "3.6.0"; "" from a server before 3.6.
	Version string

	stream   etcdserverpb.Maintenance_SnapshotClient
	cancel   context.CancelFunc
	endpoint string
	rest     []byte
	got      int64
	hash     hash.Hash
	own      []byte       // the sum of the database, once all of it came
	sum      bytes.Buffer // the last bytes: what should be the sum
	err      error
}

// Snapshot begins one, from the first endpoint of the connection; see [Cluster.At].
func (c *Cluster) Snapshot(ctx context.Context) (*Snapshot, error) {
	ctx, cancel := context.WithCancel(ctx)
	endpoint := c.o.Endpoints[0]
	stream, err := etcdserverpb.NewMaintenanceClient(c.ActiveConnection()).Snapshot(ctx, &etcdserverpb.SnapshotRequest{})
	s := &Snapshot{stream: stream, cancel: cancel, endpoint: endpoint, hash: sha256.New()}
	if err == nil {
		var first *etcdserverpb.SnapshotResponse
		if first, err = stream.Recv(); err == nil {
			s.rest, s.Version = first.Blob, first.Version
			s.Size = int64(len(first.Blob)) + int64(first.RemainingBytes) + sha256.Size
			return s, nil
		}
	}
	cancel()
	if errors.Is(err, io.EOF) {
		err = errors.New("the snapshot ended before it began")
	}
	return nil, Said(endpoint, err)
}

// Read gives the database and, as the last 32 bytes, its sum: the form that
// etcdutl restores.
func (s *Snapshot) Read(p []byte) (int, error) {
	for len(s.rest) == 0 && s.err == nil {
		s.next()
	}
	if len(s.rest) == 0 {
		return 0, s.err
	}
	n := copy(p, s.rest)
	s.took(s.rest[:n])
	s.rest = s.rest[n:]
	return n, nil
}

func (s *Snapshot) next() {
	m, err := s.stream.Recv()
	switch {
	case errors.Is(err, io.EOF):
		s.err = s.whole()
	case err != nil:
		s.err = fmt.Errorf("after %d of %d bytes of the snapshot: %w", s.got, s.Size, Said(s.endpoint, err))
	case len(m.Blob) == 0 && m.RemainingBytes > 0:
		// A server whose own disk failed would go on like this for ever.
		s.err = fmt.Errorf("asking etcd at %s: the snapshot stopped after %d of %d bytes", s.endpoint, s.got, s.Size)
	default:
		s.rest = m.Blob
	}
}

// took sums up the database, and then keeps what comes after it.
func (s *Snapshot) took(p []byte) {
	data := min(max(s.Size-sha256.Size-s.got, 0), int64(len(p)))
	s.hash.Write(p[:data])
	s.got += int64(len(p))
	if s.got >= s.Size-sha256.Size && s.own == nil {
		s.own = s.hash.Sum(nil)
	}
	s.hash.Write(p[data:])
	if room := sha256.Size + 1 - s.sum.Len(); len(p[data:]) > 0 {
		s.sum.Write(p[data:][:min(room, len(p[data:]))])
	}
}

// SHA256 is the sum of all that was read, so that nobody has to sum a gigabyte
// a second time.
func (s *Snapshot) SHA256() []byte { return s.hash.Sum(nil) }

func (s *Snapshot) whole() error {
	switch {
	case s.got != s.Size:
		return fmt.Errorf("asking etcd at %s: the snapshot ended after %d of %d bytes", s.endpoint, s.got, s.Size)
	case !bytes.Equal(s.own, s.sum.Bytes()):
		return fmt.Errorf("asking etcd at %s: the snapshot does not have the sum that came with it: it was damaged on the way", s.endpoint)
	}
	return io.EOF
}

// Close ends the stream.
func (s *Snapshot) Close() { s.cancel() }
