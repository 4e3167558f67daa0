package prove

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"time"

	"go.etcd.io/bbolt"
	"go.etcd.io/etcd/api/v3/version"
	"go.etcd.io/etcd/etcdutl/v3/snapshot"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"google.golang.org/protobuf/encoding/protowire"

	"github.com/fixline-dev/fixline/internal/backup/member"
)

// What the restored member is called: nobody's name and nobody's peer. It does
// not listen at these addresses; etcd wants some of this form.
const (
	restoredName   = "fixline-proof"
	restoredPeer   = "http://localhost:2380"
	restoredClient = "http://localhost:2379"
)

// Minor is "3.6" of "3.6.16"; "" of what is no version.
func Minor(v string) string {
	major, rest, ok := strings.Cut(strings.TrimPrefix(v, "v"), ".")
	minor, _, _ := strings.Cut(rest, ".")
	if !ok || major == "" || minor == "" {
		return ""
	}
	return major + "." + minor
}

// BuiltIn is the minor of etcd whose snapshots this program restores itself.
func BuiltIn() string { return Minor(version.Version) }

// SnapshotError is a file that is no snapshot to rely on.
type SnapshotError struct{ Why string }

func (e *SnapshotError) Error() string { return e.Why }

// CheckSum holds a snapshot file to the sum at its end. A copy of a member's
// database file has none: it may have been written to while it was copied, so
// it proves nothing (https://github.com/etcd-io/etcd/issues/18340).
func CheckSum(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	// A database is written in pages, so the sum shows in the length.
	switch size := info.Size(); {
	case size > 0 && size%512 == 0:
		return &SnapshotError{"it ends without a sum: it is a copy of a member's database file, or was cut short, and no snapshot"}
	case size%512 != sha256.Size:
		return &SnapshotError{fmt.Sprintf("it is cut short or no snapshot: %d bytes are no whole number of pages and a sum", size)}
	}
	sum := sha256.New()
	if _, err := io.CopyBuffer(struct{ io.Writer }{sum}, io.LimitReader(f, info.Size()-sha256.Size), make([]byte, 1<<20)); err != nil {
		return err
	}
	want := make([]byte, sha256.Size)
	if _, err := io.ReadFull(f, want); err != nil {
		return err
	}
	if !bytes.Equal(sum.Sum(nil), want) {
		return &SnapshotError{"it is damaged: it does not have the sum it ends with"}
	}
	return nil
}

// Revision is the newest revision in a snapshot file, read from its end of the
// key bucket (https://etcd.io/docs/v3.6/learning/persistent-storage-files/).
// The file's sum must have been checked: what is damaged may end the program.
func Revision(path string) (revision int64, err error) {
	err = view(path, func(tx *bbolt.Tx) error {
		bucket := tx.Bucket([]byte("key"))
		if bucket == nil {
			return &SnapshotError{"it has no keys: it is no database of etcd"}
		}
		revision = 1 // that of an empty etcd
		if key, _ := bucket.Cursor().Last(); len(key) >= 8 {
			revision = int64(binary.BigEndian.Uint64(key))
		} else if key != nil {
			return &SnapshotError{"its last key is no revision"}
		}
		// A compaction drops what was deleted, the newest too; etcd then goes on
		// from where it was compacted (https://github.com/etcd-io/etcd/issues/17780).
		meta := tx.Bucket([]byte("meta"))
		for _, name := range []string{"finishedCompactRev", "scheduledCompactRev"} {
			if meta == nil {
				break
			}
			if at := meta.Get([]byte(name)); len(at) >= 8 {
				revision = max(revision, int64(binary.BigEndian.Uint64(at)))
			}
		}
		return nil
	})
	return revision, err
}

