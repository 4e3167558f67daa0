// Package pack writes evidence into a bundle and reads one back: a folder, or
// one .tar.zst, with a manifest of SHA-256 sums first. It decides whether a
// bundle is whole and what its manifest says it is, and gives every file to
// its reader while the sum is checked; what a file means it does not know. A
// bundle appears under its name whole or not at all. Start at [Create] and
// [Open].
package pack

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"sync"

	"github.com/fixline-dev/fixline/internal/evidence"
)

// Limits of what is read. Each is far above what a cluster at Kubernetes' own
// limits (5,000 nodes, 150,000 pods) fills.
const (
	// MaxManifest bounds bundle.json.
	MaxManifest = 64 << 20
	// MaxFile bounds one file, unpacked.
	MaxFile = 1 << 30
	// MaxTotal bounds all files of a bundle together, unpacked.
	MaxTotal = 8 << 30
	// MaxFiles bounds how many there are: 5,000 hosts of 40 files.
	MaxFiles = 200_000
	// MaxPath bounds the length of one path.
	MaxPath = 512
	// maxWindow bounds the memory a compressed stream may ask for: what RFC
	// 8878, section 3.1.1.1.2, wants every decoder to support.
	maxWindow = 8 << 20
)

// Suffix is how the name of a packed bundle ends; any other is a folder.
const Suffix = ".tar.zst"

// Packed reports whether out names a packed bundle.
func Packed(out string) bool { return strings.HasSuffix(out, Suffix) }

// checkPath refuses a path that is not plainly below the bundle on every
// system it may be unpacked on.
func checkPath(path string) error {
	switch {
	case len(path) > MaxPath:
		return fmt.Errorf("the path is longer than %d bytes", MaxPath)
	case path == evidence.ManifestFile:
		return errors.New("that is the manifest's own name")
	case !fs.ValidPath(path) || path == ".":
		return errors.New("it is no path below the bundle: no leading slash, no empty, . or .. part")
	}
	for _, c := range path {
		if !strings.ContainsRune("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.:@+%=~/", c) {
			return fmt.Errorf("a path holds letters, digits and -_.:@+%%=~ only, not %q", c)
		}
	}
	return nil
}

// places are where files stand in a bundle: what is read first comes first.
//
//nolint:gochecknoglobals // made once, never written
var places = sync.OnceValue(func() map[string]int {
	first := []string{
		string(evidence.ServerVersionFile) + ".json", evidence.APIGroupsFile,
		string(evidence.ConfigMaps) + ".json", string(evidence.MetricsText) + ".txt",
	}
	for _, l := range evidence.Collected() {
		first = append(first, l.File())
	}
	out := map[string]int{}
	for at, file := range first {
		out[file] = at
	}
	return out
})

// place is that of one file; what has none of its own comes last.
func place(file string) int {
	if at, ok := places()[file]; ok {
		return at
	}
	return len(places())
}

// order is the order of files in a bundle.
func order(a, b string) int { return cmp.Or(cmp.Compare(place(a), place(b)), strings.Compare(a, b)) }
