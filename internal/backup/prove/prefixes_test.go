package prove

import (
	"encoding/binary"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.etcd.io/bbolt"
	"google.golang.org/protobuf/encoding/protowire"
)

// TestPrefixes: the resources of all keys there are, also where a restore has
// raised the revision by a value without a message.
func TestPrefixes(t *testing.T) {
	kv := func(key string) []byte {
		return protowire.AppendBytes(protowire.AppendTag(nil, 1, protowire.BytesType), []byte(key))
	}
	for name, tc := range map[string]struct {
		values [][]byte
		want   []string
		fails  bool
	}{
		"some":      {[][]byte{kv("/registry/pods/a/b"), kv("/registry/pods/a/c"), kv("compact_rev_key")}, []string{"/registry/pods/", "compact_rev_key"}, false},
		"bumped":    {[][]byte{kv("/registry/pods/a/b"), {}, kv("/registry/leases/a/b")}, []string{"/registry/leases/", "/registry/pods/"}, false},
		"no key":    {[][]byte{protowire.AppendVarint(protowire.AppendTag(nil, 2, protowire.VarintType), 1)}, nil, true},
		"cut short": {[][]byte{kv("/registry/pods/a/b")[:5]}, nil, true},
	} {
		path := filepath.Join(t.TempDir(), "db")
		db, err := bbolt.Open(path, 0o600, nil)
		if err != nil {
			t.Fatal(err)
		}
		err = db.Update(func(tx *bbolt.Tx) error {
			b, err := tx.CreateBucket([]byte("key"))
			for i, v := range tc.values {
				if err == nil {
					err = b.Put(binary.BigEndian.AppendUint64(nil, uint64(i)), v)
				}
			}
			return err
		})
		if err != nil || db.Close() != nil {
			t.Fatal(err)
		}
		got, err := Prefixes(path)
		if (err != nil) != tc.fails {
			t.Errorf("%s: %v", name, err)
		}
		if diff := cmp.Diff(tc.want, got); diff != "" && !tc.fails {
			t.Errorf("%s: %s", name, diff)
		}
	}
}
