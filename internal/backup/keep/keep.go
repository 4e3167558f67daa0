// Package keep is where backups lie: a folder, or an S3-compatible store. A
// backup is there whole or not at all, and never replaces another. It decides
// nothing of what is in one. Start at [Store].
package keep

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
)

// ErrExist is a name that is taken.
var ErrExist = errors.New("there is a backup of this name already")

// Store keeps files by name.
type Store interface {
	// Where is what messages call a file of the store.
	Where(name string) string
	// Check finds, before a long stream begins, what would keep it from ending.
	Check(ctx context.Context) error
	// Create begins a file. It is not there under its name until Commit.
	Create(ctx context.Context, name string) (Pending, error)
	// Open reads one.
	Open(ctx context.Context, name string) (io.ReadCloser, error)
}

// Pending is a file that is being written.
type Pending interface {
	io.Writer
	// Commit gives the file its name once all of it is safe; an error that wraps
	// [ErrExist] where the name is taken.
	Commit() error
	// Abort takes back what was written; after Commit it does nothing.
	Abort()
}

// S3Scheme is how the address of an S3-compatible store begins.
const S3Scheme = "s3://"

// Split cuts the address of one file into that of its store and its name.
func Split(address string) (store, name string, err error) {
	i := strings.LastIndexByte(address, '/')
	store, name = address[:i+1], address[i+1:]
	if name == "" || strings.HasPrefix(address, S3Scheme) && i < len(S3Scheme) {
		return "", "", fmt.Errorf("%q names no file", address)
	}
	if store == "" {
		store = "./"
	}
	return store, name, nil
}
