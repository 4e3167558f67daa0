// Package store is the restored copy of the cluster's data: it restores a
// snapshot into a private folder, and reads and changes the keys of the etcd
// that runs on it. It decides which keys belong to which resource, and takes
// out of the copy what would call other programs. It starts nothing. Start at
// [Restore] and [Open].
package store

import (
	"fmt"
	"os"

	"go.etcd.io/etcd/etcdutl/v3/snapshot"
	"go.uber.org/zap"
)

// Snapshot is what a snapshot file says of itself.
type Snapshot struct {
	Revision int64
	Keys     int
	Bytes    int64
	// Version is the etcd minor of its storage, "" below 3.6.
	Version string
}

// Read reads a snapshot file whole and holds it to its own structure. Ask [Check]
// first.
func Read(path string) (Snapshot, error) {
	s, err := snapshot.NewV3(zap.NewNop()).Status(path)
	if err != nil {
		return Snapshot{}, &BadSnapshotError{path, err}
	}
	return Snapshot{s.Revision, s.TotalKey, s.TotalSize, s.Version}, nil
}

// Member is the one member of the private etcd.
const Member = "rehearsal"

// Restore makes of the snapshot file the data folder dir, which must not exist,
// of an etcd with one member at peer: the same as etcdutl snapshot restore. A
// file without the hash that etcd appends to a snapshot is refused.
func Restore(file, dir, peer, token string) error {
	err := snapshot.NewV3(zap.NewNop()).Restore(snapshot.RestoreConfig{
		SnapshotPath: file, Name: Member, OutputDataDir: dir, PeerURLs: []string{peer},
		InitialCluster: Member + "=" + peer, InitialClusterToken: token,
	})
	if err != nil {
		return fmt.Errorf("restoring %s: %w", file, err)
	}
	return nil
}

// Size of a file in bytes.
func Size(path string) (int64, error) {
	info, err := os.Stat(path)
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}