// Prefixes are the resources a snapshot file has keys of, or had since it was
// last compacted, in their order. Its sum must have been checked.
func Prefixes(path string) (prefixes []string, err error) {
	seen := map[string]bool{}
	err = view(path, func(tx *bbolt.Tx) error {
		bucket := tx.Bucket([]byte("key"))
		if bucket == nil {
			return &SnapshotError{"it has no keys: it is no database of etcd"}
		}
		last := ""
		return bucket.ForEach(func(_, value []byte) error {
			// Each value is a message KeyValue, whose first field is the key
			// (https://github.com/etcd-io/etcd/blob/main/api/mvccpb/kv.proto).
			// A restore with --bump-revision leaves one without a message, that of
			// the revision it went up to
			// (https://github.com/etcd-io/etcd/blob/main/etcdutl/snapshot/v3_snapshot.go).
			if len(value) == 0 {
				return nil
			}
			number, kind, n := protowire.ConsumeTag(value)
			if n < 0 || number != 1 || kind != protowire.BytesType {
				return &SnapshotError{"a value in it has no key"}
			}
			key, n := protowire.ConsumeBytes(value[n:])
			if n < 0 {
				return &SnapshotError{"a value in it is cut short"}
			}
			if last != "" && strings.HasSuffix(last, "/") && bytes.HasPrefix(key, []byte(last)) {
				return nil // most follow one of their own kind
			}
			last = member.Resource(string(key))
			seen[last] = true
			return nil
		})
	})
	return slices.Sorted(maps.Keys(seen)), err
}

// Storage is the version of the storage in a snapshot file, "3.6.0"; "" where
// it has none, as before 3.6. Its sum must have been checked.
func Storage(path string) (version string, err error) {
	err = view(path, func(tx *bbolt.Tx) error {
		if meta := tx.Bucket([]byte("meta")); meta != nil {
			version = string(meta.Get([]byte("storageVersion")))
		}
		return nil
	})
	return version, err
}

func view(path string, look func(*bbolt.Tx) error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = &SnapshotError{fmt.Sprintf("its pages cannot be read: %v", r)}
		}
	}()
	db, err := bbolt.Open(path, 0o400, &bbolt.Options{ReadOnly: true, Timeout: time.Second})
	if err != nil {
		return &SnapshotError{"it is no database of etcd: " + err.Error()}
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	return db.View(look)
}

// restore makes a data folder of the snapshot: by the library where the minor
// is its own, else by the etcdutl of that minor. It says by what. The sum at
// the snapshot's end was held to it before, so it is not made again.
func (s *Scratch) restore(ctx context.Context, file, minor, etcdutl, dataDir string) (by string, err error) {
	token := "fixline-proof-" + rand.Text()
	if minor != BuiltIn() {
		cmd := exec.CommandContext(ctx, etcdutl, "snapshot", "restore", file, "--skip-hash-check", "--name", restoredName, "--data-dir", dataDir,
			"--initial-cluster", restoredName+"="+restoredPeer, "--initial-cluster-token", token, "--initial-advertise-peer-urls", restoredPeer)
		cmd.Env, cmd.Dir = []string{"PATH=/usr/bin:/bin"}, s.Dir
		said := &tail{}
		cmd.Stdout, cmd.Stderr = said, said
		mortal(cmd)
		runtime.LockOSThread() // see [Server.start]
		defer runtime.UnlockOSThread()
		if err := cmd.Run(); err != nil {
			lines := strings.Split(strings.TrimSpace(said.String()), "\n")
			return etcdutl, fmt.Errorf("%s: %w: %s", etcdutl, err, lines[len(lines)-1])
		}
		return etcdutl, nil
	}
	by = "etcdutl " + version.Version + ", built in"
	defer func() {
		// The library ends the program where it is at its wits' end; the hook below
		// makes that a panic, and a page that cannot be read is one as well.
		if r := recover(); r != nil {
			err = fmt.Errorf("the snapshot cannot be restored: %v", r)
		}
	}()
	quiet := zap.New(zapcore.NewNopCore(), zap.WithFatalHook(zapcore.WriteThenPanic), zap.WithPanicHook(zapcore.WriteThenPanic))
	return by, snapshot.NewV3(quiet).Restore(snapshot.RestoreConfig{
		SnapshotPath: file, Name: restoredName, OutputDataDir: dataDir, PeerURLs: []string{restoredPeer},
		InitialCluster: restoredName + "=" + restoredPeer, InitialClusterToken: token, SkipHashCheck: true,
	})
}
