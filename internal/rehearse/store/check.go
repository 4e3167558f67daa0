package store

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
)

// BadSnapshotError says that a file is no whole snapshot.
type BadSnapshotError struct {
	File string
	Err  error
}

func (e *BadSnapshotError) Error() string { return "the snapshot " + e.File + ": " + e.Err.Error() }

// Unwrap gives the cause.
func (e *BadSnapshotError) Unwrap() error { return e.Err }

// ErrNoHash is of a file that is a copied database, not a snapshot: whether it is
// whole nobody can say. ErrAltered is of one that is not what was saved.
var (
	ErrNoHash  = errors.New("it has no hash, so it is a copied database, or cut off, and not what etcdctl snapshot save wrote")
	ErrAltered = errors.New("its hash does not match: it was altered after it was saved")
)

// Check holds a snapshot file to the hash that etcd appends to it, and returns
// the sum of the whole file in hex. A file that does not hold is a
// *[BadSnapshotError], and must not be opened: a damaged database can crash its
// reader. Source: hasChecksum of etcdutl's snapshot package, 512-byte blocks.
func Check(path string) (_ string, err error) {
	f, err := os.Open(path)
	if err != nil {
		return "", fmt.Errorf("reading the snapshot: %w", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	info, err := f.Stat()
	if err != nil {
		return "", fmt.Errorf("reading the snapshot: %w", err)
	}
	if info.Size()%512 != sha256.Size {
		return "", &BadSnapshotError{path, ErrNoHash}
	}
	whole, data := sha256.New(), sha256.New()
	if _, err := io.Copy(io.MultiWriter(whole, data), io.LimitReader(f, info.Size()-sha256.Size)); err != nil {
		return "", fmt.Errorf("reading the snapshot: %w", err)
	}
	appended, err := io.ReadAll(io.LimitReader(f, sha256.Size))
	if err != nil {
		return "", fmt.Errorf("reading the snapshot: %w", err)
	}
	if !bytes.Equal(appended, data.Sum(nil)) {
		return "", &BadSnapshotError{path, ErrAltered}
	}
	_, _ = whole.Write(appended) // never fails, see hash.Hash
	return hex.EncodeToString(whole.Sum(nil)), nil
}
